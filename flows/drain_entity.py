"""One entity's drain, from its lock to its closed history row."""

import asyncio

from flows import progress
from flows.closing import close, close_failed
from flows.context import EntityRun, SourceRun
from flows.drain_rounds import drain_all, ignore_all
from flows.draining import Drain, Order, set_aside
from flows.entity import connections
from flows.failure import message_of
from flows.opening import refuse_another_account
from flows.plan import Plan
from flows.result import Result, Row
from flows.version import CODE_VERSION
from sources.page import Window
from tasks.history import Books
from tasks.load import Target
from tasks.report import Reporter
from tasks.shape import table_of
from tasks.threads import in_database
from warehouse import history, locks, seen
from warehouse.connection import Connection
from warehouse.tables import stored_columns

NOT_YET = "the entity was not synced yet; its first sync reads everything"
INTERRUPTED = (
    "the drain was cancelled or interrupted; the events that it had not finished wait for the next"
)


async def drain_entity(source: SourceRun, order: Order) -> Result:
    """Deal with an entity's pending events under its lock; a failure is returned, so that others go on."""
    name = order.entity.name
    reporter = Reporter(source.name, name, mask_all=source.mask_values)
    try:
        async with connections(source) as (lock, conn):
            if not await in_database(locks.lock, lock, source.name, name):
                result = Result(source.name, name, "skipped", error="another run is at work on it")
            elif order.pushed or await in_database(_is_stored, conn, source, order):
                result = await _recorded(source, order, conn, reporter)
            else:
                # A table made here would look as if everything had been read.
                ignored = await in_database(
                    ignore_all, conn, source.reader.privacy, source.name, order.names, NOT_YET
                )
                result = set_aside(source.name, name, ignored)
    except Exception as error:  # noqa: BLE001 - told in the result, so that others go on
        said = message_of(error)
        reporter.failed(said)
        result = Result(source.name, name, "failed", error=said)
    progress.finished(source.name, name, result.outcome)
    return result


def _is_stored(conn: Connection, source: SourceRun, order: Order) -> bool:
    return bool(stored_columns(conn, table_of(source.name, order.entity)))


async def _recorded(
    source: SourceRun, order: Order, conn: Connection, reporter: Reporter
) -> Result:
    """A run with a history row, but without a window: it is neither an anchor nor resumed."""
    entity = order.entity
    await in_database(history.close_orphans, conn, source.name, entity.name)
    await in_database(refuse_another_account, source, entity, conn)
    books = Books(conn)
    run_id = await source.steps.open(source.name, entity.name, _configuration(source), books)
    plan = Plan("manual", Window(None, source.until), (), may_anchor=False)
    target = Target(conn, source.name, run_id, reporter, privacy=source.reader.privacy)
    drain = Drain(order, EntityRun(source, order.config, entity, conn, plan, target, reporter))
    try:
        await drain_all(drain)
    except Exception as error:  # noqa: BLE001 - whatever it was is told in the history row
        said = message_of(error)
        reporter.failed(said)
        row = await close_failed(drain.run, books, said, {"drain": drain.tally.summary})
        return Result(source.name, entity.name, "failed", row, said)
    except BaseException:
        # Cancelled or interrupted: said in the row, then passed on.
        await asyncio.shield(close_failed(drain.run, books, INTERRUPTED, {}))
        raise
    return await _concluded(drain, books)


async def _concluded(drain: Drain, books: Books) -> Result:
    run, tally = drain.run, drain.tally
    recorded = await in_database(history.run, run.conn, run.target.run_id) or {}
    outcome = tally.outcome(recorded.get("records_failed", 0))
    status = "success" if outcome == "success" else "partial"
    row = await close(run, books, status, tally.error, {"drain": tally.summary})
    # No run resumes this one, and those of others are still needed.
    await in_database(seen.forget_run, run.conn, run.target.run_id)
    run.reporter.summarize_floods()
    run.reporter.completed(
        row.get("records_created", 0), row.get("records_updated", 0), row.get("records_failed", 0)
    )
    return Result(run.source.name, run.entity.name, outcome, row, tally.error)


def _configuration(source: SourceRun) -> Row:
    return {
        "strategy": "drain",
        "anchor": False,
        "account": source.reader.account,
        "api_version": source.reader.api_version,
        "code_version": CODE_VERSION,
        "flow_run_id": source.flow_run_id,
    }
