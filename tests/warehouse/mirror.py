"""A small mirror to merge into, and a short way to say what is merged."""

import json
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import polars as pl

from warehouse.connection import Connection
from warehouse.merge import merge_rows
from warehouse.merge_spec import Merge, Shape
from warehouse.merged import Merged
from warehouse.tables import Column, Table, system_columns

Record = dict[str, Any]

UTC_MICROSECONDS = pl.Datetime("us", "UTC")
DTYPES = {
    "text": pl.String,
    "bigint": pl.Int64,
    "numeric": pl.String,
    "jsonb": pl.String,
    "boolean": pl.Boolean,
    "date": pl.Date,
    "timestamptz": UTC_MICROSECONDS,
}

CONTACTS = Table(
    "crm",
    "contacts",
    (
        Column("id", "bigint"),
        Column("name", "text"),
        Column("amount", "numeric"),
        Column("updated_at", "timestamptz"),
    ),
    ("id",),
)
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def at(minute: int) -> datetime:
    """A moment some minutes after noon."""
    return NOON + timedelta(minutes=minute)


def merge(
    conn: Connection,
    table: Table,
    *records: Record,
    run_id: int = 1,
    overwrite: bool = False,
    refresh: bool = False,
    reading: str = "changes",
) -> Merged:
    """Merge records of one chunk; a column that a record does not name is absent from it."""
    how, rows = prepared(
        table, records, run_id=run_id, overwrite=overwrite, refresh=refresh, reading=reading
    )
    with conn.transaction():
        return merge_rows(conn, how, rows)


def prepared(table: Table, records: Sequence[Record], **how: Any) -> tuple[Merge, pl.DataFrame]:
    """The merge and the frame of some records."""
    shapes = [shape_of(table, record) for record in records]
    known = {shape: number for number, shape in enumerate(dict.fromkeys(shapes))}
    columns = tuple(column.name for column in table.columns)
    series = [
        pl.Series(column.name, [r.get(column.name) for r in records], dtype=DTYPES[column.type])
        for column in table.columns
    ]
    rows = pl.DataFrame(
        [
            *series,
            pl.Series("deleted_at", [r.get("deleted_at") for r in records], dtype=UTC_MICROSECONDS),
            pl.Series("extra", [_json(r.get("extra", {})) for r in records], dtype=pl.String),
            pl.Series("_shape", [known[shape] for shape in shapes], dtype=pl.Int32),
            pl.Series("_row", range(len(records)), dtype=pl.Int64),
        ]
    )
    return Merge(table, columns, tuple(known), **how), rows


def shape_of(table: Table, record: Record) -> Shape:
    """What a record lacks and speaks of; a None in its `extra` is a name that became empty."""
    names = [column.name for column in table.columns]
    absent = frozenset(name for name in names if name not in record)
    present = [name for name in names if name in record]
    return Shape(absent, (*present, *record.get("extra", {})))


def _json(extra: Record) -> str | None:
    filled = {name: value for name, value in extra.items() if value is not None}
    return json.dumps(filled) if filled else None


def stored(conn: Connection, table: Table, *columns: str) -> list[Any]:
    """Some columns of the stored rows in key order; all declared ones when none is named."""
    wanted = columns or tuple(column.name for column in (*table.columns, *system_columns(table)))
    rows = conn.execute(_select(table, wanted)).fetchall()
    return [row[0] for row in rows] if len(wanted) == 1 else rows


def versions(conn: Connection, table: Table) -> list[Any]:
    """Where the rows lie and who wrote them last: this changes with every rewrite."""
    return conn.execute(_select(table, ("ctid::text", "xmin::text"))).fetchall()


def _select(table: Table, wanted: Iterable[str]) -> bytes:
    names = ", ".join(name if "::" in name else quoted(name) for name in wanted)
    keys = ", ".join(map(quoted, table.key))
    return (
        f"select {names} from {quoted(table.schema)}.{quoted(table.name)} order by {keys}".encode()
    )


def quoted(name: str) -> str:
    """An identifier as SQL."""
    return '"' + name.replace('"', '""') + '"'


def counts(merged: Merged) -> tuple[int, int, int, int]:
    """Created, updated, unchanged and failed."""
    return merged.created, merged.updated, merged.unchanged, merged.failed
