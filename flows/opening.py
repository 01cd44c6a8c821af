"""Opening a run: what SyncHistory says, what follows from it, and what the row remembers of it."""

from datetime import datetime

from flows.context import SourceRun
from flows.plan import Past, Plan, canonical, plan_run
from flows.result import Row
from flows.version import CODE_VERSION
from sources.config import EntityConfig
from sources.entity import Entity
from sources.errors import ConfigError
from tasks.shape import table_of
from warehouse import past
from warehouse.connection import Connection
from warehouse.tables import stored_columns

# What a run notes when it has read everything and parted with what it did not meet.
CENSUS = "census"


def planned(source: SourceRun, entity: Entity, config: EntityConfig, conn: Connection) -> Plan:
    """Read SyncHistory and decide; a database error here fails the run, it never means `everything`."""
    refuse_another_account(source, entity, conn)
    _refuse_another_object(source, entity, conn)
    anchor = past.anchor(conn, source.name, entity.name)
    if anchor and anchor.ours and not stored_columns(conn, table_of(source.name, entity)):
        # The table was dropped, and with it all that was read before.
        anchor = None
    known = Past(
        anchor,
        past.latest(conn, source.name, entity.name),
        past.swept(conn, source.name, entity.name),
    )
    due = _census_due(source, entity, config, conn)
    return plan_run(
        source.options,
        known,
        source.until,
        lookback=entity.lookback,
        deletes_every=config.deletes_every if entity.sweeps else None,
        delta=config.delta_sync and not entity.whole and not due,
    )


def _census_due(source: SourceRun, entity: Entity, config: EntityConfig, conn: Connection) -> bool:
    """Whether everything is to be read, because deletes leave no trace in a delta."""
    if not entity.vanishes:
        return False
    last = past.noted(conn, source.name, entity.name, CENSUS)
    return (
        last is None
        or source.until - datetime.fromisoformat(last.said["at"]) >= config.census_every
    )


def refuse_another_account(source: SourceRun, entity: Entity, conn: Connection) -> None:
    """A token of another account would mix two companies' records in one table."""
    before = past.account(conn, source.name, entity.name)
    if before and source.reader.account and before != source.reader.account:
        raise ConfigError(
            f"{source.name}.{entity.name} holds records of account {before}, but the credential belongs to"
            f" account {source.reader.account}: give the other account a source of its own in"
            f" crm-sync.toml ([{source.name}_2] kind = ...), or remove the table and its history rows"
        )


def _refuse_another_object(source: SourceRun, entity: Entity, conn: Connection) -> None:
    """Another object under the same name would mix its records with those of the one before."""
    if entity.path != entity.object_type:
        return
    before = past.place(conn, source.name, entity.name)
    if before and before != entity.path:
        raise ConfigError(
            f"{source.name}.{entity.name} holds records of {before}, but is configured as {entity.path}: give"
            " the other object a name of its own in crm-sync.toml, or remove the table and its history rows"
        )


def configuration_of(source: SourceRun, entity: Entity, plan: Plan) -> Row:
    """What a run's row remembers of how it began."""
    since, until = canonical(plan.window.since), canonical(plan.window.until)
    resumed = {
        "resumes": plan.resumes,
        "chain": list(plan.chain),
        "checkpoint": _inherited(plan),
        **({"pinned": plan.pinned} if plan.pinned else {}),
    }
    return {
        **source.options.flags,
        "window": {"since": since, "until": until},
        "strategy": plan.strategy,
        "anchor": False,
        "passes": list(plan.passes),
        "lookback_seconds": int(entity.lookback.total_seconds()),
        "batch_size": source.options.batch_size or entity.page_size,
        "account": source.reader.account,
        "path": entity.path,
        "api_version": source.reader.api_version,
        "code_version": CODE_VERSION,
        "flow_run_id": source.flow_run_id,
        **(resumed if plan.resumes else {}),
    }


def _inherited(plan: Plan) -> Row:
    """The checkpoint a run resumes from, as its own: if it fails at once, the next one starts there too."""
    name, cursor = next(iter(plan.cursors.items()), (None, None))
    return {"pass": name, "cursor": cursor, "done": sorted(plan.done)}
