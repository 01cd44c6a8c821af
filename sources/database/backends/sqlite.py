"""SQLite: a file, opened for reading alone; a column holds what was put into it, whatever its type says."""

import sqlite3
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from sources.database.backends.backend import Backend, Columns, Fault, Manner
from sources.database.routes import rows
from sources.database.routes.route import Answer
from sources.database.stamps import SET_BACK, Bounds, Clause, Stamp, value
from sources.database.types import Type

# https://www.sqlite.org/rescode.html, by their low byte.
FAULTS: Mapping[int, Fault] = {
    sqlite3.SQLITE_BUSY: "away",
    sqlite3.SQLITE_LOCKED: "away",
    sqlite3.SQLITE_IOERR: "away",
    sqlite3.SQLITE_INTERRUPT: "slow",
    sqlite3.SQLITE_CANTOPEN: "address",
    sqlite3.SQLITE_NOTADB: "address",
    sqlite3.SQLITE_CORRUPT: "address",
    sqlite3.SQLITE_PERM: "right",
    sqlite3.SQLITE_AUTH: "right",
    sqlite3.SQLITE_READONLY: "write",
}
# However a text spells a moment, and in whatever zone, it does not sort before the day before.
SLACK = timedelta(days=1)
# Rows that tell what a query's columns are: SQLite itself does not.
SAMPLE = 200


def _arguments(manner: Manner) -> Mapping[str, Any]:
    # A writer is waited for; threads of ours never share a connection at the same time.
    return {"uri": True, "timeout": manner.connect, "check_same_thread": False}


def _begin(driver: sqlite3.Connection, _manner: Manner) -> None:
    driver.execute("pragma query_only = on")


def _judge(error: BaseException) -> Fault | None:
    code = getattr(error, "sqlite_errorcode", None)
    return FAULTS.get(code & 0xFF, "wrong") if isinstance(code, int) else None


def _read(connection: sa.Connection, statement: sa.Select[Any], most_bytes: int) -> Answer:
    """Read rows; where a text is none in UTF-8, read them again with such texts as bytes."""
    try:
        return rows.read(connection, statement, most_bytes)
    except sqlite3.OperationalError as error:
        # Of a text that does not decode, the driver tells no code: it is not SQLite who minds.
        if getattr(error, "sqlite_errorcode", None) is not None:
            raise
    driver: Any = connection.connection.driver_connection
    driver.text_factory = _any_text
    try:
        return rows.read(connection, statement, most_bytes)
    finally:
        driver.text_factory = str


def _any_text(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return f"\\x{raw.hex()}"


def _types(connection: sa.Connection, _query: sa.Select[Any], text: str) -> Columns:
    """By a query's first rows; as part of another, SQLite would tell two columns of one name apart itself."""
    cursor: Any = connection.connection.cursor()
    cursor.execute(text)
    names = [one[0] for one in cursor.description]
    found: list[set[type]] = [set() for _ in names]
    for row in cursor.fetchmany(SAMPLE):
        for kinds, one in zip(found, row, strict=True):
            kinds.add(type(one))
    cursor.close()
    return names, [_type_of(kinds - {type(None)}) for kinds in found]


def _type_of(kinds: set[type]) -> Type:
    if kinds == {int}:
        return sa.BigInteger()
    return sa.Numeric() if kinds and kinds <= {int, float} else sa.types.NullType()


def numbered(connection: sa.Connection, table: sa.Table) -> dict[str, Type]:
    """The columns for moments that hold numbers, as far as their first rows tell, with the type of those."""
    moments = [column for column in table.columns if isinstance(column.type, sa.DateTime | sa.Date)]
    if not moments:
        return {}
    query = sa.select(*(sa.func.typeof(column) for column in moments)).limit(SAMPLE)
    rows_of_types = connection.execute(query).fetchall()
    found: dict[str, Type] = {}
    for place, column in enumerate(moments):
        kinds = {row[place] for row in rows_of_types} - {"null"}
        if kinds and kinds <= {"integer", "real"}:
            found[column.name] = sa.Numeric() if "real" in kinds else sa.BigInteger()
    return found


def _sent(_column: sa.ColumnElement[Any], raw: Any) -> Any:
    return str(raw) if isinstance(raw, Decimal) else raw


def _same(column: sa.ColumnElement[Any], sent: Any) -> Clause:
    """A moment by what it says to the second, whatever its spelling; what has no type by its text, too."""
    if isinstance(sent, date):
        moment = sent if isinstance(sent, datetime) else datetime.combine(sent, time.min)
        return sa.func.datetime(column) == value(moment.strftime("%Y-%m-%d %H:%M:%S"))
    if isinstance(column.type, sa.types.NullType):
        return (column == value(sent)) | (sa.cast(column, sa.Text) == value(sent))
    return column == value(sent)


def _from_on(stamp: Stamp, since: datetime) -> Clause:
    """By the day, which an index helps with, and by the moment, whatever its spelling."""
    day = (since - SLACK).astimezone(UTC).date().isoformat()
    moment = _spelled(since if stamp.zone.key == "UTC" else since - SLACK)
    read = sa.func.datetime(stamp.column)
    changed = (stamp.column >= value(day)) & (read >= value(moment))
    # What SQLite cannot read as a moment sorts anywhere: it is rather read once more than never.
    return changed | (read.is_(None) & (stamp.column != value("")))


def _up_to(stamp: Stamp, until: datetime) -> Clause:
    moment = until
    if stamp.zone.key != "UTC":
        # What has no zone is compared as if it were UTC: earlier than any clock is behind that.
        offset = until.astimezone(stamp.zone).utcoffset() or timedelta()
        moment = until + min(offset - SET_BACK, timedelta())
    return sa.func.datetime(stamp.column) <= value(_spelled(moment))


def _spelled(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


SQLITE = Backend(
    label="SQLite",
    driver="pysqlite",
    only_driver=True,
    arguments=_arguments,
    begin=_begin,
    clock="select strftime('%Y-%m-%d %H:%M:%f', 'now')",
    read=_read,
    judge=_judge,
    types=_types,
    sent=_sent,
    same=_same,
    bounds=Bounds(_from_on, _up_to),
    interrupt=sqlite3.Connection.interrupt,
    file=True,
)
