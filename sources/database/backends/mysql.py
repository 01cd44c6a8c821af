"""MySQL and MariaDB, by PyMySQL, which hands every value over as the server spells it."""

import socket
import struct
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from sources.database.backends.backend import Backend, Columns, Fault, Manner
from sources.database.routes.route import Answer
from sources.database.types import Type

# https://dev.mysql.com/doc/mysql-errors/en/server-error-reference.html and MariaDB's page of the like.
FAULTS: Mapping[int, Fault] = {
    1040: "away",
    1053: "away",
    1203: "away",
    1205: "away",
    1213: "away",
    1226: "away",
    1927: "away",
    2002: "away",
    2003: "away",
    2005: "away",
    2006: "away",
    2013: "away",
    2055: "away",
    3024: "slow",
    1317: "slow",
    1969: "slow",
    1044: "credential",
    1045: "credential",
    1130: "credential",
    1251: "credential",
    1698: "credential",
    1820: "credential",
    1862: "credential",
    1049: "address",
    1142: "right",
    1143: "right",
    1227: "right",
    1370: "right",
    1054: "missing",
    1146: "missing",
    1290: "write",
    1792: "write",
    1836: "write",
}
# What a query's columns are: https://dev.mysql.com/doc/dev/mysql-server/latest/field__types_8h.html
TYPES: Mapping[int, Type] = {
    0: mysql.DECIMAL(),
    1: mysql.SMALLINT(),
    2: mysql.SMALLINT(),
    3: mysql.INTEGER(),
    4: mysql.FLOAT(),
    5: mysql.DOUBLE(),
    7: mysql.TIMESTAMP(),
    8: mysql.BIGINT(),
    9: mysql.MEDIUMINT(),
    10: sa.Date(),
    12: mysql.DATETIME(),
    13: mysql.YEAR(),
    14: sa.Date(),
    16: mysql.BIT(64),
    245: mysql.JSON(),
    246: mysql.DECIMAL(),
}

# https://dev.mysql.com/doc/dev/mysql-server/latest/group__group__cs__column__definition__flags.html
CHOICES = 256 | 2048  # one of a list, or several


def _arguments(manner: Manner) -> Mapping[str, Any]:
    from pymysql.converters import conversions  # type: ignore[import-untyped]

    return {
        "connect_timeout": max(int(manner.connect), 1),
        # A statement is ended by the server; this is for a server that has gone.
        "read_timeout": int(manner.statement) + 30,
        "charset": "utf8mb4",
        "program_name": "crm-sync",
        # Answers stay texts: numbers stand for the server's types, of which a driver's reading would round
        # some, and stumble over a day that is none.
        "conv": {kind: way for kind, way in conversions.items() if not isinstance(kind, int)},
    }


def _begin(driver: Any, manner: Manner) -> None:
    is_mariadb = "mariadb" in str(driver.get_server_info()).lower()
    with driver.cursor() as cursor:
        cursor.execute("set session transaction read only")
        cursor.execute("set session time_zone = '+00:00'")
        if is_mariadb:
            cursor.execute("set session max_statement_time = %s", [manner.statement])
        else:
            cursor.execute("set session max_execution_time = %s", [int(manner.statement * 1000)])


def _judge(error: BaseException) -> Fault | None:
    code = error.args[0] if error.args else None
    return FAULTS.get(code, "wrong") if isinstance(code, int) else None


def _read(connection: sa.Connection, statement: sa.Select[Any], most_bytes: int) -> Answer:
    """Read rows as they come, rather than all of them before the first."""
    from sources.database.routes import unbuffered

    return unbuffered.read(connection, statement, most_bytes)


def _types(connection: sa.Connection, query: sa.Select[Any], _text: str) -> Columns:
    with connection.execute(query.where(sa.false())) as result:
        cursor: Any = result.cursor
        # Its description would not do: that tells no choice of a list from any other text.
        fields = cursor._result.fields if cursor else ()  # noqa: SLF001
        return [one.name for one in fields], [_type_of(one.type_code, one.flags) for one in fields]


def _type_of(code: int, flags: int) -> Type:
    return mysql.ENUM() if flags & CHOICES else TYPES.get(code, sa.Text())


def _shown(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Bits as a number; floats of either width as the double they are: as such they are spelled exactly."""
    kind = column.type
    if isinstance(kind, mysql.BIT):
        return sa.cast(column, mysql.INTEGER(unsigned=True))
    if isinstance(kind, mysql.FLOAT):
        return column + sa.literal_column("0e0")
    return column


def _ordered(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """A choice of a list as its number in that: it is sorted by the number, and compared as a text.

    Bits as their number too, which what they come as is not equal to; a float as the double it is, since
    its own text has six digits.
    """
    kind = column.type
    if isinstance(kind, mysql.ENUM | mysql.SET | mysql.BIT):
        return sa.type_coerce(column, sa.BigInteger()) + sa.literal_column("0")
    return _shown(column) if isinstance(kind, mysql.FLOAT) else column


def _sent(column: sa.ColumnElement[Any], value: Any) -> Any:
    """A number as a number: compared with a text, MySQL takes either for a double."""
    kind = column.type
    if isinstance(value, str) and isinstance(kind, sa.Integer):
        return int(value)
    if isinstance(value, str) and isinstance(kind, sa.Float):
        return _narrow(value) if isinstance(kind, mysql.FLOAT) else float(value)
    if isinstance(value, str) and isinstance(kind, sa.Numeric):
        return Decimal(value)
    if isinstance(value, datetime) and value.tzinfo:
        return value.astimezone(UTC).replace(tzinfo=None)
    return value


def _narrow(text: str) -> float:
    """The double that a float of four bytes is: 0.1 is another one."""
    [narrow] = struct.unpack("f", struct.pack("f", float(text)))
    return float(narrow)


def _interrupt(driver: Any) -> None:
    """Hang up: PyMySQL sends nothing while it waits, and the server ends what nobody waits for by its limit."""
    driver._sock.shutdown(socket.SHUT_RDWR)  # noqa: SLF001


MYSQL = Backend(
    label="MySQL",
    driver="pymysql",
    only_driver=True,
    package="PyMySQL",
    arguments=_arguments,
    begin=_begin,
    clock="select utc_timestamp(6)",
    read=_read,
    judge=_judge,
    types=_types,
    shown=_shown,
    ordered=_ordered,
    sent=_sent,
    interrupt=_interrupt,
    backslashes=True,
)
