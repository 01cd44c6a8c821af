"""Group commit: what came while a commit ran goes into the next one, and is answered when that is done."""

import asyncio
import logging
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from flows.webhooks.incoming import buried
from warehouse.arrivals import Incoming, Unstorable
from warehouse.errors import WarehouseError

log = logging.getLogger("crm_sync")

MOST_WAITING = 10_000  # deliveries
# Of one transaction; a delivery that is larger has one of its own.
MOST_EVENTS = 5_000
MOST_BYTES = 16_000_000
# HubSpot waits for five seconds; CallRail never tries again, so that a short absence is sat out.
PATIENCE = 4.0
PAUSE = 0.2


class Unwritten(Exception):
    """Events are not stored, as far as is known; sending them again does no harm."""


class Store(Protocol):
    """Where events go; used by one thread at a time."""

    def store(self, events: list[Incoming]) -> int:
        """Write events for good, or none of them; without any, see that some could be."""
        ...

    def close(self) -> None:
        """Let go of what was opened."""
        ...


@dataclass(slots=True, eq=False)
class Waiting:
    """A delivery that waits for its commit."""

    events: Sequence[Incoming]
    stored: asyncio.Future[None]

    @property
    def size(self) -> int:
        """How many bytes it brings."""
        return sum(len(event.payload) for event in self.events)

    def answer(self, error: Exception | None = None) -> None:
        """Let the request go on, unless it has gone already."""
        if self.stored.done():
            return
        if error is None:
            self.stored.set_result(None)
        else:
            self.stored.set_exception(error)


class Writer:
    """The one writer of a server; `run` is its life, until `close`."""

    def __init__(
        self, place: Store, *, most_waiting: int = MOST_WAITING, patience: float = PATIENCE
    ) -> None:
        self._place = place
        self._most_waiting = most_waiting
        self._patience = patience
        self._queue: deque[Waiting] = deque()
        self._woken = asyncio.Event()
        self._closing = False
        self._away = False
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="webhooks")

    async def store(self, events: Sequence[Incoming]) -> None:
        """Return when events are stored for good; raises Unwritten where that takes too long.

        Without events: see that some could be stored.
        """
        if self._closing or len(self._queue) >= self._most_waiting:
            raise Unwritten("too many deliveries wait already")
        waiting = Waiting(events, asyncio.get_running_loop().create_future())
        self._queue.append(waiting)
        self._woken.set()
        try:
            await asyncio.wait_for(waiting.stored, self._patience)
        except TimeoutError:
            raise Unwritten("PostgreSQL takes too long") from None

    async def run(self) -> None:
        """Write what comes, until `close` was called and nothing is left."""
        while True:
            batch = self._next()
            if batch:
                await self._write(batch)
            elif self._closing:
                return
            else:
                self._woken.clear()
                await self._woken.wait()

    async def close(self, running: asyncio.Task[None]) -> None:
        """Take nothing more, write what was taken, and let go of the connection."""
        self._closing = True
        self._woken.set()
        await running
        await self._in_thread(self._place.close)
        self._thread.shutdown()

    def _next(self) -> list[Waiting]:
        """The deliveries of one transaction; who gave up is left out."""
        batch: list[Waiting] = []
        events = size = 0
        while self._queue:
            first = self._queue[0]
            if not first.stored.done():
                events += len(first.events)
                size += first.size
                if batch and (events > MOST_EVENTS or size > MOST_BYTES):
                    break
                batch.append(first)
            self._queue.popleft()
        return batch

    async def _write(self, batch: list[Waiting]) -> None:
        """Write a batch and answer it; where PostgreSQL is away, put it back for another try."""
        try:
            await self._in_thread(
                self._place.store, [event for waiting in batch for event in waiting.events]
            )
        except Unstorable:
            await self._one_by_one(batch)
        except Exception as error:  # noqa: BLE001 - the writer must live on, whatever it was
            self._say_away(error)
            self._queue.extendleft(reversed(batch))
            await asyncio.sleep(PAUSE)
        else:
            self._say_back()
            for waiting in batch:
                waiting.answer()

    async def _one_by_one(self, batch: Sequence[Waiting]) -> None:
        """Find what PostgreSQL refuses among others; that is kept as bare bytes for someone to look at."""
        for waiting in batch:
            try:
                try:
                    await self._in_thread(self._place.store, list(waiting.events))
                except Unstorable as error:
                    log.warning(
                        "a delivery was refused by PostgreSQL and is kept as dead: %s", error
                    )
                    bare = [buried(event, str(error)) for event in waiting.events]
                    await self._in_thread(self._place.store, bare)
            except Exception as error:  # noqa: BLE001 - told to whoever sent it
                self._say_away(error)
                waiting.answer(Unwritten("PostgreSQL did not store it"))
            else:
                waiting.answer()

    async def _in_thread(self, call: Callable[..., object], *args: object) -> None:
        work = asyncio.get_running_loop().run_in_executor(self._thread, call, *args)
        try:
            await asyncio.shield(work)
        except asyncio.CancelledError:
            # A thread cannot be recalled: its connection is left alone until it has ended.
            with suppress(Exception):
                await work
            raise

    def _say_away(self, error: Exception) -> None:
        if not self._away:
            said = str(error) if isinstance(error, WarehouseError) else type(error).__name__
            log.error("webhooks cannot be stored, senders are asked to try again: %s", said)
        self._away = True

    def _say_back(self) -> None:
        if self._away:
            log.warning("webhooks are stored again")
        self._away = False
