"""Threads for drivers that block: a few of a source's own, so that the event loop keeps going."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, TypeVar

R = TypeVar("R")


class Hand:
    """What a thread holds while it asks: somebody who gives up may let go of it."""

    def __init__(self, interrupt: Callable[[Any], None]) -> None:
        self._interrupt = interrupt
        self._driver: Any = None

    def hold(self, driver: Any) -> None:
        """Note the driver's connection that is in use (None: no more)."""
        self._driver = driver

    def let_go(self) -> None:
        """End what the connection is doing, where that can be done."""
        if self._driver is not None:
            with suppress(Exception):
                self._interrupt(self._driver)


class Threads:
    """So many threads as there may be connections: none of them waits for another."""

    def __init__(self, most: int) -> None:
        self._executor = ThreadPoolExecutor(max_workers=most, thread_name_prefix="database")

    async def run(self, hand: Hand, call: Callable[..., R], *args: Any) -> R:
        """Do what blocks beside the event loop; who gives up ends it first."""
        work = asyncio.get_running_loop().run_in_executor(
            self._executor, partial(call, hand, *args)
        )
        try:
            return await asyncio.shield(work)
        except asyncio.CancelledError:
            await asyncio.to_thread(hand.let_go)
            await asyncio.wait([work])
            raise

    def close(self) -> None:
        """Let the threads end; whoever works in one was waited for."""
        self._executor.shutdown(wait=True)
