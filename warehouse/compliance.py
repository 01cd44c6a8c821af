"""Whether SyncHistory says of each entity what it should, and the mirrors nothing that only it should say."""

from dataclasses import dataclass

from psycopg import sql
from psycopg.rows import class_row

from warehouse.connection import Connection
from warehouse.facts import Key
from warehouse.runs_sql import KNOWN

# The rows that are looked at: what an older system wrote long ago is history.
LATEST = 5
STATUSES = ("running", "success", "failed", "partial")
# Columns that say when or whether a row was synced: SyncHistory alone says that.
REDUNDANT = (
    "^(is_|was_|last_|date_)?sync(ed|hronized)?(_(at|on|date|time|timestamp|status|state))?$"
)


@dataclass(frozen=True, slots=True)
class Kept:
    """What the latest rows of an entity are like; each holds for all of them."""

    crm_source: str
    entity: str
    proper_status: bool
    has_end_time: bool
    has_performance_metrics: bool


def kept(conn: Connection, crm_source: str | None = None) -> list[Kept]:
    """How the latest rows of every entity are kept."""
    statement = sql.SQL(
        """
        with recursive {known}
        select known.crm_source, known.sync_type as entity, bool_and(status = any(%(statuses)s)) as proper_status,
               bool_and(status = 'running' or end_time is not null) as has_end_time,
               bool_and(status <> 'success' or coalesce(
                   jsonb_typeof(performance_metrics) = 'object' and performance_metrics <> '{{}}', false)
               ) as has_performance_metrics
        from known cross join lateral (
            select status, end_time, performance_metrics from ingestion_sync_history
            where crm_source = known.crm_source and sync_type = known.sync_type
            order by start_time desc, id desc limit %(latest)s) run
        group by 1, 2 order by 1, 2
        """
    ).format(known=KNOWN)
    given = {"source": crm_source, "statuses": list(STATUSES), "latest": LATEST}
    return conn.cursor(row_factory=class_row(Kept)).execute(statement, given).fetchall()


def redundant_columns(conn: Connection, crm_source: str | None = None) -> dict[Key, list[str]]:
    """Columns of mirrors that seem to tell of syncs, save those that hold a field the source itself describes."""
    rows = conn.execute(
        """
        select n.nspname, c.relname, array_agg(a.attname::text order by a.attname)
        from pg_attribute a
        join pg_class c on c.oid = a.attrelid and c.relkind in ('r', 'p')
        join pg_namespace n on n.oid = c.relnamespace
        where a.attnum > 0 and not a.attisdropped and a.attname ~ %(redundant)s
          and exists (select from ingestion_sync_history h where h.crm_source = n.nspname)
          and (%(source)s::text is null or n.nspname = %(source)s)
          and not exists (
              select from ingestion_column_name known
              where known.crm_source = n.nspname and known.entity = c.relname and known.column_name = a.attname)
        group by 1, 2
        """,
        {"redundant": REDUNDANT, "source": crm_source},
    )
    return {Key(source, name): columns for source, name, columns in rows}
