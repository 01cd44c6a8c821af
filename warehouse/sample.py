"""A few rows of a mirror, for people to look at."""

from collections.abc import Sequence
from typing import Any

from psycopg import sql

from warehouse.connection import Connection


def last_written(
    conn: Connection, schema: str, table: str, columns: Sequence[str], limit: int = 8
) -> list[tuple[Any, ...]]:
    """The rows that the latest runs wrote, the newest first."""
    statement = sql.SQL(
        """
        select {columns} from {table}
        order by sync_history_id desc, greatest(updated_at, deleted_at) desc
        limit %s
        """
    ).format(
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        table=sql.Identifier(schema, table),
    )
    return conn.execute(statement, (limit,)).fetchall()
