"""`/_sandbox/…`: what a test in another process may do that no API offers."""

import inspect
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.hubspot.changes import Changes
from sandbox.hubspot.clock import iso, offset_clock, to_ms
from sandbox.hubspot.declarations import Declarations
from sandbox.hubspot.errors import invalid, respond
from sandbox.hubspot.limits import Limits
from sandbox.hubspot.properties import Property

if TYPE_CHECKING:
    from sandbox.hubspot.sandbox import HubspotSandbox

ACTIONS = frozenset(
    name for part in (Changes, Declarations) for name in vars(part) if not name.startswith("_")
)
MOMENTS = {"created", "updated"}


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
    """See or change the index lag, the limits (`null` is off), the clock, the life of refresh tokens."""
    sandbox = _sandbox(request)
    if request.method == "POST":
        body = await _body(request)
        if "index_lag" in body:
            sandbox.index_lag = float(body["index_lag"])
        if "limits" in body:
            sandbox.limits = None if body["limits"] is None else Limits(**body["limits"])
        if "daily" in body and sandbox.limits is not None:
            sandbox.limits.daily = int(body["daily"])
        if "rotate_refresh_tokens" in body:
            sandbox.tokens.rotate_refresh_tokens = bool(body["rotate_refresh_tokens"])
        if "token_lifetime" in body:
            sandbox.tokens.lifetime = int(body["token_lifetime"])
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
    """Do what the sandbox's method of the same name does; see `Changes` and `Declarations`.

    An object type is `contacts` when unsaid; `how` holds what else `add_property` and `add_owner` take.
    """
    sandbox, body = _sandbox(request), await _body(request)
    action = request.path_params["action"]
    if action not in ACTIONS:
        raise invalid(f"Unknown action: {action}")
    try:
        return respond(_do(getattr(sandbox, action), body))
    except (KeyError, TypeError, ValueError) as error:
        raise invalid(f"{action}: {error}") from error


def _do(method: Callable[..., Any], body: dict[str, Any]) -> dict[str, Any]:
    # `type` goes first, by its place: a property has a `type` of its own, which is in `how`.
    takes_type = "type" in inspect.signature(method).parameters
    places = [body.pop("type", "contacts")] if takes_type else []
    body |= body.pop("how", {})
    for name in MOMENTS & body.keys():
        body[name] = datetime.fromisoformat(body[name])
    if method.__name__ == "add_object_type":
        body["properties"] = [Property(**_tuples(one)) for one in body["properties"]]
    done = method(*places, **_tuples(body))
    if isinstance(done, list):
        return {"ids": done}
    return {} if done is None else {"id": done}


def _tuples(told: dict[str, Any]) -> dict[str, Any]:
    """What JSON can only write as a list is a tuple here."""
    lists = {name: tuple(value) for name, value in told.items() if isinstance(value, list)}
    return told | lists


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


async def links(request: Request) -> Response:
    """Every link from a live record of a type, as a list of lists."""
    found = _sandbox(request).links(request.path_params["type"])
    return respond({"links": sorted(found, key=str)})


async def history(request: Request) -> Response:
    """What values a property had in each live record: id, value, moment, source."""
    path = request.path_params
    found = _sandbox(request).history(path["type"], path["property"])
    shown = [(key, value, iso(to_ms(when)), source) for key, value, when, source in found]
    return respond({"history": shown})


async def owners(request: Request) -> Response:
    """Every owner, by id."""
    return respond(_sandbox(request).owners())


ROUTES = (
    Route("/_sandbox/faults", faults, methods=["GET", "POST", "DELETE"]),
    Route("/_sandbox/requests", requests, methods=["GET", "DELETE"]),
    Route("/_sandbox/settings", settings, methods=["GET", "POST"]),
    Route("/_sandbox/tokens", tokens, methods=["POST"]),
    Route("/_sandbox/truth/{type}", truth, methods=["GET"]),
    Route("/_sandbox/links/{type}", links, methods=["GET"]),
    Route("/_sandbox/history/{type}/{property}", history, methods=["GET"]),
    Route("/_sandbox/owners", owners, methods=["GET"]),
    Route("/_sandbox/{action}", change, methods=["POST"]),
)
