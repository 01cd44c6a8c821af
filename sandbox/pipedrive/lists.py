"""Version 2: lists by cursor, single records, products of deals, definitions of fields."""

from collections.abc import Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.application import Endpoint
from sandbox.gate import fault_of
from sandbox.pipedrive.answers import not_found, respond, wrong
from sandbox.pipedrive.cursors import Order, sortable
from sandbox.pipedrive.kind import Kind
from sandbox.pipedrive.kinds import KINDS
from sandbox.pipedrive.query import Query, store_of, token_of
from sandbox.pipedrive.records import Record
from sandbox.pipedrive.render import document
from sandbox.pipedrive.store import Store

MOST, USUAL = 500, 100
MOST_KEYS = 15
STATUSES = ("open", "won", "lost", "deleted")
DIRECTIONS = ("asc", "desc")


def listing(kind: Kind, *, archived: bool = False) -> Endpoint:
    """The list of a kind; of deals there are two."""
    known = ["limit", "cursor", "sort_by", "sort_direction", *kind.filters]
    known += ["ids", "filter_id"] if kind.ids else []
    known += ["updated_since"] if kind.since else []
    known += ["updated_until"] if kind.until else []
    known += ["include_fields"] if kind.optional else []
    known += ["custom_fields"] if kind.has_custom_fields else []
    known += ["status"] if kind.ending == "status" else []

    async def endpoint(request: Request) -> Response:
        query, store = Query(request, *known), store_of(request)
        include = query.names("include_fields", kind.optional) or []
        keys = query.names("custom_fields")
        if keys is not None and len(keys) > MOST_KEYS:
            raise wrong(f"custom_fields takes up to {MOST_KEYS} keys")
        with store.lock:
            found = _matching(store, kind, query, archived=archived)
            seen = [record for record in found if token_of(request).may_see(record)]
            rows, cursor = _page(kind, seen, query, fault_of(request))
            shown = [document(store, kind, one, include=include, keys=keys) for one in rows]
        return _answer(request, shown, cursor)

    return endpoint


def single(kind: Kind) -> Endpoint:
    """One record by id; a deleted one can be seen for a while, marked as such."""

    async def endpoint(request: Request) -> Response:
        known = ["include_fields"] if kind.optional else []
        known += ["custom_fields"] if kind.has_custom_fields else []
        query, store = Query(request, *known), store_of(request)
        include = query.names("include_fields", kind.optional) or []
        with store.lock:
            record = store.shelves[kind.name].get(request.path_params["id"])
            if record is None or not token_of(request).may_see(record):
                raise not_found(kind.singular)
            shown = document(store, kind, record, include=include)
        return respond({"success": True, "data": shown})

    return endpoint


async def products_of_deals(request: Request) -> Response:
    """What is attached to some deals."""
    kind, store = KINDS["deal_products"], store_of(request)
    query = Query(request, "deal_ids", "limit", "cursor", "sort_by", "sort_direction")
    wanted = query.ids("deal_ids", required=True) or set()
    with store.lock:
        found = [one for one in store.living(kind.name) if one.values["deal_id"] in wanted]
        rows, cursor = _page(kind, found, query, fault_of(request))
        shown = [document(store, kind, one) for one in rows]
    return _answer(request, shown, cursor)


def definitions(kind: Kind) -> Endpoint:
    """The fields of a kind, in pages."""

    async def endpoint(request: Request) -> Response:
        spaces = ("ui_visibility", "important_fields", "required_fields")
        query = Query(request, "limit", "cursor", "include_fields")
        query.names("include_fields", spaces)
        with store_of(request).lock:
            fields = store_of(request).fields.shown(kind.name)
        order, limit = Order("field_code", "asc"), query.integer("limit", USUAL, 1, MOST)
        start = order.read(cursor)[0][1] if (cursor := query.text("cursor")) else 0
        rows, reached = fields[start : start + limit], start + limit
        following = order.cursor((rows[-1].code, reached)) if reached < len(fields) else None
        return _answer(request, [one.document() for one in rows], following)

    return endpoint


def _matching(store: Store, kind: Kind, query: Query, *, archived: bool) -> Iterable[Record]:
    """The records that a query asks for, in no order."""
    split = archived if kind.name in ("deals", "leads") else None
    statuses = query.names("status", STATUSES) if kind.ending == "status" else None
    found: Iterable[Record] = store.living(kind.name, archived=split)
    if statuses is not None:
        gone = store.lately_deleted(kind.name, archived=archived) if "deleted" in statuses else ()
        found = [*(one for one in found if one.values.get("status", "open") in statuses), *gone]
    ids = query.ids("ids") if kind.ids else None
    since = query.moment("updated_since") if kind.since else None
    until = query.moment("updated_until") if kind.until else None
    wanted = {name: query.text(name) for name in kind.filters if query.text(name) is not None}
    for record in found:
        if ids is not None and record.id not in ids:
            continue
        if (since and record.updated < since) or (until and record.updated >= until):
            continue
        if all(_spelled(record.values.get(name)) == value for name, value in wanted.items()):
            yield record


def _page(
    kind: Kind, found: Iterable[Record], query: Query, fault: str | None
) -> tuple[list[Record], str | None]:
    """The records of one page, and the marker of the next."""
    limit = query.integer("limit", USUAL, 1, MOST)
    order = Order(
        query.choice("sort_by", kind.sorts, "id"),
        query.choice("sort_direction", DIRECTIONS, "asc"),
    )
    backwards = order.direction == "desc"
    asked = query.text("cursor")
    start, turn = order.read(asked) if asked else (None, 0)
    places = sorted(
        ((sortable(place := order.place(kind, one)), place, one) for one in found),
        key=lambda entry: entry[0],
        reverse=backwards,
    )
    if start is not None:
        edge = sortable(start)
        places = [one for one in places if (one[0] < edge if backwards else one[0] > edge)]
    if fault == "empty_page" and start is not None:
        return [], order.cursor(start, turn + 1)
    limit = max(1, limit // 2) if fault == "short_page" else limit
    page = places[:limit]
    more = len(places) > limit
    return [one for _, _, one in page], order.cursor(page[-1][1]) if more else None


def _answer(request: Request, shown: list[dict[str, Any]], cursor: str | None) -> Response:
    """A page; the end of a list has been seen to be told in three ways."""
    content: dict[str, Any] = {"success": True, "data": shown}
    if cursor is not None or request.app.state.end_of_list == "null":
        content["additional_data"] = {"next_cursor": cursor}
    elif request.app.state.end_of_list == "missing":
        content["additional_data"] = {}
    return respond(content)


def _spelled(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
