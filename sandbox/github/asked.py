"""What a request asks for: which repository, in which media type, and only if it is another than before."""

import hashlib
import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from sandbox.gate import Refusal
from sandbox.github.errors import JSON, refusal, respond
from sandbox.github.store import Repository

if TYPE_CHECKING:
    from sandbox.github.sandbox import GithubSandbox

# application/vnd.github.raw+json, and how it was spelled before.
_MEDIA = re.compile(
    r"application/vnd\.github(?:\.v3)?(?:\.(raw|object|sha|html|diff|patch))?(?:\+json)?"
)
_PLAIN = frozenset({"", "*/*", "application/json", "application/*"})


def sandbox_of(request: Request) -> "GithubSandbox":
    """The sandbox that is asked."""
    found: GithubSandbox = request.app.state.sandbox
    return found


def repository_of(request: Request) -> Repository:
    """The repository in the path; a former name leads to it, what one may not see is not there."""
    sandbox, parts = sandbox_of(request), request.path_params
    store, token = sandbox.store, request.state.token
    if "id" in parts:
        found = store.with_id(int(parts["id"]))
    else:
        name = f"{parts['owner']}/{parts['repo']}"
        found = store.repositories.get(name)
        if found is None and name in store.renamed:
            raise _moved(request, name, store.renamed[name])
    if found is None or not store.may_read(token, found):
        raise refusal(404, "Not Found")
    return found


def _moved(request: Request, name: str, number: int) -> Refusal:
    sandbox = sandbox_of(request)
    base = sandbox.redirects_to or str(request.base_url).rstrip("/")
    rest = quote(request.url.path.removeprefix(f"/repos/{name}"), safe="/")
    query = f"?{request.url.query}" if request.url.query else ""
    place = f"{base}/repositories/{number}{rest}{query}"
    message = {"message": "Moved Permanently", "url": place}
    return Refusal(respond(message, sandbox.redirect_status, {"Location": place}))


def media_of(request: Request, *known: str) -> str:
    """Which of the `known` media types is wanted, '' for plain JSON; another is refused."""
    for part in request.headers.get("accept", "").split(","):
        name = part.partition(";")[0].strip()
        if name in _PLAIN:
            return ""
        found = _MEDIA.fullmatch(name)
        if found and (found[1] or "") in ("", *known):
            return found[1] or ""
    raise refusal(415, "Unsupported 'Accept' header. Must accept 'application/json'.")


def conditional(
    request: Request, body: bytes | Any, type: str = JSON, etag: str | None = None
) -> Response:
    """An answer with its ETag, or 304 for who has it; that is free of charge for those with a token."""
    content = body if isinstance(body, bytes) else msgspec.json.encode(body)
    if etag is None:
        # Of the same thing, another token and another media type get another one.
        token, accept = request.state.token or "", request.headers.get("accept", "")
        seed = b"\n".join([content, accept.encode(), token.encode()])
        etag = f'W/"{hashlib.sha256(seed).hexdigest()}"'
    headers = {
        "ETag": etag,
        "Vary": "Accept, Authorization",
        "Cache-Control": "private, max-age=60",
    }
    known = {one.strip() for one in request.headers.get("if-none-match", "").split(",")}
    if etag.removeprefix("W/") in {one.removeprefix("W/") for one in known}:
        sandbox = sandbox_of(request)
        if request.state.token is not None:
            sandbox.limits.give_back(request.state.token, sandbox.clock)
            request.state.headers = sandbox.limits.headers(request.state.token, sandbox.clock)
        return Response(status_code=304, headers=headers)
    return Response(content, 200, headers, type)
