"""Pushed events on their way into the inbox: each is stored once, and for good."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import psycopg

from warehouse.connection import Connection
from warehouse.errors import WarehouseError, WarehouseUnavailable, explained


class Unstorable(WarehouseError):
    """PostgreSQL cannot hold what an event says."""


class Incoming(NamedTuple):
    """An event as it is stored; the payload is sealed."""

    crm_source: str
    event_key: str
    event_type: str
    entity: str | None
    record_key: str | None
    action: str
    occurred_at: datetime | None
    payload: bytes
    status: str = "pending"
    error: str | None = None


def store(conn: Connection, events: Sequence[Incoming]) -> int:
    """Write events for good, those that are there already left as they are; how many were new.

    Raises Unstorable, and WarehouseUnavailable where another try may help. When it returns, nothing that
    happens to the server takes the events back.
    """
    if not events:
        return 0
    columns = [list(column) for column in zip(*events, strict=True)]
    try:
        return conn.execute(
            """
            insert into ingestion_webhook_event
                (crm_source, event_key, event_type, entity, record_key, action, occurred_at, payload,
                 status, error)
            select * from unnest(%b::text[], %b::text[], %b::text[], %b::text[], %b::text[], %b::text[],
                                 %b::timestamptz[], %b::bytea[], %b::text[], %b::text[])
            on conflict (crm_source, event_key) do nothing
            """,
            columns,
        ).rowcount
    except psycopg.Error as error:
        raise _named(error) from error


def ready(conn: Connection) -> None:
    """Raise WarehouseError unless events can be stored."""
    try:
        conn.execute("select 1 from ingestion_webhook_event limit 0")
    except psycopg.Error as error:
        raise _named(error) from error


def keep_durable(conn: Connection) -> None:
    """Let a commit mean that it outlasts a crash, where the server's settings would not wait for that."""
    conn.execute(
        """
        select set_config('synchronous_commit', 'on', false)
        where current_setting('synchronous_commit') = 'off'
        """
    )


def _named(error: psycopg.Error) -> WarehouseError:
    """The error by its remedy; only the primary message is quoted: details hold values."""
    said = explained(error) or type(error).__name__
    if isinstance(error, psycopg.DataError | psycopg.IntegrityError):
        return Unstorable(said)
    if isinstance(error, psycopg.OperationalError | psycopg.InterfaceError):
        return WarehouseUnavailable(said)
    return WarehouseError(said)
