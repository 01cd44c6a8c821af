"""The temporary tables of a merge: one holds the incoming rows, one what was judged of them."""

import hashlib
from collections.abc import Callable, Iterable
from io import BytesIO
from typing import TYPE_CHECKING

import polars as pl
from psycopg import sql

from warehouse.connection import Connection
from warehouse.tables import Column

if TYPE_CHECKING:
    from warehouse.merge import Merge

STAMP = "%Y-%m-%dT%H:%M:%S%.6f%:z"

comma: Callable[[Iterable[sql.Composable]], sql.Composed] = sql.SQL(", ").join


def stage_names(merge: "Merge") -> tuple[sql.Identifier, sql.Identifier]:
    """The incoming and the judged table of this set of columns."""
    shape = [(column.name, column.type) for column in merge.brought]
    made_of = repr((merge.table.schema, merge.table.name, merge.table.key, shape))
    digest = hashlib.sha256(made_of.encode()).hexdigest()[:12]
    return (
        sql.Identifier("pg_temp", f"incoming_{digest}"),
        sql.Identifier("pg_temp", f"judged_{digest}"),
    )


def staged_columns(merge: "Merge") -> list[str]:
    """The columns of the incoming rows in order."""
    return [*merge.columns, "deleted_at", "extra", "_shape"]


def stage(conn: Connection, merge: "Merge", rows: pl.DataFrame) -> None:
    """Bring the rows into their temporary table."""
    empty_stage(conn, merge)
    copy_rows(conn, merge, rows)
    conn.execute(_analyze(merge))


def analyze_judged(conn: Connection, merge: "Merge") -> None:
    """Let the planner know how many rows are new and how many differ; else it guesses a handful."""
    conn.execute(sql.SQL("analyze {}").format(stage_names(merge)[1]))


def empty_stage(conn: Connection, merge: "Merge") -> None:
    """See that both temporary tables are there and empty."""
    conn.execute(_create_incoming(merge))
    conn.execute(_create_judged(merge))
    conn.execute(sql.SQL("truncate {}, {}").format(*stage_names(merge)))


def copy_rows(conn: Connection, merge: "Merge", rows: pl.DataFrame) -> None:
    """COPY the rows into their temporary table."""
    csv = BytesIO()
    rows.select(staged_columns(merge)).write_csv(csv, include_header=False, datetime_format=STAMP)
    with conn.cursor().copy(_copy(merge)) as sink:
        sink.write(csv.getbuffer())


def _create_incoming(merge: "Merge") -> sql.Composed:
    return sql.SQL(
        "create temporary table if not exists {} ({}, deleted_at timestamptz, extra jsonb, _shape int)"
        " on commit delete rows"
    ).format(stage_names(merge)[0], comma(map(_definition, merge.brought)))


def _create_judged(merge: "Merge") -> sql.Composed:
    keys = [merge.table.column(name) for name in merge.table.key]
    return sql.SQL(
        'create temporary table if not exists {} ({}, _outcome "char", _gone boolean, _by bigint)'
        " on commit delete rows"
    ).format(stage_names(merge)[1], comma(map(_definition, keys)))


def _copy(merge: "Merge") -> sql.Composed:
    # An empty field is NULL, and so is an empty text, which arrives in quotes.
    names = comma(sql.Identifier(name) for name in staged_columns(merge))
    return sql.SQL(
        "copy {incoming} ({names}) from stdin (format csv, force_null ({names}))"
    ).format(incoming=stage_names(merge)[0], names=names)


def _analyze(merge: "Merge") -> sql.Composed:
    # Without statistics the planner guesses a temporary table's size. Joins go by key and shape, and
    # statistics of every column would cost more than the merge.
    joined = (*merge.table.key, "_shape")
    return sql.SQL("analyze {} ({})").format(
        stage_names(merge)[0], comma(map(sql.Identifier, joined))
    )


def _definition(column: Column) -> sql.Composed:
    return sql.SQL("{} {}").format(sql.Identifier(column.name), column.sql_type)
