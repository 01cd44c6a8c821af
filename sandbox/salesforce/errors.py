"""Refusals, in the vendor's words and shape: a list for the API, an object for the token endpoint."""

from typing import Any

from starlette.responses import Response

from sandbox import answers
from sandbox.gate import Refusal

JSON = "application/json;charset=UTF-8"


def respond(document: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer."""
    return answers.json(document, status, headers, JSON)


def answer(status: int, code: str, message: str, *fields: str) -> Response:
    """The body of a refusal: a list with one error."""
    error: dict[str, Any] = {"message": message, "errorCode": code}
    return respond([error | ({"fields": list(fields)} if fields else {})], status)


def refuse(status: int, code: str, message: str, *fields: str) -> Refusal:
    """A request the API turns down."""
    return Refusal(answer(status, code, message, *fields))


def not_granted(error: str, description: str, status: int = 400) -> Refusal:
    """A request the token endpoint turns down."""
    return Refusal(respond({"error": error, "error_description": description}, status))


def malformed(message: str) -> Refusal:
    """A query that cannot be read."""
    return refuse(400, "MALFORMED_QUERY", message)


def invalid_field(message: str) -> Refusal:
    """A query about a field that is not there, or not asked about rightly."""
    return refuse(400, "INVALID_FIELD", message)


def no_column(name: str, object_name: str) -> Refusal:
    """A field the object does not have, or that this user may not see."""
    return invalid_field(
        f"\nSELECT {name} FROM {object_name}\n       ^\nERROR at Row:1:Column:8\n"
        f"No such column '{name}' on sobject of type {object_name}"
    )


def no_object(name: str) -> Refusal:
    """An object the org does not have, or that this user may not see."""
    return refuse(
        400,
        "INVALID_TYPE",
        f"\nFROM {name}\n     ^\nERROR at Row:1:Column:6\nsObject type '{name}' is not supported. If you"
        " are attempting to use a custom object, be sure to append the '__c' after the entity name.",
    )


def not_found() -> Refusal:
    """Nothing has this address."""
    return refuse(404, "NOT_FOUND", "The requested resource does not exist")


def session_invalid() -> Response:
    """A token that counts no longer."""
    return answer(401, "INVALID_SESSION_ID", "Session expired or invalid")


def over_quota() -> Response:
    """The day's requests are used up; a 403, and no Retry-After."""
    return answer(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")


def too_many_at_once() -> Response:
    """Too many long requests at the same time."""
    return answer(
        403,
        "REQUEST_LIMIT_EXCEEDED",
        "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
    )


def unexpected() -> Response:
    """Something broke on the vendor's side."""
    return answer(
        500,
        "UNKNOWN_EXCEPTION",
        "An unexpected error occurred. Please include this ErrorId if you contact support:"
        " 123456789-12345 (987654321)",
    )
