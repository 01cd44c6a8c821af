"""What a file's columns say of its records: values that stand for nothing, decimals, and who is wanted."""

from collections.abc import Sequence
from datetime import datetime

import polars as pl

from sources.entity import Entity
from sources.kinds import KINDS
from sources.rows import Rows
from sources.tabular.file import Header, TextFile
from sources.tabular.names import FILE, LINE
from sources.tabular.options import Dialect
from sources.tabular.records import RAGGED, Refused

# What is behind the last delimiter of each record, where there should be nothing: no column is called so.
REST = ""
_NUMBERS = frozenset({"decimal", "integer"})
# 1.234.567,89 or 1234567,89, perhaps with a sign.
_WITH_COMMA = r"^\s*[+-]?(?:[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]+)(?:,[0-9]+)?\s*$"


def columns_of(
    frame: pl.DataFrame | None,
    header: Header,
    file: TextFile,
    entity: Entity,
    since: datetime | None,
) -> tuple[Rows, Sequence[Refused]]:
    """The records of a page that changed `since` then, and those that are wider than the header."""
    if frame is None:
        return Rows(), ()
    refused: Sequence[Refused] = ()
    if None in header.names:
        frame, refused = _without_rest(frame, header)
    if since is not None:
        frame = _changed(frame, entity, since)
    unwanted = set(entity.ignore).difference(field.path for field in entity.fields)
    numbers = {field.path for field in entity.fields if field.kind in _NUMBERS}
    # By series, not by expressions: to those, a column that is called "*" would be all columns.
    series = [
        _value(frame[name], file.dialect, is_number=name in numbers)
        for name in header.columns
        if name not in unwanted
    ]
    source = pl.Series(FILE, [file.part], dtype=pl.String).new_from_index(0, frame.height)
    return Rows(pl.DataFrame([*series, frame[LINE], source])), refused


def _without_rest(frame: pl.DataFrame, header: Header) -> tuple[pl.DataFrame, Sequence[Refused]]:
    too_wide = frame[REST].fill_null("") != ""
    width = len(header.columns)
    delimiter = header.grammar.delimiter.decode()
    refused = [
        Refused(
            int(line),
            delimiter.join(value or "" for value in values).encode(),
            RAGGED.format(fields=width + 1, width=width),
        )
        for *values, line in frame.filter(too_wide).iter_rows()
    ]
    return frame.filter(~too_wide), refused


def _value(column: pl.Series, dialect: Dialect, *, is_number: bool) -> pl.Series:
    """What a column says: nothing where it stands for that, numbers as everybody else spells them."""
    if dialect.null:
        column = column.set(column.is_in(dialect.null), None)
    if is_number and dialect.decimal == ",":
        points = column.str.replace_all(".", "", literal=True).str.replace(",", ".", literal=True)
        column = points.zip_with(column.str.contains(_WITH_COMMA), column)
    return column


def _changed(frame: pl.DataFrame, entity: Entity, since: datetime) -> pl.DataFrame:
    """Records that changed since then, or of which nobody knows when they did."""
    place = next((field.path for field in entity.fields if field.name == entity.changed), None)
    if place is None or place not in frame.columns:
        return frame
    # A stamp may be a mere day.
    first = since.replace(hour=0, minute=0, second=0, microsecond=0)
    stamps = KINDS["datetime"].parse(frame[place].str.strip_chars())
    return frame.filter(stamps.is_null() | (stamps >= first))
