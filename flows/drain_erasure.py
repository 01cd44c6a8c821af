"""Events that ask for erasure: dealt with before all others, and without asking the source."""

from collections.abc import Container

from flows.forget import Place, forget, stored_name
from flows.result import Result
from sources.config import SourceConfig
from sources.listening import account_of
from sources.privacy import WrongKey
from sources.registry import kind_of
from warehouse import inbox, past
from warehouse.connection import Connection, connect
from warehouse.inbox_view import Asked, asked_for

NAMELESS = "it asks for erasure and does not say of which record"


def erase_on_demand(
    place: Place, source: SourceConfig, wanted: Container[str] | None
) -> list[Result]:
    """Erase the records of a source of which events demand it; a run for each entity."""
    results = []
    with connect(place.url, schema=place.schema) as conn:
        for name, events in asked_for(conn, source.name).items():
            if wanted is not None and name not in wanted:
                continue
            entity = stored_name(conn, source.name, name)
            ours = _of_this_account(conn, place, source, entity, events)
            nameless = [event.id for event in ours if not event.record_key]
            inbox.mark_dead(conn, nameless, NAMELESS)
            keys = [event.record_key for event in ours if event.record_key]
            if keys:
                ids = [event.id for event in ours if event.record_key]
                results.append(forget(place, source, entity, keys, ids))
            if nameless:
                results.append(Result(source.name, entity, "unreconciled", error=NAMELESS))
    return results


def _of_this_account(
    conn: Connection, place: Place, source: SourceConfig, entity: str, events: list[Asked]
) -> list[Asked]:
    """The events of the account whose records are stored; one address may be told of several."""
    account = _account(conn, source, entity)
    ours = []
    for event in events:
        said = _account_said(place, source, event)
        if account and said and said != account:
            inbox.mark_ignored(conn, [event.id], f"it is of account {said}, not {account}")
        else:
            ours.append(event)
    return ours


def _account(conn: Connection, source: SourceConfig, entity: str) -> str | None:
    """The account of an entity's records; of one that was never read, that of the source's others."""
    found = (past.account(conn, source.name, one) for one in (entity, *kind_of(source).entities))
    return next(filter(None, found), None)


def _account_said(place: Place, source: SourceConfig, event: Asked) -> str:
    try:
        return account_of(source, place.privacy.open(event.payload or b"P"))
    except WrongKey:
        # Better erased than kept: who may post here has shown so.
        return ""
