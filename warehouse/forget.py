"""Erasing what is known of some records, wherever it is kept: rows, what is beside them, rejects, events."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from psycopg import sql

from warehouse import by_key, inbox
from warehouse.beside import Scope
from warehouse.connection import Connection
from warehouse.keys import bounded, key_text
from warehouse.tables import Table, in_query, stored_columns

# What ids are made of; any other key may be an address, a name or a phone number.
PLAIN = re.compile(r"[A-Za-z0-9_:-]+")
# Columns in which a record that was merged away names its survivor.
POINTERS = ("merged_into", "master_record_id")


class Erased(NamedTuple):
    """How much was removed."""

    rows: int
    beside: int
    rejects: int
    payloads: int


def family(conn: Connection, table: Table, keys: Sequence[str]) -> list[str]:
    """The keys, and those of all that was ever merged into their records."""
    known = dict.fromkeys(keys)
    fresh = list(known)
    while fresh:
        found = [key for key in _losers(conn, table, fresh) if key not in known]
        known |= dict.fromkeys(found)
        fresh = list(dict.fromkeys(found))
    return list(known)


def _losers(conn: Connection, table: Table, keys: Sequence[str]) -> Iterator[str]:
    """Who names one of the records as its survivor, and whom their rows list as merged into them."""
    names = {column.name for column in table.columns}
    for pointer in (name for name in POINTERS if name in names):
        values = {"keys": by_key.fitting(table, keys, pointer)}
        statement = sql.SQL("select {} from {} t where {}").format(
            key_text(table, "t"), table.in_query, by_key.holds(table, "t", pointer, "keys")
        )
        yield from (key for (key,) in conn.execute(statement, values))
    if table.losers:
        values = {"keys": by_key.fitting(table, keys)}
        statement = sql.SQL("select {}::text from {} t where {}").format(
            in_query("t", table.losers), table.in_query, by_key.chosen(table, "t")
        )
        for (listed,) in conn.execute(statement, values):
            yield from filter(None, map(str.strip, (listed or "").split(";")))


def erase(
    conn: Connection,
    crm_source: str,
    entity: str,
    table: Table | None,
    scopes: Sequence[Scope],
    keys: Sequence[str],
    *,
    places: Sequence[str] = (),
) -> Erased:
    """Erase all that is kept of some records of an entity, inside the caller's transaction.

    `places` are other names by which events know the entity.
    """
    _erase_seen(conn, crm_source, entity, keys)
    said = Erased(
        rows=by_key.delete(conn, table, keys) if table else 0,
        beside=sum(_erase_beside(conn, scope, keys) for scope in scopes),
        rejects=_erase_rejects(conn, crm_source, entity, keys)
        + sum(_erase_rejects_beside(conn, crm_source, scope, keys) for scope in scopes),
        payloads=sum(
            inbox.erase_record(conn, crm_source, name, key)
            for name in (entity, *places)
            for key in keys
        ),
    )
    if personal := [key for key in keys if not PLAIN.fullmatch(key)]:
        _erase_places(conn, crm_source, entity, personal)
        for name in (entity, *places):
            erase_keys(conn, crm_source, name, personal)
    return said


def erase_keys(conn: Connection, crm_source: str, entity: str, keys: Sequence[str]) -> None:
    """Take keys that are personal themselves out of the events about their records."""
    conn.execute(
        """
        update ingestion_webhook_event set record_key = null, event_key = 'erased ' || id
        where crm_source = %s and entity = %s and record_key = any(%s)
        """,
        (crm_source, entity, [key for key in keys if not PLAIN.fullmatch(key)]),
    )


def _erase_beside(conn: Connection, scope: Scope, keys: Sequence[str]) -> int:
    """Remove what a table beside the records says of them, from either side."""
    if not stored_columns(conn, scope.table):
        return 0
    return sum(
        conn.execute(
            sql.SQL("delete from {} t where {}").format(
                scope.table.in_query,
                sql.SQL(" and ").join(
                    [
                        *(by_key.holds(scope.table, "t", name, f"fixed_{name}") for name in fixed),
                        by_key.holds(scope.table, "t", owner, "keys"),
                    ]
                ),
            ),
            {
                "keys": by_key.fitting(scope.table, keys, owner),
                **{f"fixed_{name}": [value] for name, value in fixed.items()},
            },
        ).rowcount
        for fixed, owner in _sides(scope)
    )


def _sides(scope: Scope) -> Iterator[tuple[Mapping[str, str], str]]:
    """How the rows of a record are found: what is the same in all of them, and the column with its key."""
    yield scope.fixed, scope.owner
    swapped = {a: b for pair in scope.mirrored for a, b in (pair, pair[::-1])}
    if scope.owner in swapped:
        fixed = {swapped.get(name, name): value for name, value in scope.fixed.items()}
        yield fixed, swapped[scope.owner]


def _erase_rejects(conn: Connection, crm_source: str, entity: str, keys: Sequence[str]) -> int:
    return conn.execute(
        """
        delete from ingestion_rejected_record
        where crm_source = %s and entity = %s and record_key = any(%s)
        """,
        (crm_source, entity, [bounded(key) for key in keys]),
    ).rowcount


def _erase_rejects_beside(
    conn: Connection, crm_source: str, scope: Scope, keys: Sequence[str]
) -> int:
    """Rejected rows beside the records: their keys name the record in one of their parts."""
    places = {name: place for place, name in enumerate(scope.table.key, start=1)}
    removed = 0
    for fixed, owner in _sides(scope):
        if owner not in places or not fixed.keys() <= places.keys():
            continue
        same = {places[name]: [value] for name, value in fixed.items()} | {
            places[owner]: list(keys)
        }
        parts = sql.SQL(" and ").join(
            sql.SQL("split_part(record_key, ':', {}) = any(%s)").format(place) for place in same
        )
        removed += conn.execute(
            sql.SQL(
                "delete from ingestion_rejected_record where crm_source = %s and entity = %s and {}"
            ).format(parts),
            (crm_source, scope.table.name, *same.values()),
        ).rowcount
    return removed


def _erase_seen(conn: Connection, crm_source: str, entity: str, keys: Sequence[str]) -> None:
    """The keys that runs have noted; some sources have keys that are personal themselves."""
    values = {"keys": [bounded(key) for key in keys], "source": crm_source, "entity": entity}
    conn.execute(
        """
        delete from ingestion_seen_key
        where key = any(%(keys)s) and sync_history_id in (
            select id from ingestion_sync_history
            where crm_source = %(source)s and sync_type = %(entity)s)
        """,
        values,
    )
    conn.execute(
        """
        update ingestion_created_keys
        set keys = array(select key from unnest(keys) as met (key) where key <> all(%(keys)s))
        where keys && %(keys)s and sync_history_id in (
            select id from ingestion_sync_history
            where crm_source = %(source)s and sync_type = %(entity)s)
        """,
        values,
    )


def _erase_places(conn: Connection, crm_source: str, entity: str, keys: Sequence[str]) -> None:
    """Where runs stood may be told by such a key; a run that would resume there starts afresh."""
    conn.execute(
        """
        update ingestion_sync_history set configuration = configuration - 'checkpoint'
        where crm_source = %s and sync_type = %s and exists (
            select from unnest(%s::text[]) said (key)
            where strpos(configuration ->> 'checkpoint', said.key) > 0)
        """,
        (crm_source, entity, list(keys)),
    )
