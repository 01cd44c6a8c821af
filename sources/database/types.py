"""From a database's types to the kinds of fields, and to moments."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.dialects import mssql, mysql, postgresql

# Whole numbers of so many digits fit a bigint.
DIGITS_OF_BIGINT = 18

Type = sa.types.TypeEngine[Any]
# The first that fits counts: some of these are special cases of others.
KINDS: Sequence[tuple[type[Type], str]] = (
    (sa.JSON, "json"),
    (sa.ARRAY, "json"),
    (sa.Boolean, "boolean"),
    (mysql.YEAR, "integer"),
    (sa.Integer, "integer"),
    (sa.Numeric, "decimal"),
    (postgresql.MONEY, "decimal"),
    (mssql.MONEY, "decimal"),
    (mssql.SMALLMONEY, "decimal"),
    (sa.DateTime, "datetime"),
    (sa.Date, "date"),
)
# What a driver calls the columns of a query.
OF_PYTHON: Mapping[type, Type] = {
    bool: sa.Boolean(),
    int: sa.BigInteger(),
    float: sa.Double(),
    Decimal: sa.Numeric(),
    datetime: sa.DateTime(),
    date: sa.Date(),
    time: sa.Time(),
    bytes: sa.LargeBinary(),
    bytearray: sa.LargeBinary(),
    str: sa.Text(),
}


def kind_of(kind: Type) -> str:
    """The kind of field that holds a type's values without loss; text where no narrower one does."""
    if isinstance(kind, postgresql.DOMAIN):
        return kind_of(kind.data_type)
    if isinstance(kind, mysql.TINYINT) and kind.display_width == 1:
        return "boolean"
    if isinstance(kind, mysql.BIT):
        return "boolean" if kind.length in (None, 1) else "decimal"
    if isinstance(kind, mysql.BIGINT) and kind.unsigned:
        return "decimal"
    if _is_whole(kind):
        return "integer"
    return next((name for one, name in KINDS if isinstance(kind, one)), "text")


def key_kind(kind: Type) -> str:
    """The kind of a key: one whose text is the same wherever it is spelled."""
    if isinstance(kind, sa.Float | sa.JSON | sa.ARRAY):
        return "text"
    found = kind_of(kind)
    # A small number that looks like a flag tells more rows apart than two.
    return "integer" if found == "boolean" and not isinstance(kind, sa.Boolean) else found


def _is_whole(kind: Type) -> bool:
    if not isinstance(kind, sa.Numeric) or isinstance(kind, sa.Float):
        return False
    return kind.scale == 0 and kind.precision is not None and kind.precision <= DIGITS_OF_BIGINT


def clock_of(kind: Type) -> Literal["aware", "naive", "utc", "day", "text"] | None:
    """How a type tells a moment; None where it tells none."""
    if isinstance(kind, postgresql.DOMAIN):
        return clock_of(kind.data_type)
    if isinstance(kind, mssql.DATETIMEOFFSET) or (isinstance(kind, sa.DateTime) and kind.timezone):
        return "aware"
    if isinstance(kind, mysql.TIMESTAMP):
        # Kept in UTC, and shown in the session's zone, which is that.
        return "utc"
    if isinstance(kind, sa.DateTime):
        return "naive"
    if isinstance(kind, sa.Date):
        return "day"
    return "text" if isinstance(kind, sa.String | sa.types.NullType) else None
