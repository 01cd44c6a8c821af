"""How each source did day by day: what the report's charts are drawn from."""

from dataclasses import dataclass
from datetime import date, datetime

from psycopg import sql
from psycopg.rows import class_row

from warehouse.connection import Connection
from warehouse.runs_sql import CALLS, FAILED, GOOD, HITS, SYNC, WHOLE, number


@dataclass(frozen=True, slots=True)
class Trend:
    """A source's day, in UTC; `pace` and `slowest` are durations of deltas as multiples of what is usual."""

    crm_source: str
    day: date
    runs: int
    failed: int
    succeeded: int
    read: int
    changed: int
    calls: int
    hits: int
    remaining: int | None
    per_second: float | None
    pace: float | None
    slowest: float | None


def trends(
    conn: Connection, now: datetime, days: int, crm_source: str | None = None
) -> list[Trend]:
    """Every source's days, the oldest first; a day without runs is left out."""
    statement = sql.SQL(
        """
        with runs as (
            select *, extract(epoch from end_time - start_time) as seconds,
                   (configuration ->> 'strategy' = 'incremental' and {whole} and {good}) is true as delta
            from ingestion_sync_history
            where start_time > %(now)s - make_interval(days => %(days)s) and start_time <= %(now)s
              and (%(source)s::text is null or crm_source = %(source)s) and {sync}),
        usual as (
            select crm_source, sync_type, percentile_cont(0.5) within group (order by seconds) as median
            from runs where delta group by 1, 2)
        select crm_source, (start_time at time zone 'UTC')::date as day, count(*) as runs,
               count(*) filter (where {failed}) as failed,
               count(*) filter (where status = 'success') as succeeded,
               sum(records_processed)::bigint as read,
               sum(records_created + records_updated)::bigint as changed,
               sum({calls})::bigint as calls, sum({hits})::bigint as hits,
               min(case when jsonb_typeof(performance_metrics -> 'rate_limit_remaining') = 'number'
                        then {remaining}::bigint end) as remaining,
               (sum(records_processed) / nullif(sum(seconds), 0))::float8 as per_second,
               percentile_cont(0.5) within group (order by seconds / nullif(median, 0))
                   filter (where delta) as pace,
               percentile_cont(0.95) within group (order by seconds / nullif(median, 0))
                   filter (where delta) as slowest
        from runs left join usual using (crm_source, sync_type)
        group by 1, 2 order by 1, 2
        """
    ).format(
        whole=WHOLE,
        good=GOOD,
        sync=SYNC,
        failed=FAILED,
        calls=CALLS,
        hits=HITS,
        remaining=number("performance_metrics", "rate_limit_remaining"),
    )
    given = {"now": now, "days": days, "source": crm_source}
    return conn.cursor(row_factory=class_row(Trend)).execute(statement, given).fetchall()
