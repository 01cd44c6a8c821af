"""Answers and refusals, in the vendor's words and shape."""

from typing import Any

from starlette.responses import Response

from sandbox import answers
from sandbox.gate import Refusal

JSON = "application/json; charset=utf-8"
INFO = "Please check developers.pipedrive.com for more information about Pipedrive API."


def respond(document: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer."""
    return answers.json(document, status, headers, JSON)


def refusal(
    status: int, error: str, *, headers: dict[str, str] | None = None, **more: Any
) -> Response:
    """The answer that says why not."""
    document = {"success": False, "error": error, "error_info": INFO, **more}
    return respond(document, status, headers)


def wrong(error: str) -> Refusal:
    """A request whose parameters are not as they must be; the code's spelling is an assumption."""
    return Refusal(refusal(400, error, code="ERR_SCHEMA_VALIDATION_FAILED"))


def not_found(what: str) -> Refusal:
    """Nothing has this id."""
    return Refusal(refusal(404, f"{what} not found", data=None, additional_data=None))


def unauthorized() -> Response:
    """No usable credential."""
    return refusal(401, "unauthorized access", errorCode=401)


def scope_mismatch() -> Response:
    """A credential without the right."""
    return refusal(403, "Scope and URL mismatch", errorCode=403)


def over_limit(headers: dict[str, str] | None = None) -> Response:
    """One request too many; the body is an assumption."""
    return refusal(429, "request over limit", errorCode=429, headers=headers)


def gone(what: str) -> Response:
    """An operation that was taken out of service."""
    return refusal(410, f"{what} is deprecated and no longer available", errorCode=410)
