"""Changing records: create, update, archive, merge, and their batches."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.hubspot.asked import (
    Query,
    batch_inputs,
    json_body,
    shelf_to_write,
    store_of,
)
from sandbox.hubspot.errors import ApiError, invalid, not_found, respond
from sandbox.hubspot.history import INTEGRATION
from sandbox.hubspot.moments import iso
from sandbox.hubspot.records import Record, Shelf
from sandbox.hubspot.render import document
from sandbox.hubspot.store import Store


async def create(request: Request) -> Response:
    """Create one record."""
    store, shelf = store_of(request), shelf_to_write(request)
    Query.of(request)
    body = await json_body(request, "properties", "associations", "objectWriteTraceId")
    with store.lock:
        return respond(_shown(shelf, _create(store, shelf, body)), 201)


async def update(request: Request) -> Response:
    """Change properties of one record."""
    store, shelf = store_of(request), shelf_to_write(request)
    Query.of(request, "idProperty")
    body = await json_body(request, "properties", "objectWriteTraceId")
    with store.lock:
        changed = store.update(
            shelf.kind.name,
            request.path_params["id"],
            _properties(shelf, body.get("properties")),
            source=INTEGRATION,
        )
        return respond(_shown(shelf, changed))


async def archive(request: Request) -> Response:
    """Archive one record; doing so again changes nothing (an assumption)."""
    store, shelf = store_of(request), shelf_to_write(request)
    Query.of(request)
    with store.lock:
        _archive(store, shelf, request.path_params["id"])
    return Response(status_code=204)


async def merge(request: Request) -> Response:
    """Merge one record into another."""
    store, shelf = store_of(request), shelf_to_write(request)
    body = await json_body(request, "primaryObjectId", "objectIdToMerge")
    winner, loser = body.get("primaryObjectId"), body.get("objectIdToMerge")
    with store.lock:
        return respond(_shown(shelf, store.merge(shelf.kind.name, str(winner), str(loser))))


async def gdpr_delete(request: Request) -> Response:
    """Remove one record for good."""
    store, shelf = store_of(request), shelf_to_write(request)
    body = await json_body(request, "objectId", "idProperty")
    with store.lock:
        store.gdpr_delete(shelf.kind.name, str(body.get("objectId")))
    return Response(status_code=204)


async def batch_create(request: Request) -> Response:
    """Create up to 100 records."""
    store, shelf = store_of(request), shelf_to_write(request)
    inputs = batch_inputs(await json_body(request, "inputs"))
    with store.lock:
        return _batch(store, shelf, [_create(store, shelf, one) for one in inputs], 201)


async def batch_update(request: Request) -> Response:
    """Change up to 100 records; all of them or, where one is unknown, none (an assumption)."""
    store, shelf = store_of(request), shelf_to_write(request)
    inputs = batch_inputs(await json_body(request, "inputs"))
    with store.lock:
        wanted = [(str(one.get("id")), _properties(shelf, one.get("properties"))) for one in inputs]
        for key, _ in wanted:
            store.live_record(shelf, key)
        changed = [
            store.update(shelf.kind.name, key, values, source=INTEGRATION) for key, values in wanted
        ]
        return _batch(store, shelf, changed, 200)


async def batch_archive(request: Request) -> Response:
    """Archive up to 100 records."""
    store, shelf = store_of(request), shelf_to_write(request)
    inputs = batch_inputs(await json_body(request, "inputs"))
    with store.lock:
        for one in inputs:
            _archive(store, shelf, str(one.get("id")))
    return Response(status_code=204)


def _archive(store: Store, shelf: Shelf, key: str) -> None:
    try:
        store.archive(shelf.kind.name, key)
    except ApiError:
        if not (key.isdecimal() and int(key) in shelf.archived):
            raise not_found() from None


def _create(store: Store, shelf: Shelf, body: dict[str, Any]) -> Record:
    properties = _properties(shelf, body.get("properties"))
    _refuse_twin(shelf, properties)
    return shelf.live[int(store.create(shelf.kind.name, properties, source=INTEGRATION))]


def _refuse_twin(shelf: Shelf, properties: dict[str, str]) -> None:
    name = shelf.kind.unique
    if name is None or not properties.get(name):
        return
    value = properties[name].lower()
    for record in shelf.live.values():
        if record.properties.get(name, "").lower() == value:
            kind = shelf.kind.singular.capitalize()
            raise ApiError(409, f"{kind} already exists. Existing ID: {record.id}", "CONFLICT")


def _properties(shelf: Shelf, wanted: Any) -> dict[str, str]:
    """The values of a write as they are stored; refusing unknown and read-only ones is assumed."""
    if not isinstance(wanted, dict):
        raise invalid("properties must be an object")
    for name in wanted:
        prop = shelf.properties.get(name)
        if prop is None or prop.archived:
            raise invalid(f"Property values were not valid: {name} does not exist")
        if prop.read_only:
            raise invalid(f"Property values were not valid: {name} is a read only property")
    return {name: _text(value) for name, value in wanted.items()}


def _text(value: Any) -> str:
    """Every value is a string; a null clears, like the empty string."""
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _shown(shelf: Shelf, record: Record) -> dict[str, Any]:
    names = sorted(set(record.properties) | set(shelf.kind.defaults) | shelf.kind.always)
    return document(shelf, record, names)


def _batch(store: Store, shelf: Shelf, records: list[Record], status: int) -> Response:
    now = iso(store.now_ms())
    results = [_shown(shelf, record) for record in records]
    done = {
        "status": "COMPLETE",
        "results": results,
        "startedAt": now,
        "completedAt": now,
    }
    return respond(done, status)
