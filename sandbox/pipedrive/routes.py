"""Every address the look-alike answers at, by the kind of host."""

import re
from collections.abc import Iterator
from typing import Any, Literal

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox import application
from sandbox.application import Endpoint
from sandbox.gate import Refusal
from sandbox.pipedrive import lists, old_lists
from sandbox.pipedrive.answers import refusal, scope_mismatch
from sandbox.pipedrive.kinds import KINDS, LISTS
from sandbox.pipedrive.old_kinds import PAGED, UNPAGED

Host = Literal["api", "company"]

# Where version 1 is found, by host; on the shared host these are not below /api.
OLD_PREFIXES: dict[Host, tuple[str, ...]] = {"api": ("/v1", "/api/v1"), "company": ("/api/v1",)}
NOT_BELOW_API = re.compile(r"^/api/v1/(leads|leadLabels|leadFields|leadSources|goals|mailbox)\b")
FIELDS = ("deals", "persons", "organizations", "products", "activities")


def _new_routes() -> Iterator[tuple[str, Endpoint]]:
    yield "deals/archived", lists.listing(KINDS["deals"], archived=True)
    yield "deals/products", lists.products_of_deals
    for kind in LISTS:
        yield kind.path, lists.listing(kind)
        yield f"{kind.path}/{{id:int}}", lists.single(kind)
    for name in FIELDS:
        yield KINDS[name].fields, lists.definitions(KINDS[name])


def _old_routes() -> Iterator[tuple[str, Endpoint]]:
    yield "users/me", old_lists.me
    yield "leads/archived", old_lists.listing(KINDS["leads"], archived=True)
    for kind in PAGED:
        yield kind.path, old_lists.listing(kind)
        form = "{id}" if kind.name == "leads" else "{id:int}"
        yield f"{kind.path}/{form}", old_lists.single(kind)
    for kind in UNPAGED:
        yield kind.path, old_lists.whole(kind)
    for name in ("leads", "notes"):
        yield KINDS[name].fields, old_lists.definitions(KINDS[name])
    for kind in LISTS:
        yield kind.path, old_lists.removed(kind.path)
        if kind.fields:
            yield kind.fields, old_lists.removed(kind.fields)


def _guarded(path: str, endpoint: Endpoint) -> Endpoint:
    """Only who has the right may ask; a right is called like what is asked for."""
    scope = path.partition("/")[0]

    async def guarded(request: Request) -> Response:
        if scope != "users" and not request.state.token.may(scope):
            raise Refusal(scope_mismatch())
        return await endpoint(request)

    return guarded


def routes(host: Host) -> Iterator[Route]:
    """The operations, below the prefixes of a kind of host."""
    for path, endpoint in _new_routes():
        yield Route(f"/api/v2/{path}", _guarded(path, endpoint), methods=["GET"])
    for prefix in OLD_PREFIXES[host]:
        for path, endpoint in _old_routes():
            address = f"{prefix}/{path}"
            if host == "company" or not NOT_BELOW_API.search(address):
                yield Route(address, _guarded(path, endpoint), methods=["GET"])


def _misled(error: HTTPException) -> Response:
    said = {404: "Unknown method .", 405: "Method not allowed"}
    return refusal(error.status_code, said.get(error.status_code, "Bad request"))


def build(host: Host, control: list[Route], **state: Any) -> Starlette:
    """The application behind the gate."""
    return application.build([*control, *routes(host)], _misled, **state)
