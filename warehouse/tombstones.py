"""Tombstones: which records must never be stored again, each known by a keyed hash alone."""

import hmac
from collections.abc import Iterable, Sequence

from warehouse.connection import Connection


def mac(key: bytes, crm_source: str, entity: str, record_key: str) -> bytes:
    """What a tombstone says of a record."""
    said = b"\0".join(text.encode() for text in (crm_source, entity, record_key))
    return hmac.digest(key, said, "sha256")


def sealed_key(conn: Connection) -> bytes | None:
    """The key of the hashes as it is kept; None as long as nothing was ever forgotten."""
    row = conn.execute("select sealed from ingestion_tombstone_key").fetchone()
    return bytes(row[0]) if row else None


def keep_key(conn: Connection, sealed: bytes) -> bytes:
    """Keep the key of the hashes, unless there is one; returns the one that counts."""
    conn.execute(
        "insert into ingestion_tombstone_key (id, sealed) values (1, %s) on conflict do nothing",
        (sealed,),
    )
    return sealed_key(conn) or sealed


def reseal_key(conn: Connection, before: bytes, sealed: bytes) -> None:
    """Keep the same key sealed anew; whoever else did so meanwhile has done it."""
    conn.execute(
        "update ingestion_tombstone_key set sealed = %s where sealed = %s", (sealed, before)
    )


def entities(conn: Connection, crm_source: str) -> set[str]:
    """The entities of which any record must not be stored."""
    rows = conn.execute(
        "select distinct entity from ingestion_tombstone where crm_source = %s", (crm_source,)
    )
    return {name for (name,) in rows}


def exist(conn: Connection, crm_source: str, entity: str) -> bool:
    """Whether any record of an entity must not be stored."""
    row = conn.execute(
        "select exists (select from ingestion_tombstone where crm_source = %s and entity = %s)",
        (crm_source, entity),
    ).fetchone()
    return bool(row and row[0])


def among(conn: Connection, crm_source: str, entity: str, macs: Sequence[bytes]) -> set[bytes]:
    """Those of some hashes that belong to tombstones."""
    rows = conn.execute(
        """
        select key_mac from ingestion_tombstone
        where crm_source = %s and entity = %s and key_mac = any(%s)
        """,
        (crm_source, entity, list(macs)),
    )
    return {bytes(found) for (found,) in rows}


def put_up(
    conn: Connection, crm_source: str, entity: str, macs: Iterable[bytes], run_id: int
) -> int:
    """Put up tombstones; returns how many are new."""
    return conn.execute(
        """
        insert into ingestion_tombstone (crm_source, entity, key_mac, sync_history_id)
        select %s, %s, said.mac, %s from unnest(%s::bytea[]) as said (mac)
        on conflict do nothing
        """,
        (crm_source, entity, run_id, sorted(set(macs))),
    ).rowcount


def note_suppressed(
    conn: Connection, run_id: int, macs: Iterable[bytes], *, listed: bool, archived: bool
) -> int:
    """Note that a run met records it must not store; how many it had not met before.

    They count as read and unchanged: the source has them, and its total includes them. The seen keys hold
    their hashes instead.
    """
    noted = conn.execute(
        """
        insert into ingestion_seen_key as k (sync_history_id, key, outcome, listed, archived)
        select %(run)s, 'forgotten ' || encode(said.mac, 'hex'), 'n', %(listed)s, %(archived)s
        from unnest(%(macs)s::bytea[]) as said (mac)
        on conflict (sync_history_id, key) do update
        set listed = k.listed or excluded.listed, archived = k.archived or excluded.archived
        returning xmax = 0
        """,
        {"run": run_id, "macs": sorted(set(macs)), "listed": listed, "archived": archived},
    )
    # Of a row that was there, `xmax` is the transaction that has just locked it.
    new = sum(bool(inserted) for (inserted,) in noted)
    conn.execute(
        """
        update ingestion_sync_history
        set performance_metrics = performance_metrics || jsonb_build_object(
            'suppressed', coalesce((performance_metrics ->> 'suppressed')::bigint, 0) + %s::bigint)
        where id = %s
        """,
        (new, run_id),
    )
    return new


def take_away(conn: Connection, crm_source: str, entity: str, macs: Sequence[bytes]) -> int:
    """Take tombstones away; returns how many there were."""
    return conn.execute(
        """
        delete from ingestion_tombstone
        where crm_source = %s and entity = %s and key_mac = any(%s)
        """,
        (crm_source, entity, list(macs)),
    ).rowcount
