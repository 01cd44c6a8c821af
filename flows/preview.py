"""A dry run: what a run would do, with nothing written."""

from flows.columns import new_columns, settled_names
from flows.context import EntityRun, SourceRun
from flows.opening import configuration_of, planned
from flows.passes import Pass, run_pass
from flows.result import Result
from sources.config import EntityConfig
from sources.entity import Entity
from sources.page import Reading
from tasks.load import Target
from tasks.report import Reporter
from tasks.threads import in_database
from warehouse.connection import Connection

READINGS: dict[str, Reading] = {"changes": "changes", "deletes": "deletes"}


async def preview(
    source: SourceRun, entity: Entity, config: EntityConfig, conn: Connection, reporter: Reporter
) -> Result:
    """Read and compare, and tell it as a history row would."""
    plan = await in_database(planned, source, entity, config, conn)
    target = Target(conn, source.name, 0, reporter, overwrite=source.options.force_overwrite)
    run = EntityRun(source, config, entity, conn, plan, target, reporter)
    described = await source.reader.source.describe(entity, source.among)
    run.entity = await in_database(settled_names, conn, source.name, described, store=False)
    source.reader.entities[entity.name] = run.entity
    added = await in_database(new_columns, conn, source.name, run.entity)
    for name in plan.passes:
        reads_window = name == "changes"
        since = plan.window.since if reads_window else None
        limit = source.options.max_records if reads_window else 0
        await run_pass(run, Pass(name, READINGS[name], since, limit=limit))
    seen = run.preview
    row = {
        "crm_source": source.name,
        "sync_type": entity.name,
        "status": "dry run",
        "records_processed": seen.processed,
        "records_created": seen.created,
        "records_updated": seen.updated,
        "records_failed": seen.failed,
        "unchanged": seen.unchanged,
        "new_columns": added,
        "configuration": configuration_of(source, run.entity, plan),
    }
    return Result(source.name, entity.name, "preview", row)
