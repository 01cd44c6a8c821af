"""How the API refuses, and the faults made of it."""

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from sandbox import answers
from sandbox.answers import html, waiting
from sandbox.faults import Fault
from sandbox.gate import Refusal

JSON = "application/json; charset=utf-8"
LISTS = r"^/v3/a(\.json|/[^/]+/[a-z_-]+\.json)$"


def respond(document: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer."""
    return answers.json(document, status, headers, JSON)


def said(status: int, text: str, headers: dict[str, str] | None = None) -> Response:
    """An error body."""
    return respond({"error": text}, status, headers)


def refusal(status: int, text: str) -> Refusal:
    """A refusal with a few words."""
    return Refusal(said(status, text))


def rate_limited(retry_after: float | None = None) -> Response:
    """One request too many; the vendor does not say for how long, and the words are an assumption."""
    return said(429, "Too many requests", waiting(retry_after))


def forbidden() -> Response:
    """What the user of the key may not see."""
    return said(403, "You do not have permission to access this resource.")


ANSWERS: dict[str, Callable[[Fault], Response]] = {
    "server_error": lambda fault: said(500, "Internal server error"),
    "bad_gateway": lambda fault: html(502, "Bad Gateway"),
    "unavailable": lambda fault: said(503, "Service unavailable"),
    "gateway_timeout": lambda fault: html(504, "Gateway Time-out"),
    "rate_limit": lambda fault: rate_limited(fault.retry_after),
    "unauthorized": lambda fault: said(401, "HTTP Token: Access denied."),
    "missing_scope": lambda fault: forbidden(),
    "html": lambda fault: html(200, "Maintenance"),
}
# Fewer records than there are, or the first page again, whatever page was asked for.
PAGES = dict.fromkeys(("empty_page", "short_page", "repeat_page"), LISTS)
