"""How Athena refuses, and the faults made of it."""

from collections.abc import Callable

import msgspec
from starlette.responses import Response

from sandbox.answers import html
from sandbox.faults import Fault
from sandbox.gate import Refusal

JSON = "application/x-amz-json-1.1"


def respond(document: object, status: int = 200) -> Response:
    """A JSON answer."""
    return Response(msgspec.json.encode(document), status, media_type=JSON)


def said(kind: str, message: str, status: int = 400, **more: str) -> Response:
    """An error body; older exceptions spell the message small, Athena's own in capitals."""
    return respond({"__type": kind, "message": message, "Message": message, **more}, status)


def refusal(kind: str, message: str, status: int = 400, **more: str) -> Refusal:
    """A refusal with a few words."""
    return Refusal(said(kind, message, status, **more))


def wrong(message: str, code: str = "INVALID_INPUT") -> Refusal:
    """The request asks for what cannot be."""
    return refusal("InvalidRequestException", message, AthenaErrorCode=code)


def denied() -> Response:
    """The key is known, and may not do this."""
    return said(
        "AccessDeniedException",
        "User: arn:aws:iam::123456789012:user/sync is not authorized to perform:"
        " athena:StartQueryExecution on resource: arn:aws:athena:us-east-1:123456789012:workgroup/primary",
    )


ANSWERS: dict[str, Callable[[Fault], Response]] = {
    "throttled": lambda fault: said("ThrottlingException", "Rate exceeded"),
    "too_many": lambda fault: said(
        "TooManyRequestsException",
        "You have exceeded the limit for the number of queries you can run concurrently",
        Reason="CONCURRENT_QUERY_LIMIT_EXCEEDED",
    ),
    "server_error": lambda fault: said("InternalServerException", "Internal server error", 500),
    "unavailable": lambda fault: html(503, "Service Unavailable"),
    "unauthorized": lambda fault: said(
        "UnrecognizedClientException", "The security token included in the request is invalid."
    ),
    "expired": lambda fault: said(
        "ExpiredTokenException", "The security token included in the request is expired"
    ),
    "access_denied": lambda fault: denied(),
}
