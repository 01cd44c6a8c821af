"""The inbox of pushed events: which are due, and what became of those that were dealt with."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from psycopg import sql
from psycopg.rows import class_row

from warehouse.connection import Connection

MOST_ATTEMPTS = 10
# Each attempt is followed by a pause twice as long as the one before, up to six hours.
DUE = sql.SQL("""
    (attempts = 0
     or processed_at + least(interval '30 seconds' * 2 ^ least(attempts, 20), interval '6 hours')
        <= clock_timestamp())
""")


class Waiting(NamedTuple):
    """An event that waits; the payload is sealed, None where it was erased."""

    id: int
    event_key: str
    event_type: str
    record_key: str | None
    action: str
    occurred_at: datetime | None
    received_at: datetime
    payload: bytes | None
    attempts: int


def groups(
    conn: Connection, crm_source: str | None = None, entity: str | None = None
) -> dict[tuple[str, str], int]:
    """How many events are due, by source and entity."""
    statement = sql.SQL(
        """
        select crm_source, entity, count(*) from ingestion_webhook_event
        where status = 'pending' and entity is not null and {due}
          and (%(source)s::text is null or crm_source = %(source)s)
          and (%(entity)s::text is null or entity = %(entity)s)
        group by crm_source, entity
        order by crm_source, entity
        """
    ).format(due=DUE)
    rows = conn.execute(
        statement,
        {"source": crm_source, "entity": entity},
    )
    return {(source, name): number for source, name, number in rows}


def pending(
    conn: Connection, crm_source: str, entity: str, limit: int, after: int = 0
) -> list[Waiting]:
    """Some of an entity's events that are due, in the order they came.

    One with a smaller id may be committed later, by another server: whoever drains begins at 0 each time.
    """
    statement = sql.SQL(
        """
        select id, event_key, event_type, record_key, action, occurred_at, received_at, payload, attempts
        from ingestion_webhook_event
        where status = 'pending' and crm_source = %s and entity = %s and id > %s and {due}
        order by id
        limit %s
        """
    ).format(due=DUE)
    rows = conn.cursor(row_factory=class_row(Waiting))
    return rows.execute(statement, (crm_source, entity, after, limit)).fetchall()


def mark_done(conn: Connection, ids: Sequence[int], run_id: int | None) -> int:
    """Note that what events are about has been read."""
    return _mark(conn, ids, "done", None, run_id)


def mark_ignored(
    conn: Connection, ids: Sequence[int], reason: str, run_id: int | None = None
) -> int:
    """Note that there is nothing to be done for events."""
    return _mark(conn, ids, "ignored", reason, run_id)


def mark_dead(conn: Connection, ids: Sequence[int], reason: str, run_id: int | None = None) -> int:
    """Note that events cannot be dealt with; they stay for someone to look at."""
    return _mark(conn, ids, "dead", reason, run_id)


def retry_later(
    conn: Connection,
    ids: Sequence[int],
    reason: str,
    run_id: int | None = None,
    most: int = MOST_ATTEMPTS,
) -> int:
    """Count an attempt that failed, and wait before the next; how many events were given up for it."""
    row = conn.execute(
        """
        with tried as (
            update ingestion_webhook_event
            set attempts = attempts + 1, error = %(reason)s, sync_history_id = %(run)s,
                status = case when attempts + 1 >= %(most)s then 'dead' else status end,
                processed_at = clock_timestamp()
            where id = any(%(ids)s) and status = 'pending'
            returning status)
        select count(*) filter (where status = 'dead') from tried
        """,
        {"ids": list(ids), "reason": _plain(reason), "run": run_id, "most": most},
    ).fetchone()
    return int(row[0]) if row else 0


def revive(
    conn: Connection, crm_source: str | None = None, ids: Sequence[int] | None = None
) -> int:
    """Let events be due that were given up, or wait for another attempt; how many there are."""
    return conn.execute(
        """
        update ingestion_webhook_event
        set status = 'pending', attempts = 0, processed_at = null, error = null
        where entity is not null and (status = 'dead' or (status = 'pending' and attempts > 0))
          and (%(source)s::text is null or crm_source = %(source)s)
          and (%(ids)s::bigint[] is null or id = any(%(ids)s))
        """,
        {"source": crm_source, "ids": None if ids is None else list(ids)},
    ).rowcount


def unread(conn: Connection, crm_source: str | None = None) -> bool:
    """Whether there is anything that `tell_unread` would tell."""
    row = conn.execute(
        """
        select exists (
            select from ingestion_webhook_event
            where status = 'dead' and processed_at is null
              and (%(source)s::text is null or crm_source = %(source)s))
        """,
        {"source": crm_source},
    ).fetchone()
    return bool(row and row[0])


def tell_unread(conn: Connection, crm_source: str | None = None) -> list[tuple[str, int]]:
    """How many events were dead when they came, by source; each is told once."""
    rows = conn.execute(
        """
        with told as (
            update ingestion_webhook_event set processed_at = clock_timestamp()
            where status = 'dead' and processed_at is null
              and (%(source)s::text is null or crm_source = %(source)s)
            returning crm_source)
        select crm_source, count(*) from told group by crm_source order by crm_source
        """,
        {"source": crm_source},
    )
    return [(source, number) for source, number in rows]


def erase_payloads(conn: Connection, ids: Sequence[int]) -> int:
    """Forget what events said, and keep that they came."""
    return conn.execute(
        "update ingestion_webhook_event set payload = null where id = any(%s) and payload is not null",
        (list(ids),),
    ).rowcount


def erase_record(conn: Connection, crm_source: str, entity: str, record_key: str) -> int:
    """Forget what any event said of a record, whatever became of the event."""
    return conn.execute(
        """
        update ingestion_webhook_event set payload = null
        where crm_source = %s and entity = %s and record_key = %s and payload is not null
        """,
        (crm_source, entity, record_key),
    ).rowcount


def _mark(
    conn: Connection, ids: Sequence[int], status: str, reason: str | None, run_id: int | None
) -> int:
    return conn.execute(
        """
        update ingestion_webhook_event
        set status = %s, error = %s, sync_history_id = %s, processed_at = clock_timestamp(),
            attempts = attempts + 1
        where id = any(%s) and status = 'pending'
        """,
        (status, reason and _plain(reason), run_id, list(ids)),
    ).rowcount


def _plain(text: str) -> str:
    return text.replace("\0", "")
