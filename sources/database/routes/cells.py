"""A driver's values as text, each as exact as it came."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from functools import partial
from typing import Any

import polars as pl

from sources.exact_json import encode_json

NO_KIND: frozenset[type] = frozenset({type(None)})
_WHOLE = range(-(2**63), 2**63)


def as_text(name: str, values: Sequence[Any]) -> pl.Series:
    """A column of text from whatever a driver calls its values; None stays None."""
    kinds = frozenset(map(type, values)) - NO_KIND
    if kinds <= {str}:
        return _series(name, values)
    if kinds == {int} and _fits(values):
        return pl.Series(name, values, dtype=pl.Int64).cast(pl.String)
    if kinds == {float}:
        # The shortest text that leads back to the same double.
        return pl.Series(name, values, dtype=pl.Float64).cast(pl.String)
    if len(kinds) == 1 and (spell := SPELLED.get(next(iter(kinds)))):
        return _series(name, [None if value is None else spell(value) for value in values])
    return _series(name, [spelled(value) for value in values])


def spelled(value: Any) -> str | None:
    """One value as text."""
    if value is None or isinstance(value, str):
        return value
    for kind, spell in SPELLED.items():
        if isinstance(value, kind):
            return spell(value)
    return str(value)


def _series(name: str, values: Sequence[Any]) -> pl.Series:
    try:
        return pl.Series(name, values, dtype=pl.String)
    except UnicodeEncodeError:
        # Half a surrogate pair is no text elsewhere, but it must not stop a reading.
        mended = (v and v.encode("utf-8", "replace").decode() for v in values)
        return pl.Series(name, list(mended), dtype=pl.String)


def _fits(values: Sequence[Any]) -> bool:
    whole = [value for value in values if value is not None]
    return min(whole) in _WHOLE and max(whole) in _WHOLE


def _hex(value: Any) -> str:
    return f"\\x{bytes(value).hex()}"


def _decimal(value: Decimal) -> str:
    return f"{value:f}" if value.is_finite() else str(value)


def _json(value: Any) -> str:
    return encode_json(value).decode()


# A datetime is a date, and a bool an int: the narrower kind comes first.
SPELLED: dict[type, Callable[[Any], str]] = {
    bool: lambda value: "true" if value else "false",
    int: str,
    float: repr,
    Decimal: _decimal,
    datetime: partial(datetime.isoformat, sep=" "),
    date: date.isoformat,
    time: time.isoformat,
    bytes: _hex,
    bytearray: _hex,
    memoryview: _hex,
    dict: _json,
    list: _json,
    tuple: _json,
}
