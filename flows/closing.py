"""Closing a run: status, metrics, anchor, and what is no longer needed."""

import logging

from flows.context import EntityRun
from flows.result import Outcome, Result, Row
from flows.versions import PINNED
from tasks.history import Books, Closing
from tasks.shape import table_of
from tasks.threads import in_database
from warehouse import history, past, seen, sweep
from warehouse.connection import connect
from warehouse.errors import explained

log = logging.getLogger("crm_sync")


async def conclude(run: EntityRun, books: Books, wrong: str | None) -> Result:
    """Close a run that read all it had to; `wrong` is what does not add up."""
    # Rejected by this run or by those it resumes: their records are part of the same window.
    failed = await in_database(past.failed_records, run.conn, run.run_ids)
    status = "partial" if wrong or failed else "success"
    whole = run.plan.may_anchor and wrong is None
    said: Row = {"left_out": sorted(run.left_out)} if run.left_out else {}
    if run.versions:
        # Not before: a run that resumes this one, if it cannot be closed, must know what was read.
        said[PINNED] = None
    row = await close(run, books, status, wrong, {"anchor": whole, **said})
    if not row:
        return Result(
            run.source.name, run.entity.name, "failed", error="the run was closed by another"
        )
    run.reporter.summarize_floods()
    run.reporter.completed(row["records_created"], row["records_updated"], row["records_failed"])
    await _forget(run)
    outcome: Outcome = "unreconciled" if wrong else "partial" if failed else "success"
    return Result(run.source.name, run.entity.name, outcome, row, wrong)


async def _forget(run: EntityRun) -> None:
    """Drop the seen keys; the run is closed, so that failing here loses nothing but some space for a while."""
    try:
        await in_database(seen.forget, run.conn, run.source.name, run.entity.name)
    except Exception as error:  # noqa: BLE001 - the run itself has ended well
        log.warning(
            "The seen keys of run %s were not removed: %s",
            run.target.run_id,
            explained(error) or error,
        )


async def close(
    run: EntityRun, books: Books, status: str, error: str | None, configuration: Row
) -> Row:
    """Write status, metrics and anchor; an empty row where another run had closed this one."""
    row = await in_database(history.run, books.conn, run.target.run_id) or {}
    if status != "failed":
        run.metrics.warehouse_total = await in_database(
            sweep.roughly, run.conn, table_of(run.source.name, run.entity)
        )
    metrics = run.metrics.summary(
        processed=row.get("records_processed", 0),
        created=row.get("records_created", 0),
        failed=row.get("records_failed", 0),
    )
    metrics["removed"] = run.removed
    closing = Closing(error, metrics, configuration)
    return await run.steps.close(run.target.run_id, status, closing, books) or {}


async def close_failed(run: EntityRun, books: Books, said: str, configuration: Row) -> Row:
    """Close a failed run, on another connection where its own is lost."""
    if not books.conn.closed:
        return await close(run, books, "failed", said, configuration)
    conn = await in_database(connect, run.source.url, schema=run.source.bookkeeping_schema)
    try:
        return await close(run, Books(conn), "failed", said, configuration)
    finally:
        await in_database(conn.close)
