"""Runs whose row says `running` although nobody holds their entity's lock: they were killed."""

from datetime import timedelta

from psycopg import sql

from warehouse import locks
from warehouse.connection import Connection
from warehouse.facts import Key
from warehouse.history import ORPHANED
from warehouse.runs_sql import OURS

# Younger ones are left alone: whoever opens a row has just taken the lock, or is about to give it back.
GRACE = timedelta(minutes=2)


def find(conn: Connection, crm_source: str | None = None) -> dict[Key, list[int]]:
    """The runs of ours that nobody works on, without touching a lock."""
    statement = sql.SQL(
        """
        select crm_source, sync_type, array_agg(id order by id) from ingestion_sync_history
        where status = 'running' and start_time < clock_timestamp() - %(grace)s
          and (%(source)s::text is null or crm_source = %(source)s) and {ours}
        group by 1, 2
        """
    ).format(ours=OURS)
    rows = conn.execute(statement, {"grace": GRACE, "source": crm_source}).fetchall()
    held = _held(conn) if rows else set()
    return {
        Key(source, entity): ids
        for source, entity, ids in rows
        if locks.lock_key(source, entity) not in held
    }


def _held(conn: Connection) -> set[int]:
    """The numbers of the advisory locks that are held in this database."""
    rows = conn.execute(
        """
        select (classid::bigint << 32) | objid::bigint from pg_locks
        where locktype = 'advisory' and granted and objsubid = 1
          and database = (select oid from pg_database where datname = current_database())
        """
    )
    return {number for (number,) in rows}


def close(conn: Connection, crm_source: str | None = None) -> dict[Key, list[int]]:
    """Close killed runs as failed, each under its entity's lock: a run that begins meanwhile is not hit."""
    closed: dict[Key, list[int]] = {}
    for key, ids in find(conn, crm_source).items():
        if locks.lock(conn, *key):
            try:
                closed[key] = _close(conn, ids)
            finally:
                locks.unlock(conn, *key)
    return {key: ids for key, ids in closed.items() if ids}


def _close(conn: Connection, ids: list[int]) -> list[int]:
    rows = conn.execute(
        """
        update ingestion_sync_history
        set status = 'failed', end_time = clock_timestamp(), error_message = %s
        where id = any(%s) and status = 'running'
        returning id
        """,
        (ORPHANED, ids),
    ).fetchall()
    return sorted(row[0] for row in rows)
