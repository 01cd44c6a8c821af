"""Every address the look-alike answers at."""

from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox import application
from sandbox.application import Endpoint
from sandbox.salesforce import auth, bulk, describe, query, replication
from sandbox.salesforce.asked import store_of, version_of
from sandbox.salesforce.errors import answer, not_found, respond
from sandbox.salesforce.limits import Limits

BASE = "/services/data/v{version}"
OPEN = ("/services/oauth2/token", "/services/data")  # need no session, and are not counted


async def limits(request: Request) -> Response:
    """What is left of everything that is limited."""
    version_of(request)
    counted: Limits | None = request.app.state.limits()
    return respond((counted or Limits()).document(store_of(request).clock()))


TABLE: tuple[tuple[str, str, Endpoint], ...] = (
    ("GET", "", describe.resources),
    ("GET", "/limits", limits),
    ("GET", "/sobjects", describe.list_objects),
    ("GET", "/sobjects/{object}/describe", describe.describe_object),
    ("GET", "/sobjects/{object}/deleted", replication.deleted),
    ("GET", "/sobjects/{object}/updated", replication.updated),
    ("GET", "/sobjects/{object}/{id}", describe.get_record),
    ("POST", "/composite/batch", describe.batch),
    ("GET", "/query", query.query),
    ("GET", "/query/{locator}", query.query_more),
    ("GET", "/queryAll", query.query_all),
    ("POST", "/jobs/query", bulk.create),
    ("GET", "/jobs/query/{id}", bulk.show),
    ("PATCH", "/jobs/query/{id}", bulk.change),
    ("DELETE", "/jobs/query/{id}", bulk.delete),
    ("GET", "/jobs/query/{id}/results", bulk.results),
    ("GET", "/jobs/query/{id}/resultPages", bulk.result_pages),
)


def _misled(error: HTTPException) -> Response:
    if error.status_code == 404:
        return not_found().answer
    return answer(error.status_code, "METHOD_NOT_ALLOWED", error.detail)


def build(control: list[Route], **state: Any) -> Starlette:
    """The application behind the gate."""
    routes = [
        *control,
        Route("/services/oauth2/token", auth.token, methods=["POST"]),
        Route("/services/data", describe.versions),
        Route("/services/data/", describe.versions),
        *(
            Route(BASE + path + slash, endpoint, methods=[method])
            for method, path, endpoint in TABLE
            for slash in ("", "/")
        ),
    ]
    return application.build(routes, _misled, **state)
