"""What `extra` holds: read in key order, a slice at a time."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from psycopg import sql

from warehouse.connection import Connection
from warehouse.tables import Table, in_query

Key = tuple[Any, ...]


def rows_with(
    conn: Connection, table: Table, names: Sequence[str], after: Key | None, limit: int
) -> list[tuple[Key, dict[str, Any]]]:
    """Keys and the named members of `extra`, fractions exact, of the rows behind key `after` that have any."""
    key = sql.SQL(", ").join(map(in_query, table.key))
    statement = sql.SQL(
        """
        select {key}, (select jsonb_object_agg(name, value) from jsonb_each(extra) as each (name, value)
                       where name = any(%(names)s))::text
        from {table} where extra ?| %(names)s {behind} order by {key} limit %(limit)s
        """
    ).format(key=key, table=table.in_query, behind=_behind(table, key) if after else sql.SQL(""))
    found = conn.execute(statement, {"names": list(names), "limit": limit, **_parts(after)})
    return [(row[:-1], json.loads(row[-1], parse_float=Decimal)) for row in found]


def rows_in_clear(
    conn: Connection, table: Table, column: str, mac: str, after: Key | None, limit: int
) -> list[tuple[Key, Any]]:
    """Keys and values of the rows behind key `after` whose `column` was stored before it was encrypted."""
    key = sql.SQL(", ").join(map(in_query, table.key))
    statement = sql.SQL(
        "select {key}, {column} from {table} where {column} is not null and {mac} is null {behind}"
        " order by {key} limit %(limit)s"
    ).format(
        key=key,
        column=in_query(column),
        mac=in_query(mac),
        table=table.in_query,
        behind=_behind(table, key) if after else sql.SQL(""),
    )
    values = {"limit": limit, **_parts(after)}
    return [(row[:-1], row[-1]) for row in conn.execute(statement, values)]


def _parts(after: Key | None) -> dict[str, Any]:
    return {f"after_{number}": part for number, part in enumerate(after or ())}


def _behind(table: Table, key: sql.Composed) -> sql.Composed:
    values = sql.SQL(", ").join(
        sql.SQL("{}::{}").format(sql.Placeholder(f"after_{number}"), table.column(name).sql_type)
        for number, name in enumerate(table.key)
    )
    return sql.SQL("and ({}) > ({})").format(key, values)
