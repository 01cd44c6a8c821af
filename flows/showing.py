"""A run in Prefect's UI: its progress while it lasts, at its end what it did, and a name that says so.

Few calls, whatever the size of the run: one when it begins, one every few seconds, four at its end.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager, suppress
from uuid import UUID

from prefect import runtime
from prefect.artifacts import (
    acreate_markdown_artifact,
    acreate_progress_artifact,
    acreate_table_artifact,
    aupdate_progress_artifact,
)
from prefect.client.orchestration import get_client

from flows import progress
from flows.artifacts import Row, summary_of, table_of, window_of
from flows.result import Result
from flows.run_name import run_name
from flows.secrets import warehouse_url
from sources.config import Config
from sources.registry import configured
from tasks.threads import in_database
from warehouse import rejects
from warehouse.connection import connect

log = logging.getLogger("crm_sync")

EVERY = 5.0  # seconds
MOST_REJECTS = 50
PERCENT = 100.0


class Watch(progress.Listener):
    """Adds up what a run says of itself; each entity is an equal part of the whole."""

    def __init__(self) -> None:
        self.entities: list[str] = []
        self.totals: dict[str, int | None] = {}
        self.read: dict[str, int] = {}
        self.done: set[str] = set()
        self.results: list[Result] = []

    def chosen(self, source: str, entities: Sequence[str]) -> None:
        """Know how many there are."""
        self.entities += entities

    def started(self, source: str, entity: str, total: int | None) -> None:
        """Know how much there is."""
        self.totals[entity] = total

    def advanced(self, source: str, entity: str, records: int) -> None:
        """Count."""
        self.read[entity] = self.read.get(entity, 0) + records

    def finished(self, source: str, entity: str, status: str) -> None:
        """One less to do."""
        self.done.add(entity)

    def concluded(self, results: Sequence[Result]) -> None:
        """Keep them."""
        self.results += results

    @property
    def percent(self) -> float:
        """How much of the run is behind it."""
        parts = [self._part(entity) for entity in self.entities]
        return round(PERCENT * sum(parts) / len(parts), 1) if parts else 0.0

    def _part(self, entity: str) -> float:
        total = self.totals.get(entity)
        if entity in self.done or not total:
            return float(entity in self.done)
        return min(self.read.get(entity, 0) / total, 1.0)

    def __str__(self) -> str:
        done = len(self.done.intersection(self.entities))
        records = sum(self.read.values())
        return f"{done} of {len(self.entities)} entities done, {records:,} records read"


class Bar:
    """The progress artifact of a run, made when there is something to tell."""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch
        self.artifact: UUID | None = None
        self.said = ""

    async def move(self) -> None:
        """Bring it up to date, if anything has changed."""
        said = str(self.watch)
        if not self.watch.entities or said == self.said:
            return
        self.said = said
        if self.artifact is None:
            self.artifact = await acreate_progress_artifact(self.watch.percent, description=said)
        else:
            await aupdate_progress_artifact(self.artifact, self.watch.percent, said)

    async def follow(self) -> None:
        """Move every few seconds."""
        while True:
            await asyncio.sleep(EVERY)
            await trying(self.move())


@asynccontextmanager
async def shown() -> AsyncIterator[None]:
    """Show the run of a deployment that goes on meanwhile; on others somebody looks who started them."""
    if not runtime.deployment.id:
        yield
        return
    watch = Watch()
    bar = Bar(watch)
    following = asyncio.create_task(bar.follow())
    try:
        with progress.listening(watch):
            yield
    finally:
        following.cancel()
        with suppress(asyncio.CancelledError):
            await following
    await trying(bar.move())
    if watch.results:
        await trying(_conclude(watch.results))


async def trying(telling: Awaitable[None]) -> None:
    """Tell Prefect; that a run cannot be shown must not fail it."""
    try:
        await telling
    except Exception as error:
        log.warning("The run could not be shown in Prefect's UI: %s", type(error).__name__)
        log.debug("The run could not be shown in Prefect's UI", exc_info=error)


async def _conclude(results: Sequence[Result]) -> None:
    """Numbers, words, and the window in the run's name."""
    config = configured()
    source = results[0].source
    key = source.replace("_", "-")
    rejected = await in_database(_rejected, await warehouse_url(config), config, results)
    words = summary_of(results, rejected, mask=config.mask_values)
    await acreate_table_artifact(table_of(results), f"{key}-entities", f"What {source} brought")
    await acreate_markdown_artifact(words, f"{key}-summary", f"The latest run of {source}")
    if (window := window_of(results)) and (run := runtime.flow_run.id):
        async with get_client() as client:
            await client.update_flow_run(UUID(str(run)), name=f"{run_name()}, {window}")


def _rejected(url: str, config: Config, results: Sequence[Result]) -> list[Row]:
    """The records that these runs have rejected."""
    if not any(one.row.get("records_failed") for one in results):
        return []
    runs = {one.row.get("id") for one in results}
    with connect(url, schema=config.bookkeeping_schema) as conn:
        found = rejects.open_rejects(conn, results[0].source, limit=MOST_REJECTS)
    return [row for row in found if row["sync_history_id"] in runs]
