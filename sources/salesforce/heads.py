"""Hearing the head of an answer while its body is still on the way: it names the next page."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import httpx

Hear = Callable[[httpx.Headers], None]

_listener: ContextVar[Hear | None] = ContextVar("crm_sync_salesforce_heads", default=None)


@contextmanager
def listening(hear: Hear) -> Iterator[None]:
    """Let `hear` know the head of every good answer to what this task asks inside."""
    token = _listener.set(hear)
    try:
        yield
    finally:
        _listener.reset(token)


class Heads(httpx.AsyncBaseTransport):
    """Passes requests on, and heads of answers to who listens."""

    def __init__(self, inner: httpx.AsyncBaseTransport | None = None) -> None:
        # As `sources.exchange` wants its connections: our own limits decide how many are under way.
        limits = httpx.Limits(
            max_connections=None, max_keepalive_connections=50, keepalive_expiry=30.0
        )
        self._inner = inner or httpx.AsyncHTTPTransport(limits=limits)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request; the body is read by who asked."""
        response = await self._inner.handle_async_request(request)
        hear = _listener.get()
        if hear is not None and response.status_code == 200:
            hear(response.headers)
        return response

    async def aclose(self) -> None:
        """Close the connections."""
        await self._inner.aclose()
