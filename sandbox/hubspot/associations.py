"""`POST /crm/v4/associations/{from}/{to}/batch/read`: who belongs to whom."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.hubspot.asked import Query, batch_inputs, json_body, store_of, token_of
from sandbox.hubspot.clock import iso
from sandbox.hubspot.errors import respond
from sandbox.hubspot.records import Link, Shelf

LARGEST_BATCH = 1_000
LONGEST_PAGE = 500  # links of one record in one answer; the vendor's number is an assumption


async def batch_read(request: Request) -> Response:
    """The links of up to 1,000 records; a record without any is reported as an error, in a 207."""
    store, path = store_of(request), request.path_params
    source, target = store.shelf(path["from"]), store.shelf(path["to"])
    token_of(request).require(source.kind.read_scope)
    Query.of(request)
    inputs = batch_inputs(await json_body(request, "inputs"), LARGEST_BATCH)
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


def _targets(source: Shelf, target: Shelf, key: str) -> dict[int, list[Link]]:
    """The links of a record by the id they lead to, live records only."""
    found: dict[int, list[Link]] = {}
    if not key.isdecimal() or int(key) not in source.live:
        return found
    for link in source.links.get((int(key), target.kind.name), ()):
        if link.to_id in target.live:
            found.setdefault(link.to_id, []).append(link)
    return dict(sorted(found.items()))


def _result(asked: dict[str, Any], links: dict[int, list[Link]]) -> dict[str, Any]:
    first = int(asked.get("after") or 0)
    ids = [number for number in links if number >= first]
    result: dict[str, Any] = {
        "from": {"id": str(asked["id"])},
        "to": [_target(number, links[number]) for number in ids[:LONGEST_PAGE]],
    }
    if len(ids) > LONGEST_PAGE:
        result["paging"] = {"next": {"after": str(ids[LONGEST_PAGE])}}
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
