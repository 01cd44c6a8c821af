"""What SyncHistory says of each entity's last weeks, asked in a few statements for all of them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from psycopg import sql

from warehouse.connection import Connection
from warehouse.facts import Day, Facts, Key, Run
from warehouse.past import EARNED
from warehouse.runs_sql import CALLS, FAILED, GOOD, HITS, KNOWN, SYNC, WHOLE

DAYS = 36
LATEST_RUNS, LATEST_FULLS = 300, 50
WEEKS = 5
# Anchors of so long before the latest one are asked for all: runs every few minutes are many in a day.
ANCHORS_OVER = timedelta(hours=25)


def clock(conn: Connection) -> datetime:
    """The time by PostgreSQL's clock, by which runs are stamped."""
    row = conn.execute("select clock_timestamp()").fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment


def facts(conn: Connection, now: datetime, crm_source: str | None = None) -> list[Facts]:
    """The facts of every entity that ever ran, of one source or all."""
    given = {"now": now, "source": crm_source}
    first = _first(conn, given)
    runs = _runs(conn, _LATEST, given | {"limit": LATEST_RUNS})
    fulls = _runs(conn, _FULLS, given | {"limit": LATEST_FULLS, "days": DAYS})
    days = _days(conn, given | {"days": DAYS})
    rejected = _rejected(conn, given | {"days": DAYS})
    waiting = _waiting(conn, given)
    weeks = _weeks_ago(conn, given | {"weeks": WEEKS})
    anchors = _anchors(conn, given | {"limit": LATEST_RUNS, "over": ANCHORS_OVER})
    return [
        Facts(
            *key,
            moment,
            tuple(runs.get(key, ())),
            tuple(fulls.get(key, ())),
            days.get(key, {}),
            rejected.get(key, {}),
            tuple(weeks.get(key, ())),
            tuple(anchors.get(key, ())),
            waiting.get(key, {}),
        )
        for key, moment in first.items()
    ]


_RUN = sql.SQL("""
    id, start_time as began, end_time as ended, status, coalesce({failed}, false) as failed,
    coalesce(configuration ->> 'strategy', '') as strategy, records_processed as records,
    coalesce({earned}, false) as anchor, error_message as error
""").format(failed=FAILED, earned=EARNED)
_LATEST = sql.SQL("""
    with recursive {known}
    select known.crm_source, known.sync_type, run.* from known
    cross join lateral (
        select {run} from ingestion_sync_history
        where crm_source = known.crm_source and sync_type = known.sync_type
          and start_time <= %(now)s and {sync}
        order by start_time desc, id desc limit %(limit)s) run
""").format(known=KNOWN, run=_RUN, sync=SYNC)
_FULLS = sql.SQL("""
    with recursive {known}
    select known.crm_source, known.sync_type, run.* from known
    cross join lateral (
        select {run} from ingestion_sync_history
        where crm_source = known.crm_source and sync_type = known.sync_type
          and start_time <= %(now)s and start_time > %(now)s - make_interval(days => %(days)s)
          and configuration ->> 'strategy' = 'full' and {whole} and {good}
        order by start_time desc, id desc limit %(limit)s) run
""").format(known=KNOWN, run=_RUN, whole=WHOLE, good=GOOD)


def _first(conn: Connection, given: dict[str, Any]) -> dict[Key, datetime]:
    """When each entity first ran, as far as that is remembered."""
    statement = sql.SQL(
        """
        with recursive {known}
        select known.crm_source, known.sync_type, (
            select min(start_time) from ingestion_sync_history
            where crm_source = known.crm_source and sync_type = known.sync_type)
        from known
        """
    ).format(known=KNOWN)
    return {Key(source, name): moment for source, name, moment in conn.execute(statement, given)}


def _runs(conn: Connection, statement: sql.Composed, given: dict[str, Any]) -> dict[Key, list[Run]]:
    found: dict[Key, list[Run]] = {}
    for source, name, *values in conn.execute(statement, given):
        found.setdefault(Key(source, name), []).append(Run(*values))
    return found


