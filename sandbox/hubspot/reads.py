"""Reading records: list, single, batch and search."""

from bisect import bisect_left
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.gate import fault_of
from sandbox.hubspot.asked import (
    LONGEST_BATCH,
    LONGEST_WITH_HISTORY,
    Query,
    batch_inputs,
    hidden_from,
    json_body,
    shelf_to_read,
    store_of,
    token_of,
)
from sandbox.hubspot.associations import beside
from sandbox.hubspot.errors import JSON_TYPE, invalid, not_found
from sandbox.hubspot.moments import iso
from sandbox.hubspot.records import Record, Shelf
from sandbox.hubspot.render import collection, existing, row, visible
from sandbox.hubspot.search import search
from sandbox.hubspot.store import Store

SINGLE = (
    "properties",
    "propertiesWithHistory",
    "associations",
    "archived",
    "idProperty",
)
LIST = (
    "limit",
    "after",
    "properties",
    "propertiesWithHistory",
    "associations",
    "archived",
)
BATCH = ("inputs", "properties", "propertiesWithHistory", "idProperty")
API = "https://api.hubapi.com"


async def list_records(request: Request) -> Response:
    """A page of all live records, or of all archived ones, by ascending id."""
    store, shelf = store_of(request), shelf_to_read(request)
    query = Query.of(request, *LIST)
    history = query.names("propertiesWithHistory")
    most = LONGEST_WITH_HISTORY if history else LONGEST_BATCH
    limit = query.integer("limit", 10, 1, most)
    first = query.integer("after", 0, 0)
    hidden = hidden_from(token_of(request), shelf)
    names = visible(shelf, query.names("properties"), hidden)
    with store.lock:
        kept = store.archived_shelf(shelf) if query.flag("archived") else shelf.live
        ids = sorted(kept) if kept is not shelf.live else shelf.live_ids
        records, after = _page(ids, kept, first, limit, fault_of(request))
        show = _shower(request, shelf, query, hidden)
        rows = [show(record, names) for record in records]
    return _json(collection(rows, paging=_paging(shelf, after)))


def _page(
    ids: list[int], kept: dict[int, Record], first: int, limit: int, fault: str | None
) -> tuple[list[Record], int | None]:
    """The records from an id on, and the id from which the next page starts."""
    start = bisect_left(ids, first)
    if fault == "short_page":
        limit = max(1, limit // 2)
    # An empty page moves the cursor on as well, else a client could only turn in circles.
    elif fault == "empty_page" and start < len(ids) and ids[start] > first:
        return [], ids[start]
    shown = ids[start : start + limit]
    more = start + limit < len(ids)
    return [kept[number] for number in shown], shown[-1] + 1 if more else None


def _paging(shelf: Shelf, after: int | None) -> dict[str, Any] | None:
    if after is None:
        return None
    # The link is for show: it names the v3 address even where a dated one was asked.
    link = f"{API}/crm/v3/objects/{shelf.kind.name}?after={after}"
    return {"next": {"after": str(after), "link": link}}


async def get_record(request: Request) -> Response:
    """One record by its id, or by a unique property."""
    store, shelf = store_of(request), shelf_to_read(request)
    query = Query.of(request, *SINGLE)
    hidden = hidden_from(token_of(request), shelf)
    names = visible(shelf, query.names("properties"), hidden)
    with store.lock:
        found = find(
            store,
            shelf,
            request.path_params["id"],
            archived=query.flag("archived"),
            by=query.text("idProperty"),
        )
        if found is None:
            raise not_found()
        return _json(_shower(request, shelf, query, hidden)(found, names))


def _shower(
    request: Request, shelf: Shelf, query: Query, hidden: frozenset[str]
) -> Callable[[Record, list[str]], bytes]:
    """How records are shown to who asks: with what history and associations."""
    store, token = store_of(request), token_of(request)
    past = existing(shelf, query.names("propertiesWithHistory"), hidden)
    others = [store.shelf(name) for name in query.names("associations")]
    for other in others:
        token.require(other.kind.read_scope)

    def show(record: Record, names: list[str]) -> bytes:
        return row(
            shelf,
            record,
            names,
            portal_id=request.app.state.tokens.portal_id,
            history=past,
            associations=beside(store, shelf, record, others),
        )

    return show


def find(store: Store, shelf: Shelf, key: str, *, archived: bool, by: str | None) -> Record | None:
    """A record by id (a merged id finds the winner, an assumption) or by a unique property."""
    kept = store.archived_shelf(shelf) if archived else shelf.live
    if by and by != "hs_object_id":
        if by not in shelf.properties or not shelf.properties[by].unique:
            raise invalid(f"{by} is not a unique property")
        return next((r for r in kept.values() if shelf.value(r, by) == key), None)
    return kept.get(shelf.survivor(int(key))) if key.isdecimal() else None


async def batch_read(request: Request) -> Response:
    """Up to 100 records by id; those that were not found make it a 207."""
    store, shelf = store_of(request), shelf_to_read(request)
    archived = Query.of(request, "archived").flag("archived")
    body = await json_body(request, *BATCH)
    hidden = hidden_from(token_of(request), shelf)
    history = body.get("propertiesWithHistory") or []
    past = existing(shelf, history, hidden)
    most = LONGEST_WITH_HISTORY if history else LONGEST_BATCH
    keys = dict.fromkeys(str(one.get("id", "")) for one in batch_inputs(body, most))
    names = visible(shelf, body.get("properties") or [], hidden)
    with store.lock:
        started = iso(store.now_ms())
        found = {
            key: find(store, shelf, key, archived=archived, by=body.get("idProperty"))
            for key in keys
        }
    # Answers come in an order of their own, so that nobody relies on the order of the inputs.
    records = {one.id: one for one in found.values() if one is not None}
    rows = [row(shelf, records[number], names, history=past) for number in sorted(records, key=str)]
    missing = [key for key, one in found.items() if one is None]
    errors = [_not_all_found(shelf, missing)] if missing else None
    content = collection(
        rows,
        status="COMPLETE",
        numErrors=1 if missing else None,
        errors=errors,
        startedAt=started,
        completedAt=iso(store.now_ms()),
    )
    return _json(content, 207 if missing else 200)


def _not_all_found(shelf: Shelf, missing: list[str]) -> dict[str, Any]:
    return {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "message": f"Could not get some {shelf.kind.singular.upper()} objects, they may be deleted "
        "or not exist. Check that ids are valid.",
        "context": {"ids": missing},
    }


async def search_records(request: Request) -> Response:
    """A page of the live records that match, as far as the index knows."""
    store, shelf = store_of(request), shelf_to_read(request)
    Query.of(request)
    body = await json_body(request)
    names = visible(shelf, body.get("properties") or [], hidden_from(token_of(request), shelf))
    with store.lock:
        store.refresh_index(shelf)
        found = search(shelf, body)
    rows = [row(shelf, record, names) for record in found.records]
    paging = {"next": {"after": found.after}} if found.after else None
    return _json(collection(rows, total=found.total, paging=paging))


def _json(content: bytes, status: int = 200) -> Response:
    return Response(content, status, media_type=JSON_TYPE)
