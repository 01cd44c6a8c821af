"""A tiny PostgreSQL pooler: clients on a TCP port share a few connections to a real server."""

import asyncio
import struct
from asyncio import StreamReader, StreamWriter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Thread
from typing import Literal

from psycopg.conninfo import conninfo_to_dict

Order = Literal["warmest", "in turn"]
Backend = tuple[StreamReader, StreamWriter]

ENCRYPTION_REQUESTS = (80877103, 80877104)
PROTOCOL = 3 << 16


class Pooler:
    """Lends a backend for a transaction, or for a whole session."""

    def __init__(self, url: str, order: Order, session: bool, version: str | None) -> None:
        self.target = {name: str(value) for name, value in conninfo_to_dict(url).items()}
        self.idle: asyncio.Queue[Backend] = (
            asyncio.LifoQueue() if order == "warmest" else asyncio.Queue()
        )
        self.session = session
        self.version = version
        self.greeting = b""

    async def open_backends(self, number: int) -> None:
        for _ in range(number):
            backend = await asyncio.open_unix_connection(f"{self.target['host']}/.s.PGSQL.5432")
            start = f"user\0{self.target['user']}\0database\0{self.target['dbname']}\0\0"
            body = struct.pack("!i", PROTOCOL) + start.encode()
            backend[1].write(struct.pack("!i", len(body) + 4) + body)
            self.greeting = b""
            while (message := await read_message(backend[0]))[:1] != b"Z":
                self.greeting += self._disguise(message)
            self.greeting += message
            self.idle.put_nowait(backend)

    def _disguise(self, message: bytes) -> bytes:
        if self.version is None or b"server_version\0" not in message:
            return message
        body = f"server_version\0{self.version}\0".encode()
        return b"S" + struct.pack("!i", len(body) + 4) + body

    async def serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            await greet(reader, writer, self.greeting)
            await self._relay(reader, writer)
        writer.close()

    async def _relay(self, reader: StreamReader, writer: StreamWriter) -> None:
        backend: Backend | None = None
        try:
            while (message := await read_message(reader))[:1] != b"X":
                backend = backend or await self.idle.get()
                backend[1].write(message)
                if message[:1] in b"QS" and await answer(backend, writer) and not self.session:
                    self.idle.put_nowait(backend)
                    backend = None
        finally:
            if backend:
                self.idle.put_nowait(backend)


async def greet(reader: StreamReader, writer: StreamWriter, greeting: bytes) -> None:
    """Decline encryption, take the start packet as it comes, and say the server's own greeting."""
    while True:
        length, code = struct.unpack("!ii", await reader.readexactly(8))
        await reader.readexactly(length - 8)
        if code not in ENCRYPTION_REQUESTS:
            break
        writer.write(b"N")
    writer.write(greeting)


async def read_message(reader: StreamReader) -> bytes:
    head = await reader.readexactly(5)
    return head + await reader.readexactly(struct.unpack("!i", head[1:])[0] - 4)


async def answer(backend: Backend, writer: StreamWriter) -> bool:
    """Pass on the answer to a query; true when no transaction is left open."""
    while True:
        message = await read_message(backend[0])
        writer.write(message)
        if message[:1] == b"Z":
            return message[5:] == b"I"


@contextmanager
def pooler(
    url: str,
    backends: int = 1,
    order: Order = "warmest",
    session: bool = False,
    version: str | None = None,
) -> Iterator[str]:
    """The URL of a pooler before the server at `url`."""
    loop = asyncio.new_event_loop()
    thread = Thread(target=loop.run_forever)
    thread.start()

    async def begin() -> asyncio.Server:
        shared = Pooler(url, order, session, version)
        await shared.open_backends(backends)
        return await asyncio.start_server(shared.serve, "127.0.0.1", 0)

    async def end() -> None:
        others = asyncio.all_tasks() - {asyncio.current_task()}
        for task in others:
            task.cancel()
        await asyncio.gather(*others, return_exceptions=True)

    try:
        listener = asyncio.run_coroutine_threadsafe(begin(), loop).result(10)
        host, port = listener.sockets[0].getsockname()
        yield f"postgresql://postgres:tulip@{host}:{port}/{conninfo_to_dict(url)['dbname']}"
        loop.call_soon_threadsafe(listener.close)
    finally:
        asyncio.run_coroutine_threadsafe(end(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()