def _days(conn: Connection, given: dict[str, Any]) -> dict[Key, dict[int, Day]]:
    statement = sql.SQL(
        """
        select crm_source, sync_type, extract(day from %(now)s - start_time)::int,
               count(*) filter (where {delta}),
               coalesce(sum(records_created + records_updated) filter (where {delta}), 0)::bigint,
               sum(records_processed)::bigint, sum({calls})::bigint, sum({hits})::bigint
        from ingestion_sync_history
        where start_time <= %(now)s and start_time > %(now)s - make_interval(days => %(days)s)
          and (%(source)s::text is null or crm_source = %(source)s) and {sync}
        group by 1, 2, 3
        """
    ).format(
        delta=sql.SQL("configuration ->> 'strategy' = 'incremental' and {} and {}").format(
            WHOLE, GOOD
        ),
        calls=CALLS,
        hits=HITS,
        sync=SYNC,
    )
    found: dict[Key, dict[int, Day]] = {}
    for source, name, ago, *values in conn.execute(statement, given):
        found.setdefault(Key(source, name), {})[ago] = Day(*values)
    return found


def _rejected(conn: Connection, given: dict[str, Any]) -> dict[Key, dict[int, int]]:
    """How many records were first rejected on each day; of today's, those that were stored since do not count."""
    rows = conn.execute(
        """
        select crm_source, entity, extract(day from %(now)s - first_seen_at)::int as ago,
               count(*) filter (where resolved_at is null or first_seen_at <= %(now)s - interval '1 day')
        from ingestion_rejected_record
        where first_seen_at <= %(now)s and first_seen_at > %(now)s - make_interval(days => %(days)s)
          and (%(source)s::text is null or crm_source = %(source)s)
        group by 1, 2, 3
        """,
        given,
    )
    return _by_day(rows)


def _waiting(conn: Connection, given: dict[str, Any]) -> dict[Key, dict[int, int]]:
    """How many records that were first rejected on each day still are, however long ago."""
    rows = conn.execute(
        """
        select crm_source, entity, extract(day from %(now)s - first_seen_at)::int as ago, count(*)
        from ingestion_rejected_record
        where resolved_at is null and first_seen_at <= %(now)s
          and (%(source)s::text is null or crm_source = %(source)s)
        group by 1, 2, 3
        """,
        given,
    )
    return _by_day(rows)


def _by_day(rows: Iterable[tuple[Any, ...]]) -> dict[Key, dict[int, int]]:
    found: dict[Key, dict[int, int]] = {}
    for source, name, ago, count in rows:
        found.setdefault(Key(source, name), {})[ago] = count
    return found


def _anchors(conn: Connection, given: dict[str, Any]) -> dict[Key, list[datetime]]:
    """When each entity's latest anchors ended, and all of the day before the latest one."""
    statement = sql.SQL(
        """
        with recursive {known}
        select known.crm_source, known.sync_type, anchor.end_time from known
        cross join lateral (
            (select id, end_time from ingestion_sync_history
             where crm_source = known.crm_source and sync_type = known.sync_type
               and start_time <= %(now)s and {earned}
             order by start_time desc limit %(limit)s)
            union
            (select id, end_time from ingestion_sync_history
             where crm_source = known.crm_source and sync_type = known.sync_type
               and start_time <= %(now)s and {earned} and start_time > (
                   select start_time - %(over)s from ingestion_sync_history
                   where crm_source = known.crm_source and sync_type = known.sync_type
                     and start_time <= %(now)s and {earned}
                   order by start_time desc limit 1))) anchor
        order by anchor.end_time desc
        """
    ).format(known=KNOWN, earned=EARNED)
    found: dict[Key, list[datetime]] = {}
    for source, name, moment in conn.execute(statement, given):
        found.setdefault(Key(source, name), []).append(moment)
    return found


def _weeks_ago(conn: Connection, given: dict[str, Any]) -> dict[Key, list[timedelta | None]]:
    """For each of the last weeks, how old the latest anchor was at this time of the week.

    The oldest of an hour before and after: clocks are put back and forth, and the CRM's day with them.
    """
    statement = sql.SQL(
        """
        with recursive {known}
        select known.crm_source, known.sync_type, week,
               case when bool_and(anchor.end_time is not null) then max(moment - anchor.end_time) end
        from known
        cross join generate_series(1, %(weeks)s) week
        cross join generate_series(-1, 1) shift
        cross join lateral (
            select %(now)s - week * interval '7 days' + shift * interval '1 hour' as moment) at
        left join lateral (
            select end_time from ingestion_sync_history
            where crm_source = known.crm_source and sync_type = known.sync_type
              and start_time <= moment and end_time <= moment and {earned}
            order by start_time desc limit 1) anchor on true
        group by 1, 2, 3
        order by week
        """
    ).format(known=KNOWN, earned=EARNED)
    found: dict[Key, list[timedelta | None]] = {}
    for source, name, _, age in conn.execute(statement, given):
        found.setdefault(Key(source, name), []).append(age)
    return found
