"""The temporary tables of a merge: the keys that come, the rows that come, and what was judged of them."""

import hashlib
from io import BytesIO
from typing import Literal

import polars as pl
from psycopg import sql

from warehouse.connection import Connection
from warehouse.merge_spec import Merge
from warehouse.tables import Column, comma

NOTHING_EXTRA = "{}"
STAMP = "%Y-%m-%dT%H:%M:%S%.6f%:z"

Quotes = Literal["always", "necessary"]


def stage_names(merge: Merge) -> tuple[sql.Identifier, sql.Identifier]:
    """The incoming and the judged table of this set of columns."""
    digest = _digest(merge)
    return (
        sql.Identifier("pg_temp", f"incoming_{digest}"),
        sql.Identifier("pg_temp", f"judged_{digest}"),
    )


def keys_name(merge: Merge) -> sql.Identifier:
    """The table of the keys alone."""
    return sql.Identifier("pg_temp", f"keys_{_digest(merge)}")


def _digest(merge: Merge) -> str:
    shape = [(column.name, column.type) for column in merge.brought]
    made_of = repr((merge.table.schema, merge.table.name, merge.table.key, shape))
    return hashlib.sha256(made_of.encode()).hexdigest()[:12]


def staged_columns(merge: Merge) -> list[str]:
    """The columns of the incoming rows in order."""
    return [*merge.columns, "deleted_at", "extra", "_shape"]


def stage(conn: Connection, merge: Merge, rows: pl.DataFrame) -> None:
    """Bring the rows into their temporary table."""
    empty_stage(conn, merge)
    copy_rows(conn, merge, rows)
    conn.execute(_analyze(merge))


def analyze_judged(conn: Connection, merge: Merge) -> None:
    """Let the planner know how many rows are new and how many differ; else it guesses a handful."""
    conn.execute(sql.SQL("analyze {}").format(stage_names(merge)[1]))


def empty_stage(conn: Connection, merge: Merge) -> None:
    """See that both temporary tables are there and empty."""
    conn.execute(_create_incoming(merge))
    conn.execute(_create_judged(merge))
    conn.execute(sql.SQL("truncate {}, {}").format(*stage_names(merge)))


def stage_keys(conn: Connection, merge: Merge, rows: pl.DataFrame) -> None:
    """Bring the keys of the rows into a temporary table of their own."""
    name, key = keys_name(merge), list(merge.table.key)
    conn.execute(
        sql.SQL("create temporary table if not exists {} ({}) on commit delete rows").format(
            name, comma(_definition(merge.table.column(part)) for part in key)
        )
    )
    conn.execute(sql.SQL("truncate {}").format(name))
    _copy(conn, name, rows.select(key))


def copy_rows(conn: Connection, merge: Merge, rows: pl.DataFrame) -> None:
    """COPY the rows into their temporary table."""
    _copy(conn, stage_names(merge)[0], rows.select(staged_columns(merge)))


def add_rows(conn: Connection, merge: Merge, rows: pl.DataFrame) -> int:
    """COPY rows none of which is stored into the mirror itself; how many it took."""
    added = rows.select(
        *merge.columns,
        "deleted_at",
        pl.col("extra").fill_null(NOTHING_EXTRA),
        pl.lit(merge.run_id).alias("sync_history_id"),
    )
    return _copy(conn, merge.table.identifier, added)


def _create_incoming(merge: Merge) -> sql.Composed:
    return sql.SQL(
        "create temporary table if not exists {} ({}, deleted_at timestamptz, extra jsonb, _shape int)"
        " on commit delete rows"
    ).format(stage_names(merge)[0], comma(map(_definition, merge.brought)))


def _create_judged(merge: Merge) -> sql.Composed:
    keys = [merge.table.column(name) for name in merge.table.key]
    return sql.SQL(
        'create temporary table if not exists {} ({}, _outcome "char", _gone boolean, _by bigint)'
        " on commit delete rows"
    ).format(stage_names(merge)[1], comma(map(_definition, keys)))


def _copy(conn: Connection, table: sql.Identifier, rows: pl.DataFrame) -> int:
    # An empty field is NULL, and so is an empty text, which arrives in quotes.
    names = comma(map(sql.Identifier, rows.columns))
    statement = sql.SQL(
        "copy {table} ({names}) from stdin (format csv, force_null ({names}))"
    ).format(table=table, names=names)
    csv = BytesIO()
    # Where a line is one value, a bare \\. would be the end of all to PostgreSQL before 18.
    quotes: Quotes = "always" if rows.width == 1 else "necessary"
    rows.write_csv(csv, include_header=False, datetime_format=STAMP, quote_style=quotes)
    cursor = conn.cursor()
    with cursor.copy(statement) as sink:
        sink.write(csv.getbuffer())
    return cursor.rowcount


def _analyze(merge: Merge) -> sql.Composed:
    # Without statistics the planner guesses a temporary table's size. Joins go by key and shape, and
    # statistics of every column would cost more than the merge.
    joined = (*merge.table.key, "_shape")
    return sql.SQL("analyze {} ({})").format(
        stage_names(merge)[0], comma(map(sql.Identifier, joined))
    )


def _definition(column: Column) -> sql.Composed:
    return sql.SQL("{} {}").format(sql.Identifier(column.name), column.sql_type)
