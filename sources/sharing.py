"""One quota for all processes that read an account, borrowed from whoever counts for all of them.

A bucket of so many requests that fills at so much a second lets through at most its size and what flows in
meanwhile. Size and flow are chosen so that no window of the vendor's holds more than it may, however late
within its time a borrowed request is sent.
"""

import asyncio
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from sources.gate import Rate

# A share is an N-th of a window: larger ones cost fewer questions, and make a run that starts wait longer.
SHARES = 20
# What is borrowed is used so soon, or not at all.
KEPT_SECONDS = 0.5
# How much later than it was lent a request may reach the vendor, beyond that.
ON_THE_WAY_SECONDS = 0.25
# A longer window is not shared: its quota is meant to be used up at once, and SyncHistory knows what was spent.
LONGEST_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Bucket:
    """So many requests at once, so many more a second, lent in shares of so many."""

    size: int
    per_second: float
    share: int


Borrow = Callable[[str, Bucket], Awaitable[None]]


def bucket_of(rate: Rate) -> Bucket:
    """The bucket that keeps a rate, whoever else borrows from it."""
    share = max(1, rate.requests // SHARES)
    size = min(2 * share, max(rate.requests - 1, 1))
    spread = rate.seconds + ON_THE_WAY_SECONDS + (KEPT_SECONDS if share > 1 else 0.0)
    # One request a window: the bucket's own, and no other before the window is over.
    flow = (rate.requests - size) / spread if rate.requests > size else 1 / spread
    return Bucket(size, flow, share)


@dataclass(slots=True)
class Quota:
    """What this process may send of an account's quota; `borrow` waits until there is a share of it."""

    borrow: Borrow
    clock: Callable[[], float] = time.monotonic
    _left: dict[str, tuple[int, float]] = field(init=False, default_factory=dict)
    _turn: dict[str, asyncio.Lock] = field(
        init=False, default_factory=lambda: defaultdict(asyncio.Lock)
    )

    async def take(self, limit: str, rates: Collection[Rate]) -> None:
        """Wait for leave to send one request under a limit."""
        for rate in rates:
            if rate.seconds <= LONGEST_SECONDS:
                await self._take(f"{limit} {rate.requests} in {rate.seconds:g} s", bucket_of(rate))

    async def _take(self, name: str, bucket: Bucket) -> None:
        # Those who wait do so in a row: the first borrows for all of them.
        async with self._turn[name]:
            left, until = self._left.get(name, (0, 0.0))
            if not left or self.clock() > until:
                await self.borrow(name, bucket)
                left, until = bucket.share, self.clock() + KEPT_SECONDS
            self._left[name] = (left - 1, until)


_current: ContextVar[Quota | None] = ContextVar("crm_sync_quota", default=None)


@contextmanager
def sharing(quota: Quota | None) -> Iterator[None]:
    """Let the limits of accounts that are opened meanwhile borrow from `quota`."""
    token = _current.set(quota)
    try:
        yield
    finally:
        _current.reset(token)


def current_quota() -> Quota | None:
    """The quota to borrow from, if it is shared."""
    return _current.get()
