"""Reading: a chunk of pages per task run, cached within a run and its retries."""

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE, CacheKeyFnPolicy
from prefect.tasks import exponential_backoff

from sources.entity import Companion, Entity
from sources.errors import NoProgress, SourceError
from sources.meter import Meter, metered
from sources.page import Page, Reading, Records, Window
from sources.privacy import Privacy
from sources.rows import Rows
from tasks.batch import Chunk
from tasks.pages import CACHE_EXPIRATION
from tasks.reading import Reader, reader_of

CACHE_VERSION = 4
# Enough records that Prefect's price per task run does not show, few enough to hold several in memory.
CHUNK_RECORDS = 10_000
# The first chunk of a pass, and by how much each is larger than the one before: a run soon has a
# checkpoint to resume from.
FIRST_CHUNK_RECORDS = 500
CHUNK_GROWTH = 4
# A slow source still gets its progress saved.
CHUNK_SECONDS = 30.0
CHUNK_PAGES = 100


@dataclass(frozen=True, slots=True)
class ChunkRef:
    """Which chunk, in names and plain values: what a task is asked with and what its cache key is made of.

    `columns` narrows the entity to some columns (None for all), `limit` is a number of records, 0 for no
    limit, `parts`, `new` and `versions` are the window's, `run` is the id of the root flow run, `attempt` tells a second reading of the same from the first,
    `size` is how many records make it full (0: `CHUNK_RECORDS`).
    """

    run: str
    source: str
    account: str
    entity: str
    reading: Reading
    since: datetime | None
    until: datetime
    cursor: str | None
    page_size: int
    fields: str
    columns: tuple[str, ...] | None = None
    keys: tuple[str, ...] = ()
    limit: int = 0
    attempt: int = 0
    size: int = 0
    parts: tuple[str, ...] | None = None
    new: tuple[str, ...] = ()
    versions: tuple[Mapping[str, str], ...] = ()

    @property
    def window(self) -> Window:
        """The window read."""
        return Window(self.since, self.until, self.limit, self.parts, self.new, self.versions)

    @property
    def cache_key(self) -> str:
        """A key that any other question differs from."""
        parts = repr((CACHE_VERSION, sorted(asdict(self).items(), key=lambda item: item[0])))
        return f"{self.source}-{self.entity}-{hashlib.sha256(parts.encode()).hexdigest()[:32]}"


def _key_of(_context: Any, parameters: dict[str, Any]) -> str:
    ref: ChunkRef = parameters["ref"]
    return ref.cache_key


def time_may_cure(_task: Any, _run: Any, state: Any) -> bool:
    """Whether a failed reading may succeed later by itself; Prefect puts the error into the state's data."""
    return isinstance(state.data, SourceError) and state.data.retryable


@task(
    name="fetch",
    task_run_name="fetch {ref.entity} {ref.reading} from {ref.cursor}",
    cache_policy=CacheKeyFnPolicy(cache_key_fn=_key_of),
    cache_expiration=CACHE_EXPIRATION,
    persist_result=True,
    cache_result_in_memory=False,
    retries=3,
    retry_delay_seconds=exponential_backoff(2),
    retry_jitter_factor=0.5,
    retry_condition_fn=time_may_cure,
)
async def fetch_chunk(ref: ChunkRef) -> Chunk:
    """Read some pages of an entity; within one run and its retries, the same chunk is read once."""
    return await read_chunk(reader_of(ref.run, ref.source), ref)


@task(
    name="ask",
    task_run_name="ask {ref.entity} {ref.reading}",
    cache_policy=NO_CACHE,
    persist_result=False,
    retries=3,
    retry_delay_seconds=exponential_backoff(2),
    retry_jitter_factor=0.5,
    retry_condition_fn=time_may_cure,
)
async def ask_source(ref: ChunkRef) -> Chunk:
    """Ask what must be true now: a count, or records by key; never answered from the cache."""
    return await read_chunk(reader_of(ref.run, ref.source), ref)


async def read_chunk(reader: Reader, ref: ChunkRef) -> Chunk:
    """Read pages until the chunk is full or the pass ends."""
    declared = narrowed(reader.entities[ref.entity], ref.columns)
    entity = replace(declared, page_size=ref.page_size)
    read: list[Page] = []
    count, cursor = 0, ref.cursor
    passed = {cursor}
    started = time.monotonic()
    with metered() as meter:
        while True:
            page = await reader.source.fetch(entity, ref.reading, ref.window, cursor, keys=ref.keys)
            read.append(page)
            count += len(page.records)
            cursor = page.cursor
            if cursor is None or page.pause or _full(ref, count, len(read), started):
                break
            if cursor in passed:
                raise NoProgress(
                    f"{ref.source} {ref.entity}: the page after {cursor} leads back to it"
                )
            passed.add(cursor)
    records = joined([page.records for page in read])
    if ref.limit and len(records) >= ref.limit:
        records, cursor = records[: ref.limit], None
    unreadable = [piece for page in read for piece in page.unreadable]
    about_records = ref.reading not in ("versions", "ranges")
    if about_records and any(field.encrypt for field in entity.fields):
        records = list(records)
        reader.privacy.protect(entity, records)
        unreadable = [
            replace(piece, raw=reader.privacy.protected_text(piece.raw)) for piece in unreadable
        ]
    return Chunk(
        records,
        start=ref.cursor,
        cursor=cursor,
        pages=len(read),
        total=next((page.total for page in read if page.total is not None), None),
        meter=spent(meter),
        left_out={part: why for page in read for part, why in page.left_out.items()},
        gone=[key for page in read for key in page.gone],
        unreadable=unreadable,
    )


def joined(pages: Sequence[Records]) -> Records:
    """The records of several pages: as columns, if they all came so."""
    columns = [records for records in pages if isinstance(records, Rows)]
    if columns and len(columns) == len(pages):
        return sum(columns[1:], start=columns[0]).storable()
    return [record for records in pages for record in records]


def spent(meter: Meter) -> dict[str, float]:
    """What a piece of reading cost, by the names of the metrics."""
    found = {
        "api_calls": meter.api_calls,
        "retries": meter.retries,
        "rate_limit_hits": meter.rate_limit_hits,
        "bytes_fetched": meter.bytes_fetched,
        "rate_limit_remaining": meter.rate_limit_remaining,
    }
    return {name: float(value) for name, value in found.items() if value is not None}


def _full(ref: ChunkRef, records: int, pages: int, started: float) -> bool:
    size = min(ref.size or CHUNK_RECORDS, CHUNK_RECORDS)
    return (
        records >= (min(ref.limit, size) if ref.limit else size)
        or pages >= CHUNK_PAGES
        or time.monotonic() - started > CHUNK_SECONDS
    )


def narrowed(entity: Entity, columns: tuple[str, ...] | None) -> Entity:
    """The entity, or only some columns of it."""
    return entity if columns is None else entity.narrowed(frozenset(columns))


def question_digest(companion: Companion) -> str:
    """What of a companion's declaration decides what its table holds."""
    parts = (companion.reading, companion.entity.name, companion.parts)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def fields_digest(entity: Entity, privacy: Privacy) -> str:
    """What of a declaration and of the keys changes an answer or its stored form."""
    asked = [(f.name, f.kind, f.path, f.encrypt) for f in entity.fields]
    parts = (asked, entity.asked, entity.path, entity.parts, privacy.fingerprint)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]
