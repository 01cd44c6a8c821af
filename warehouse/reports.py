"""How each source did of late: the numbers of the health report."""

from dataclasses import dataclass
from datetime import datetime

from psycopg import sql
from psycopg.rows import class_row

from warehouse.connection import Connection
from warehouse.facts import Key
from warehouse.runs_sql import FAILED, KNOWN, SYNC


@dataclass(frozen=True, slots=True)
class Report:
    """How a source did in the last 24 hours; rates are percentages of the runs that have ended."""

    crm_source: str
    last_24h_syncs: int
    ended: int
    succeeded: int
    failed: int
    last_successful_sync: datetime | None

    @property
    def success_rate(self) -> float:
        """Runs that succeeded; 0 where none has ended."""
        return round(100 * self.succeeded / self.ended, 2) if self.ended else 0.0

    @property
    def failure_rate(self) -> float:
        """Runs that failed or did not add up."""
        return round(100 * self.failed / self.ended, 2) if self.ended else 0.0


def reports(conn: Connection, now: datetime, crm_source: str | None = None) -> list[Report]:
    """Each source's last 24 hours, and when a sync of it last succeeded, however long ago."""
    statement = sql.SQL(
        """
        with recursive {known}, sources as (select distinct crm_source from known),
        day as (
            select crm_source, count(*) as syncs, count(end_time) as ended,
                   count(*) filter (where status = 'success' and end_time is not null) as succeeded,
                   count(*) filter (where {failed} and end_time is not null) as failed
            from ingestion_sync_history
            where start_time > %(now)s - interval '1 day' and start_time <= %(now)s and {sync}
            group by crm_source)
        select crm_source, coalesce(syncs, 0) as last_24h_syncs, coalesce(ended, 0) as ended,
               coalesce(succeeded, 0) as succeeded, coalesce(failed, 0) as failed, (
                   select max(end_time) from ingestion_sync_history h
                   where h.crm_source = sources.crm_source and h.status = 'success' and {sync}
               ) as last_successful_sync
        from sources left join day using (crm_source)
        order by crm_source
        """
    ).format(known=KNOWN, failed=FAILED, sync=SYNC)
    given = {"now": now, "source": crm_source}
    return conn.cursor(row_factory=class_row(Report)).execute(statement, given).fetchall()


def open_rejects(conn: Connection, crm_source: str | None = None) -> dict[Key, int]:
    """How many rejected records wait."""
    rows = conn.execute(
        """
        select crm_source, entity, count(*) from ingestion_rejected_record
        where resolved_at is null and (%(source)s::text is null or crm_source = %(source)s)
        group by crm_source, entity
        """,
        {"source": crm_source},
    )
    return {Key(source, entity): count for source, entity, count in rows}
