"""`/query` and `/queryAll`: pages of up to 2,000 rows, each leading to the next.

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_query.htm
"""

import re
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.gate import fault_of
from sandbox.salesforce.asked import store_of, version_of
from sandbox.salesforce.errors import malformed, refuse, respond
from sandbox.salesforce.selection import Selection, row, rows, select
from sandbox.salesforce.soql import Select, parse
from sandbox.salesforce.store import Store

LARGEST_PAGE = 2000
SMALLEST_PAGE = 200
LOCATOR_LIVES = timedelta(days=2)
SIZE = re.compile(r"batchSize=(\d+)")


@dataclass
class Cursors:
    """Queries under way, by locator."""

    largest: int = LARGEST_PAGE
    open: dict[str, tuple[datetime, Selection]] = field(default_factory=dict)

    def keep(self, found: Selection, now: datetime) -> str:
        """A locator for what a query has found."""
        locator = f"0r8xx{len(self.open):010d}AAA"
        self.open[locator] = (now, found)
        return locator

    def find(self, locator: str, now: datetime) -> Selection:
        """What a locator stands for, for two days."""
        since, found = self.open.get(locator, (None, None))
        if since is None or found is None or now - since > LOCATOR_LIVES:
            raise refuse(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return found


def cursors_of(request: Request) -> Cursors:
    """The queries under way."""
    cursors: Cursors = request.app.state.cursors
    return cursors


async def query(request: Request) -> Response:
    """Answer a query about the living records."""
    return _first_page(request, everything=False)


async def query_all(request: Request) -> Response:
    """Answer a query about all records, deleted and archived ones too."""
    return _first_page(request, everything=True)


async def query_more(request: Request) -> Response:
    """The page at a locator."""
    locator, _, offset = request.path_params["locator"].rpartition("-")
    store = store_of(request)
    with store.lock:
        found = cursors_of(request).find(locator, store.clock())
        if not offset.isdecimal() or int(offset) > len(found.keys):
            raise refuse(400, "INVALID_QUERY_LOCATOR", "invalid query locator")
        return respond(_page(request, store, found, locator, int(offset)))


def _first_page(request: Request, *, everything: bool) -> Response:
    text = request.query_params.get("q")
    if text is None:
        raise malformed("SOQL query is empty")
    asked, store = parse(text), store_of(request)
    with store.lock:
        found = select(store, asked, everything=everything)
        if asked.counts or asked.count_of:
            return respond(_counted(request, asked, found))
        locator = cursors_of(request).keep(found, store.clock())
        return respond(_page(request, store, found, locator, 0))


def _counted(request: Request, asked: Select, found: Selection) -> dict[str, Any]:
    count = request.app.state.extra_rows.get(found.shelf.definition.name, 0) + len(found.keys)
    if asked.counts:
        return {"totalSize": count, "done": True, "records": []}
    answer = {"attributes": {"type": "AggregateResult"}, "expr0": count}
    return {"totalSize": 1, "done": True, "records": [answer]}


def _page(
    request: Request, store: Store, found: Selection, locator: str, begin: int
) -> dict[str, Any]:
    version = version_of(request)
    end = begin + _size(request)
    shown = [row(store, found, one, version) for one in rows(store, found, found.keys[begin:end])]
    answer = {"totalSize": len(found.keys), "done": end >= len(found.keys), "records": shown}
    if not answer["done"]:
        answer["nextRecordsUrl"] = f"/services/data/v{version}/query/{locator}-{end}"
    return answer


def _size(request: Request) -> int:
    """How many rows a page has: a wish of the client's, less where rows are wide."""
    largest = cursors_of(request).largest
    wish = SIZE.search(request.headers.get("sforce-query-options", ""))
    if wish and SMALLEST_PAGE <= int(wish[1]) <= LARGEST_PAGE:
        largest = min(largest, int(wish[1]))
    # A fault makes it stop short of what it could have sent, as wide rows do.
    return max(1, largest // 3) if fault_of(request) == "short_page" else largest
