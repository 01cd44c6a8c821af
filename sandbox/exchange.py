"""What passes between the socket and an app: bodies read whole, answers kept whole, connections cut."""

import socket
import struct

from starlette.datastructures import MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope


async def read_body(receive: Receive) -> bytes:
    """All of a request's body."""
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if not message.get("more_body"):
            return body


async def ask(app: ASGIApp, scope: Scope, body: bytes) -> Response:
    """Run an app on a request, keeping the whole answer."""
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


async def hang_up(scope: Scope, receive: Receive, *, reset: bool) -> None:
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
    await until_gone(receive)


async def until_gone(receive: Receive) -> None:
    """Wait for the client to leave."""
    while (await receive())["type"] != "http.disconnect":
        pass
