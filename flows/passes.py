"""A pass: chunk after chunk lands in the warehouse, while the next are fetched."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

from flows import progress
from flows.context import EntityRun
from flows.fetching import Chunks, Pass, fetch, fetch_all
from flows.ranges import Ranges
from tasks.batch import Batch, Chunk
from tasks.fetch import narrowed
from tasks.shape import table_of
from tasks.threads import in_database
from warehouse import history, sweep
from warehouse.merged import Merged

DAMAGED = "some of it cannot be read, so that no stored row of it is taken for deleted"


async def run_pass(run: EntityRun, reading: Pass, cursor: str | None = None) -> None:
    """Read a pass from `cursor` to its end and load it; the next chunk is fetched while one loads."""
    ranges = await _ranges(run, reading, cursor)
    chunks = Chunks()
    try:
        async with asyncio.TaskGroup() as both:
            both.create_task(fetch_all(run, reading, ranges.waiting, chunks))
            both.create_task(_load_all(run, reading, ranges, chunks))
    except BaseExceptionGroup as group:
        # One of the two failed and the group ended the other; the first error is the reason.
        raise group.exceptions[0] from None
    if not run.options.dry_run:
        run.done.add(reading.name)


async def _ranges(run: EntityRun, reading: Pass, cursor: str | None) -> Ranges:
    """The ranges to read side by side: those left by an interrupted run, else as the source cuts them."""
    splits = run.entity.splits and reading.reading == "changes" and not reading.limit
    if cursor is not None or not splits:
        return Ranges.resumed(cursor)
    asked = replace(reading, reading="ranges")
    starts = [str(record["cursor"]) for record in (await fetch(run, asked, None)).records]
    return Ranges(starts if len(starts) > 1 else [None])


async def _load_all(run: EntityRun, reading: Pass, ranges: Ranges, chunks: Chunks) -> None:
    """Load chunk after chunk; the next is made a batch while one goes into the warehouse."""
    landing: asyncio.Task[None] | None = None
    try:
        async for number, chunk in _prepared(run, chunks):
            cursor, gone, records = chunk.cursor, chunk.gone, len(chunk.records)
            batch = await _batch(run, reading, chunk)
            if landing:
                await landing
            then = ranges.after(number, cursor)
            landing = asyncio.create_task(_land(run, reading, batch, gone, records, then))
            chunks.gone()
    finally:
        # What was read before an error lands; what is interrupted ends before its connection does.
        if landing:
            await landing


async def _prepared(run: EntityRun, chunks: Chunks) -> AsyncIterator[tuple[int, Chunk]]:
    while (found := await chunks.get()) is not None:
        number, chunk = found
        run.announce(chunk.total)
        run.leave_out(chunk.left_out)
        if run.entity.whole or run.options.replaces:
            run.leave_out({piece.part: DAMAGED for piece in chunk.unreadable})
        run.pages += chunk.pages
        run.total = chunk.total if run.total is None else run.total
        yield number, chunk


def bury(run: EntityRun, keys: Sequence[str]) -> None:
    """Note stored rows as deleted as of this run's `until`; those that are not stored stay unknown."""
    table, moment = table_of(run.source.name, run.entity), run.plan.window.until
    with run.conn.transaction():
        history.fence(run.conn, run.target.run_id)
        buried = sweep.bury(run.conn, table, keys, moment, run.target.run_id)
        history.count(run.conn, run.target.run_id, Merged(deleted=buried))


async def load_chunk(
    run: EntityRun, reading: Pass, chunk: Chunk, cursor: str | None = None
) -> None:
    """Transform, validate and load a chunk, and remember where its pass goes on (None: it is at its end)."""
    gone, records = chunk.gone, len(chunk.records)
    batch = await _batch(run, reading, chunk)
    await _land(run, reading, batch, gone, records, cursor)


async def _batch(run: EntityRun, reading: Pass, chunk: Chunk) -> Batch:
    with run.metrics.stage("transform"):
        batch = await run.steps.transform(narrowed(run.entity, reading.columns), chunk)
    chunk.release()
    with run.metrics.stage("validate"):
        return await run.steps.validate(batch, run.reporter, strict=run.strict)


async def _land(
    run: EntityRun,
    reading: Pass,
    batch: Batch,
    gone: Sequence[str],
    records: int,
    cursor: str | None,
) -> None:
    if gone and not run.options.dry_run:
        await in_database(bury, run, gone)
    with run.metrics.stage("load"):
        if run.options.dry_run:
            run.preview += await run.steps.compare(run.target, batch, reading.reading)
        else:
            checkpoint = run.checkpoint(reading.name, cursor)
            refresh = reading.columns is not None
            await run.steps.load(run.target, batch, reading.reading, checkpoint, refresh=refresh)
    batch.release()
    progress.advanced(run.source.name, run.entity.name, records)
