"""Loading what is read beside an entity's records: rows, removals and the checkpoint in one transaction."""

import time
from collections.abc import Sequence
from dataclasses import replace

import polars as pl
from prefect import task
from prefect.cache_policies import NO_CACHE

from sources.entity import Companion, Entity
from tasks.batch import Batch, Reject
from tasks.forgotten import without_forgotten_ends
from tasks.load import Checkpoint, Target, key_texts, merge_of, rejected
from tasks.shape import table_of
from tasks.threads import in_database
from warehouse import beside, history, rejects
from warehouse.beside import Scope
from warehouse.merge import merge_rows, newest_in_key_order, note_failed
from warehouse.merged import Merged


class Answer:
    """What the source said of some records of entity `of`; a plain class, since tasks are handed it."""

    __slots__ = ("batch", "keys", "of", "parts")

    def __init__(self, batch: Batch, of: str, keys: Sequence[str], parts: tuple[str, ...]) -> None:
        self.batch = batch
        self.of = of
        self.keys = keys
        self.parts = parts


@task(
    name="load beside",
    task_run_name="load {companion.entity.name}",
    cache_policy=NO_CACHE,
    persist_result=False,
)
async def load_beside(
    target: Target, companion: Companion, answer: Answer, checkpoint: Checkpoint
) -> tuple[int, int]:
    """Merge an answer and remove what it lacks; returns how many rows were written and removed."""
    return await in_database(_load, target, companion, answer, checkpoint)


def _load(
    target: Target, companion: Companion, answer: Answer, checkpoint: Checkpoint
) -> tuple[int, int]:
    conn, entity, batch = target.conn, companion.entity, answer.batch
    merge = replace(merge_of(target, batch, "changes", refresh=False), counted=False)
    scope = scope_of(target.crm_source, companion, answer.parts)
    rows = newest_in_key_order(batch.rows, entity.key, merge.table.changed)
    started, removed = time.monotonic(), 0
    with conn.transaction():
        history.fence(conn, target.run_id)
        beside.take_turn(conn, scope.table)
        rows = without_forgotten_ends(target, companion, answer.of, rows)
        merged = merge_rows(conn, merge, rows)
        # Of what the source did not answer for, what is stored stays.
        if companion.replaces and answer.parts:
            kept = key_texts(rows, entity.key)
            removed = beside.remove_others(conn, scope, answer.keys, kept)
        seconds = time.monotonic() - started
        refused = [rejected(target, batch, refusal, seconds) for refusal in merged.refused]
        counted = _note_rejects(target, entity, rows, [*batch.rejects, *refused])
        history.advance(conn, target.run_id, counted, checkpoint)
    return merged.refreshed, removed


def scope_of(crm_source: str, companion: Companion, parts: tuple[str, ...]) -> Scope:
    """Which rows an answer of these parts speaks of."""
    return Scope(
        table_of(crm_source, companion.entity),
        companion.owner,
        dict(companion.fixed),
        companion.part,
        parts,
        companion.mirrored,
    )


def _note_rejects(
    target: Target, entity: Entity, rows: pl.DataFrame, lost: Sequence[Reject]
) -> Merged:
    """Keep rejected records under the name of their own table; in the run's counters they have failed."""
    conn, source, name = target.conn, target.crm_source, entity.name
    apart = {reject.key for reject in lost}
    rejects.close_landed(
        conn,
        source,
        name,
        target.run_id,
        lambda: [text for text in key_texts(rows, entity.key) if text not in apart],
    )
    if not lost:
        return Merged()
    rejects.record(conn, source, name, target.run_id, lost)
    # The keys a run has read are its own entity's; those of others must not be taken for them.
    keys = [f"{name} {reject.key}" for reject in lost]
    return note_failed(conn, target.run_id, keys, {"listed": False, "archived": False})
