"""The body every CRM's flow shares: open the source, run its entities side by side, conclude."""

import asyncio
import gc
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from prefect import runtime
from prefect.client.schemas import State
from prefect.states import Completed, Failed

from flows import progress
from flows.catalogue import chosen_of, configured_entity
from flows.context import SourceRun
from flows.entity import sync_entity
from flows.failure import failure_name, message_of, record_failure
from flows.keepers import keeper_of
from flows.options import SyncOptions
from flows.page_storage import storage_of
from flows.quota import shared_quota
from flows.result import Result, SyncFailed
from flows.secrets import privacy_of_run, secrets_of, warehouse_url
from sources.config import Config, EntityConfig, SourceConfig
from sources.entity import Entity
from sources.errors import UnknownEntity
from sources.page import Account
from sources.privacy import Privacy
from sources.registry import configured, connected, declared_entities, kind_of, named
from tasks.forgotten import renew_key
from tasks.pages import purge
from tasks.reading import Reader, opened
from tasks.steps import AS_TASKS, Steps
from tasks.threads import in_database
from warehouse import embedded, past
from warehouse.connection import connect
from warehouse.prepare import prepare

# Where a source does not tell its time, ours may be ahead of it.
CLOCK_MARGIN = timedelta(minutes=5)
# Entities synced at the same time: enough to keep the source's limit full, few enough for memory.
SIDE_BY_SIDE = 6
# Objects made before the young, the middle and the old generation are looked through.
RARELY = (200_000, 20, 100)


async def sync_source(
    name: str,
    entities: Sequence[str] | None,
    options: SyncOptions,
    steps: Steps = AS_TASKS,
) -> State[list[dict[str, Any]]]:
    """Bring a configured source up to date in PostgreSQL; the state says how it ended."""
    speak_up(debug=options.debug)
    config = configured()
    source = config.source(name)
    privacy = await privacy_of_run()
    privacy.require(
        configured_entity(entity, source, options)[0]
        for entity in declared_entities(source, entities)
    )
    url = await warehouse_url(config)
    await in_database(prepare, url, config.bookkeeping_schema, upgrades=embedded.is_at(url))
    try:
        async with (
            few_collections(),
            open_source(config, source, url, privacy, options, steps) as run,
        ):
            chosen = await chosen_of(run, source, entities)
            progress.chosen(name, [entity.name for entity, _ in chosen])
            results = await _side_by_side(run, chosen)
            run.keeps_pages = any(result.outcome == "failed" for result in results)
    except UnknownEntity:
        raise
    except Exception as error:
        schema = config.bookkeeping_schema
        told = named(source, entities) or await in_database(_known, config, source, url)
        if not told:
            # Nobody knows for which entities it could be told.
            raise
        results = [
            Result(
                name,
                entity,
                "failed",
                await record_failure(url, schema, name, entity, options, error, steps),
                message_of(error),
                error,
            )
            for entity in told
        ]
    progress.concluded(results)
    return conclude(results)


async def _side_by_side(
    run: SourceRun, chosen: Sequence[tuple[Entity, EntityConfig]]
) -> list[Result]:
    """Sync some entities at a time; each has its connections and its chunks in memory."""
    turn = asyncio.Semaphore(SIDE_BY_SIDE)

    async def in_turn(entity: Entity, config: EntityConfig) -> Result:
        async with turn:
            return await sync_entity(run, entity, config)

    # A group, when interrupted, waits until every entity has closed its history row; `gather` would not.
    async with asyncio.TaskGroup() as group:
        runs = [group.create_task(in_turn(*pair)) for pair in chosen]
    return [done.result() for done in runs]


@asynccontextmanager
async def few_collections() -> AsyncIterator[None]:
    """Collect garbage rarely: records are trees, and to look for cycles among millions of them costs 5 %."""
    before = gc.get_threshold()
    gc.set_threshold(*RARELY)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def speak_up(*, debug: bool) -> None:
    """Let our lines through: Prefect gives its extra loggers its handlers, but not its level."""
    log = logging.getLogger("crm_sync")
    if debug:
        log.setLevel(logging.DEBUG)
    elif log.level == logging.NOTSET:
        log.setLevel(logging.INFO)


