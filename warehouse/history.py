"""SyncHistory: what ran, where the next delta begins, and where an interrupted run resumes."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from warehouse.connection import Connection
from warehouse.errors import WarehouseError
from warehouse.merge import Merged

ORPHANED = "the run ended without closing its history row (killed, or its machine was lost)"
Row = dict[str, Any]


class Fenced(WarehouseError):
    """This run is no longer the writer: its history row was closed by another."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """The run the next delta builds on, and the moment up to which it read."""

    run_id: int
    until: datetime


def lock(conn: Connection, crm_source: str, entity: str) -> bool:
    """Take the one writer's lock for as long as `conn` lives; False where another run holds it."""
    row = conn.execute(
        "select pg_try_advisory_lock(%s)", (lock_key(crm_source, entity),)
    ).fetchone()
    return bool(row and row[0])


def unlock(conn: Connection, crm_source: str, entity: str) -> None:
    """Give the lock back at once: after a mere close, the server takes a moment to notice."""
    conn.execute("select pg_advisory_unlock(%s)", (lock_key(crm_source, entity),))


def lock_key(crm_source: str, entity: str) -> int:
    """The advisory lock's number for an entity, the same in every process."""
    digest = hashlib.sha256(f"crm-sync\0{crm_source}\0{entity}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)


def close_orphans(conn: Connection, crm_source: str, entity: str) -> list[int]:
    """Close rows left `running`; only for who holds the lock, which proves that their runs are gone."""
    rows = conn.execute(
        """
        update ingestion_sync_history
        set status = 'failed', end_time = clock_timestamp(), error_message = %s
        where crm_source = %s and sync_type = %s and status = 'running'
        returning id
        """,
        (ORPHANED, crm_source, entity),
    ).fetchall()
    return [row[0] for row in rows]


def anchor(conn: Connection, crm_source: str, entity: str) -> Anchor | None:
    """The latest run by end time that earned the anchor; an older system's good run counts from its start."""
    row = conn.execute(
        """
        select id, coalesce((configuration -> 'window' ->> 'until')::timestamptz, start_time)
        from ingestion_sync_history
        where crm_source = %s and sync_type = %s and end_time is not null
          and (configuration -> 'anchor' = 'true'::jsonb
               or not (configuration ?| array['window', 'flow_run_id', 'strategy', 'anchor'])
                  and status in ('success', 'completed', 'partial'))
        order by end_time desc, id desc
        limit 1
        """,
        (crm_source, entity),
    ).fetchone()
    return Anchor(row[0], row[1]) if row else None


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


def open_run(conn: Connection, crm_source: str, entity: str, configuration: Row) -> int:
    """Write the row of a run that begins now."""
    row = conn.execute(
        """
        insert into ingestion_sync_history
            (crm_source, sync_type, status, start_time, records_processed, records_created,
             records_updated, records_failed, performance_metrics, configuration)
        values (%s, %s, 'running', clock_timestamp(), 0, 0, 0, 0, '{}', %s)
        returning id
        """,
        (crm_source, entity, Jsonb(configuration)),
    ).fetchone()
    if row is None:
        raise WarehouseError("PostgreSQL returned no id for the run's history row")
    return int(row[0])


def fence(conn: Connection, run_id: int) -> None:
    """Begin a merge transaction: while it lasts, nobody can close this run's row."""
    row = conn.execute(
        "select 1 from ingestion_sync_history where id = %s and status = 'running' for share",
        (run_id,),
    ).fetchone()
    if row is None:
        raise _fenced(run_id)


def _fenced(run_id: int) -> Fenced:
    return Fenced(f"run {run_id} was closed by another run and may not write any more")


def advance(conn: Connection, run_id: int, merged: Merged, checkpoint: Row) -> None:
    """Move the run's counters and its checkpoint, in the merge's own transaction."""
    conn.execute(
        """
        update ingestion_sync_history
        set records_processed = records_processed + %s,
            records_created = records_created + %s,
            records_updated = records_updated + %s,
            records_failed = records_failed + %s,
            performance_metrics = performance_metrics || jsonb_build_object(
                'unchanged', coalesce((performance_metrics ->> 'unchanged')::bigint, 0) + %s::bigint,
                'deleted', coalesce((performance_metrics ->> 'deleted')::bigint, 0) + %s::bigint,
                'refreshed', coalesce((performance_metrics ->> 'refreshed')::bigint, 0) + %s::bigint),
            configuration = configuration || jsonb_build_object('checkpoint', %s::jsonb)
        where id = %s
        """,
        (
            merged.processed,
            merged.created,
            merged.updated,
            merged.failed,
            merged.unchanged,
            merged.deleted,
            merged.refreshed,
            Jsonb(checkpoint),
            run_id,
        ),
    )


def close_run(
    conn: Connection,
    run_id: int,
    status: str,
    *,
    error: str | None,
    metrics: Row,
    configuration: Row,
) -> Row | None:
    """Close a run that is still `running` and return its row; None where another closed it before."""
    return (
        conn.cursor(row_factory=dict_row)
        .execute(
            """
        update ingestion_sync_history
        set status = %s, end_time = clock_timestamp(), error_message = %s,
            performance_metrics = performance_metrics || %s, configuration = configuration || %s
        where id = %s and status = 'running'
        returning *
        """,
            # PostgreSQL's text has no NUL; a message with one must not keep the run from closing.
            (
                status,
                error and error.replace("\0", ""),
                Jsonb(metrics),
                Jsonb(configuration),
                run_id,
            ),
        )
        .fetchone()
    )


def mark(conn: Connection, run_id: int, configuration: Row) -> None:
    """Note in a running run's row what was finished between two chunks."""
    marked = conn.execute(
        """
        update ingestion_sync_history set configuration = configuration || %s
        where id = %s and status = 'running'
        """,
        (Jsonb(configuration), run_id),
    )
    if not marked.rowcount:
        raise _fenced(run_id)


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


def failed_records(conn: Connection, run_ids: list[int]) -> int:
    """How many records some runs rejected between them."""
    row = conn.execute(
        "select coalesce(sum(records_failed), 0) from ingestion_sync_history where id = any(%s)",
        (run_ids,),
    ).fetchone()
    return int(row[0]) if row else 0


def swept(conn: Connection, crm_source: str, entity: str) -> datetime | None:
    """The moment as of which the list of archived records was last read to its end."""
    row = conn.execute(
        """
        select max((configuration ->> 'swept')::timestamptz) from ingestion_sync_history
        where crm_source = %s and sync_type = %s and configuration ? 'swept'
        """,
        (crm_source, entity),
    ).fetchone()
    return row[0] if row else None


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


def run(conn: Connection, run_id: int) -> Row | None:
    """One run's row."""
    return (
        conn.cursor(row_factory=dict_row)
        .execute("select * from ingestion_sync_history where id = %s", (run_id,))
        .fetchone()
    )


def seen_count(conn: Connection, run_ids: list[int]) -> int:
    """How many distinct keys a run and those it resumes have read in their windows."""
    row = conn.execute(
        "select count(distinct key) from ingestion_seen_key where sync_history_id = any(%s) and listed",
        (run_ids,),
    ).fetchone()
    return int(row[0]) if row else 0


def forget_seen(conn: Connection, crm_source: str, entity: str) -> None:
    """Drop the seen keys of an entity's closed runs; for a run that closed well, after which none resumes."""
    conn.execute(
        """
        delete from ingestion_seen_key
        where sync_history_id in (
            select id from ingestion_sync_history
            where crm_source = %s and sync_type = %s and status <> 'running')
        """,
        (crm_source, entity),
    )
