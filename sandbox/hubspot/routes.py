"""Every address the look-alike answers at, in its undated and its dated form."""

from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Route

from sandbox import application
from sandbox.application import Endpoint
from sandbox.hubspot import account, associations, metadata, reads, writes
from sandbox.hubspot.errors import ApiError, not_found

DATED = ("2026-03", "2026-09")

# Below an object type; the fixed words stand before `{id}`, which would take them for ids.
RECORDS: tuple[tuple[str, str, Endpoint], ...] = (
    ("GET", "", reads.list_records),
    ("POST", "", writes.create),
    ("POST", "/search", reads.search_records),
    ("POST", "/batch/read", reads.batch_read),
    ("POST", "/batch/create", writes.batch_create),
    ("POST", "/batch/update", writes.batch_update),
    ("POST", "/batch/archive", writes.batch_archive),
    ("POST", "/merge", writes.merge),
    ("POST", "/gdpr-delete", writes.gdpr_delete),
    ("GET", "/{id}", reads.get_record),
    ("PATCH", "/{id}", writes.update),
    ("DELETE", "/{id}", writes.archive),
)
PROPERTIES: tuple[tuple[str, str, Endpoint], ...] = (
    ("GET", "", metadata.list_properties),
    ("GET", "/{name}", metadata.get_property),
)
PIPELINES: tuple[tuple[str, str, Endpoint], ...] = (
    ("GET", "/{type}", metadata.list_pipelines),
    ("GET", "/{type}/{id}", metadata.get_pipeline),
)
SCHEMAS: tuple[tuple[str, str, Endpoint], ...] = (
    ("GET", "", metadata.list_schemas),
    ("GET", "/{type}", metadata.get_schema),
)
OWNERS: tuple[tuple[str, str, Endpoint], ...] = (
    ("GET", "", metadata.list_owners),
    ("GET", "/", metadata.list_owners),
    ("GET", "/{id}", metadata.get_owner),
)
ACCOUNT: tuple[tuple[str, str, Endpoint], ...] = (
    ("GET", "/details", account.details),
    ("GET", "/api-usage/daily/private-apps", account.daily_usage),
)
LINKS: tuple[tuple[str, str, Endpoint], ...] = (
    ("POST", "/batch/read", associations.batch_read),
    ("GET", "/labels", associations.list_labels),
)
LINKS_OF_ONE: tuple[tuple[str, str, Endpoint], ...] = (("GET", "", associations.list_links),)
OAUTH: tuple[tuple[str, str, Endpoint], ...] = (("POST", "/token", account.token),)


def _below(prefix: str, table: tuple[tuple[str, str, Endpoint], ...]) -> list[Route]:
    return [Route(prefix + path, endpoint, methods=[method]) for method, path, endpoint in table]


def _routes() -> list[Route]:
    routes = [*_below("/oauth/v1", OAUTH), *_below("/oauth/v3", OAUTH)]
    routes += _below("/crm/v3/objects/{type}", RECORDS)
    routes += _below("/crm/v3/properties/{type}", PROPERTIES)
    routes += _below("/crm/v3/pipelines", PIPELINES)
    routes += _below("/crm/v3/schemas", SCHEMAS)
    routes += _below("/crm-object-schemas/v3/schemas", SCHEMAS)  # the older address
    routes += _below("/crm/v3/owners", OWNERS)
    routes += _below("/crm/v4/associations/{from}/{to}", LINKS)
    routes += _below("/crm/v4/objects/{from}/{id}/associations/{to}", LINKS_OF_ONE)
    routes += _below("/account-info/v3", ACCOUNT)
    for version in DATED:  # below account-info, the dated form is an assumption
        routes += _below(f"/crm/objects/{version}/{{type}}", RECORDS)
        routes += _below(
            f"/crm/objects/{version}/{{from}}/{{id}}/associations/{{to}}", LINKS_OF_ONE
        )
        routes += _below(f"/crm/properties/{version}/{{type}}", PROPERTIES)
        routes += _below(f"/crm/pipelines/{version}", PIPELINES)
        routes += _below(f"/crm/schemas/{version}", SCHEMAS)
        routes += _below(f"/crm/owners/{version}", OWNERS)
        routes += _below(f"/crm/associations/{version}/{{from}}/{{to}}", LINKS)
        routes += _below(f"/account-info/{version}", ACCOUNT)
        routes += _below(f"/oauth/{version}", OAUTH)
    return routes


def _misled(error: HTTPException) -> Response:
    if error.status_code != 404:
        return ApiError(error.status_code, error.detail).answer
    return not_found().answer


def build(control: list[Route], **state: Any) -> Starlette:
    """The application behind the gate."""
    return application.build([*control, *_routes()], _misled, **state)
