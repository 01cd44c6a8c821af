"""What can go wrong between a client and this vendor's API."""

from starlette.responses import Response

from sandbox.answers import html, waiting
from sandbox.faults import Fault, Faults
from sandbox.pipedrive.answers import (
    gone,
    over_limit,
    refusal,
    respond,
    scope_mismatch,
    unauthorized,
)
from sandbox.pipedrive.limits import blocked


def trouble() -> Faults:
    """Every kind of fault, none of them switched on."""
    return Faults(
        answers={
            "server_error": lambda fault: refusal(500, "Internal server error"),
            "bad_gateway": lambda fault: html(502, "Bad Gateway"),
            "unavailable": _unavailable,
            "gateway_timeout": lambda fault: html(504, "Gateway Time-out"),
            "not_implemented": lambda fault: refusal(501, "Not implemented"),
            "rate_limit": _rate_limit,
            "daily_limit": _daily_limit,
            "blocked": lambda fault: blocked(),
            "unauthorized": lambda fault: unauthorized(),
            "missing_scope": lambda fault: scope_mismatch(),
            "forbidden": lambda fault: refusal(403, "You do not have permission to do this"),
            "unpaid": lambda fault: refusal(402, "Payment required: company account is not open"),
            "gone": lambda fault: gone("This operation"),
            "not_enabled": lambda fault: refusal(415, "Feature is not enabled"),
            "not_success": _not_success,
            "html": lambda fault: html(200, "Maintenance"),
        },
        pages={
            "short_page": r"^(/api)?/v[12]/\w+(/archived|/products)?$",
            "empty_page": r"^/api/v2/\w+(/archived)?$",
        },
    )


def _unavailable(fault: Fault) -> Response:
    return refusal(503, "Scheduled maintenance", headers=waiting(fault.retry_after))


def _rate_limit(fault: Fault) -> Response:
    """The burst is used up; how long to wait is told in seconds from now."""
    reset = {"x-ratelimit-reset": "1", "x-ratelimit-remaining": "0"}
    return over_limit({**reset, **waiting(fault.retry_after)})


def _daily_limit(_fault: Fault) -> Response:
    return over_limit({"x-ratelimit-reset": "2", "x-daily-ratelimit-token-remaining": "0"})


def _not_success(_fault: Fault) -> Response:
    """A refusal under the status of a success."""
    return respond({"success": False, "data": [], "error": "Something went wrong"})
