"""Large files: where they are is told by a batch request, and they are kept on a host of their own."""

import base64
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox import application
from sandbox.faults import Fault, Faults
from sandbox.gate import Gate, Refusal, fault_of
from sandbox.github.asked import sandbox_of
from sandbox.github.errors import said

if TYPE_CHECKING:
    from sandbox.clock import Clock
    from sandbox.github.store import Repository

LFS = "application/vnd.git-lfs+json"


async def batch(request: Request) -> Response:
    """Where each object is to be had, signed for who asks."""
    sandbox, name = sandbox_of(request), "{owner}/{repo}".format(**request.path_params)
    found = sandbox.store.repositories.get(name)
    if found is None or not sandbox.store.may_read(request.state.token, found):
        raise _refused(404, "Not Found")
    if not request.headers.get("accept", "").startswith(LFS):
        raise _refused(406, "The Accept header must be application/vnd.git-lfs+json")
    if not request.headers.get("content-type", "").startswith(LFS):
        raise _refused(415, "The Content-Type must be application/vnd.git-lfs+json")
    asked = msgspec.json.decode(await request.body())
    if asked.get("operation") != "download" or "basic" not in asked.get("transfers", ["basic"]):
        raise _refused(422, "Only downloads by basic transfers are known")
    fault = fault_of(request)
    objects = [_object(request, found, one, fault) for one in asked["objects"]]
    return _said({"transfer": "basic", "objects": objects, "hash_algo": "sha256"})


def _object(
    request: Request, one: "Repository", asked: dict[str, Any], fault: str | None
) -> dict[str, Any]:
    oid, sandbox = asked["oid"], sandbox_of(request)
    about = {"oid": oid, "size": asked["size"]}
    if fault == "lfs_quota":
        message = "This repository exceeded its LFS budget."
        return {**about, "error": {"code": 509, "message": message}}
    body = one.large.get(oid)
    if body is None or len(body) != asked["size"]:
        return {**about, "error": {"code": 404, "message": "Object does not exist on the server"}}
    href, signature = sandbox.objects.keep(oid, body)
    action = {"href": href, "header": {"X-Signature": signature}, "expires_in": 3600}
    return {**about, "authenticated": True, "actions": {"download": action}}


def token_of(request: Request) -> str | None:
    """The token of a request, as the API or as git takes it."""
    scheme, _, given = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic":
        return base64.b64decode(given).decode().partition(":")[2] or None
    return given or None


def _said(document: Any, status: int = 200) -> Response:
    return Response(msgspec.json.encode(document), status, media_type=LFS)


def _refused(status: int, message: str) -> Refusal:
    return Refusal(_said({"message": message}, status))


@dataclass
class Objects:
    """The host that keeps large files: it wants the signature it gave, and no token at all."""

    clock: "Clock"
    url: str = ""
    kept: dict[str, tuple[bytes, str]] = field(default_factory=dict)
    tokens_seen: list[str] = field(default_factory=list)
    app: Gate = field(init=False)

    def __post_init__(self) -> None:
        routes = [Route("/objects/{oid}", self._read, methods=["GET"])]
        answers: dict[str, Callable[[Fault], Response]] = {
            "server_error": lambda fault: Response("<Error>InternalError</Error>", 500),
            "unavailable": lambda fault: Response("<Error>SlowDown</Error>", 503),
            "expired": lambda fault: Response("<Error>AccessDenied</Error>", 403),
        }
        pages = dict.fromkeys(("flipped_byte", "half_a_file"), "^/objects/")
        self.app = Gate(
            routes=application.build(routes, _misled),
            clock=lambda: self.clock(),  # noqa: PLW0108 - the clock may be replaced
            faults=Faults(answers, pages),
            admit=self._admit,
        )

    def keep(self, oid: str, body: bytes) -> tuple[str, str]:
        """Have an object ready; where it is, and the signature to show."""
        signature = secrets.token_hex(8)
        self.kept[oid] = (body, signature)
        return f"{self.url}/objects/{oid}?X-Amz-Expires=3600", signature

    def _admit(self, request: Request) -> None:
        if "authorization" in request.headers:
            self.tokens_seen.append(request.headers["authorization"])
            message = "<Error>Only one auth mechanism allowed</Error>"
            raise Refusal(Response(message, 400, media_type="application/xml"))

    async def _read(self, request: Request) -> Response:
        body, signature = self.kept.get(request.path_params["oid"], (b"", ""))
        if not signature or request.headers.get("x-signature") != signature:
            return Response("<Error>SignatureDoesNotMatch</Error>", 403)
        fault = fault_of(request)
        if fault == "flipped_byte":
            body = bytes([body[0] ^ 1]) + body[1:]
        elif fault == "half_a_file":
            body = body[: len(body) // 2]
        return Response(body, media_type="application/octet-stream")


def _misled(error: HTTPException) -> Response:
    return said(error.status_code, "Not Found")
