"""Serving the receiver: uvicorn, quiet, and patient when it is told to end."""

import asyncio
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import uvicorn
from starlette.applications import Starlette

# What was accepted when the signal came is finished within this time.
GRACE = 15  # seconds
MOST_CONNECTIONS = 2_000
BACKLOG = 2_048


class Server(uvicorn.Server):
    """A server that says when it is ready, and ends well when it is told to end."""

    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._ready = ready

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """End without raising the signal again: to be told to stop is no failure."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stop)
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Say that requests are welcome."""
        await super().startup(sockets)
        if self.started:
            self._ready()

    def _stop(self) -> None:
        # The second time, somebody is in a hurry.
        self.force_exit = self.should_exit
        self.should_exit = True


def listen(host: str, port: int) -> tuple[socket.socket, str]:
    """A socket, and the address it has; raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Inherited by each connection: an answer's head and body are two writes.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind((host, port))
    except OSError:
        listener.close()
        raise
    shown = f"[{host}]" if ":" in host else host
    return listener, f"http://{shown}:{listener.getsockname()[1]}"


def serve(app: Starlette, listener: socket.socket, ready: Callable[[], None]) -> None:
    """Answer until SIGINT or SIGTERM, then finish what was accepted."""
    config = uvicorn.Config(
        app,
        ws="none",
        lifespan="on",
        log_config=None,
        log_level="critical",
        # A path may hold a secret.
        access_log=False,
        server_header=False,
        # Nobody's word for where a request came from is taken.
        proxy_headers=False,
        backlog=BACKLOG,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_graceful_shutdown=GRACE,
    )
    with listener:
        asyncio.run(Server(config, ready).serve(sockets=[listener]))