@asynccontextmanager
async def open_source(
    config: Config,
    source: SourceConfig,
    url: str,
    privacy: Privacy,
    options: SyncOptions,
    steps: Steps,
    *,
    asks: bool = True,
) -> AsyncIterator[SourceRun]:
    """The source, connected and identified, with a private folder for the pages of this run.

    Without `asks` there is nobody to be asked: its records come by themselves.
    """
    run = str(runtime.flow_run.root_flow_run_id or uuid4())
    storage = await storage_of(config, privacy, run)
    if steps is AS_TASKS:
        steps = steps.keeping_nothing() if options.dry_run else steps.keeping_pages_in(storage)
    if not options.dry_run:
        await in_database(_renew_key, config, url, privacy)
    secrets = await secrets_of(source)
    keeper = keeper_of(source, secrets)
    if kind_of(source).counts_requests:
        source = replace(source, spent=await in_database(_spent, config, source, url))
    async with shared_quota(source), connected(source, secrets, keeper) as client:
        account = await client.account() if asks else Account("", None)
        reader = Reader(client, privacy, account.id, account.api_version)
        with opened(run, source.name, reader):
            opened_run = SourceRun(
                run=run,
                name=source.name,
                reader=reader,
                options=options,
                until=account.now or datetime.now(UTC) - CLOCK_MARGIN,
                url=url,
                bookkeeping_schema=config.bookkeeping_schema,
                steps=steps,
                flow_run_id=str(runtime.flow_run.id) if runtime.flow_run.id else None,
                mask_values=config.mask_values,
                settings=source.options,
            )
            yield opened_run
    # Pages of a run that failed serve its retry until they expire.
    if isinstance(storage, Path) and not opened_run.keeps_pages:
        purge(storage)


def _renew_key(config: Config, url: str, privacy: Privacy) -> None:
    """See that the tombstones can be read, also once the oldest of our keys is thrown away."""
    with connect(url, schema=config.bookkeeping_schema) as conn:
        renew_key(conn, privacy)


def _known(config: Config, source: SourceConfig, url: str) -> list[str]:
    """The entities that were synced before, for sources that alone know what they have."""
    with connect(url, schema=config.bookkeeping_schema) as conn:
        known = past.entities(conn, source.name)
    return [name for name in known if name not in source.without]


def _spent(config: Config, source: SourceConfig, url: str) -> tuple[tuple[float, int], ...]:
    with connect(url, schema=config.bookkeeping_schema) as conn:
        return tuple(past.spent(conn, source.name))


def conclude(results: Sequence[Result]) -> State[list[dict[str, Any]]]:
    """The flow's state: failed if any entity failed or does not add up, named by the worst otherwise."""
    outcomes = {result.outcome for result in results}
    rows = [summary(result) for result in results]
    said = "; ".join(f"{r.entity}: {r.error}" for r in results if r.error)
    if outcomes & {"failed", "unreconciled"}:
        failed = SyncFailed(said, rows)
        return Failed(name=failure_name(results), message=said, data=failed)
    if "partial" in outcomes:
        return Completed(name="Partial", message=counted(results), data=rows)
    if "skipped" in outcomes:
        # Also where only some were: what they had to read was not read, and somebody may have counted on it.
        return Completed(name="Skipped", message=counted(results), data=rows)
    return Completed(message=counted(results), data=rows)


def counted(results: Sequence[Result]) -> str:
    """What each entity's run did, in a line."""
    return "; ".join(
        f"{r.entity}: {r.row['records_created']} created, {r.row['records_updated']} updated,"
        f" {r.row['records_failed']} failed"
        if r.row
        else f"{r.entity}: {r.error or r.outcome}"
        for r in results
    )


def summary(result: Result) -> dict[str, Any]:
    """A result in plain values, small enough for a state."""
    kept = (
        "id",
        "status",
        "records_processed",
        "records_created",
        "records_updated",
        "records_failed",
    )
    return {
        "entity": result.entity,
        "outcome": result.outcome,
        "error": result.error,
        **{name: result.row.get(name) for name in kept},
    }
