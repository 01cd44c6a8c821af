"""Removing what is old: rows of SyncHistory that no run asks for any more, closed rejects, closed alerts, events.

What a next run may ask for stays, however old: the anchor, the latest run and all that it resumes, the latest
notes of every pass, where and of which account records were read. So do the runs that alerts learn from.
"""

from datetime import datetime

from psycopg import sql

from warehouse.connection import Connection
from warehouse.health import LATEST_FULLS, LATEST_RUNS
from warehouse.past import EARNED
from warehouse.runs_sql import SYNC

AT_ONCE = 5_000
# Keys that a run has read are only of use to the runs that resume it.
# Stamps, which sort as text, as `warehouse.past` knows them; an older system may have written anything.
STAMP = sql.Literal("^[0-9]{4}-")
SEEN = ("ingestion_seen_key", "ingestion_created_keys")

# Each picks, per entity, the rows that one question of `warehouse.past` could be answered from.
_NEEDED = sql.SQL("""
    needed as (
        (select distinct on (crm_source, sync_type) id from ingestion_sync_history
         where {earned} order by crm_source, sync_type, end_time desc, id desc)
        union
        (select id from latest)
        union
        (select id from resumed)
        union
        (select distinct on (crm_source, sync_type) id from ingestion_sync_history
         where configuration ->> 'account' <> '' and records_processed > 0
         order by crm_source, sync_type, start_time desc, id desc)
        union
        (select max(id) from ingestion_sync_history
         where configuration ? 'path' and records_processed > 0 group by crm_source, sync_type)
        union
        (select distinct on (crm_source, sync_type) id from ingestion_sync_history
         where configuration ->> 'swept' ~ {stamp}
         order by crm_source, sync_type, configuration ->> 'swept' desc, id desc)
        union
        (select max(h.id) from ingestion_sync_history h
         cross join lateral jsonb_each(
             case jsonb_typeof(h.configuration) when 'object' then h.configuration else '{{}}' end) noted
         where noted.value ? 'at' group by h.crm_source, h.sync_type, noted.key)
        union
        (select id from (
            select id, row_number() over (partition by crm_source, sync_type, strategy = 'full'
                                          order by start_time desc, id desc) as place, strategy
            from (select id, crm_source, sync_type, start_time,
                         coalesce(configuration ->> 'strategy', '') as strategy
                  from ingestion_sync_history where {sync}) syncs) ranked
         where place <= case when strategy = 'full' then %(fulls)s else %(runs)s end))
""").format(earned=EARNED, sync=SYNC, stamp=STAMP)
_LATEST = sql.SQL("""
    latest as (
        select distinct on (crm_source, sync_type) id, status, configuration -> 'chain' as chain
        from ingestion_sync_history where configuration ? 'window'
        order by crm_source, sync_type, start_time desc, id desc),
    resumed as (
        select link.id::bigint as id, latest.status from latest
        cross join lateral jsonb_array_elements_text(
            case jsonb_typeof(chain) when 'array' then chain else '[]' end) link (id)
        where link.id ~ '^[0-9]{1,18}$')
""")
_OLD_RUNS = sql.SQL("""
    with {latest}, {needed}
    select id from ingestion_sync_history
    where start_time < %(before)s and coalesce(end_time, start_time) < %(before)s
      and status <> 'running' and id not in (select id from needed where id is not null)
    order by id
""").format(latest=_LATEST, needed=_NEEDED)


def forget_runs(conn: Connection, before: datetime, *, dry: bool = False) -> int:
    """Remove rows of SyncHistory from before a moment that nobody needs; how many."""
    given = {"before": before, "runs": LATEST_RUNS, "fulls": LATEST_FULLS}
    old = [row[0] for row in conn.execute(_OLD_RUNS, given)]
    for begin in () if dry else range(0, len(old), AT_ONCE):
        conn.execute(
            "delete from ingestion_sync_history where id = any(%s)",
            (old[begin : begin + AT_ONCE],),
        )
    return len(old)


def forget_seen_keys(conn: Connection, before: datetime, *, dry: bool = False) -> int:
    """Remove the keys read by runs begun before a moment that nobody resumes; of how many runs."""
    count = 0
    for name in SEEN:
        table = sql.Identifier(name)
        runs = conn.execute(_UNRESUMED.format(latest=_LATEST, table=table), {"before": before})
        ids = [row[0] for row in runs]
        for run in [] if dry else ids:
            conn.execute(sql.SQL("delete from {} where sync_history_id = %s").format(table), (run,))
        count += len(ids)
    return count


# Of runs that are neither at work nor, being the latest, may be resumed with those they resume.
_UNRESUMED = sql.SQL("""
    with {latest}, kept as (
        (select id from latest where status <> 'success')
        union
        (select id from resumed where status <> 'success'))
    select distinct k.sync_history_id from {table} k
    left join ingestion_sync_history h on h.id = k.sync_history_id
    where (h.id is null or h.status <> 'running' and h.start_time < %(before)s)
      and k.sync_history_id not in (select id from kept)
""")


def forget_rejects(conn: Connection, before: datetime, *, dry: bool = False) -> int:
    """Remove rejected records that were closed before a moment; those that wait stay."""
    where = sql.SQL("resolved_at < %(before)s")
    return _forget(conn, "ingestion_rejected_record", where, before, dry=dry)


def forget_alerts(conn: Connection, before: datetime, *, dry: bool = False) -> int:
    """Remove alerts that were over, and told of, before a moment."""
    where = sql.SQL("closed_at < %(before)s and closing_told_at is not null")
    return _forget(conn, "ingestion_alert", where, before, dry=dry)


def forget_events(conn: Connection, before: datetime, *, dry: bool = False) -> int:
    """Remove pushed events that came before a moment and were dealt with; what waits or was given up stays."""
    where = sql.SQL("received_at < %(before)s and status in ('done', 'ignored')")
    return _forget(conn, "ingestion_webhook_event", where, before, dry=dry)


def _forget(conn: Connection, name: str, where: sql.SQL, before: datetime, *, dry: bool) -> int:
    table = sql.Identifier(name)
    if dry:
        counted = sql.SQL("select count(*) from {} where {}").format(table, where)
        row = conn.execute(counted, {"before": before}).fetchone()
        return int(row[0]) if row else 0
    statement = sql.SQL(
        "delete from {0} where id in (select id from {0} where {1} limit %(most)s)"
    ).format(table, where)
    total = 0
    while gone := conn.execute(statement, {"before": before, "most": AT_ONCE}).rowcount:
        total += gone
    return total
