"""How the API refuses, and the faults made of it; the shape of its error bodies is an assumption."""

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from sandbox import answers
from sandbox.answers import html, waiting
from sandbox.faults import Fault
from sandbox.gate import Refusal

JSON = "application/json"
LISTS = r"^/(leads|users|leadStatuses|leadStatusHistories|leadStatusActivities)$"


def respond(document: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer."""
    return answers.json(document, status, headers, JSON)


def refusal(status: int, message: str, headers: dict[str, str] | None = None) -> Refusal:
    """A refusal with a few words."""
    return Refusal(said(status, message, headers))


def said(status: int, message: str, headers: dict[str, str] | None = None) -> Response:
    """An error body."""
    return respond({"error": {"code": status, "message": message}}, status, headers)


def rate_limited(retry_after: float | None = None) -> Response:
    """One request too many."""
    return said(429, "Too Many Requests", waiting(retry_after))


ANSWERS: dict[str, Callable[[Fault], Response]] = {
    "server_error": lambda fault: said(500, "Internal Server Error"),
    "bad_gateway": lambda fault: html(502, "Bad Gateway"),
    "unavailable": lambda fault: said(503, "Service Unavailable", waiting(fault.retry_after)),
    "gateway_timeout": lambda fault: html(504, "Gateway Time-out"),
    "rate_limit": lambda fault: rate_limited(fault.retry_after),
    "unauthorized": lambda fault: said(401, "Unauthorized"),
    "missing_scope": lambda fault: said(403, "Forbidden"),
    "html": lambda fault: html(200, "Maintenance"),
}
# Fewer records than there are; the first page again, whatever page was asked for; no word of more pages.
PAGES = dict.fromkeys(("empty_page", "short_page", "repeat_page", "no_meta"), LISTS)
