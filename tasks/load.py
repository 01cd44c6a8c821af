"""Loading: a batch, its counters and its checkpoint land in one transaction, or not at all."""

import time
from typing import Any

import msgspec
import polars as pl
from prefect import task
from prefect.cache_policies import NO_CACHE

from sources.entity import Entity
from sources.page import Reading
from sources.privacy import Privacy
from tasks.batch import Batch, Reject
from tasks.forgotten import without_forgotten
from tasks.mapping import encode
from tasks.report import Reporter
from tasks.shape import brought_columns, table_of
from tasks.threads import in_database
from tasks.validate import reject
from warehouse import history, rejects
from warehouse.connection import Connection
from warehouse.keys import spelled, spelled_columns
from warehouse.merge import merge_rows, newest_in_key_order, note_failed
from warehouse.merge_spec import Merge
from warehouse.merged import Merged, Refusal

Checkpoint = dict[str, Any]


class Target:
    """Where a run writes; a plain class, since tasks are handed it (see `tasks/batch.py`)."""

    __slots__ = ("conn", "crm_source", "overwrite", "privacy", "reporter", "run_id")

    def __init__(
        self,
        conn: Connection,
        crm_source: str,
        run_id: int,
        reporter: Reporter,
        *,
        overwrite: bool = False,
        privacy: Privacy | None = None,
    ) -> None:
        self.conn = conn
        self.crm_source = crm_source
        self.run_id = run_id
        self.reporter = reporter
        self.overwrite = overwrite
        self.privacy = privacy or Privacy()


@task(
    name="load",
    task_run_name="load {batch.entity.name}",
    cache_policy=NO_CACHE,
    persist_result=False,
)
async def load_batch(
    target: Target, batch: Batch, reading: Reading, checkpoint: Checkpoint, *, refresh: bool = False
) -> Merged:
    """Merge a batch and advance the run, in one transaction; a repetition changes nothing."""
    return await in_database(load, target, batch, reading, checkpoint, refresh=refresh)


def load(
    target: Target, batch: Batch, reading: Reading, checkpoint: Checkpoint, *, refresh: bool = False
) -> Merged:
    """Merge a batch and advance the run, in one transaction; a repetition changes nothing."""
    merge = merge_of(target, batch, reading, refresh=refresh)
    conn, key = target.conn, batch.entity.key
    rows = newest_in_key_order(batch.rows, key, merge.table.changed)
    started = time.monotonic()
    with conn.transaction():
        history.fence(conn, target.run_id)
        rows, wrong, merged = without_forgotten(target, batch, rows, merge)
        merged += merge_rows(conn, merge, rows)
        merged += _slimmed(conn, merge, batch.entity, rows, merged)
        seconds = time.monotonic() - started
        refused = [rejected(target, batch, refusal, seconds) for refusal in merged.refused]
        lost = [*wrong, *refused]
        if lost:
            merged += note_failed(conn, target.run_id, (r.key for r in lost), merge.flags)
            rejects.record(conn, target.crm_source, batch.entity.name, target.run_id, lost)
        if not refresh:
            apart = {r.key for r in lost}
            rejects.close_landed(
                conn,
                target.crm_source,
                batch.entity.name,
                target.run_id,
                lambda: [text for text in key_texts(rows, key) if text not in apart],
            )
        history.advance(conn, target.run_id, merged, checkpoint)
    return merged


def merge_of(target: Target, batch: Batch, reading: Reading, *, refresh: bool) -> Merge:
    """How this batch meets its table."""
    return Merge(
        table_of(target.crm_source, batch.entity),
        brought_columns(batch.entity),
        tuple(batch.shapes),
        target.run_id,
        overwrite=target.overwrite,
        refresh=refresh,
        reading=reading,
    )


def _slimmed(
    conn: Connection, merge: Merge, entity: Entity, rows: pl.DataFrame, merged: Merged
) -> Merged:
    """Merge rows too big for a page again, with their undeclared columns moved to `extra`."""
    big = [refusal.row for refusal in merged.refused if refusal.too_big]
    if not big:
        return Merged()
    merged.refused = [refusal for refusal in merged.refused if not refusal.too_big]
    slices = rows.filter(pl.col("_row").is_in(big)).iter_slices(1)
    return merge_rows(conn, merge, pl.concat([to_extra(entity, row) for row in slices]))


def to_extra(entity: Entity, row: pl.DataFrame) -> pl.DataFrame:
    """One row with its undeclared columns emptied into `extra`."""
    extra = msgspec.json.decode(row["extra"][0] or "{}")
    moved = [
        f for f in entity.fields if f.discovered and not f.encrypt and row[f.name][0] is not None
    ]
    for field in moved:
        value = row[field.name][0]
        extra[entity.flat_path(field)] = (
            value if isinstance(value, bool | int | str) else str(value)
        )
    emptied = [pl.lit(None, dtype=row.schema[field.name]).alias(field.name) for field in moved]
    return row.with_columns(*emptied, pl.lit(encode(extra)).alias("extra"))


def key_texts(rows: pl.DataFrame, key: tuple[str, ...]) -> list[str]:
    """The keys of rows as `ingestion_seen_key` spells them."""
    return [spelled(parts) for parts in spelled_columns(rows, key).iter_rows()]


def rejected(target: Target, batch: Batch, refusal: Refusal, seconds: float) -> Reject:
    """Report a row that PostgreSQL refused, and make its reject."""
    target.reporter.gave_up(batch, refusal.row, refusal.reason, seconds)
    target.reporter.refused(batch, refusal.row, refusal.reason, f"run {target.run_id}")
    return reject(batch, refusal.row, refusal.reason)
