"""The addresses that are read: lists by page number, single records, and 304 where nothing changed."""

from collections.abc import Callable, Sequence
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from sandbox import application
from sandbox.salesrabbit import render
from sandbox.salesrabbit.asked import MODIFIED, STATUS_MODIFIED, moment_of, page
from sandbox.salesrabbit.errors import refusal, respond, said
from sandbox.salesrabbit.store import Row

if TYPE_CHECKING:
    from sandbox.salesrabbit.sandbox import SalesRabbitSandbox

MOST_ACTIVITIES, USUAL_ACTIVITIES = 500, 100


async def leads(request: Request) -> Response:
    """A page of the leads, in no order unless one is asked for."""
    sandbox = _sandbox(request)
    with sandbox.store.lock:
        rows = list(_visible(sandbox))
        since, status_since = moment_of(request, MODIFIED), moment_of(request, STATUS_MODIFIED)
        if since is not None:
            rows = [row for row in rows if row.modified > since]
        if status_since is not None:
            rows = [
                row for row in rows if row.status_modified and row.status_modified > status_since
            ]
        if not rows and (since or status_since):
            return Response(status_code=304)
        rows.sort(key=_order(sandbox, request))
        shown = [_lead(sandbox, row) for row in rows]
    return respond(page(request, shown))


async def lead(request: Request) -> Response:
    """One lead."""
    sandbox = _sandbox(request)
    key = request.path_params["id"]
    found = {str(row.id): row for row in _visible(sandbox)}.get(key)
    if found is None:
        raise refusal(404, "Lead not found")
    return respond({"data": _lead(sandbox, found)})


async def users(request: Request) -> Response:
    """The users: all of them on every page, whatever `meta` says, unless told otherwise."""
    sandbox = _sandbox(request)
    rows = sorted(sandbox.store.users.values(), key=lambda row: row.id)
    since = moment_of(request, MODIFIED)
    if since is not None:
        rows = [row for row in rows if row.modified > since]
        if not rows:
            return Response(status_code=304)
    shown = [render.user(row) for row in rows]
    answer = page(request, shown)
    if sandbox.all_users_on_every_page:
        answer["data"] = shown
    return respond(answer)


async def user(request: Request) -> Response:
    """One user."""
    key = request.path_params["id"]
    found = {str(number): row for number, row in _sandbox(request).store.users.items()}.get(key)
    if found is None:
        raise refusal(404, "User not found")
    return respond({"data": render.user(found)})


async def statuses(request: Request) -> Response:
    """The account's statuses."""
    store = _sandbox(request).store
    shown = [
        {"id": one.id, "name": one.name, "abbreviation": one.abbreviation, "order": place}
        for place, one in enumerate(store.statuses.values(), start=1)
    ]
    return respond(page(request, shown))


async def histories(request: Request) -> Response:
    """The statuses that leads had: an object by lead id, or an empty list where there is none."""
    sandbox = _sandbox(request)
    store, kind = sandbox.store, request.path_params.get("type")
    with store.lock:
        since = moment_of(request, STATUS_MODIFIED)
        found = [row for row in _visited(sandbox) if _later(row, since)]
        if not found and since is not None:
            return Response(status_code=304)
        answer = page(request, [(row.id, render.history(store, row.id)) for row in found])
    if kind is not None:
        answer["data"] = [
            (number, [one for one in rows if str(one["id"]) == kind])
            for number, rows in answer["data"]
        ]
    answer["data"] = {str(number): rows for number, rows in answer["data"]} or []
    return respond(answer)


async def activities(request: Request) -> Response:
    """Every visit, each with a copy of what its lead is like now."""
    sandbox = _sandbox(request)
    store = sandbox.store
    with store.lock:
        since = moment_of(request, STATUS_MODIFIED)
        found = [
            visit
            for row in _visited(sandbox)
            for visit in store.visits[row.id]
            if since is None or visit.at > since
        ]
        if not found and since is not None:
            return Response(status_code=304)
        shown = [render.activity(store, visit) for visit in found]
    return respond(page(request, shown, usual=USUAL_ACTIVITIES, most=MOST_ACTIVITIES))


def _sandbox(request: Request) -> "SalesRabbitSandbox":
    found: SalesRabbitSandbox = request.app.state.sandbox
    return found


def _lead(sandbox: "SalesRabbitSandbox", row: Row) -> dict[str, Any]:
    return render.lead(row, nested=sandbox.nested, empty_lists=sandbox.empty_lists)


def _visible(sandbox: "SalesRabbitSandbox") -> list[Row]:
    rows = sandbox.store.leads.values()
    return [row for row in rows if sandbox.lists_deleted or row.deleted is None]


def _visited(sandbox: "SalesRabbitSandbox") -> list[Row]:
    rows = [row for row in _visible(sandbox) if sandbox.store.visits.get(row.id)]
    return sorted(rows, key=_shuffled)


def _later(row: Row, since: datetime | None) -> bool:
    return since is None or (row.status_modified is not None and row.status_modified > since)


def _order(sandbox: "SalesRabbitSandbox", request: Request) -> Callable[[Row], Any]:
    """By the moment of creation where that is asked for; else in an order that says nothing."""
    asked = request.query_params
    if asked.get("sortBy") != "dateCreated":
        return _shuffled
    sign = -1 if asked.get("order") == "desc" else 1
    place = "" if sandbox.settles_ties else f"{asked.get('page')} of {asked.get('perPage')}"
    return lambda row: (sign * row.created.timestamp(), place and _mixed(row, place), row.id)


def _mixed(row: Row, place: str) -> str:
    return sha256(f"{row.id} {place}".encode()).hexdigest()


def _shuffled(row: Row) -> tuple[int, int]:
    return row.id * 7919 % 10_007, row.id


def _misled(error: HTTPException) -> Response:
    return said(error.status_code, "Not Found" if error.status_code == 404 else "Not allowed")


def build(sandbox: "SalesRabbitSandbox", more: Sequence[BaseRoute]) -> Starlette:
    """The application behind the gate."""
    gets = {
        "/leads": leads,
        "/leads/{id}": lead,
        "/users": users,
        "/users/{id}": user,
        "/leadStatuses": statuses,
        "/leadStatusHistories": histories,
        "/leadStatusHistories/{type}": histories,
        "/leadStatusActivities": activities,
    }
    routes = [*more, *(Route(path, read, methods=["GET"]) for path, read in gets.items())]
    return application.build(routes, _misled, sandbox=sandbox)
