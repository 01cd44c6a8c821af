"""Sending an answer: whole and at once, or the way a fault spoils it."""

import asyncio

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from sandbox.exchange import hang_up, until_gone
from sandbox.faults import Fault

BLANKS = b" " * 65_536
WITHOUT_BODY = (204, 304)


async def deliver(
    answer: Response, fault: Fault | None, scope: Scope, receive: Receive, send: Send
) -> None:
    """Send an answer as its fault, if any, demands."""
    kind = fault.kind if fault else None
    body = bytes(answer.body)
    half = body[: len(body) // 2]
    if fault is not None and kind == "slow":
        await asyncio.sleep(fault.delay)
    if kind == "truncated":
        body = half
    if fault is not None and kind == "oversized":
        await _send_padded(answer, body, fault.size, send)
        return
    await _start(answer, len(body), send)
    if kind == "stall":
        await send({"type": "http.response.body", "body": half, "more_body": True})
        await until_gone(receive)
    elif kind == "dropped":
        await send({"type": "http.response.body", "body": half, "more_body": True})
        await hang_up(scope, receive, reset=False)
    else:
        await send({"type": "http.response.body", "body": body})


async def _start(answer: Response, length: int, send: Send) -> None:
    answer.headers["Content-Length"] = str(length)
    if answer.status_code in WITHOUT_BODY:
        del answer.headers["Content-Length"]
    await send(
        {
            "type": "http.response.start",
            "status": answer.status_code,
            "headers": answer.raw_headers,
        }
    )


async def _send_padded(answer: Response, body: bytes, size: int, send: Send) -> None:
    """Blanks after the document: valid JSON, far too long."""
    size = max(size, len(body))
    await _start(answer, size, send)
    await send({"type": "http.response.body", "body": body, "more_body": True})
    left = size - len(body)
    while left > 0:
        part = BLANKS[:left]
        left -= len(part)
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body", "body": b""})
