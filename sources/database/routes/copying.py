"""PostgreSQL's own way: COPY … TO STDOUT, each value as PostgreSQL spells it.

https://www.postgresql.org/docs/current/sql-copy.html
"""

import sys
from codecs import BOM_UTF8
from typing import Any

import polars as pl
import psycopg
import sqlalchemy as sa

from sources.database.routes.route import Answer
from sources.database.routes.sending import spelled
from sources.errors import Refused

FILLER = "_filler"


def read(connection: sa.Connection, statement: sa.Select[Any], most_bytes: int) -> Answer:
    """Copy a SELECT's rows out as CSV and take that apart; NULL and an empty text are both None."""
    labels = list(statement.selected_columns.keys())
    if len(labels) == 1:
        # A line with nothing in it would be no row.
        statement = statement.add_columns(sa.literal_column("0").label(FILLER))
    text, given = spelled(connection, statement)
    copy = f"copy ({text}) to stdout (format csv)".encode()
    driver: psycopg.Connection[Any] = connection.connection.driver_connection  # type: ignore[assignment]
    lines: list[Any] = []
    size, cut = 0, False
    with driver.cursor() as cursor, cursor.copy(copy, given) as copied:
        # Each piece is one row, whatever line ends its texts hold.
        for line in copied:
            lines.append(line)
            size += len(line)
            if size > most_bytes:
                cut = True
                break
    return _answer(labels, lines, size, cut=cut)


def tuples(connection: sa.Connection, statement: sa.Select[Any]) -> list[tuple[Any, ...]]:
    """A few rows' values, as PostgreSQL spells them."""
    return read(connection, statement, sys.maxsize).frame.rows()


def _answer(labels: list[str], lines: list[Any], size: int, *, cut: bool) -> Answer:
    columns = labels if len(labels) > 1 else [*labels, FILLER]
    schema = {str(number): pl.String for number in range(len(columns))}
    if not lines:
        return Answer(pl.DataFrame(schema=dict.fromkeys(labels, pl.String)))
    try:
        # A mark of our own is what is taken off, not the beginning of a text.
        frame = pl.read_csv(BOM_UTF8 + b"".join(lines), has_header=False, schema=schema)
    except pl.exceptions.ComputeError as error:
        raise Refused(
            f"a text of it is not in the encoding of its database: {error}", 400
        ) from None
    frame = frame.rename(dict(zip(schema, columns, strict=True))).select(labels)
    # What is sorted by is never NULL, so that an empty text is what such a value was.
    last = tuple("" if value is None else value for value in frame.row(-1))
    return Answer(frame, last, size, cut)
