"""Every driver's way: rows as tuples, turned into columns of text."""

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import polars as pl
import sqlalchemy as sa

from sources.database.routes.cells import as_text
from sources.database.routes.route import Answer
from sources.database.routes.sending import spelled

# Rows taken at once: few at first, since nobody knows yet how wide they are.
FIRST_ROWS, MOST_ROWS = 50, 20_000


def read(connection: sa.Connection, statement: sa.Select[Any], most_bytes: int) -> Answer:
    """Stream a SELECT's rows, as the driver has them, into columns of text."""
    return streamed(connection, statement, most_bytes, connection.connection.cursor())


def streamed(
    connection: sa.Connection, statement: sa.Select[Any], most_bytes: int, cursor: Any
) -> Answer:
    """The same by a cursor that is given."""
    labels = list(statement.selected_columns.keys())
    frames: list[pl.DataFrame] = []
    last: tuple[Any, ...] = ()
    size, count = 0, FIRST_ROWS
    try:
        cursor.execute(*spelled(connection, statement))
        while size <= most_bytes and (rows := cursor.fetchmany(count)):
            frames.append(_frame(labels, rows))
            last = tuple(rows[-1])
            wide = int(frames[-1].estimated_size())
            size += wide
            count = _next_count(len(rows), wide, most_bytes - size)
    finally:
        with suppress(Exception):
            cursor.close()
    cut = size > most_bytes
    if cut:
        # What was not read would be, before anything else that is asked on this connection.
        connection.invalidate()
    if not frames:
        return Answer(pl.DataFrame(schema=dict.fromkeys(labels, pl.String)))
    return Answer(pl.concat(frames), last, size, cut)


def tuples(connection: sa.Connection, statement: sa.Select[Any]) -> list[tuple[Any, ...]]:
    """A few rows' values, as the driver has them."""
    cursor = connection.connection.cursor()
    cursor.execute(*spelled(connection, statement))
    try:
        return [tuple(row) for row in cursor.fetchall()]
    finally:
        cursor.close()


def _frame(labels: Sequence[str], rows: Sequence[Sequence[Any]]) -> pl.DataFrame:
    columns = zip(*rows, strict=True)
    return pl.DataFrame(
        [as_text(label, values) for label, values in zip(labels, columns, strict=True)]
    )


def _next_count(rows: int, size: int, left: int) -> int:
    """As many rows as fit into what is left, going by those that came; at least one."""
    return max(1, min(MOST_ROWS, left * rows // max(size, 1)))
