"""Refusals, in the vendor's words and shape."""

import uuid
from typing import Any

from starlette.responses import Response

from sandbox.answers import json, waiting
from sandbox.gate import Refusal

JSON_TYPE = "application/json;charset=utf-8"


class ApiError(Refusal):
    """A request that is answered with an error body."""

    def __init__(
        self,
        status: int,
        message: str,
        /,
        category: str | None = None,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> None:
        document: dict[str, Any] = {"status": "error", "message": message}
        document["correlationId"] = str(uuid.uuid4())
        if category:
            document["category"] = category
        super().__init__(respond(document | more, status, headers))


def respond(document: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer."""
    return json(document, status, headers, JSON_TYPE)


def invalid(message: str, code: str | None = None, where: str | None = None) -> ApiError:
    """A request whose parameters or body are wrong."""
    more: dict[str, Any] = {}
    if code:
        more["errors"] = [{"message": message, "code": code, "in": where, "context": {}}]
    return ApiError(400, message, "VALIDATION_ERROR", **more)


def not_found(message: str = "resource not found") -> ApiError:
    """Nothing has this address."""
    return ApiError(404, message, "OBJECT_NOT_FOUND")


def unknown_type(name: str) -> ApiError:
    """An object type the account does not have; this body carries no category."""
    return ApiError(400, f"Unable to infer object type from: {name}")


def unauthorized() -> ApiError:
    """No usable credentials."""
    return ApiError(
        401,
        "Authentication credentials not found. This API supports OAuth 2.0 authentication.",
        "INVALID_AUTHENTICATION",
    )


def expired() -> ApiError:
    """An access token past its half hour. The category's spelling is an assumption."""
    return ApiError(
        401, "The OAuth token used to make this call expired.", "EXPIRED_AUTHENTICATION"
    )


def missing_scope(*scopes: str) -> ApiError:
    """A token without the right; the scopes stand at the top level of the body."""
    return ApiError(
        403,
        "One or more of the following scopes are required.",
        "MISSING_SCOPES",
        context={"requiredGranularScopes": list(scopes)},
    )


def rate_limited(policy: str, retry_after: float | None = None) -> ApiError:
    """A limit is used up; this body has `errorType`, `policyName` and no category."""
    return ApiError(
        429,
        f"You have reached your {policy.lower()} limit.",
        headers=waiting(retry_after),
        errorType="RATE_LIMIT",
        policyName=policy,
        requestId=str(uuid.uuid4()),
    )


def internal() -> ApiError:
    """Something broke on the vendor's side. The body is an assumption."""
    return ApiError(500, "internal error")
