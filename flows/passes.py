"""A pass: chunk after chunk from the source into the warehouse, reading ahead in bounded memory."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flows import progress
from flows.context import EntityRun
from flows.ranges import Ranges
from sources.errors import NoProgress
from sources.page import Reading
from tasks.batch import Batch, Chunk
from tasks.fetch import CHUNK_GROWTH, FIRST_CHUNK_RECORDS, ChunkRef, fields_digest, narrowed
from tasks.shape import table_of
from tasks.threads import in_database
from warehouse import history, sweep
from warehouse.merge import Merged

# Chunks read but not loaded: fetching does not wait for a slow commit, and memory stays bounded.
READ_AHEAD = 1
# Ranges of one reading that are read at the same time.
AT_ONCE = 3
DAMAGED = "some of it cannot be read, so that no stored row of it is taken for deleted"


class Chunks:
    """What was fetched of which range, in bounded number; an error, or None, is the last word.

    The last word never waits for room: there is none where the loader has ended, and nobody to make any.
    """

    def __init__(self) -> None:
        self._queue: asyncio.Queue[tuple[int, Chunk] | Exception | None] = asyncio.Queue()
        self._room = asyncio.Semaphore(READ_AHEAD)

    async def put(self, number: int, chunk: Chunk) -> None:
        """Add a chunk once there is room for it."""
        await self._room.acquire()
        self._queue.put_nowait((number, chunk))

    def end(self, error: Exception | None = None) -> None:
        """Say that nothing follows, and why."""
        self._queue.put_nowait(error)

    async def get(self) -> tuple[int, Chunk] | None:
        """The next chunk, or None at the end; raises the error that ended the fetching."""
        found = await self._queue.get()
        if isinstance(found, Exception):
            raise found
        return found

    def gone(self) -> None:
        """Make room for another: the one that was taken is on its way into the warehouse."""
        self._room.release()


@dataclass(frozen=True, slots=True)
class Pass:
    """One reading of an entity: what, since when, which columns (None for all), how many records (0: all).

    `until` is the run's own unless said; only counts heed it. `parts` are those to read (None: all).
    """

    name: str
    reading: Reading
    since: datetime | None = None
    columns: tuple[str, ...] | None = None
    limit: int = 0
    attempt: int = 0
    until: datetime | None = None
    parts: tuple[str, ...] | None = None


async def run_pass(run: EntityRun, reading: Pass, cursor: str | None = None) -> None:
    """Read a pass from `cursor` to its end and load it; the next chunk is fetched while one loads."""
    ranges = await _ranges(run, reading, cursor)
    chunks = Chunks()
    try:
        async with asyncio.TaskGroup() as both:
            both.create_task(_fetch_all(run, reading, ranges.waiting, chunks))
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


async def _fetch_all(
    run: EntityRun, reading: Pass, ranges: Sequence[tuple[int, str | None]], chunks: Chunks
) -> None:
    turn = asyncio.Semaphore(AT_ONCE)

    async def fetch_range(number: int, cursor: str | None) -> None:
        async with turn:
            async for chunk in _chunks(run, reading, cursor):
                await chunks.put(number, chunk)

    # One that fails ends the others: their places are in the checkpoint, and the next run goes on there.
    try:
        async with asyncio.TaskGroup() as group:
            for number, cursor in ranges:
                group.create_task(fetch_range(number, cursor))
    except* Exception as errors:  # noqa: BLE001 - passed on through the queue
        # Told in its turn: what was read before it lands.
        chunks.end(errors.exceptions[0])
    else:
        chunks.end()


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
        parts=reading.parts,
        new=run.versions.new if run.versions else (),
        versions=run.versions.parts if run.versions else (),
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
