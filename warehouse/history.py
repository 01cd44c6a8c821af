"""SyncHistory: what ran, where the next delta begins, and where an interrupted run resumes."""

from typing import Any

from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from warehouse.connection import Connection
from warehouse.errors import WarehouseError
from warehouse.merged import Merged

ORPHANED = "the run ended without closing its history row (killed, or its machine was lost)"
Row = dict[str, Any]


class Fenced(WarehouseError):
    """This run is no longer the writer: its history row was closed by another."""


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


def count(conn: Connection, run_id: int, merged: Merged) -> None:
    """Move the run's counters; its checkpoint stays."""
    advance(conn, run_id, merged, None)


def advance(conn: Connection, run_id: int, merged: Merged, checkpoint: Row | None) -> None:
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
            configuration = case when %s::jsonb is null then configuration
                                 else configuration || jsonb_build_object('checkpoint', %s::jsonb) end
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
            checkpoint and Jsonb(checkpoint),
            checkpoint and Jsonb(checkpoint),
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


def run(conn: Connection, run_id: int) -> Row | None:
    """One run's row."""
    return (
        conn.cursor(row_factory=dict_row)
        .execute("select * from ingestion_sync_history where id = %s", (run_id,))
        .fetchone()
    )
