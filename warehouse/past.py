"""What SyncHistory knows of earlier runs: where the next delta begins and what was interrupted."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from psycopg import sql
from psycopg.rows import dict_row

from warehouse.connection import Connection

Row = dict[str, Any]
# Which runs the next delta may build on: ours that say so, and an older system's that ended well.
EARNED = sql.SQL("""
    (end_time is not null
     and (configuration -> 'anchor' = 'true'::jsonb
          or not (configuration ?| array['window', 'flow_run_id', 'strategy', 'anchor'])
             and status in ('success', 'completed', 'partial')))
""")


@dataclass(frozen=True, slots=True)
class Anchor:
    """The run the next delta builds on, the moment up to which it read, and whether it was a run of ours."""

    run_id: int
    until: datetime
    ours: bool = field(default=True, compare=False)


@dataclass(frozen=True, slots=True)
class Noted:
    """What a run noted of a pass that it finished."""

    run_id: int
    said: Row


def anchor(conn: Connection, crm_source: str, entity: str) -> Anchor | None:
    """The latest run by end time that earned the anchor; an older system's good run counts from its start."""
    statement = sql.SQL(
        """
        select id, coalesce((configuration -> 'window' ->> 'until')::timestamptz, start_time),
               coalesce(configuration ? 'window', false)
        from ingestion_sync_history
        where crm_source = %s and sync_type = %s and {earned}
        order by end_time desc, id desc
        limit 1
        """
    ).format(earned=EARNED)
    row = conn.execute(statement, (crm_source, entity)).fetchone()
    return Anchor(*row) if row else None


def latest(conn: Connection, crm_source: str, entity: str) -> Row | None:
    """The latest run of an entity that reads a window (drains and replays read none)."""
    return (
        conn.cursor(row_factory=dict_row)
        .execute(
            """
        select * from ingestion_sync_history
        where crm_source = %s and sync_type = %s and configuration ? 'window'
        order by start_time desc, id desc
        limit 1
        """,
            (crm_source, entity),
        )
        .fetchone()
    )


def account(conn: Connection, crm_source: str, entity: str) -> str | None:
    """The account whose records an entity's table holds, as the latest run that read any knows it."""
    row = conn.execute(
        """
        select configuration ->> 'account' from ingestion_sync_history
        where crm_source = %s and sync_type = %s and configuration ->> 'account' <> ''
          and records_processed > 0
        order by start_time desc, id desc
        limit 1
        """,
        (crm_source, entity),
    ).fetchone()
    return row[0] if row else None


def noted(conn: Connection, crm_source: str, entity: str, key: str) -> Noted | None:
    """What the latest run that finished a pass beside the records said of it in its configuration."""
    row = conn.execute(
        """
        select id, configuration -> %(key)s from ingestion_sync_history
        where crm_source = %(source)s and sync_type = %(entity)s and configuration -> %(key)s ? 'at'
        order by id desc
        limit 1
        """,
        {"source": crm_source, "entity": entity, "key": key},
    ).fetchone()
    return Noted(row[0], row[1]) if row else None


def place(conn: Connection, crm_source: str, entity: str) -> str | None:
    """Where the latest run that read any records of an entity asked for them."""
    row = conn.execute(
        """
        select configuration ->> 'path' from ingestion_sync_history
        where crm_source = %s and sync_type = %s and configuration ? 'path' and records_processed > 0
        order by id desc
        limit 1
        """,
        (crm_source, entity),
    ).fetchone()
    return row[0] if row else None


def swept(conn: Connection, crm_source: str, entity: str) -> datetime | None:
    """The moment as of which the list of archived records was last read to its end."""
    row = conn.execute(
        """
        select max((configuration ->> 'swept')::timestamptz) from ingestion_sync_history
        where crm_source = %s and sync_type = %s and configuration ->> 'swept' ~ '^[0-9]{4}-'
        """,
        (crm_source, entity),
    ).fetchone()
    return row[0] if row else None


def spent(conn: Connection, crm_source: str) -> list[tuple[float, int]]:
    """The requests of a source's runs within the last day: how many seconds ago they ended, and how many."""
    rows = conn.execute(
        """
        select extract(epoch from clock_timestamp() - coalesce(end_time, start_time))::float8,
               least((performance_metrics -> 'api_calls')::float8, 1e9)::int
        from ingestion_sync_history
        where crm_source = %s and start_time > clock_timestamp() - interval '26 hours'
          and jsonb_typeof(performance_metrics -> 'api_calls') = 'number'
          and performance_metrics ->> 'api_calls' <> '0'
        """,
        (crm_source,),
    )
    return [(max(ago, 0.0), calls) for ago, calls in rows]


def failed_records(conn: Connection, run_ids: list[int]) -> int:
    """How many records some runs rejected between them."""
    row = conn.execute(
        "select coalesce(sum(records_failed), 0) from ingestion_sync_history where id = any(%s)",
        (run_ids,),
    ).fetchone()
    return int(row[0]) if row else 0


def entities(conn: Connection, crm_source: str) -> list[str]:
    """The names of a source's entities that have any history."""
    rows = conn.execute(
        "select distinct sync_type from ingestion_sync_history where crm_source = %s order by 1",
        (crm_source,),
    )
    return [name for (name,) in rows]


def runs(conn: Connection, crm_source: str | None = None, limit: int = 20) -> list[Row]:
    """The latest runs, newest first, of one source or all."""
    return (
        conn.cursor(row_factory=dict_row)
        .execute(
            """
        select * from ingestion_sync_history
        where %(source)s::text is null or crm_source = %(source)s
        order by start_time desc, id desc
        limit %(limit)s
        """,
            {"source": crm_source, "limit": limit},
        )
        .fetchall()
    )
