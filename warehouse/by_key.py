"""Rows chosen by their keys, as text: by the index where the column's type allows it."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from psycopg import sql

from warehouse.connection import Connection
from warehouse.keys import key_text
from warehouse.tables import Column, Table, in_query, stored_columns

LARGEST = 2**63 - 1


def stored_key(conn: Connection, schema: str, name: str) -> tuple[str, ...]:
    """The columns of a table's primary key; empty where there is no such table."""
    rows = conn.execute(
        """
        select a.attname
        from pg_index i
        join pg_class c on c.oid = i.indrelid
        join pg_namespace n on n.oid = c.relnamespace
        cross join unnest(i.indkey) with ordinality as k (number, place)
        join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number
        where n.nspname = %s and c.relname = %s and i.indisprimary
        order by k.place
        """,
        (schema, name),
    )
    return tuple(column for (column,) in rows)


def stored_table(conn: Connection, schema: str, name: str, losers: str = "") -> Table | None:
    """A mirror as it is stored, whatever is declared now; None where there is none."""
    key = stored_key(conn, schema, name)
    columns = stored_columns(conn, Table(schema, name, (), ()))
    if not key:
        return None
    kept = tuple(Column(column, kind) for column, kind in columns.items())
    return Table(schema, name, kept, key, losers=losers if losers in columns else "")


def chosen(table: Table, alias: str) -> sql.Composable:
    """The condition that a row's key is among `%(keys)s`, for values that `fitting` gives."""
    if len(table.key) > 1:
        return sql.SQL("{} = any(%(keys)s)").format(key_text(table, alias))
    [name] = table.key
    return holds(table, alias, name, "keys")


def holds(table: Table, alias: str, column: str, values: str) -> sql.Composable:
    """The condition that a column has one of the values of a parameter."""
    found, kind = in_query(alias, column), table.column(column)
    if kind.type in {"bigint", "text"}:
        return sql.SQL("{} = any({}::{}[])").format(found, sql.Placeholder(values), kind.sql_type)
    return sql.SQL("{}::text = any({})").format(found, sql.Placeholder(values))


def fitting(table: Table, keys: Iterable[str], column: str = "") -> list[str]:
    """Those of some keys that a column can hold (the key when left out); the others are in no row."""
    name = column or table.key[0]
    if (not column and len(table.key) > 1) or table.column(name).type != "bigint":
        return list(keys)
    return [key for key in keys if is_number(key)]


def as_stored(table: Table, keys: Iterable[str]) -> list[str]:
    """Keys that somebody wrote, as the table spells them: a number has but one spelling."""
    [name, *others] = table.key
    if others or table.column(name).type != "bigint":
        return list(keys)
    return [str(int(key)) if is_number(key.strip()) else key for key in keys]


def is_number(key: str) -> bool:
    """Whether a key is the spelling of a number that a bigint holds."""
    digits = key.removeprefix("-")
    return digits.isascii() and digits.isdigit() and abs(int(digits)) <= LARGEST


def bury_each(conn: Connection, table: Table, moments: Mapping[str, datetime], run_id: int) -> int:
    """Note living rows as deleted, each as of its own moment; returns how many there were."""
    keys = fitting(table, moments)
    if not keys:
        return 0
    statement = sql.SQL(
        """
        update {table} t set deleted_at = said.moment, sync_history_id = %(run)s
        from unnest(%(keys)s::text[], %(moments)s::timestamptz[]) as said (key, moment)
        where {chosen} and {key} = said.key and t.deleted_at is null
        """
    ).format(table=table.in_query, chosen=chosen(table, "t"), key=key_text(table, "t"))
    values = {"run": run_id, "keys": keys, "moments": [moments[key] for key in keys]}
    return conn.execute(statement, values).rowcount


def living(conn: Connection, table: Table, keys: Sequence[str]) -> list[str]:
    """Those of some keys whose rows are stored and not deleted."""
    statement = sql.SQL("select {} from {} t where {} and t.deleted_at is null order by 1").format(
        key_text(table, "t"), table.in_query, chosen(table, "t")
    )
    return [key for (key,) in conn.execute(statement, {"keys": fitting(table, keys)})]


def delete(conn: Connection, table: Table, keys: Sequence[str]) -> int:
    """Remove rows by key, deleted or not; returns how many there were."""
    statement = sql.SQL("delete from {} t where {}").format(table.in_query, chosen(table, "t"))
    values: dict[str, Any] = {"keys": fitting(table, keys)}
    return conn.execute(statement, values).rowcount
