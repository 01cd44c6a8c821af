"""How the API refuses, and the faults made of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from sandbox import answers
from sandbox.answers import html, waiting
from sandbox.faults import Fault
from sandbox.gate import Refusal

JSON = "application/json; charset=utf-8"
DOCS = "https://docs.github.com/rest"
SECONDARY = (
    "https://docs.github.com/free-pro-team@latest/rest/overview/rate-limits-for-the-rest-api"
)
BLOBS = r"^/(repos/[^/]+/[^/]+|repositories/\d+)/(git/blobs|contents)/"
TREES = r"^/(repos/[^/]+/[^/]+|repositories/\d+)/git/trees/"


@dataclass
class GithubFault(Fault):
    """A fault of GitHub's: a limit may say when it begins anew."""

    reset: float | None = None  # seconds from now, for `rate_limit`

    def __post_init__(self) -> None:
        if self.kind == "lfs_quota":
            self.method = self.method or "POST"


def respond(document: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """A JSON answer."""
    return answers.json(document, status, headers, JSON)


def said(
    status: int, message: str, headers: dict[str, str] | None = None, docs: str = DOCS, **more: Any
) -> Response:
    """An error body."""
    document = {"message": message, **more, "documentation_url": docs, "status": str(status)}
    return respond(document, status, headers)


def refusal(
    status: int, message: str, headers: dict[str, str] | None = None, **more: Any
) -> Refusal:
    """A refusal with a few words."""
    return Refusal(said(status, message, headers, **more))


def too_large(most: int) -> Refusal:
    """A blob that the API does not hand out this way."""
    message = (
        f"This API returns blobs up to {max(1, most // 1_000_000)} MB in size. The requested blob is too"
        " large to fetch via the API, but you can always clone the repository via Git in order to obtain it."
    )
    errors = [{"resource": "Blob", "field": "data", "code": "too_large"}]
    return refusal(403, message, errors=errors)


def used_up(headers: dict[str, str], status: int = 403) -> Response:
    """The hour's requests are spent; `headers` say when the next hour begins."""
    return said(status, "API rate limit exceeded for user ID 12345.", headers)


def secondary(retry_after: float | None, status: int = 403) -> Response:
    """Too much at once; how long to wait is not always said."""
    message = (
        "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
    )
    return said(status, message, waiting(retry_after), SECONDARY)


def _no_rights() -> Response:
    return said(403, "Resource not accessible by personal access token")


def answers_at(now: Callable[[], float]) -> dict[str, Callable[[Any], Response]]:
    """The faults that refuse; `now` is the sandbox's time in seconds."""

    def primary(fault: GithubFault) -> Response:
        reset = str(int(now() + (3600 if fault.reset is None else fault.reset)))
        return used_up(
            {"x-ratelimit-limit": "60", "x-ratelimit-remaining": "0", "x-ratelimit-reset": reset}
        )

    return {
        "server_error": lambda fault: said(500, "Server Error"),
        "bad_gateway": lambda fault: html(502, "Bad Gateway"),
        "unavailable": lambda fault: said(503, "Service Unavailable", waiting(fault.retry_after)),
        "gateway_timeout": lambda fault: html(504, "Gateway Time-out"),
        "rate_limit": primary,
        "secondary_limit": lambda fault: secondary(fault.retry_after),
        "too_many_requests": lambda fault: secondary(fault.retry_after, 429),
        "unauthorized": lambda fault: said(401, "Bad credentials"),
        "missing_scope": lambda fault: _no_rights(),
        "not_found": lambda fault: said(404, "Not Found"),
        "html": lambda fault: html(200, "Maintenance"),
    }


# No budget for large files; bytes of a file are wrong, or its end is missing; a tree is cut and says so.
PAGES = {
    "lfs_quota": "/info/lfs/objects/batch$",
    "flipped_byte": BLOBS,
    "half_a_file": BLOBS,
    "truncated_tree": TREES,
}
