"""Values that change without the record's modification stamp: read again from time to time, and nothing else."""

from datetime import datetime

from flows.context import EntityRun
from flows.fetching import Pass
from flows.passes import run_pass
from flows.plan import canonical, everything_due
from tasks.threads import in_database
from warehouse import history, past

CALCULATED = "calculated"


async def refresh_calculated(run: EntityRun) -> None:
    """Read the calculated columns of every record, where that is due and this run has not just done it."""
    columns = run.entity.calculated_columns
    if not columns or CALCULATED in run.done:
        return
    before = await in_database(past.noted, run.conn, run.source.name, run.entity.name, CALCULATED)
    last = datetime.fromisoformat(before.said["at"]) if before else None
    if not everything_due(run.options, run.plan, last, run.config.calculated_every):
        return
    if run.plan.window.since is not None:
        cursor = run.plan.cursors.get(CALCULATED)
        await run_pass(run, Pass(CALCULATED, "changes", columns=columns), cursor)
    said = {"at": canonical(run.plan.window.until)}
    await in_database(history.mark, run.conn, run.target.run_id, {CALCULATED: said})
    run.done.add(CALCULATED)
