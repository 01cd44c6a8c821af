"""Version 1: lists by start and limit, lists without pages, single records, and who one is."""

from collections.abc import Callable, Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.application import Endpoint
from sandbox.gate import Refusal, fault_of
from sandbox.pipedrive.answers import gone, not_found, respond, wrong
from sandbox.pipedrive.auth import COMPANY_DOMAIN
from sandbox.pipedrive.kind import Kind
from sandbox.pipedrive.kinds import KINDS
from sandbox.pipedrive.query import Query, store_of, token_of
from sandbox.pipedrive.records import Record
from sandbox.pipedrive.render import document

USUAL, FURTHEST = 100, 10**9
PINS = tuple(
    f"pinned_to_{name}_flag" for name in ("lead", "deal", "organization", "person", "project")
)


def listing(kind: Kind, *, archived: bool = False) -> Endpoint:
    """The list of a kind, page by page; of leads there are two, and the archived one knows no date."""
    known = ["start", "limit", "sort", *kind.filters]
    known += ["updated_since"] if kind.since and not archived else []
    known += ["start_date", "end_date", *PINS] if kind.name == "notes" else []
    known += ["filter_id"] if kind.name == "leads" else []

    async def endpoint(request: Request) -> Response:
        query, store = Query(request, *known), store_of(request)
        start = query.integer("start", 0, 0, FURTHEST)
        limit = query.integer("limit", USUAL, 1, kind.most)
        with store.lock:
            found = list(_matching(request, kind, query, archived=archived))
            _sort(kind, found, query.text("sort"))
            if fault_of(request) == "short_page":
                limit = max(1, limit // 2)
            page = found[start : start + limit]
            viewer = token_of(request).user_id
            shown = [document(store, kind, one, viewer=viewer) for one in page]
        return _answer(shown, _pagination(start, limit, len(found)))

    return endpoint


def whole(kind: Kind) -> Endpoint:
    """A list that knows no pages."""

    async def endpoint(request: Request) -> Response:
        query = Query(request, *kind.filters, *(["term"] if kind.name == "currencies" else []))
        store, token = store_of(request), token_of(request)
        with store.lock:
            found = list(_matching(request, kind, query, archived=False))
            shown = [document(store, kind, one, viewer=token.user_id) for one in found]
        beside = {"company_id": request.app.state.tokens.company_id}
        return _answer(shown, beside if kind.name == "users" else None)

    return endpoint


def single(kind: Kind) -> Endpoint:
    """One record by id."""

    async def endpoint(request: Request) -> Response:
        Query(request)
        store, token = store_of(request), token_of(request)
        with store.lock:
            record = store.shelves[kind.name].get(request.path_params["id"])
            lost = record is not None and record.deleted is not None and kind.ending != "flag"
            if record is None or lost or not token.may_see(record):
                raise not_found(kind.singular)
            shown = document(store, kind, record, viewer=token.user_id)
        return respond({"success": True, "data": shown})

    return endpoint


def definitions(kind: Kind) -> Endpoint:
    """The fields of a kind, as version 1 shows them."""

    async def endpoint(request: Request) -> Response:
        query = Query(request, "start", "limit")
        start = query.integer("start", 0, 0, FURTHEST)
        limit = query.integer("limit", USUAL, 1, kind.most)
        with store_of(request).lock:
            fields = store_of(request).fields.shown(kind.name)
        page = fields[start : start + limit]
        shown = [one.old_document(start + place) for place, one in enumerate(page, 1)]
        return _answer(shown, _pagination(start, limit, len(fields)))

    return endpoint


async def me(request: Request) -> Response:
    """The user a token belongs to, and the company."""
    Query(request)
    store, token = store_of(request), token_of(request)
    with store.lock:
        record = store.shelves["users"].get(token.user_id)
        if record is None:
            raise not_found("User")
        shown = document(store, KINDS["users"], record, viewer=token.user_id)
    company = {
        "company_id": request.app.state.tokens.company_id,
        "company_name": "Acme Roofing",
        "company_domain": COMPANY_DOMAIN,
        "company_country": "US",
        "language": {"language_code": "en", "country_code": "US"},
    }
    return respond({"success": True, "data": {**shown, **company}})


def removed(path: str) -> Endpoint:
    """An operation that version 2 has taken over."""

    async def endpoint(request: Request) -> Response:
        raise Refusal(gone(f"GET /v1/{path}"))

    return endpoint


def _matching(request: Request, kind: Kind, query: Query, *, archived: bool) -> Iterable[Record]:
    store, token = store_of(request), token_of(request)
    split = archived if kind.name == "leads" else None
    since = query.moment("updated_since") if kind.since and not archived else None
    wanted = {name: query.text(name) for name in kind.filters if query.text(name) is not None}
    listed = store.shelves[kind.name].values() if kind.ending == "flag" else store.living(kind.name)
    for record in listed:
        if split is not None and (record.archived is not None) != split:
            continue
        if since is not None and record.updated < since:
            continue
        same = all(str(record.values.get(name)) == value for name, value in wanted.items())
        if same and token.may_see(record):
            yield record


def _sort(kind: Kind, found: list[Record], told: str | None) -> None:
    """Sort by `field ASC, other DESC`, else by when records were created."""
    found.sort(key=_by(kind, kind.added))
    for part in reversed((told or "").split(",") if told else []):
        name, _, direction = part.strip().partition(" ")
        if name not in kind.sorts or direction.upper() not in ("", "ASC", "DESC"):
            raise wrong(f"sort is not valid: {part.strip()}")
        found.sort(key=_by(kind, name), reverse=direction.upper() == "DESC")


def _by(kind: Kind, name: str) -> Callable[[Record], tuple[bool, Any]]:
    def value(record: Record) -> tuple[bool, Any]:
        known = {"id": record.id, kind.added: record.added, kind.changed: record.updated}
        found = known.get(name, record.values.get(name))
        return found is not None, "" if found is None else found

    return value


def _pagination(start: int, limit: int, count: int) -> dict[str, Any]:
    more = start + limit < count
    told: dict[str, Any] = {"start": start, "limit": limit, "more_items_in_collection": more}
    if more:
        told["next_start"] = start + limit
    return {"pagination": told}


def _answer(shown: list[dict[str, Any]], beside: Any) -> Response:
    """A list; where there is nothing, `data` is null."""
    return respond({"success": True, "data": shown or None, "additional_data": beside})
