"""What an org has: versions, resources, objects and their fields."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from sandbox.salesforce.asked import VERSIONS, shelf_of, store_of, version_of
from sandbox.salesforce.auth import sessions_of
from sandbox.salesforce.errors import refuse, respond
from sandbox.salesforce.selection import Column, Selection, row
from sandbox.salesforce.store import Shelf

MOST_SUBREQUESTS = 25
SEASONS = ("Spring", "Summer", "Winter")


async def versions(request: Request) -> Response:
    """Every version of the API; needs no session."""
    return respond(
        [
            {"label": _season(version), "url": f"/services/data/v{version}", "version": version}
            for version in VERSIONS
        ]
    )


def _season(version: str) -> str:
    number = int(version.partition(".")[0])
    year = 22 + (number - 54) // 3
    return f"{SEASONS[number % 3]} '{year + (number % 3 == 2)}"


async def resources(request: Request) -> Response:
    """What there is below a version, and who asks."""
    base = f"/services/data/v{version_of(request)}"
    names = ("sobjects", "query", "queryAll", "limits", "composite", "jobs")
    identity = sessions_of(request).identity()
    return respond({name: f"{base}/{name}" for name in names} | {"identity": identity})


async def list_objects(request: Request) -> Response:
    """The objects this user sees."""
    base = f"/services/data/v{version_of(request)}/sobjects"
    seen = [shelf for shelf in store_of(request).shelves.values() if not shelf.forbidden]
    shown = [
        shelf.definition.document() | {"urls": _urls(base, shelf.definition.name)} for shelf in seen
    ]
    return respond({"encoding": "UTF-8", "maxBatchSize": 200, "sobjects": shown})


async def describe_object(request: Request) -> Response:
    """The fields of one object that this user sees."""
    shelf = shelf_of(request)
    return respond(_described(shelf, version_of(request)))


async def batch(request: Request) -> Response:
    """Several descriptions at once; what is wrong with one stands in its own result."""
    version = version_of(request)
    asked = msgspec.json.decode(await request.body()).get("batchRequests", [])
    if len(asked) > MOST_SUBREQUESTS:
        raise refuse(400, "LIMIT_EXCEEDED", "The limit of 25 subrequests is exceeded.")
    results = [_sub_result(request, one, version) for one in asked]
    wrong = any(one["statusCode"] >= 400 for one in results)
    return respond({"hasErrors": wrong, "results": results})


def _sub_result(request: Request, asked: dict[str, Any], version: str) -> dict[str, Any]:
    parts = asked.get("url", "").strip("/").split("/")
    store = store_of(request)
    seen = {name for name, shelf in store.shelves.items() if not shelf.forbidden}
    if len(parts) == 4 and parts[1::2] == ["sobjects", "describe"] and parts[2] in seen:
        return {"statusCode": 200, "result": _described(store.shelf(parts[2]), version)}
    error = {
        "message": "The requested resource does not exist",
        "errorCode": "NOT_FOUND",
    }
    return {"statusCode": 404, "result": [error]}


def _described(shelf: Shelf, version: str) -> dict[str, Any]:
    name = shelf.definition.name
    fields = [one.document() for one in shelf.visible.values()]
    more = {"childRelationships": [], "recordTypeInfos": [], "fields": fields}
    urls = _urls(f"/services/data/v{version}/sobjects", name)
    return shelf.definition.document() | more | {"urls": urls}


def _urls(base: str, name: str) -> dict[str, str]:
    own = f"{base}/{name}"
    return {"sobject": own, "describe": f"{own}/describe", "rowTemplate": f"{own}/{{ID}}"}


async def get_record(request: Request) -> Response:
    """One living record with all its fields."""
    shelf, store = shelf_of(request), store_of(request)
    record = shelf.records.get(request.path_params["id"])
    if record is None or record.get("IsDeleted"):
        raise refuse(404, "NOT_FOUND", "The requested resource does not exist")
    columns = tuple(Column(one) for one in shelf.visible.values())
    return respond(row(store, Selection(shelf, columns, ()), record, version_of(request)))
