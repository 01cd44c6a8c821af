"""Erasing records on demand: all that is kept of them here goes, and a tombstone keeps them from coming back."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from flows.failure import message_of
from flows.result import Result, Row
from flows.version import CODE_VERSION
from sources.config import SourceConfig
from sources.entity import Entity
from sources.errors import UnknownEntity
from sources.privacy import Privacy
from sources.registry import kind_of
from tasks.beside import scope_of
from tasks.forgotten import made_key
from tasks.pages import purge_pages
from warehouse import beside, embedded, history, inbox, locks, names, tombstones
from warehouse.beside import Scope
from warehouse.by_key import as_stored, stored_table
from warehouse.connection import Connection, connect
from warehouse.forget import Erased, erase, family
from warehouse.merged import Merged
from warehouse.tables import Table

log = logging.getLogger("crm_sync")


@dataclass(frozen=True, slots=True)
class Place:
    """Where erasing takes place: the warehouse, the keys of its hashes, and the flow run that asked for it.

    `pages` is the folder below which runs cache theirs (None: the usual one).
    """

    url: str
    schema: str
    privacy: Privacy
    flow_run_id: str | None = None
    pages: Path | None = None


@dataclass(frozen=True, slots=True)
class _Kept:
    """Where records of an entity are kept: its table, if there is one, and what is beside it."""

    entity: str
    table: Table | None
    scopes: tuple[Scope, ...]


def forget(
    place: Place, source: SourceConfig, entity: str, keys: Sequence[str], events: Sequence[int] = ()
) -> Result:
    """Erase records for good, in one transaction under the entity's lock; `events` are done with it."""
    with connect(place.url, schema=place.schema) as conn:
        if not locks.lock(conn, source.name, entity):
            return Result(source.name, entity, "skipped", error="another run is at work on it")
        history.close_orphans(conn, source.name, entity)
        run_id = history.open_run(conn, source.name, entity, _configuration(place))
        try:
            said = _forget(conn, place, source, entity, keys, events, run_id)
        except Exception as error:  # noqa: BLE001 - told in the history row
            row = _close(conn, run_id, "failed", message_of(error), {})
            return Result(source.name, entity, "failed", row, message_of(error))
        return Result(source.name, entity, "success", _close(conn, run_id, "success", None, said))


def refuse_unknown(conn: Connection, source: SourceConfig, entity: str) -> None:
    """Raise UnknownEntity for one that is neither declared nor stored: a typing error would erase nothing."""
    known = kind_of(source).entities
    if entity not in known and not stored_table(conn, source.name, entity):
        raise UnknownEntity(
            f"{source.name} has no entity {entity}, and there is no table of it; it has: {', '.join(known)}"
        )


def stored_name(conn: Connection, source: str, entity: str) -> str:
    """The table of an entity that an event may know by its place in the account alone."""
    return names.known_entities(conn, source).get(entity, entity)


def _forget(
    conn: Connection,
    place: Place,
    source: SourceConfig,
    entity: str,
    keys: Sequence[str],
    events: Sequence[int],
    run_id: int,
) -> Row:
    kept = _kept(conn, source, entity)
    mac_key = made_key(conn, place.privacy)
    with conn.transaction():
        history.fence(conn, run_id)
        for scope in sorted(kept.scopes, key=lambda one: one.table.name):
            beside.take_turn(conn, scope.table)
        gone = list(dict.fromkeys(keys))
        if kept.table:
            gone = family(conn, kept.table, as_stored(kept.table, gone))
        places = _places(conn, source.name, entity)
        erased = erase(conn, source.name, entity, kept.table, kept.scopes, gone, places=places)
        macs = [tombstones.mac(mac_key, source.name, entity, key) for key in gone]
        new = tombstones.put_up(conn, source.name, entity, macs, run_id)
        inbox.mark_done(conn, events, run_id)
        history.count(conn, run_id, Merged(deleted=erased.rows))
        # Before the commit: where a page cannot be removed, nothing counts as done.
        pages = purge_pages(place.pages or embedded.home(), source.name, entity)
    log.info(
        "%s %s: %d record(s) erased on demand, with %d row(s) beside them, %d rejected copies and"
        " %d cached page(s)",
        source.name,
        entity,
        erased.rows,
        erased.beside,
        erased.rejects,
        pages,
    )
    return _said(erased, new, pages)


def _places(conn: Connection, source: str, entity: str) -> list[str]:
    """The names by which events may know an entity, beside its own."""
    known = names.known_entities(conn, source)
    return [place for place, name in known.items() if name == entity and place != entity]


def _kept(conn: Connection, source: SourceConfig, entity: str) -> _Kept:
    """As it is stored, whatever is configured now: what was read once may still be there."""
    kind = kind_of(source)
    declared = kind.entities.get(entity) or Entity(entity, "", ())
    scopes = tuple(scope_of(source.name, one, ()) for one in kind.companions(declared))
    # Objects that only the account knows are declared nowhere; those of one kind are alike.
    losers = {one.survivor_of for one in kind.entities.values()} - {""}
    survivor_of = declared.survivor_of or next(iter(sorted(losers)), "")
    return _Kept(
        entity,
        stored_table(conn, source.name, entity, survivor_of),
        scopes,
    )


def _configuration(place: Place) -> Row:
    return {
        "strategy": "forget",
        "anchor": False,
        "code_version": CODE_VERSION,
        "flow_run_id": place.flow_run_id,
    }


def _said(erased: Erased, tombstones_new: int, pages: int) -> Row:
    return {"forgotten": {**erased._asdict(), "tombstones": tombstones_new, "pages": pages}}


def _close(
    conn: Connection, run_id: int, status: str, error: str | None, configuration: Row
) -> Row:
    return (
        history.close_run(
            conn, run_id, status, error=error, metrics={}, configuration=configuration
        )
        or {}
    )
