"""What the account knows about its records: properties, pipelines, schemas, owners."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from sandbox.hubspot.asked import Query, store_of, token_of
from sandbox.hubspot.errors import invalid, missing_scope, not_found, respond
from sandbox.hubspot.moments import iso
from sandbox.hubspot.properties import NON_SENSITIVE, SENSITIVITIES, Option, Property
from sandbox.hubspot.records import Shelf
from sandbox.hubspot.store import Store

API = "https://api.hubapi.com"
OWNERS_SCOPE = "crm.objects.owners.read"
SCHEMAS_SCOPE = "crm.schemas.custom.read"
LONGEST_OWNERS_PAGE = 500


async def list_properties(request: Request) -> Response:
    """All properties of a type with one sensitivity, on one page."""
    shelf = _shelf(request)
    query = Query.of(request, "archived", "dataSensitivity", "properties")
    sensitivity = query.text("dataSensitivity") or NON_SENSITIVE
    if sensitivity not in SENSITIVITIES:
        raise invalid(f"dataSensitivity must be one of {', '.join(SENSITIVITIES)}")
    if sensitivity != NON_SENSITIVE:
        token_of(request).require(shelf.kind.sensitive_scope(sensitivity))
    wanted = (sensitivity, query.flag("archived"))
    with store_of(request).lock:
        shown = [p for p in shelf.properties.values() if (p.sensitivity, p.archived) == wanted]
        return respond({"results": [_property(shelf, prop, at) for at, prop in enumerate(shown)]})


async def get_property(request: Request) -> Response:
    """One property."""
    shelf = _shelf(request)
    query = Query.of(request, "archived", "dataSensitivity", "properties")
    prop = shelf.properties.get(request.path_params["name"])
    if prop is None or prop.archived is not query.flag("archived"):
        raise not_found()
    return respond(_property(shelf, prop, 0))


async def list_pipelines(request: Request) -> Response:
    """All pipelines of a type; many types have none."""
    shelf = _shelf(request)
    Query.of(request)
    with store_of(request).lock:
        return respond({"results": pipelines_of(shelf)})


async def get_pipeline(request: Request) -> Response:
    """One pipeline with its stages."""
    shelf = _shelf(request)
    Query.of(request)
    with store_of(request).lock:
        for shown in pipelines_of(shelf):
            if shown["id"] == request.path_params["id"]:
                return respond(shown)
    raise not_found()


def pipelines_of(shelf: Shelf) -> list[dict[str, Any]]:
    """The pipelines of a type as the API shows them."""
    return [one.document(place) for place, one in enumerate(shelf.pipelines.values())]


async def list_schemas(request: Request) -> Response:
    """The object types the account declared itself."""
    _require_schemas(request)
    archived = Query.of(request, "archived").flag("archived")
    store = store_of(request)
    with store.lock:
        own = [shelf for shelf in store.shelves.values() if shelf.kind.custom and not archived]
        return respond({"results": [_schema(store, shelf) for shelf in own]})


async def get_schema(request: Request) -> Response:
    """One object type."""
    _require_schemas(request)
    Query.of(request)
    store = store_of(request)
    with store.lock:
        return respond(_schema(store, store.shelf(request.path_params["type"])))


async def list_owners(request: Request) -> Response:
    """A page of the owners who are there, or of those who left."""
    token_of(request).require(OWNERS_SCOPE)
    query = Query.of(request, "limit", "after", "archived", "email")
    limit = query.integer("limit", 100, 1, LONGEST_OWNERS_PAGE)
    first, email = query.integer("after", 0, 0), query.text("email")
    store = store_of(request)
    with store.lock:
        known = store.owners.listed(archived=query.flag("archived"))
        rest = [one for one in known if one.id >= first and email in (None, one.email)]
        body: dict[str, Any] = {"results": [store.owners.document(one) for one in rest[:limit]]}
    if len(rest) > limit:
        after = str(rest[limit].id)
        body["paging"] = {"next": {"after": after, "link": f"{API}/crm/v3/owners?after={after}"}}
    return respond(body)


async def get_owner(request: Request) -> Response:
    """One owner, by its id or by that of its user."""
    token_of(request).require(OWNERS_SCOPE)
    query = Query.of(request, "archived", "idProperty")
    by_user = (query.text("idProperty") or "id") == "userId"
    store = store_of(request)
    with store.lock:
        for one in store.owners.listed(archived=query.flag("archived")):
            if str(one.user_id if by_user else one.id) == request.path_params["id"]:
                return respond(store.owners.document(one))
    raise not_found()


def _shelf(request: Request) -> Shelf:
    shelf = store_of(request).shelf(request.path_params["type"])
    # That either scope will do is an assumption.
    token_of(request).require(shelf.kind.schema_scope, shelf.kind.read_scope)
    return shelf


def _property(shelf: Shelf, prop: Property, order: int) -> dict[str, Any]:
    return prop.document(f"{shelf.kind.singular}information", order, _choices(shelf, prop))


def _choices(shelf: Shelf, prop: Property) -> list[Option]:
    """The options of a property; those of the pipeline and the stage are what pipelines there are."""
    if prop.name == shelf.kind.pipeline:
        return [(one.id, one.label) for one in shelf.pipelines.values()]
    if prop.name == shelf.kind.stage:
        return [
            (stage.id, f"{stage.label} ({one.label})")
            for one in shelf.pipelines.values()
            for stage in one.stages
        ]
    return prop.choices


def _require_schemas(request: Request) -> None:
    # The scope is asked for by an older name than the one it is granted by.
    if not token_of(request).may(SCHEMAS_SCOPE):
        raise missing_scope("custom-object-read")


def _schema(store: Store, shelf: Shelf) -> dict[str, Any]:
    kind = shelf.kind
    current = [prop for prop in shelf.properties.values() if not prop.archived]
    primary = next(iter(kind.searchable), "hs_object_id")
    return {
        "id": kind.type_id.partition("-")[2],
        "objectTypeId": kind.type_id,
        "fullyQualifiedName": kind.full_name or kind.singular.upper(),
        "name": kind.singular,
        "labels": kind.labels,
        "archived": False,
        "primaryDisplayProperty": primary,
        "secondaryDisplayProperties": [],
        "requiredProperties": [primary],
        "searchableProperties": list(kind.searchable),
        "properties": [_property(shelf, prop, at) for at, prop in enumerate(current)],
        "associations": [
            _association(shelf, store.shelf(name), one.type_id)
            for name, one in store.definitions.of(kind.name)
        ],
        "createdAt": iso(shelf.declared_ms),
        "updatedAt": iso(shelf.declared_ms),
    }


def _association(ours: Shelf, theirs: Shelf, type_id: int) -> dict[str, Any]:
    return {
        "id": str(type_id),
        "fromObjectTypeId": ours.kind.type_id,
        "toObjectTypeId": theirs.kind.type_id,
        "name": f"{ours.kind.singular}_to_{theirs.kind.singular}",
    }
