"""A pass: chunk after chunk from the source into the warehouse, reading ahead in bounded memory."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from flows import progress
from flows.context import EntityRun
from sources.errors import NoProgress
from sources.page import Reading
from tasks.batch import Chunk
from tasks.fetch import CHUNK_GROWTH, FIRST_CHUNK_RECORDS, ChunkRef, fields_digest, narrowed
from tasks.shape import table_of
from tasks.threads import in_database
from warehouse import history, sweep
from warehouse.merge import Merged

# Chunks read but not loaded: fetching does not wait for a slow commit, and memory stays bounded.
READ_AHEAD = 1


@dataclass(frozen=True, slots=True)
class Pass:
    """One reading of an entity: what, since when, which columns (None for all), how many records (0: all).

    `until` is the run's own unless said; only counts heed it.
    """

    name: str
    reading: Reading
    since: datetime | None = None
    columns: tuple[str, ...] | None = None
    limit: int = 0
    attempt: int = 0
    until: datetime | None = None


async def run_pass(run: EntityRun, reading: Pass, cursor: str | None = None) -> None:
    """Read a pass from `cursor` to its end and load it; the next chunk is fetched while one loads."""
    chunks: asyncio.Queue[Chunk | Exception | None] = asyncio.Queue(READ_AHEAD)
    try:
        async with asyncio.TaskGroup() as both:
            both.create_task(_fetch_all(run, reading, cursor, chunks))
            both.create_task(_load_all(run, reading, chunks))
    except BaseExceptionGroup as group:
        # One of the two failed and the group ended the other; the first error is the reason.
        raise group.exceptions[0] from None
    if not run.options.dry_run:
        run.done.add(reading.name)


async def _fetch_all(
    run: EntityRun,
    reading: Pass,
    cursor: str | None,
    chunks: asyncio.Queue[Chunk | Exception | None],
) -> None:
    try:
        async for chunk in _chunks(run, reading, cursor):
            await chunks.put(chunk)
    except Exception as error:  # noqa: BLE001 - passed on through the queue
        # Told in its turn: what was read before it lands, and the next run goes on from there.
        await chunks.put(error)
    else:
        await chunks.put(None)


async def _chunks(run: EntityRun, reading: Pass, cursor: str | None) -> AsyncIterator[Chunk]:
    left = reading.limit
    passed = {cursor}
    size = FIRST_CHUNK_RECORDS
    while True:
        chunk = await fetch(run, reading, cursor, left, size=size)
        size *= CHUNK_GROWTH
        left -= len(chunk.records)
        cursor = chunk.cursor
        yield chunk
        if cursor is None or (reading.limit and left <= 0):
            return
        if cursor in passed:
            raise NoProgress(f"{run.source.name} {run.entity.name}: the pass came back to {cursor}")
        passed.add(cursor)


async def _load_all(
    run: EntityRun, reading: Pass, chunks: asyncio.Queue[Chunk | Exception | None]
) -> None:
    while (chunk := await chunks.get()) is not None:
        if isinstance(chunk, Exception):
            raise chunk
        run.announce(chunk.total)
        run.leave_out(chunk.left_out)
        run.pages += chunk.pages
        run.total = chunk.total if run.total is None else run.total
        await load_chunk(run, reading, chunk)


async def fetch(
    run: EntityRun,
    reading: Pass,
    cursor: str | None,
    limit: int = 0,
    keys: Sequence[str] = (),
    size: int = 0,
) -> Chunk:
    """One chunk of a pass, from the source or from this run's cache."""
    ref = ChunkRef(
        run=run.source.run,
        source=run.source.name,
        account=run.source.reader.account,
        entity=run.entity.name,
        reading=reading.reading,
        since=reading.since,
        until=reading.until or run.plan.window.until,
        cursor=cursor,
        page_size=run.entity.page_size,
        fields=fields_digest(run.entity, run.source.reader.privacy),
        columns=reading.columns,
        keys=tuple(keys),
        limit=max(limit, 0),
        attempt=reading.attempt,
        size=size,
    )
    ask = run.steps.fetch if reading.reading in ("changes", "deletes") else run.steps.ask
    with run.metrics.stage("fetch"):
        chunk = await ask(ref)
    if chunk.cached:
        run.metrics.pages_from_cache += chunk.pages
    else:
        run.metrics.spend(chunk.meter)
    return chunk


def bury(run: EntityRun, keys: Sequence[str]) -> None:
    """Note stored rows as deleted as of this run's `until`; those that are not stored stay unknown."""
    table, moment = table_of(run.source.name, run.entity), run.plan.window.until
    with run.conn.transaction():
        history.fence(run.conn, run.target.run_id)
        buried = sweep.bury(run.conn, table, keys, moment, run.target.run_id)
        history.count(run.conn, run.target.run_id, Merged(deleted=buried))


async def load_chunk(run: EntityRun, reading: Pass, chunk: Chunk) -> None:
    """Transform, validate and load a chunk, and remember how far its pass has come."""
    records = len(chunk.records)
    if chunk.gone and not run.options.dry_run:
        await in_database(bury, run, chunk.gone)
    with run.metrics.stage("transform"):
        batch = await run.steps.transform(narrowed(run.entity, reading.columns), chunk)
    chunk.release()
    with run.metrics.stage("validate"):
        batch = await run.steps.validate(batch, run.reporter, strict=run.strict)
    with run.metrics.stage("load"):
        if run.options.dry_run:
            run.preview += await run.steps.compare(run.target, batch, reading.reading)
        else:
            checkpoint = run.checkpoint(reading.name, chunk.cursor)
            refresh = reading.columns is not None
            await run.steps.load(run.target, batch, reading.reading, checkpoint, refresh=refresh)
    batch.release()
    progress.advanced(run.source.name, run.entity.name, records)
