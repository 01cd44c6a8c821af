"""Mirrors of CRM entities: created and grown to follow their declarations, never shrunk."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg
from psycopg import sql

from warehouse.connection import Connection
from warehouse.errors import MissingRights, WarehouseError
from warehouse.grants import missing_grants

LOCK_TIMEOUT = "3s"
ATTEMPTS = 3
PAUSE = 1.0  # seconds between attempts, for those who queued behind one
SHORT_TYPES = {"timestamp with time zone": "timestamptz"}


class WrongColumnType(WarehouseError):
    """A stored column has another type than its declaration."""


class TableBusy(WarehouseError):
    """Others held a table for so long that a column every merge needs could not be added."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a mirror: its name, PostgreSQL type, and the name `extra` knows it by."""

    name: str
    type: str
    source_key: str = ""
    compared: bool = True

    @property
    def sql_type(self) -> sql.SQL:
        """The type as SQL: it comes from the table of kinds, never from a source."""
        return sql.SQL(self.type)  # pyright: ignore[reportArgumentType]


@dataclass(frozen=True, slots=True)
class Table:
    """A mirror of one entity; `losers` names the column that lists the keys merged into a row."""

    schema: str
    name: str
    columns: tuple[Column, ...]
    key: tuple[str, ...]
    changed: str | None = "updated_at"
    losers: str = ""

    @property
    def identifier(self) -> sql.Identifier:
        """The qualified, quoted name."""
        return sql.Identifier(self.schema, self.name)

    @property
    def in_query(self) -> sql.Identifier:
        """The same, for a statement with parameters."""
        return in_query(self.schema, self.name)

    def column(self, name: str) -> Column:
        """The column called `name`; KeyError if there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)


comma: Callable[[Iterable[sql.Composable]], sql.Composed] = sql.SQL(", ").join


def in_query(*names: str) -> sql.Identifier:
    """A quoted name for a statement with parameters, where psycopg takes a plain '%' for one of them."""
    return sql.Identifier(*(name.replace("%", "%%") for name in names))


def system_columns(table: Table) -> tuple[Column, ...]:
    """The columns every mirror has beside its declared ones."""
    merged = (Column("merged_into", table.column(table.key[0]).type),) if table.losers else ()
    own = (
        Column("created_at", "timestamptz"),
        Column("updated_at", "timestamptz"),
        Column("deleted_at", "timestamptz"),
        *merged,
        Column("extra", "jsonb"),
        Column("sync_history_id", "bigint"),
    )
    declared = {column.name for column in table.columns}
    return tuple(column for column in own if column.name not in declared)


def stored_columns(conn: Connection, table: Table) -> dict[str, str]:
    """Name and type of the columns that exist; empty where the table does not."""
    rows = conn.execute(
        """
        select a.attname, format_type(a.atttypid, a.atttypmod)
        from pg_attribute a
        join pg_class c on c.oid = a.attrelid
        join pg_namespace n on n.oid = c.relnamespace
        where n.nspname = %s and c.relname = %s and a.attnum > 0 and not a.attisdropped
        """,
        (table.schema, table.name),
    )
    return {name: SHORT_TYPES.get(str(kind), str(kind)) for name, kind in rows}


def ensure_table(conn: Connection, table: Table) -> tuple[list[str], list[str]]:
    """Create the table or add what it lacks; returns the columns added and those that must wait for a lock."""
    if not stored_columns(conn, table):
        _create(conn, table)
    # Read again also when created: another run may have been first, with fewer columns.
    stored = stored_columns(conn, table)
    own = system_columns(table)
    _check_types(table, stored, (*table.columns, *own))
    missing = [column for column in (*own, *table.columns) if column.name not in stored]
    added: list[str] = []
    for column in missing:
        # Who holds the table now would hold up the next column as well.
        if not _add_column(conn, table, column):
            break
        added.append(column.name)
    waiting = [column.name for column in missing if column.name not in added]
    if any(column.name in waiting for column in own):
        raise TableBusy(
            f"{table.schema}.{table.name} lacks the column {waiting[0]}, which could not be added within"
            f" {ATTEMPTS} x {LOCK_TIMEOUT} because others hold locks on the table: run the sync again"
        )
    return added, waiting


def _create(conn: Connection, table: Table) -> None:
    columns = sql.SQL(", ").join(
        sql.SQL("{} {}").format(sql.Identifier(column.name), column.sql_type)
        for column in (*table.columns, *system_columns(table))
    )
    with _naming_rights(conn, table), conn.transaction():
        # Two runs that open the same new table side by side take turns: `if not exists` alone is a race.
        conn.execute("select pg_advisory_xact_lock(hashtextextended('crm-sync create', 0))")
        # `create schema if not exists` asks for rights on the database even where the schema is there.
        if not conn.execute(
            "select from pg_namespace where nspname = %s", (table.schema,)
        ).rowcount:
            conn.execute(sql.SQL("create schema {}").format(sql.Identifier(table.schema)))
        conn.execute(
            sql.SQL("create table if not exists {} ({}, primary key ({}))").format(
                table.identifier, columns, sql.SQL(", ").join(map(sql.Identifier, table.key))
            )
        )


def _check_types(table: Table, stored: dict[str, str], wanted: tuple[Column, ...]) -> None:
    for column in wanted:
        have = stored.get(column.name, column.type)
        if have != column.type:
            raise WrongColumnType(
                f"{table.schema}.{table.name}.{column.name} is {have} in the warehouse, but its field is declared"
                f" as {column.type}: give the field another name in crm-sync.toml, or change the column's"
                f" type with ALTER TABLE"
            )


def _add_column(conn: Connection, table: Table, column: Column) -> bool:
    """Add one column in a transaction of its own; False where others hold the table too long."""
    statement = sql.SQL("alter table {} add column if not exists {} {}").format(
        table.identifier, sql.Identifier(column.name), column.sql_type
    )
    with _naming_rights(conn, table):
        for attempt in range(ATTEMPTS):
            if attempt:
                time.sleep(PAUSE)
            if _executed_soon(conn, statement):
                return True
    return False


def _executed_soon(conn: Connection, statement: sql.Composed) -> bool:
    try:
        with conn.transaction():
            conn.execute(sql.SQL("set local lock_timeout = {}").format(LOCK_TIMEOUT))
            conn.execute(statement)
    except psycopg.errors.LockNotAvailable:
        return False
    return True


@contextmanager
def _naming_rights(conn: Connection, table: Table) -> Iterator[None]:
    """Turn a refusal by PostgreSQL into an error that says what to do."""
    try:
        yield
    except psycopg.errors.InsufficientPrivilege as error:
        schema = conn.execute("select current_schema()").fetchone()
        grants = tuple(missing_grants(conn, schema[0] if schema else "public", (table.schema,)))
        said = f"The role may not create or change {table.schema}.{table.name}: {error}."
        asked = "".join(f"\n  {grant};" for grant in grants)
        remedy = (
            f"Let the owner run:{asked}"
            if grants
            else "Let the owner of the table run the sync once."
        )
        raise MissingRights(f"{said} {remedy}", grants) from error
