"""Who belongs to whom, as it is asked for: in batches, record by record, and beside a record."""

from collections.abc import Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.hubspot.asked import Query, batch_inputs, json_body, store_of, token_of
from sandbox.hubspot.errors import invalid, not_found, respond
from sandbox.hubspot.links import inline_name, targets
from sandbox.hubspot.moments import iso
from sandbox.hubspot.records import Link, Record, Shelf
from sandbox.hubspot.store import Store

LARGEST_BATCH = 1_000
LONGEST_PAGE = 500  # links of one record in one answer; the vendor's number is an assumption
MOST_INLINE = 5  # beside a record; the vendor says a few
API = "https://api.hubapi.com"

Targets = dict[int, list[Link]]


async def batch_read(request: Request) -> Response:
    """The links of up to 1,000 records; a record without any is reported as an error, in a 207."""
    store, (source, target) = store_of(request), _ends(request)
    Query.of(request)
    inputs = batch_inputs(await json_body(request, "inputs"), LARGEST_BATCH)
    _refuse_undefined(store, source, target)
    started = iso(store.now_ms())
    with store.lock:
        linked = [(one, _targets(source, target, str(one.get("id")))) for one in inputs]
    errors = [_none(source, target, str(one.get("id"))) for one, links in linked if not links]
    body: dict[str, Any] = {
        "status": "COMPLETE",
        "results": [_result(one, links) for one, links in linked if links],
        "startedAt": started,
        "completedAt": iso(store.now_ms()),
    }
    if errors:
        body |= {"numErrors": len(errors), "errors": errors}
    return respond(body, 207 if errors else 200)


async def list_links(request: Request) -> Response:
    """The links of one record to those of another type, page by page."""
    store, (source, target) = store_of(request), _ends(request)
    query = Query.of(request, "limit", "after")
    limit, first = (
        query.integer("limit", LONGEST_PAGE, 1, LONGEST_PAGE),
        query.integer("after", 0, 0),
    )
    _refuse_undefined(store, source, target)
    key = request.path_params["id"]
    with store.lock:
        if not key.isdecimal() or int(key) not in source.live:
            raise not_found()
        shown, after = _page(_targets(source, target, key), first, limit)
    body: dict[str, Any] = {"results": shown}
    if after is not None:
        body["paging"] = _paging(source, key, target, after)
    return respond(body)


async def list_labels(request: Request) -> Response:
    """In which ways records of two types may belong together; for some two there is none."""
    store, (source, target) = store_of(request), _ends(request)
    Query.of(request)
    with store.lock:
        known = list(store.definitions.between(source.kind.name, target.kind.name))
    shown = [{"category": x.category, "typeId": x.type_id, "label": x.label} for x in known]
    return respond({"results": shown})


def beside(store: Store, source: Shelf, record: Record, others: Iterable[Shelf]) -> dict[str, Any]:
    """The links of a record as they stand beside it: ids, once for each way of belonging together."""
    found: dict[str, Any] = {}
    for target in others:
        links = targets(source, target, record.id)
        known = store.definitions.between(source.kind.name, target.kind.name)
        ids = list(links)
        if not ids:
            continue
        shown = found[target.kind.name] = {
            "results": [
                {"id": str(number), "type": inline_name(source, target, link, known)}
                for number in ids[:MOST_INLINE]
                for link in links[number]
            ]
        }
        if len(ids) > MOST_INLINE:
            shown["paging"] = _paging(source, str(record.id), target, ids[MOST_INLINE])
    return found


def _ends(request: Request) -> tuple[Shelf, Shelf]:
    """The types a path leads from and to, if the token may read both."""
    store, path, token = store_of(request), request.path_params, token_of(request)
    source, target = store.shelf(path["from"]), store.shelf(path["to"])
    for shelf in (source, target):
        token.require(shelf.kind.read_scope)
    return source, target


def _refuse_undefined(store: Store, source: Shelf, target: Shelf) -> None:
    if not store.definitions.between(source.kind.name, target.kind.name):
        ours, theirs = source.kind.singular, target.kind.singular
        raise invalid(f"No association definitions found between {ours} and {theirs}")


def _targets(source: Shelf, target: Shelf, key: str) -> Targets:
    return targets(source, target, int(key)) if key.isdecimal() else {}


def _page(links: Targets, first: int, limit: int) -> tuple[list[dict[str, Any]], int | None]:
    ids = [number for number in links if number >= first]
    shown = [_target(number, links[number]) for number in ids[:limit]]
    return shown, ids[limit] if len(ids) > limit else None


def _paging(source: Shelf, key: str, target: Shelf, after: int) -> dict[str, Any]:
    path = f"/crm/v3/objects/{source.kind.name}/{key}/associations/{target.kind.name}"
    return {"next": {"after": str(after), "link": f"{API}{path}?after={after}"}}


def _result(asked: dict[str, Any], links: Targets) -> dict[str, Any]:
    after = str(asked.get("after") or 0)
    if not after.isdecimal():
        raise invalid(f"after: {after} is not an integer", "INVALID_INTEGER", "after")
    shown, following = _page(links, int(after), LONGEST_PAGE)
    result: dict[str, Any] = {"from": {"id": str(asked["id"])}, "to": shown}
    if following is not None:
        result["paging"] = {"next": {"after": str(following)}}
    return result


def _target(number: int, links: list[Link]) -> dict[str, Any]:
    types = [{"category": x.category, "typeId": x.type_id, "label": x.label} for x in links]
    return {"toObjectId": number, "associationTypes": types}


def _none(source: Shelf, target: Shelf, key: str) -> dict[str, Any]:
    ours, theirs = source.kind.singular, target.kind.singular
    return {
        "status": "error",
        "category": "OBJECT_NOT_FOUND",
        "subCategory": "crm.associations.NO_ASSOCIATIONS_FOUND",
        "message": f"No {theirs} is associated with {ours} {key}.",
        "context": {"fromObjectId": [key], "fromObjectType": [ours], "toObjectType": [theirs]},
    }
