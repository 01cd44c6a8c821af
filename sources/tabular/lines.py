"""The lines of a text, and which of them are records in themselves: of most texts, all."""

from functools import lru_cache
from typing import NamedTuple

import polars as pl

from sources.tabular.encoding import is_utf8
from sources.tabular.grammar import Grammar


class Lines(NamedTuple):
    """Where each line begins, the end of the text last, and which lines are not strict records."""

    starts: list[int]
    doubtful: list[int]


def line_ends(text: bytes) -> int:
    """How many lines end in a text, however they do."""
    count = text.count(b"\n")
    return count + text.count(b"\r") - text.count(b"\r\n") if b"\r" in text else count


def lines_of(text: bytes, grammar: Grammar, width: int, *, final: bool) -> Lines:
    """Look at every line of a text at once; unless it is `final`, its last line may be only begun."""
    if not text:
        return Lines([0], [])
    mark = unused(text)
    # Every line end as one that Polars sees, and no byte moved.
    alike = text.replace(b"\r\n", mark + b"\n").replace(b"\r", b"\n") if b"\r" in text else text
    lines = _column(alike)
    starts = [0, *(lines.str.len_bytes() + 1).cum_sum().to_list()]
    starts[-1] = len(text)
    strict = lines.str.contains(grammar.strict_line(width, mark))
    if not final and not alike.endswith(b"\n"):
        strict[-1] = False
    return Lines(starts, (~strict).arg_true().to_list())


def _column(text: bytes) -> pl.Series:
    if is_utf8(text):
        return pl.read_lines(text).to_series()
    *lines, last = text.split(b"\n")
    # A byte that means nothing becomes a sign of the same length that no strict record has.
    shown = [_or_quotes(line) for line in (*lines, *([last] if last else []))]
    return pl.Series(shown, dtype=pl.String)


def _or_quotes(line: bytes) -> str:
    return line.decode() if is_utf8(line) else '"' * len(line)


def unused(text: bytes) -> bytes:
    """A byte that is not in the text."""
    return next((sign for sign in _signs() if sign not in text), b"\x7f")


@lru_cache(maxsize=1)
def _signs() -> tuple[bytes, ...]:
    return tuple(bytes((sign,)) for sign in range(1, 32) if sign not in b"\t\n\r\x1a")
