"""What goes wrong between us and Athena, sorted by the remedy."""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from sources.errors import (
    BadAnswer,
    ConfigError,
    MissingScope,
    RateLimited,
    Refused,
    SourceError,
    Unauthorized,
    Unavailable,
)

TOO_FAST = {"Throttling", "ThrottlingException", "TooManyRequestsException", "RequestLimitExceeded"}
NOBODY = {
    "UnrecognizedClientException",
    "InvalidClientTokenId",
    "InvalidSignatureException",
    "IncompleteSignatureException",
    "SignatureDoesNotMatch",
    "MissingAuthenticationTokenException",
    "ExpiredTokenException",
    "ExpiredToken",
}
FORBIDDEN = {"AccessDeniedException", "AccessDenied"}
# What a failed query says of rights: it runs with those of the caller.
NO_RIGHT = ("Insufficient permissions", "Access Denied", "AccessDenied", "not authorized")
SYSTEM = 1  # ErrorCategory of what is Athena's own fault


class Gone(Refused):
    """A query or its answer is not there any more; asked anew, it would be."""


def error_of(error: Exception) -> SourceError | None:
    """What an error of the AWS client means; None for one that is not the client's."""
    found = import_module("botocore.exceptions")
    if isinstance(error, found.ClientError):
        return _refused(error.response)
    if isinstance(error, found.NoCredentialsError | found.CredentialRetrievalError):
        return Unauthorized(f"there is no AWS credential to ask Athena with: {error}")
    if isinstance(error, found.PartialCredentialsError):
        return Unauthorized(f"the AWS credential is incomplete: {error}")
    if isinstance(error, found.NoRegionError):
        return ConfigError("the address of the database names no AWS region")
    if isinstance(error, found.ParamValidationError):
        return ConfigError(f"Athena cannot be asked so: {error}")
    if isinstance(error, import_module("botocore.parsers").ResponseParserError):
        return BadAnswer("Athena's answer cannot be read")
    if isinstance(error, found.BotoCoreError):
        return Unavailable(f"Athena cannot be reached: {type(error).__name__}")
    return None


def _refused(response: Mapping[str, Any]) -> SourceError:
    told = response.get("Error", {})
    code, message = str(told.get("Code", "")), str(told.get("Message", ""))
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    said = f"Athena answered {code}: {message}"
    if code in TOO_FAST:
        return RateLimited(said)
    if code in NOBODY:
        return Unauthorized(said)
    if code in FORBIDDEN:
        return MissingScope(said)
    if status >= 500:
        return Unavailable(said)
    if "was not found" in message or "Could not find results" in message:
        return Gone(said, status)
    return Refused(said, status)


def failure_of(status: Mapping[str, Any]) -> SourceError:
    """Why a query that ended badly did."""
    reason = str(status.get("StateChangeReason") or "no reason given")
    if status.get("State") == "CANCELLED":
        return Refused(f"the query in Athena was cancelled: {reason}", 400)
    told = status.get("AthenaError") or {}
    said = f"Athena could not run the query: {reason}"
    if any(words in reason for words in NO_RIGHT):
        return MissingScope(said)
    if told.get("Retryable") or told.get("ErrorCategory") == SYSTEM:
        return Unavailable(said)
    return Refused(said, 400)
