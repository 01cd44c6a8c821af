"""A page of a list in either style of paging, in the order asked for."""

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from sandbox.callrail.asked import number, page_size
from sandbox.callrail.errors import respond
from sandbox.callrail.fields import CALLS, Resource
from sandbox.callrail.store import Row
from sandbox.gate import fault_of

Show = Callable[[Row], dict[str, Any]]


def listed(
    request: Request, resource: Resource, rows: list[Row], show: Show, address: str
) -> Response:
    """A page in the style asked for."""
    rows = _sorted(request, resource, rows)
    relative = request.query_params.get("relative_pagination") == "true"
    if relative and resource is CALLS:
        return _relative(request, rows, show, address)
    numbers, some = page(request, rows)
    shown = [show(row) for row in some]
    link = None
    if numbers["page"] < numbers["total_pages"]:
        following = {**request.query_params, "page": str(numbers["page"] + 1)}
        link = {"Link": f'<{address}?{urlencode(following)}>; rel="next"'}
    return respond({**numbers, resource.name: shown}, headers=link)


def page(request: Request, rows: Sequence[Any]) -> tuple[dict[str, int], Sequence[Any]]:
    """The numbers of a page counted from 1, and what is on it."""
    place, size = number(request, "page", 1), page_size(request)
    fault = fault_of(request)
    if fault == "repeat_page":
        place = 1
    numbers = {
        "page": place,
        "per_page": size,
        "total_pages": -(-len(rows) // size),
        "total_records": len(rows),
    }
    return numbers, _spoiled(fault, rows[(place - 1) * size : place * size])


def _relative(request: Request, rows: list[Row], show: Show, address: str) -> Response:
    """Calls without totals; `offset` counts pages from 0, and the next one is given as an address."""
    offset, size = number(request, "offset", 0, 0), page_size(request)
    if fault_of(request) == "repeat_page":
        offset = 0
    some = _spoiled(fault_of(request), rows[offset * size : (offset + 1) * size])
    more = (offset + 1) * size < len(rows) or fault_of(request) == "repeat_page"
    following = {"api_sort[]": "start_time", **request.query_params, "offset": str(offset + 1)}
    return respond(
        {
            "per_page": size,
            "next_page": f"{address}?{urlencode(following)}" if more else None,
            "has_next_page": more,
            "calls": [show(row) for row in some],
        }
    )


def _spoiled(fault: str | None, rows: Sequence[Any]) -> Sequence[Any]:
    if fault == "empty_page":
        return []
    return rows[: len(rows) // 2] if fault == "short_page" else rows


def _sorted(request: Request, resource: Resource, rows: list[Row]) -> list[Row]:
    """As asked for; else by name, or the newest first."""
    wanted = request.query_params.get("sort")
    down = request.query_params.get("order", "asc" if wanted else "") == "desc"
    if wanted in resource.sortable:
        if wanted == resource.stamp:
            return sorted(rows, key=lambda row: (row.at, str(row.id)), reverse=down)
        return sorted(
            rows, key=lambda row: (str(value(resource, row, wanted)), str(row.id)), reverse=down
        )
    if resource.dated:
        return sorted(rows, key=lambda row: (row.at, str(row.id)), reverse=True)
    return sorted(rows, key=lambda row: (str(row.values.get("name", "")), str(row.id)))


def value(resource: Resource, row: Row, name: str) -> Any:
    """A member of a record, or what it usually is."""
    return row.values.get(name, {**resource.usual, **resource.extra}.get(name))
