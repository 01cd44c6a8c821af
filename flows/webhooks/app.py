"""The receiver of webhooks as an ASGI application: believe, store for good, and only then say so."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from flows.webhooks.endpoints import Endpoint
from flows.webhooks.incoming import incoming
from flows.webhooks.refusals import Refusals
from flows.webhooks.writer import Unwritten, Writer
from sources.hooks import Delivery, Untrusted, among
from sources.listening import understood
from sources.privacy import Privacy

log = logging.getLogger("crm_sync")

# Seconds until a sender should try again.
RETRY_AFTER = "10"
# Of all deliveries in hand: what is being received, and what waits for its commit.
MOST_IN_HAND = 128_000_000  # bytes
# A body that takes longer is not worth the room it takes.
BODY_TIMEOUT = 10.0
EVENT = re.compile(r"[A-Za-z0-9_.-]{1,60}")


class Receiver:
    """What all requests share: endpoints, the keys, the writer, and how much is in hand."""

    def __init__(
        self,
        endpoints: Mapping[str, Endpoint],
        writer: Writer,
        privacy: Privacy,
        most_in_hand: int = MOST_IN_HAND,
    ) -> None:
        self._endpoints = endpoints
        self._writer = writer
        self._privacy = privacy
        self._most = most_in_hand
        self._in_hand = 0
        self._refusals = Refusals()

    async def receive(self, request: Request) -> Response:
        """One delivery: 200 when its events are stored for good."""
        endpoint, event = self._found(request)
        taken = 0
        try:
            async with asyncio.timeout(BODY_TIMEOUT):
                chunks = []
                async for chunk in self._chunks(request, endpoint):
                    chunks.append(chunk)
                    taken += len(chunk)
            return await self._accept(request, endpoint, event, b"".join(chunks))
        except TimeoutError:
            raise HTTPException(408) from None
        except ClientDisconnect:
            return Response(status_code=400)
        finally:
            self._in_hand -= taken

    async def health(self, _request: Request) -> Response:
        """200 where an event could be stored now."""
        try:
            await self._writer.store(())
        except Unwritten:
            return _later()
        return Response("ok\n", media_type="text/plain")

    def _found(self, request: Request) -> tuple[Endpoint, str]:
        """The endpoint, and the event that the path names behind it."""
        endpoint = self._endpoints.get(request.path_params["source"])
        if endpoint is None:
            raise HTTPException(404)
        token, rest = "", request.path_params.get("rest", "")
        if endpoint.tokens:
            token, _, rest = rest.partition("/")
            if not among(token, endpoint.tokens):
                self._refusals.count(endpoint.name, "its address lacks the secret part")
                raise HTTPException(404)
        if rest and not EVENT.fullmatch(rest):
            raise HTTPException(404)
        return endpoint, rest

    async def _chunks(self, request: Request, endpoint: Endpoint) -> AsyncIterator[bytes]:
        """The body as it comes, as long as it is not too large and there is room for it."""
        announced = request.headers.get("content-length", "")
        if announced.isdigit() and int(announced[:18]) > endpoint.max_body:
            raise HTTPException(413)
        size = 0
        async for chunk in request.stream():
            size += len(chunk)
            if size > endpoint.max_body:
                raise HTTPException(413)
            if self._in_hand + len(chunk) > self._most:
                raise HTTPException(503, headers={"Retry-After": RETRY_AFTER})
            self._in_hand += len(chunk)
            yield chunk

    async def _accept(
        self, request: Request, endpoint: Endpoint, event: str, body: bytes
    ) -> Response:
        delivery = Delivery(
            body,
            dict(request.headers),
            _uri(request, endpoint),
            request.method,
            event,
        )
        try:
            endpoint.hook.verify(delivery)
        except Untrusted as error:
            self._refusals.count(endpoint.name, str(error))
            return Response(status_code=401)
        events = understood(endpoint.hook, delivery)
        if events:
            rows = [incoming(endpoint.name, one, self._privacy) for one in events]
            try:
                await self._writer.store(rows)
            except Unwritten:
                return _later()
        told = endpoint.acknowledgement
        return Response(told.body, media_type=told.media_type)


def _later() -> Response:
    return Response(status_code=503, headers={"Retry-After": RETRY_AFTER})


def _uri(request: Request, endpoint: Endpoint) -> str:
    """The address that was asked for as the sender wrote it, which is what some sign."""
    path = (request.scope.get("raw_path") or request.url.path.encode()).decode("latin-1")
    query = request.scope["query_string"].decode("latin-1")
    if not endpoint.public:
        start = f"{request.url.scheme}://{request.headers.get('host', '')}{path}"
    elif endpoint.below:
        start = endpoint.public + path
    else:
        start = endpoint.public + path.removeprefix(f"/{endpoint.name}")
    return f"{start}?{query}" if query else start


async def _refuse(_request: Request, error: Exception) -> Response:
    """Nothing is told but the status."""
    assert isinstance(error, HTTPException)
    # What was not read of a body would be taken for the next request.
    closing = {"Connection": "close"} if error.status_code in {408, 413, 503} else {}
    return Response(status_code=error.status_code, headers={**(error.headers or {}), **closing})


async def _broken(_request: Request, error: Exception) -> Response:
    """A fault of ours; the sender tries again."""
    log.error("a webhook could not be handled (%s)", type(error).__name__)
    return Response(status_code=500)


def application(
    endpoints: Mapping[str, Endpoint],
    writer: Writer,
    privacy: Privacy,
    most_in_hand: int = MOST_IN_HAND,
) -> Starlette:
    """The application; its writer lives as long as it does."""
    receiver = Receiver(endpoints, writer, privacy, most_in_hand)

    @asynccontextmanager
    async def life(_app: Starlette) -> AsyncIterator[None]:
        running = asyncio.create_task(writer.run())
        try:
            yield
        finally:
            await writer.close(running)

    app = Starlette(
        routes=[
            Route("/health", receiver.health, methods=["GET"]),
            Route("/{source}", receiver.receive, methods=["POST"]),
            Route("/{source}/{rest:path}", receiver.receive, methods=["POST"]),
        ],
        exception_handlers={HTTPException: _refuse, Exception: _broken},
        lifespan=life,
    )
    app.router.redirect_slashes = False
    return app
