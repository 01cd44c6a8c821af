"""Strict records as columns of text, with the lines they are in; taken apart by Polars."""

import re
from collections.abc import Sequence

import polars as pl

from sources.errors import BadAnswer
from sources.tabular.names import LINE
from sources.tabular.records import Piece

# Polars takes this at the beginning for a byte order mark; here it is the beginning of a value.
_BOM = b"\xef\xbb\xbf"
_ENDS = r"\r\n|\n|\r"


def frame_of(
    pieces: Sequence[Piece], names: Sequence[str], delimiter: bytes, sign: bytes
) -> pl.DataFrame:
    """The records of all pieces, one after the other; `sign` quotes fields, b'' where nothing is quoted."""
    # One piece is not copied.
    text = b"".join([piece.text for piece in pieces]) if len(pieces) > 1 else pieces[0].text
    lines = sum(piece.lines for piece in pieces)
    frame = _parsed(_plain_ends(text, sign), names, delimiter, sign)
    within = _lines_within(frame) if frame.height < lines else None
    if frame.height + (int(within.sum()) if within is not None else 0) != lines:
        raise BadAnswer(f"{lines} lines of delimited text made {frame.height} records")
    if b"\0" in text:
        # No text in PostgreSQL holds it.
        frame = frame.with_columns(pl.all().str.replace_all("\0", "", literal=True))
    return frame.with_columns(_numbers(pieces, frame.height, within).cast(pl.String).alias(LINE))


def _parsed(text: bytes, names: Sequence[str], delimiter: bytes, sign: bytes) -> pl.DataFrame:
    leading = 1 if text.startswith(_BOM) else 0
    frame = pl.read_csv(
        delimiter * (len(names) - 1) + b"\n" + text if leading else text,
        has_header=False,
        schema=dict.fromkeys(names, pl.String),
        separator=delimiter.decode(),
        quote_char=sign.decode() or None,
        eol_char="\n",
        raise_if_empty=False,
        glob=False,
    )
    return frame[leading:] if leading else frame


def _plain_ends(text: bytes, sign: bytes) -> bytes:
    """The records with line ends that Polars knows; those within quotes stay as they are."""
    if b"\r" not in text:
        return text
    if not (sign and sign in text):
        return text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    if text.count(b"\r") == text.count(b"\r\n"):
        return text
    quoted = re.escape(sign) + b"[^" + re.escape(sign) + b"]*+" + re.escape(sign)
    return re.sub(
        quoted + rb"|\r\n?", lambda found: found[0] if found[0][:1] == sign else b"\n", text
    )


def _lines_within(frame: pl.DataFrame) -> pl.Series:
    """How many lines end within the fields of each record."""
    counts = [
        column.str.count_matches(_ENDS).fill_null(0)
        for column in frame.iter_columns()
        if column.str.contains(r"[\r\n]").any()
    ]
    nothing = pl.zeros(frame.height, pl.UInt32, eager=True)
    return sum(counts, start=nothing)


def _numbers(pieces: Sequence[Piece], height: int, within: pl.Series | None) -> pl.Series:
    """The line in which each record begins."""
    line = pl.int_range(height, dtype=pl.Int64, eager=True)
    if within is not None:
        line += within.cast(pl.Int64).cum_sum().shift(1, fill_value=0)
    if len(pieces) == 1:
        return line + pieces[0].line
    begins, moved = [0], []
    for piece in pieces:
        moved.append(piece.line - begins[-1])
        begins.append(begins[-1] + piece.lines)
    of_piece = pl.Series(begins[1:-1], dtype=pl.Int64).search_sorted(line, side="right")
    return line + pl.Series(moved, dtype=pl.Int64).gather(of_piece)
