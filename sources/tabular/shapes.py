"""The first records of a file, taken apart by the delimiter that fits them best."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from sources.tabular.grammar import Grammar
from sources.tabular.names import as_spelled, distinct
from sources.tabular.options import Dialect

DELIMITERS = (",", ";", "\t", "|")
RECORDS = 200
BLANK = re.compile(rb"(?:[ \t]*(?:\r\n|\n|\r))*+(?:[ \t\x1a]*\Z)?")

Cells = list[bytes]


class Shape(NamedTuple):
    """A grammar and the first records as it takes them apart, with where each ends."""

    grammar: Grammar
    records: list[Cells]
    ends: list[int]


def shape_of(
    text: bytes,
    begin: int,
    dialect: Dialect,
    said: str | None,
    wanted: Sequence[str],
    *,
    final: bool,
) -> Shape | None:
    """The first records by the delimiter that fits best; None where there is no whole record."""
    fixed = dialect.delimiter or said
    best: tuple[tuple[bool, float, int], Shape] | None = None
    for delimiter in (fixed,) if fixed else DELIMITERS:
        grammar = Grammar(delimiter.encode(), dialect.quote.encode(), dialect.escape.encode())
        shape = _taken_apart(text, begin, grammar, final=final)
        if shape is None:
            continue
        fit = _fit(shape, dialect, wanted)
        if best is None or fit > best[0]:
            best = fit, shape
    return best[1] if best else None


def _taken_apart(text: bytes, begin: int, grammar: Grammar, *, final: bool) -> Shape | None:
    pattern = grammar.tolerable(final=final)
    records: list[Cells] = []
    ends: list[int] = []
    while len(records) < RECORDS and begin < len(text):
        blank = BLANK.match(text, begin)
        begin = blank.end() if blank else begin
        record = pattern.match(text, begin)
        if record is None or begin == len(text):
            break
        records.append([field.value for field in grammar.fields(record["body"])])
        begin = record.end()
        ends.append(begin)
    return Shape(grammar, records, ends) if records else None


def _fit(shape: Shape, dialect: Dialect, wanted: Sequence[str]) -> tuple[bool, float, int]:
    """How well a delimiter fits: are the columns there that must be, and do the records agree."""
    first = [cell.decode("utf-8", "replace") for cell in shape.records[0]]
    names = as_spelled(distinct(first)[0], wanted)
    has_wanted = (
        bool(wanted) and not isinstance(dialect.header, tuple) and set(wanted) <= set(names)
    )
    width, times = Counter(map(len, shape.records)).most_common(1)[0]
    return has_wanted, times / len(shape.records) if width > 1 else 0.0, width
