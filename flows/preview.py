"""A dry run: what a run would do, with nothing written."""

from flows.columns import described, new_columns, settled_names
from flows.context import EntityRun, SourceRun
from flows.fetching import Pass
from flows.opening import configuration_of, planned
from flows.passes import run_pass
from flows.pinning import changes_of, pin
from flows.result import Result
from sources.config import EntityConfig
from sources.entity import Entity
from tasks.load import Target
from tasks.report import Reporter
from tasks.threads import in_database
from warehouse.connection import Connection


async def preview(
    source: SourceRun, entity: Entity, config: EntityConfig, conn: Connection, reporter: Reporter
) -> Result:
    """Read and compare, and tell it as a history row would."""
    plan = await in_database(planned, source, entity, config, conn)
    target = Target(conn, source.name, 0, reporter, overwrite=source.options.force_overwrite)
    run = EntityRun(source, config, entity, conn, plan, target, reporter)
    if entity.versioned:
        run.versions = await pin(run)
        if run.versions.nothing_new:
            return _told(run, [])
    found = await described(source, entity, conn)
    run.entity = await in_database(settled_names, conn, source.name, found, store=False)
    source.reader.entities[entity.name] = run.entity
    added = await in_database(new_columns, conn, source.name, run.entity)
    for name in plan.passes:
        await run_pass(run, changes_of(run) if name == "changes" else Pass("deletes", "deletes"))
    return _told(run, added)


def _told(run: EntityRun, added: list[str]) -> Result:
    seen, source = run.preview, run.source
    row = {
        "crm_source": source.name,
        "sync_type": run.entity.name,
        "status": "dry run",
        "records_processed": seen.processed,
        "records_created": seen.created,
        "records_updated": seen.updated,
        "records_failed": seen.failed,
        "unchanged": seen.unchanged,
        "new_columns": added,
        "configuration": configuration_of(source, run.entity, run.plan),
    }
    return Result(source.name, run.entity.name, "preview", row)
