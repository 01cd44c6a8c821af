"""Ids for the rows of a table that numbers nothing: user activities."""

import hashlib
from collections.abc import Callable, Mapping
from decimal import Decimal

import polars as pl

from sources.exact_json import encode_json
from sources.parsing import to_datetime, to_decimal, to_integer
from sources.salespro.entities import EVENT, USER_ACTIVITIES

ORDINAL = "_ordinal"  # a row's place among rows that say the same, where the source has counted
# What an id is made of. Never to change: stored ids would be those of other rows.
MADE_OF = tuple(field for field in USER_ACTIVITIES.fields if field.path != EVENT)
ID_DIGITS = 32


def with_ids(frame: pl.DataFrame) -> pl.DataFrame:
    """The rows with an id each, in place of the ordinals.

    Rows that say the same get different ones: without ordinals of the source's own, they must be together.
    """
    said = pl.DataFrame([_as_meant(frame, field.path, field.kind) for field in MADE_OF])
    ordinals = frame[ORDINAL].cast(pl.Int64) if ORDINAL in frame.columns else _ordinals(said)
    ids = [_id(row, ordinal) for row, ordinal in zip(said.iter_rows(), ordinals, strict=True)]
    return frame.drop(ORDINAL, strict=False).with_columns(pl.Series(EVENT, ids, pl.String))


def _ordinals(said: pl.DataFrame) -> pl.Series:
    return said.select(pl.int_range(pl.len()).over(said.columns)).to_series()


def _id(row: tuple[str | None, ...], ordinal: int) -> str:
    return hashlib.sha256(encode_json([*row, ordinal])).hexdigest()[:ID_DIGITS]


def _as_meant(frame: pl.DataFrame, column: str, kind: str) -> pl.Series:
    """A column in one spelling, whichever way it was read: ids outlive a move to another database."""
    if column not in frame.columns:
        return pl.Series(column, [None] * frame.height, pl.String)
    text = frame[column].replace("", None)
    spell = SPELLINGS.get(kind)
    if spell is None:
        return text
    spelled = spell(text)
    return spelled.zip_with(spelled.is_not_null(), text).alias(column)


def _moments(text: pl.Series) -> pl.Series:
    return to_datetime(text).dt.epoch("us").cast(pl.String)


def _numbers(text: pl.Series) -> pl.Series:
    exact = {value: _plain(value) for value in to_decimal(text).drop_nulls().unique()}
    return text.replace_strict(exact, default=None, return_dtype=pl.String)


def _plain(value: str) -> str:
    number = Decimal(value)
    return format(number.normalize() if number else Decimal(0), "f")


def _whole(text: pl.Series) -> pl.Series:
    return to_integer(text).cast(pl.String)


SPELLINGS: Mapping[str, Callable[[pl.Series], pl.Series]] = {
    "datetime": _moments,
    "decimal": _numbers,
    "integer": _whole,
}
