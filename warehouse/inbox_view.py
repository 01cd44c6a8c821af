"""Looking at the inbox: which events there are, and what one of them says."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import sql
from psycopg.rows import dict_row

from warehouse.connection import Connection

Row = dict[str, Any]


class Asked(NamedTuple):
    """An event that asks for erasure; the payload is sealed, None where it was erased."""

    id: int
    record_key: str | None
    payload: bytes | None


class Standing(NamedTuple):
    """How it stands with the events of an entity ('' for those of none): since when they wait, or are given up."""

    crm_source: str
    entity: str
    waiting: int
    oldest: datetime | None
    given_up: int
    latest_given_up: datetime | None


COLUMNS = sql.SQL("""
    id, crm_source, entity, record_key, action, event_type, status, attempts, occurred_at, received_at,
    processed_at, sync_history_id, error
""")


def events(
    conn: Connection, crm_source: str | None, statuses: Sequence[str], limit: int
) -> list[Row]:
    """Events of some statuses, the latest first, without what they say."""
    statement = sql.SQL(
        """
        select {} from ingestion_webhook_event
        where status = any(%(statuses)s) and (%(source)s::text is null or crm_source = %(source)s)
        order by id desc
        limit %(limit)s
        """
    ).format(COLUMNS)
    values = {"source": crm_source, "statuses": list(statuses), "limit": limit}
    return conn.cursor(row_factory=dict_row).execute(statement, values).fetchall()


def standing(conn: Connection, crm_source: str | None = None) -> list[Standing]:
    """Where events wait, or were given up and are still there."""
    rows = conn.execute(
        """
        select crm_source, coalesce(entity, ''), count(*) filter (where status = 'pending'),
               min(received_at) filter (where status = 'pending'),
               count(*) filter (where status = 'dead'),
               max(coalesce(processed_at, received_at)) filter (where status = 'dead')
        from ingestion_webhook_event
        where status in ('pending', 'dead')
          and (%(source)s::text is null or crm_source = %(source)s)
        group by 1, 2
        order by 1, 2
        """,
        {"source": crm_source},
    )
    return [Standing(*row) for row in rows]


def one(conn: Connection, event_id: int) -> Row | None:
    """One event, with its payload as it is kept."""
    statement = sql.SQL("select {}, payload from ingestion_webhook_event where id = %s").format(
        COLUMNS
    )
    return conn.cursor(row_factory=dict_row).execute(statement, (event_id,)).fetchone()


def asked_for(conn: Connection, crm_source: str) -> dict[str, list[Asked]]:
    """The pending events of a source that ask for erasure, by entity, the oldest first."""
    rows = conn.execute(
        """
        select entity, id, record_key, payload from ingestion_webhook_event
        where crm_source = %s and status = 'pending' and action = 'privacy_deleted'
          and entity is not null
        order by id
        """,
        (crm_source,),
    )
    found: dict[str, list[Asked]] = {}
    for entity, *asked in rows:
        found.setdefault(entity, []).append(Asked(*asked))
    return found
