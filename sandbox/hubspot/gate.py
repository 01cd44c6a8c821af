"""The door every request passes: faults, credentials, limits, journal, stamps of the answer."""

import asyncio
import logging
import re
import socket
import struct
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox.hubspot.auth import Tokens
from sandbox.hubspot.clock import Clock, http_date, to_ms
from sandbox.hubspot.delivery import deliver
from sandbox.hubspot.errors import ApiError, html, internal, refusal
from sandbox.hubspot.faults import ANSWERS, CONNECTION, PAGES, Fault, Faults
from sandbox.hubspot.limits import Limits

LONGEST_URL = 16 * 1024  # bytes; the real threshold is not known exactly
OPEN = re.compile(r"^/oauth/")  # asks for credentials, so it needs none
SEARCH = re.compile(r"^/crm/.*/search$")
# Recordings of these answers carry no rate headers.
UNCOUNTED_HEADERS = re.compile(
    r"/batch/(create|update|archive)$|/associations/|^/crm[\w-]*/(v3/)?(owners|pipelines|schemas)\b"
)
CONTROL = "/_sandbox"

log = logging.getLogger("sandbox.hubspot")


@dataclass(frozen=True)
class Call:
    """A request as hooks and faults see it."""

    method: str
    path: str
    query: str
    body: bytes


Journal = list[tuple[str, str, str, int]]  # method, path, query, status (0: no answer)


@dataclass
class Gate:
    """What stands between the socket and the routes."""

    routes: ASGIApp
    clock: Clock
    tokens: Tokens
    limits: Limits | None
    faults: Faults = field(default_factory=Faults)
    before_request: Callable[[Call], None] | None = None
    journal: Journal = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or fail to, as the faults will have it."""
        if scope["type"] != "http" or scope["path"].startswith(CONTROL):
            await self.routes(scope, receive, send)
            return
        query = scope["query_string"].decode("latin-1")
        call = Call(scope["method"], scope["path"], query, await _read(receive))
        if self.before_request is not None:
            await asyncio.to_thread(self.before_request, call)
        fault = self.faults.take(call.method, call.path)
        if fault is not None and fault.kind in CONNECTION:
            self.journal.append((call.method, call.path, call.query, 0))
            await _hang_up(scope, receive, reset=fault.kind == "reset")
            return
        answer = await self._answer(scope, call, fault)
        self._stamp(answer)
        self.journal.append((call.method, call.path, call.query, answer.status_code))
        await deliver(answer, fault, scope, receive, send)

    async def _answer(self, scope: Scope, call: Call, fault: Fault | None) -> Response:
        if fault is not None and fault.kind in ANSWERS:
            return ANSWERS[fault.kind](fault)
        if len(call.path) + 1 + len(call.query) > LONGEST_URL:
            return html(414, "Request-URI Too Large")
        state: dict[str, Any] = {}
        try:
            counted = self._admit(scope, call, state)
            if fault is not None and fault.kind in PAGES:
                state["page_fault"] = fault.kind
            answer = await _ask(self.routes, {**scope, "state": state}, call.body)
        except ApiError as error:
            return refusal(error)
        except Exception:
            log.exception("The sandbox itself failed at %s %s", call.method, call.path)
            return refusal(internal())
        answer.headers.update(counted)
        return answer

    def _admit(self, scope: Scope, call: Call, state: dict[str, Any]) -> dict[str, str]:
        """Check the token and count the request; the headers to send along."""
        if OPEN.search(call.path):
            return {}
        now = self.clock()
        authorization = Headers(scope=scope).get("authorization")
        token = state["token"] = self.tokens.check(authorization, to_ms(now))
        if self.limits is None:
            return {}
        counted = self.limits.spend(token, now, search=bool(SEARCH.search(call.path)))
        return {} if UNCOUNTED_HEADERS.search(call.path) else counted

    def _stamp(self, answer: Response) -> None:
        answer.headers["Date"] = http_date(self.clock())
        answer.headers["x-hubspot-correlation-id"] = str(uuid.uuid4())


async def _read(receive: Receive) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return body


async def _ask(app: ASGIApp, scope: Scope, body: bytes) -> Response:
    """Run the routes, keeping the whole answer."""
    answer = Response()
    parts: list[bytes] = []

    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            answer.status_code = message["status"]
            answer.raw_headers = MutableHeaders(raw=list(message["headers"])).raw
        else:
            parts.append(message.get("body", b""))

    await app(scope, receive, send)
    answer.body = b"".join(parts)
    return answer


async def _hang_up(scope: Scope, receive: Receive, *, reset: bool) -> None:
    """End the connection without an answer."""
    transport = scope.get("sandbox.transport")
    if transport is None:
        raise ConnectionResetError("The sandbox closed the connection")
    if reset:
        no_linger = struct.pack("ii", 1, 0)  # makes closing send RST instead of FIN
        transport.get_extra_info("socket").setsockopt(
            socket.SOL_SOCKET, socket.SO_LINGER, no_linger
        )
        transport.abort()
    else:
        transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass
