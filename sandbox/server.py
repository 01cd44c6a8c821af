"""Run a look-alike on a local port: in a thread for tests, in the foreground for people."""

import asyncio
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

START_TIMEOUT = 10.0
STOP_TIMEOUT = 5.0
LONGEST_HEAD = 1_000_000  # a URL beyond the vendor's limit must reach the app, which refuses it


class Protocol(H11Protocol):
    """HTTP as uvicorn speaks it, with the connection within reach, so that an app can break it."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Hand the transport to the app along with every request of this connection."""
        super().connection_made(transport)
        app: Any = self.app

        async def with_transport(scope: Any, receive: Any, send: Any) -> None:
            await app(scope | {"sandbox.transport": transport}, receive, send)

        self.app = with_transport


class Server(uvicorn.Server):
    """A server that stops when told, at once, whatever its connections are doing."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready
        self._told = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None

    def stop(self) -> None:
        """Ask the server to end; may be called from any thread."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(self._told.set)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leave the process's signal handlers alone."""
        yield

    async def main_loop(self) -> None:
        """Say that requests are welcome, then wait to be told to stop."""
        self._loop = asyncio.get_running_loop()
        self._ready()
        await self._told.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drop connections and unfinished answers instead of waiting for them."""
        for listener in self.servers:
            listener.close()
        unfinished = list(self.server_state.tasks)
        for task in unfinished:
            task.cancel()
        await asyncio.gather(*unfinished, return_exceptions=True)
        for connection in list(self.server_state.connections):
            if connection.transport is not None:
                connection.transport.abort()
        await asyncio.sleep(0)


def _configure(app: Any) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        loop="asyncio",
        http=Protocol,
        ws="none",
        lifespan="off",
        log_config=None,
        log_level="critical",
        access_log=False,
        date_header=False,  # the look-alike has its own clock
        server_header=False,
        h11_max_incomplete_event_size=LONGEST_HEAD,
    )


def _listen(host: str, port: int) -> tuple[socket.socket, str]:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Inherited by each connection: an answer's head and body are two writes, and the second one would
    # wait 40 ms for the first to be acknowledged.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    listener.bind((host, port))
    shown = f"[{host}]" if ":" in host else host
    return listener, f"http://{shown}:{listener.getsockname()[1]}"


@contextmanager
def serve(app: Any, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve an ASGI app from a background thread while the block runs, giving its base URL."""
    listener, url = _listen(host, port)
    ready = threading.Event()
    server = Server(_configure(app), ready.set)
    thread = threading.Thread(
        target=lambda: asyncio.run(server.serve(sockets=[listener])),
        name="sandbox",
        daemon=True,
    )
    thread.start()
    try:
        if not ready.wait(START_TIMEOUT):
            raise RuntimeError(f"The sandbox did not start within {START_TIMEOUT:.0f} s")
        yield url
    finally:
        server.stop()
        thread.join(STOP_TIMEOUT)
        listener.close()


def run(app: Any, host: str = "127.0.0.1", port: int = 0) -> None:
    """Serve an ASGI app in the foreground until SIGINT or SIGTERM, after printing its URL."""
    listener, url = _listen(host, port)

    async def serve_until_told() -> None:
        server = Server(_configure(app), lambda: print(url, flush=True))
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, server.stop)
        await server.serve(sockets=[listener])

    with listener:
        asyncio.run(serve_until_told())
