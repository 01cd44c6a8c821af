"""What can go wrong with this vendor, switchable while running."""

from collections.abc import Callable, Mapping

from starlette.responses import Response

from sandbox.answers import html, waiting
from sandbox.faults import Fault, Faults
from sandbox.salesforce.errors import (
    answer,
    over_quota,
    session_invalid,
    too_many_at_once,
    unexpected,
)

QUERIES = r"/queryAll$|/query(/[^/]+)?$"
JOBS = r"/jobs/query/[^/]+"


def _unavailable(fault: Fault) -> Response:
    told = answer(503, "SERVER_UNAVAILABLE", "The server is unavailable")
    told.headers.update(waiting(fault.retry_after))
    return told


# Instead of an answer.
ANSWERS: Mapping[str, Callable[[Fault], Response]] = {
    "server_error": lambda fault: unexpected(),
    "bad_gateway": lambda fault: html(502, "Bad Gateway"),
    "unavailable": _unavailable,
    "maintenance": lambda fault: html(503, "Down for Maintenance"),
    "gateway_timeout": lambda fault: html(504, "Gateway Time-out"),
    "rate_limit": lambda fault: too_many_at_once(),
    "quota": lambda fault: over_quota(),
    "unauthorized": lambda fault: session_invalid(),
    "missing_scope": lambda fault: answer(
        403, "INSUFFICIENT_ACCESS", "insufficient access rights on object id"
    ),
    "api_disabled": lambda fault: answer(
        403, "API_DISABLED_FOR_ORG", "The REST API is not enabled for this Organization."
    ),
    "query_timeout": lambda fault: answer(
        400, "QUERY_TIMEOUT", "Your query request was running for too long."
    ),
    "uri_too_long": lambda fault: html(414, "URI Too Long"),
    "html": lambda fault: html(200, "Maintenance"),
    "no_replication": lambda fault: answer(
        400, "INVALID_REPLICATION_DATE", "startDate before org replication enabled date"
    ),
    "bulk_limit": lambda fault: answer(
        400, "EXCEEDED_LIMIT", "Max bulk v2 query jobs (10000) per 24 hrs has been reached"
    ),
}
# A page that stops early; a job that ends badly or is gone; a row that its results lack.
PAGES = {
    "short_page": QUERIES,
    "job_failed": JOBS,
    "job_gone": JOBS,
    "lost_row": f"{JOBS}/results$",
}


def trouble() -> Faults:
    """No faults yet, of all the kinds there are."""
    return Faults(ANSWERS, PAGES)
