"""One entity's run, from its lock to its closed history row."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from datetime import timedelta

from flows import progress
from flows.beside import read_beside
from flows.calculated import refresh_calculated
from flows.closing import close_failed, conclude
from flows.columns import described, fill_columns, settle
from flows.context import EntityRun, SourceRun
from flows.failure import message_of, record_failure
from flows.fetching import Pass, fetch
from flows.forecast import forecast
from flows.opening import CENSUS, configuration_of, planned
from flows.passes import run_pass
from flows.pinning import changes_of, note_versions, pin
from flows.plan import canonical
from flows.preview import preview
from flows.reconcile import part_with_missing, reconcile, replace_completely, restore_missing
from flows.result import Result, Row
from sources.config import EntityConfig
from sources.entity import Entity
from sources.errors import NoProgress, Refused
from sources.meter import metered
from tasks.fetch import spent
from tasks.history import Books
from tasks.load import Target
from tasks.report import Reporter
from tasks.threads import in_database
from warehouse import history, locks
from warehouse.connection import Connection, connect


async def sync_entity(source: SourceRun, entity: Entity, config: EntityConfig) -> Result:
    """Bring one entity up to date; a failure is recorded and returned, so that others go on."""
    reporter = Reporter(source.name, entity.name, mask_all=source.mask_values)
    try:
        async with connections(source) as (lock, conn):
            if not await in_database(locks.lock, lock, source.name, entity.name):
                result = Result(
                    source.name, entity.name, "skipped", error="another run is at work on it"
                )
            elif source.options.dry_run:
                result = await preview(source, entity, config, conn, reporter)
            else:
                result = await _recorded(source, entity, config, conn, reporter)
    except Exception as error:  # noqa: BLE001 - recorded, so that others go on
        # Outside of an open history row there is only the log to tell.
        said = message_of(error)
        reporter.failed(said)
        result = Result(source.name, entity.name, "failed", error=said, cause=error)
    progress.finished(source.name, entity.name, result.outcome)
    return result


@asynccontextmanager
async def connections(source: SourceRun) -> AsyncIterator[tuple[Connection, Connection]]:
    """The lock's own connection, and the one that reads and writes."""
    lock = await in_database(connect, source.url, schema=source.bookkeeping_schema)
    try:
        conn = await in_database(connect, source.url, schema=source.bookkeeping_schema)
        try:
            yield lock, conn
        finally:
            await in_database(conn.close)
    finally:
        await in_database(_let_go, lock)


def _let_go(lock: Connection) -> None:
    """Give the lock back at once; after a mere close, the server takes a moment to notice."""
    with lock, suppress(Exception):
        locks.unlock_all(lock)


async def _recorded(
    source: SourceRun, entity: Entity, config: EntityConfig, conn: Connection, reporter: Reporter
) -> Result:
    """A run with a history row: opened before the first request, closed whatever happens."""
    try:
        await in_database(history.close_orphans, conn, source.name, entity.name)
        plan = await in_database(planned, source, entity, config, conn)
    except Exception as error:  # noqa: BLE001 - recorded, so that others go on
        # Where to begin is unknown; guessing `everything` would hide that.
        return await _unplanned(source, entity, error)
    books = Books(conn)
    run_id = await source.steps.open(
        source.name, entity.name, configuration_of(source, entity, plan), books
    )
    target = Target(
        conn,
        source.name,
        run_id,
        reporter,
        overwrite=source.options.force_overwrite,
        privacy=source.reader.privacy,
    )
    run = EntityRun(source, config, entity, conn, plan, target, reporter, done=set(plan.done))
    try:
        wrong = await _read(run)
    except Exception as error:  # noqa: BLE001 - recorded, so that others go on
        said = message_of(error)
        reporter.failed(said)
        row = await close_failed(run, books, said, _resumable(run, error))
        return Result(source.name, entity.name, "failed", row, said, error)
    except BaseException:
        # Cancelled or interrupted: said in the row, then passed on.
        closing = close_failed(run, books, "the run was cancelled or interrupted", {})
        await asyncio.shield(closing)
        raise
    return await conclude(run, books, wrong)


async def _unplanned(source: SourceRun, entity: Entity, error: Exception) -> Result:
    """SyncHistory could not be read: a failed run without a window."""
    schema, options = source.bookkeeping_schema, source.options
    row = await record_failure(
        source.url, schema, source.name, entity.name, options, error, source.steps
    )
    return Result(source.name, entity.name, "failed", row, message_of(error), error)


async def _read(run: EntityRun) -> str | None:
    """All passes that are due; what does not add up."""
    if run.entity.versioned:
        run.versions = await pin(run)
        if run.versions.nothing_new:
            run.announce(0)
            return None
    await describe(run)
    changes = changes_of(run)
    if "changes" not in run.done:
        if changes.since is None:
            # A list gives no total; a search gives it with its first page.
            tomorrow = run.plan.window.until + timedelta(days=1)
            total = (await fetch(run, Pass("count", "count", until=tomorrow), None)).total
            await forecast(run, total)
            run.announce(total)
        await run_pass(run, changes, run.plan.cursors.get("changes"))
    if run.options.max_records:
        # Columns that are new stay noted as unfilled: a run that reads everything it should fills them.
        run.announce(None)
        return None
    wrong = await reconcile(run, changes)
    run.announce(None)
    await fill_columns(run, changes.since)
    if "deletes" in run.plan.passes:
        await _sweep(run)
    wrong = wrong or await _part_with_gone(run)
    # Before what goes by the rows that were written: a refreshed value may have a history.
    await refresh_calculated(run)
    for companion in run.entity.beside:
        if companion.reading not in run.done:
            await read_beside(run, companion)
    if run.versions and wrong is None:
        await note_versions(run, run.versions)
    return wrong


async def _part_with_gone(run: EntityRun) -> str | None:
    """After a reading of everything: what is stored and was not met."""
    entity = run.entity
    if entity.forgets:
        return None
    if run.options.replaces and entity.asks_by_id and not entity.whole:
        return await replace_completely(run)
    census = entity.vanishes and run.plan.window.since is None
    if not (entity.whole or census or run.options.replaces):
        return None
    wrong = await part_with_missing(run)
    if entity.vanishes and wrong is None:
        said = {CENSUS: {"at": canonical(run.plan.window.until)}}
        await in_database(history.mark, run.conn, run.target.run_id, said)
    return wrong


async def describe(run: EntityRun) -> None:
    """Learn the entity's fields from the CRM and bring the table up to them."""
    with metered() as meter:
        found = await described(run.source, run.entity, run.conn)
    run.metrics.spend(spent(meter))
    run.entity = await in_database(settle, run.conn, run.source.name, found)
    run.source.reader.entities[run.entity.name] = run.entity


async def _sweep(run: EntityRun) -> None:
    """Read the list of archived records, and ask about rows that are no longer on it."""
    if "deletes" not in run.done:
        await run_pass(run, Pass("deletes", "deletes"), run.plan.cursors.get("deletes"))
    await restore_missing(run)
    moment = canonical(run.plan.window.until)
    await in_database(history.mark, run.conn, run.target.run_id, {"swept": moment})


def _resumable(run: EntityRun, error: Exception) -> Row:
    """A run that was refused where it resumed would be refused there for ever: the next starts afresh."""
    stuck = isinstance(error, Refused | NoProgress) and run.plan.resumes is not None
    return {"resumable": False} if stuck and run.metrics.stages["load"] == 0.0 else {}
