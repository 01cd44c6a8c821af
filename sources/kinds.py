"""The one table of kinds: how a value is parsed, checked and stored.

Every value arrives as text (or NULL). `parse` turns the text into the column's type and leaves NULL
where it cannot; `pattern` is what text of a looser kind should look like. Patterns are there to find
junk: they let pass what people really write, and say nothing about whether an address exists.
"""

from collections.abc import Callable
from dataclasses import dataclass

import pandera.polars as pa
import polars as pl

from sources.parsing import (
    UTC_MICROSECONDS,
    as_it_is,
    to_boolean,
    to_date,
    to_datetime,
    to_decimal,
    to_integer,
)

type_of = pl.DataType | type[pl.DataType]


@dataclass(frozen=True, slots=True)
class Kind:
    """A field type: its Polars dtype and parser, its PostgreSQL type, its pattern and that one's name."""

    dtype: type_of = pl.String
    postgres: str = "text"
    parse: Callable[[pl.Series], pl.Series] = as_it_is
    pattern: str = ""
    expected: str = ""

    @property
    def is_text(self) -> bool:
        """Whether any text fits the column, so that a failed check keeps the value."""
        return self.postgres == "text"

    def checks(self) -> list[pa.Check]:
        """The Pandera checks of the kind; empty where the dtype says it all."""
        return [pa.Check(self._matches, error=self.expected)] if self.pattern else []

    def _matches(self, column: pa.PolarsData) -> pl.LazyFrame:
        # Pandera's own `str_matches` tries the pattern in Python first, which knows no \p{L}.
        return column.lazyframe.select(pl.col(column.key).str.contains(self.pattern))


_LOCAL = r"[^\s@.\"(),:;<>\[\]\\]+"
_LABEL = r"[\p{L}\p{N}](?:[\p{L}\p{M}\p{N}-]*[\p{L}\p{M}\p{N}])?"
_TOP = r"(?:[Xx][Nn]--[A-Za-z0-9-]+|\p{L}[\p{L}\p{M}]+)"
EMAIL = rf"^{_LOCAL}(?:\.{_LOCAL})*@(?:{_LABEL}\.)+{_TOP}$"

_BETWEEN_DIGITS = r"[\s().·/\p{Pd}]*"
_EXTENSION = r"(?:[\s,;]*(?:x|ext|extn|extension|#)[\s.:=]*[0-9]{1,8})"
PHONE = rf"(?i)^(?:tel:)?\(?\+?[\s(]*[0-9](?:{_BETWEEN_DIGITS}[0-9]){{6,14}}{_EXTENSION}?$"

_ADDRESS_V4 = r"[0-9]{1,3}(?:\.[0-9]{1,3}){3}"
_HOST = rf"(?:(?:[\p{{L}}\p{{N}}_](?:[\p{{L}}\p{{M}}\p{{N}}_-]*)\.)+{_TOP}\.?|{_ADDRESS_V4})"
_ANY_AUTHORITY = r"[^\s/?#]*[\p{L}\p{N}\]][^\s/?#]*"
URL = rf"^(?:[A-Za-z][A-Za-z0-9+.-]*://{_ANY_AUTHORITY}|{_HOST}(?::[0-9]{{1,5}})?)(?:[/?#]\S*)?$"

# Every country's codes have digits; letters stand at most four in front of them.
POSTAL_CODE = (
    r"^(?:[0-9][A-Za-z0-9 -]{1,8}[A-Za-z0-9]"
    r"|[A-Za-z]{1,4}[ -]?[0-9](?:[A-Za-z0-9 -]{0,8}[A-Za-z0-9])?)$"
)
STATE = r"^\p{L}[\p{L}\p{M} .,'’()&\p{Pd}]{1,59}$"
OBJECT_ID = r"^[A-Za-z0-9_-]{1,64}$"


KINDS: dict[str, Kind] = {
    "text": Kind(),
    "email": Kind(pattern=EMAIL, expected="not an email address"),
    "phone": Kind(pattern=PHONE, expected="not a phone number of 7 to 15 digits"),
    "url": Kind(pattern=URL, expected="not a URL"),
    "date": Kind(pl.Date, "date", to_date),
    "datetime": Kind(UTC_MICROSECONDS, "timestamptz", to_datetime),
    "decimal": Kind(pl.String, "numeric", to_decimal),
    "integer": Kind(pl.Int64, "bigint", to_integer),
    "boolean": Kind(pl.Boolean, "boolean", to_boolean),
    "zip_code": Kind(pattern=POSTAL_CODE, expected="not a postal code"),
    "state": Kind(pattern=STATE, expected="not a state"),
    "object_id": Kind(pattern=OBJECT_ID, expected="not an object id"),
    "json": Kind(pl.String, "jsonb", as_it_is),
}
