"""One writer per entity: a session's advisory lock, gone with its connection."""

import hashlib

from warehouse.connection import Connection


def lock(conn: Connection, crm_source: str, entity: str) -> bool:
    """Take the one writer's lock for as long as `conn` lives; False where another run holds it."""
    row = conn.execute(
        "select pg_try_advisory_lock(%s)", (lock_key(crm_source, entity),)
    ).fetchone()
    return bool(row and row[0])


def unlock(conn: Connection, crm_source: str, entity: str) -> None:
    """Give back one lock."""
    conn.execute("select pg_advisory_unlock(%s)", (lock_key(crm_source, entity),))


def unlock_all(conn: Connection) -> None:
    """Give back every lock that `conn` holds."""
    conn.execute("select pg_advisory_unlock_all()")


def lock_key(crm_source: str, entity: str) -> int:
    """The advisory lock's number for an entity, the same in every process."""
    digest = hashlib.sha256(f"crm-sync\0{crm_source}\0{entity}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
