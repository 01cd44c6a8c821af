"""What can go wrong between a client and this vendor's API."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from starlette.responses import Response

from sandbox import faults
from sandbox.answers import html, waiting
from sandbox.hubspot.errors import (
    ApiError,
    expired,
    internal,
    missing_scope,
    rate_limited,
    unauthorized,
)

LIST_PATH = r"^/crm/(v3/objects|objects/[\d-]+)/[^/]+$"


@dataclass
class Fault(faults.Fault):
    """A fault with what this vendor's refusals name."""

    policy: str = "TEN_SECONDLY_ROLLING"
    scope: str = "crm.objects.contacts.read"


def _waiting(status: int, message: str, seconds: float | None) -> Response:
    return ApiError(status, message, headers=waiting(seconds)).answer


def _moving(fault: Fault) -> Response:
    wait = 60 if fault.retry_after is None else fault.retry_after
    return _waiting(477, "This account is moving to another data centre", wait)


# Instead of an answer.
ANSWERS: Mapping[str, Callable[[Fault], Response]] = {
    "server_error": lambda fault: internal().answer,
    "bad_gateway": lambda fault: html(502, "Bad Gateway"),
    "unavailable": lambda fault: _waiting(503, "Service unavailable", fault.retry_after),
    "gateway_timeout": lambda fault: html(504, "Gateway Time-out"),
    "rate_limit": lambda fault: rate_limited(fault.policy, fault.retry_after).answer,
    "unauthorized": lambda fault: unauthorized().answer,
    "expired": lambda fault: expired().answer,
    "missing_scope": lambda fault: missing_scope(fault.scope).answer,
    "uri_too_long": lambda fault: html(414, "Request-URI Too Large"),
    "locked": lambda fault: _waiting(423, "A large sync is in progress", fault.retry_after),
    "moving": _moving,
    "html": lambda fault: html(200, "Maintenance"),
}
# List pages with fewer records than there are.
PAGES = dict.fromkeys(("empty_page", "short_page"), LIST_PATH)


def trouble() -> faults.Faults:
    """Every kind of fault, none of them switched on."""
    return faults.Faults(ANSWERS, PAGES, Fault)
