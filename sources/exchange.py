"""One exchange with a server: a question sent once, an answer read within bounds."""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import Any, Protocol
from urllib.parse import quote, urlencode

import httpx

from sources.errors import ConfigError, TooLarge
from sources.meter import current_meter
from sources.policy import Reply

CONNECT_TIMEOUT = 10.0
MAX_BODY = 64 * 1024 * 1024
# The read timeout bounds each silence; an answer that only drips is given up after so many of them.
SILENCES_PER_ANSWER = 10
# A body on its way into a file may take longer, as long as this many of its bytes come in a second.
SLOWEST_BYTES = 65_536
# What the network does to a request; timeouts and what httpx did not wrap are OSErrors.
NETWORK_FAULTS = (httpx.TransportError, httpx.DecodingError, OSError)

Params = Mapping[str, str | int | float | bool | Sequence[str | int] | None]

# These log whole URLs and headers; query values can be people's data.
logging.getLogger("httpx").setLevel(logging.WARNING)
logging.getLogger("httpcore").setLevel(logging.WARNING)


class Sink(Protocol):
    """Where a body goes that is too large to be held; `size` is how many bytes are expected."""

    size: int

    def begin(self) -> None:
        """Forget what came before: the question is sent (again)."""
        ...

    def write(self, piece: bytes) -> None:
        """Take in the next bytes."""
        ...

    def end(self) -> None:
        """All has come; raises BadAnswer where it is not what was expected."""
        ...


@dataclass(frozen=True, slots=True)
class Call:
    """One question to the vendor, however often it has to be sent."""

    method: str
    path: str
    params: Params | None = field(default=None, repr=False)
    content: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    buckets: tuple[str, ...] = ("all",)
    accept: Collection[int] = (200,)
    expect_json: bool = True
    sink: Sink | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        """Method and path: all of a request that may be shown."""
        return f"{self.method} {self.path.partition('?')[0]}"

    def sink_of(self, status: int) -> Sink | None:
        """Where the body of an answer goes, if anywhere: refusals and redirections are read here."""
        return self.sink if status == 200 else None


class Wire:
    """The connections to one server, kept open between requests."""

    def __init__(
        self,
        base_url: str,
        timeout: float,
        max_body: int = MAX_BODY,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._max_body = max_body
        self._deadline = timeout * SILENCES_PER_ANSWER
        self._base = str(_checked_url(base_url)).rstrip("/")
        self._client = httpx.AsyncClient(
            timeout=httpx.Timeout(timeout, connect=CONNECT_TIMEOUT, pool=None),
            # The limits decide how many are under way; a full pool would bunch up what they spaced.
            limits=httpx.Limits(
                max_connections=None, max_keepalive_connections=50, keepalive_expiry=30.0
            ),
            follow_redirects=False,
            transport=transport,
            headers={
                "User-Agent": f"crm-sync/{_version()}",
                "Accept": "application/json",
                # Not zstd or brotli: a few bytes of theirs can unfold to more than memory holds.
                "Accept-Encoding": "gzip, deflate",
            },
        )

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def exchange(
        self, call: Call, credentials: Mapping[str, str], sent: Callable[[], None]
    ) -> Reply:
        """Send a call and read the answer; `sent` is called when the request is on the wire."""

        async def watch(event: str, _details: Mapping[str, Any]) -> None:
            if event.endswith("send_request_body.complete"):
                sent()

        async with (
            asyncio.timeout(self._deadline_of(call)),
            self._client.stream(
                call.method,
                self._address(call),
                content=call.content,
                headers={**call.headers, **credentials},
                extensions={"trace": watch},
            ) as response,
        ):
            sent()
            if sink := call.sink_of(response.status_code):
                body = await _pour(response, sink)
            else:
                body = await self._read(call, response)
        return Reply(response.status_code, response.headers, body)

    def _address(self, call: Call) -> httpx.URL:
        """The whole address, put together first: httpx would take a long query apart three times."""
        given = (call.params or {}).items()
        # Booleans as JSON spells them.
        params = {
            key: str(value).lower() if isinstance(value, bool) else value
            for key, value in given
            if value is not None
        }
        query = urlencode(params, quote_via=quote, safe=",") if params else ""
        return httpx.URL(f"{self._base}{call.path}{'?' if query else ''}{query}")

    def _deadline_of(self, call: Call) -> float:
        size = call.sink.size if call.sink is not None else 0
        return self._deadline + size / SLOWEST_BYTES

    async def _read(self, call: Call, response: httpx.Response) -> bytes:
        stated = response.headers.get("content-length", "")
        if stated.isdecimal() and int(stated) > self._max_body:
            raise TooLarge(f"{call.name} answered {stated} bytes; the limit is {self._max_body}")
        body = bytearray()
        async for piece in response.aiter_bytes():
            body += piece
            current_meter().bytes_fetched += len(piece)
            if len(body) > self._max_body:
                raise TooLarge(f"{call.name} answered more than {self._max_body} bytes")
        return bytes(body)


async def _pour(response: httpx.Response, sink: Sink) -> bytes:
    """Let a body run into a sink; nothing of it is kept here."""
    sink.begin()
    async for piece in response.aiter_bytes():
        current_meter().bytes_fetched += len(piece)
        sink.write(piece)
    return b""


def _checked_url(base_url: str) -> httpx.URL:
    try:
        url = httpx.URL(base_url.strip())
    except httpx.InvalidURL:
        url = httpx.URL("")
    if url.scheme not in ("http", "https") or not url.host or url.userinfo or url.query:
        raise ConfigError(
            "The base URL must look like https://api.example.com, without user or query."
        )
    return url


def _version() -> str:
    try:
        return version("crm-sync")
    except PackageNotFoundError:  # run from a checkout that is not installed
        return "0"
