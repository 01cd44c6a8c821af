"""`/_sandbox/…`: what a test in another process may do that no API offers."""

from dataclasses import asdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.hubspot.clock import iso, offset_clock
from sandbox.hubspot.errors import invalid, respond
from sandbox.hubspot.limits import Limits
from sandbox.hubspot.store import Store

if TYPE_CHECKING:
    from sandbox.hubspot.sandbox import HubspotSandbox


def _sandbox(request: Request) -> "HubspotSandbox":
    found: HubspotSandbox = request.app.state.sandbox
    return found


async def _body(request: Request) -> dict[str, Any]:
    body = msgspec.json.decode(await request.body() or b"{}")
    if not isinstance(body, dict):
        raise invalid("An object is expected")
    return body


async def faults(request: Request) -> Response:
    """See, switch on, or clear faults."""
    sandbox = _sandbox(request)
    if request.method == "POST":
        body = await _body(request)
        try:
            sandbox.faults.add(**body)
        except (TypeError, ValueError) as error:
            raise invalid(str(error)) from error
    elif request.method == "DELETE":
        sandbox.faults.clear()
    return respond({"faults": [asdict(fault) for fault in sandbox.faults.active]})


async def requests(request: Request) -> Response:
    """See or empty the journal."""
    sandbox = _sandbox(request)
    if request.method == "DELETE":
        sandbox.requests.clear()
    keys = ("method", "path", "query", "status")
    entries = [dict(zip(keys, entry, strict=True)) for entry in sandbox.requests]
    return respond({"requests": entries})


async def settings(request: Request) -> Response:
    """See or change the index lag, the limits (`null` is off), and how wrong the clock goes."""
    sandbox = _sandbox(request)
    if request.method == "POST":
        body = await _body(request)
        if "index_lag" in body:
            sandbox.index_lag = float(body["index_lag"])
        if "limits" in body:
            sandbox.limits = None if body["limits"] is None else Limits(**body["limits"])
        if "clock_offset" in body:
            sandbox.store.clock = offset_clock(timedelta(seconds=body["clock_offset"]))
    now = iso(sandbox.store.now_ms())
    limited = sandbox.limits is not None
    return respond({"index_lag": sandbox.index_lag, "limited": limited, "now": now})


async def tokens(request: Request) -> Response:
    """Accept another token: `{"token": "pat-…", "scopes": […]}`."""
    body = await _body(request)
    scopes = body.get("scopes")
    _sandbox(request).tokens.register(body["token"], None if scopes is None else set(scopes))
    return respond({"token": body["token"]})


async def change(request: Request) -> Response:
    """Do to a record what the Python methods of the same names do."""
    store, body = _sandbox(request).store, await _body(request)
    kind, action = body.get("type", "contacts"), request.path_params["action"]
    try:
        return respond(_do(store, kind, action, body))
    except (KeyError, TypeError, ValueError) as error:
        raise invalid(f"{action}: {error}") from error


def _do(store: Store, kind: str, action: str, body: dict[str, Any]) -> dict[str, Any]:
    if action == "create":
        return {"id": store.create(kind, body["properties"])}
    if action == "update":
        store.update(kind, body["id"], body["properties"], bump=body.get("bump", True))
    elif action == "archive":
        store.archive(kind, body["id"])
    elif action == "restore":
        store.restore(kind, body["id"], bump=body.get("bump", False))
    elif action == "merge":
        store.merge(kind, body["winner"], body["loser"])
    elif action == "gdpr_delete":
        store.gdpr_delete(kind, body["id"])
    elif action == "touch":
        return {"ids": store.touch(kind, body["count"])}
    else:
        raise invalid(f"Unknown action: {action}")
    return {}


async def truth(request: Request) -> Response:
    """Every live record of a type with all its properties, for comparing."""
    sandbox = _sandbox(request)
    shelf = sandbox.store.shelf(request.path_params["type"])
    archived = request.query_params.get("archived") == "true"
    records = (sandbox.archived if archived else sandbox.truth)(shelf.kind.name)
    shown = {
        key: {
            "properties": dict(record.properties),
            "created": iso(record.created_ms),
            "updated": iso(record.updated_ms),
        }
        for key, record in records.items()
    }
    return respond(shown)


ROUTES = (
    Route("/_sandbox/faults", faults, methods=["GET", "POST", "DELETE"]),
    Route("/_sandbox/requests", requests, methods=["GET", "DELETE"]),
    Route("/_sandbox/settings", settings, methods=["GET", "POST"]),
    Route("/_sandbox/tokens", tokens, methods=["POST"]),
    Route("/_sandbox/truth/{type}", truth, methods=["GET"]),
    Route("/_sandbox/{action}", change, methods=["POST"]),
)
