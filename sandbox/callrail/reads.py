"""The addresses that are read: lists, single calls, and conversations."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox import application
from sandbox.callrail import render
from sandbox.callrail.asked import span_of, zone_of
from sandbox.callrail.errors import refusal, respond, said
from sandbox.callrail.fields import ACCOUNTS, BY_PATH, CALLS, Resource
from sandbox.callrail.keys import Key
from sandbox.callrail.lists import listed, page, value
from sandbox.callrail.store import Row

if TYPE_CHECKING:
    from sandbox.callrail.sandbox import CallrailSandbox

HOST = "https://api.callrail.com"
# Filters by a member of the record; others are overlooked, and so are their unknown values.
FILTERS = {
    "companies": ("status",),
    "trackers": ("type", "status"),
    "tags": ("company_id", "tag_level", "status"),
    "calls": ("company_id", "tracker_id", "direction"),
    "form_submissions": ("company_id",),
}


async def accounts(request: Request) -> Response:
    """The accounts that the user of the key sees."""
    sandbox, key = _sandbox(request), _key(request)
    with sandbox.store.lock:
        known = sandbox.store.shelves["accounts"].values()
        rows = [row for row in known if key.sees(row.account)]
    return _listed(request, "accounts", ACCOUNTS, rows)


async def records(request: Request) -> Response:
    """A page of one kind of an account's records."""
    sandbox, word = _sandbox(request), request.path_params["resource"]
    resource = BY_PATH.get(word)
    if resource is None:
        raise refusal(404, "Not found")
    account = _account(request)
    _key(request).require(word)
    with sandbox.store.lock:
        rows = list(sandbox.store.of(_table(word), account))
    if resource.dated:
        asks_zone = resource is CALLS or not sandbox.zones_only_for_calls
        zone = zone_of(request.query_params if asks_zone else {}, _key(request).zone)
        span = span_of(request.query_params, sandbox.store.clock(), zone)
        rows = [row for row in rows if row.at in span]
    for name in FILTERS.get(word, ()):
        if wanted := request.query_params.get(name):
            rows = [row for row in rows if value(resource, row, name) == wanted]
    return _listed(request, _table(word), resource, rows)


async def call(request: Request) -> Response:
    """One call."""
    return _single(request, "calls")


async def conversation(request: Request) -> Response:
    """One conversation with a page of its messages; the page's numbers are among its own members."""
    sandbox = _sandbox(request)
    _key(request).require("text-messages")
    row = _found(request, "text_messages")
    messages = sorted(
        sandbox.store.messages.get(str(row.id), ()), key=lambda one: one.at, reverse=True
    )
    numbers, some = page(request, messages)
    return respond({"id": row.id, **numbers, "messages": [render.single(one) for one in some]})


def _single(request: Request, table: str) -> Response:
    _key(request).require(table)
    return respond(_shown(request, table, _found(request, table)))


def _found(request: Request, table: str) -> Row:
    account, key = _account(request), request.path_params["id"]
    row = _sandbox(request).store.shelves[table].get(key)
    if row is None or row.account != account:
        raise refusal(404, "Not found")
    return row


def _listed(request: Request, table: str, resource: Resource, rows: list[Row]) -> Response:
    host = HOST if _sandbox(request).foreign_next_page else str(request.base_url).rstrip("/")
    address = f"{host}{request.url.path}"
    return listed(request, resource, rows, lambda row: _shown(request, table, row), address)


def _shown(request: Request, table: str, row: Row) -> dict[str, Any]:
    sandbox = _sandbox(request)
    asked = request.query_params.get("fields", "").split(",")
    return render.document(sandbox.store, table, row, asked, _zone(sandbox, row))


def _zone(sandbox: "CallrailSandbox", row: Row) -> ZoneInfo:
    """The zone a record's stamps are written in: its company's."""
    company = sandbox.store.shelves["companies"].get(str(row.values.get("company_id")))
    return ZoneInfo(company.values.get("time_zone", sandbox.zone) if company else sandbox.zone)


def _table(word: str) -> str:
    return word.replace("-", "_")


def _account(request: Request) -> str:
    """The account in the address, by its id or its old number, if the user sees it."""
    sandbox, named = _sandbox(request), request.path_params["account"]
    for row in sandbox.store.shelves["accounts"].values():
        known = {str(row.id), str(render.numeric_id(sandbox.store, row))}
        if named in known and _key(request).sees(row.account):
            return row.account
    raise refusal(404, "Not found")


def _sandbox(request: Request) -> "CallrailSandbox":
    found: CallrailSandbox = request.app.state.sandbox
    return found


def _key(request: Request) -> Key:
    return _sandbox(request).keys.check(request)


def _misled(error: HTTPException) -> Response:
    text = "Not found" if error.status_code == 404 else "Method not allowed"
    return said(error.status_code, text)


def build(sandbox: "CallrailSandbox", more: Sequence[BaseRoute]) -> Starlette:
    """The application behind the gate."""
    gets = {
        "/v3/a.json": accounts,
        "/v3/a/{account}/text-messages/{id}.json": conversation,
        "/v3/a/{account}/calls/{id}.json": call,
        "/v3/a/{account}/{resource}.json": records,
    }
    routes = [*more, *(Route(path, read, methods=["GET"]) for path, read in gets.items())]
    return application.build(routes, _misled, sandbox=sandbox)
