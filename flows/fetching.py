"""Fetching a pass: chunk after chunk, range beside range, ahead of what lands and in bounded memory."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from flows.context import EntityRun
from sources.errors import NoProgress
from sources.page import Reading
from tasks.batch import Chunk
from tasks.fetch import CHUNK_GROWTH, FIRST_CHUNK_RECORDS, ChunkRef, fields_digest

# Chunks read but not loaded: fetching does not wait for a slow commit, and memory stays bounded.
READ_AHEAD = 1
# Ranges of one reading that are read at the same time.
AT_ONCE = 3


@dataclass(frozen=True, slots=True)
class Pass:
    """One reading of an entity: what, since when, which columns (None for all), how many records (0: all).

    `until` is the run's own unless said; only counts heed it. `parts` are those to read (None: all).
    `page_size` is the entity's unless said.
    """

    name: str
    reading: Reading
    since: datetime | None = None
    columns: tuple[str, ...] | None = None
    limit: int = 0
    attempt: int = 0
    until: datetime | None = None
    parts: tuple[str, ...] | None = None
    page_size: int = 0


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


async def fetch_all(
    run: EntityRun, reading: Pass, ranges: Sequence[tuple[int, str | None]], chunks: Chunks
) -> None:
    """Fetch every range of a pass into `chunks`, a few at a time; what ends it is their last word."""
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
        page_size=reading.page_size or run.entity.page_size,
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
