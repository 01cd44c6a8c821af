"""Rate limits shared by all that read one CRM account: exact windows, first come first served.

A request passes one gate per named limit. Nothing here belongs to an event loop or a thread: those
who wait sleep and look again, so an account's limits outlive the loop of a single run.
"""

import asyncio
import math
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from pyrate_limiter import RateItem

from sources.errors import RetryLater
from sources.gate import Gate, Rate
from sources.sharing import Quota, current_quota

__all__ = ["Limits", "Rate", "Turn", "shared_limits"]

# Nobody sleeps longer without looking again: a turn given up or a learned rate moves everyone.
PATIENCE_SECONDS = 0.25


@dataclass(slots=True)
class Turn:
    """Leave to send one request, after `waited` seconds; `sent` says that it is on the wire."""

    waited: float
    sent: Callable[[], None]


@dataclass(slots=True)
class Limits:
    """The limits of one account by name; those in `fixed` the user has set: nothing learned counts.

    Who would wait longer than `longest_wait` seconds is told so by RetryLater. Declare the widest limit
    first. A name without a rate is never full, but can be paused. Where other processes read the account
    too, each request is borrowed from `quota` as well, which knows of all of them.
    """

    rates: Mapping[str, tuple[Rate, ...]] = field(default_factory=dict)
    fixed: Collection[str] = ()
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    longest_wait: float = math.inf
    quota: Quota | None = None
    _gates: dict[str, Gate] = field(init=False, repr=False, default_factory=dict)
    _lock: threading.Lock = field(init=False, repr=False, default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._gates = {name: Gate(rates) for name, rates in self.rates.items()}

    async def acquire(self, *names: str) -> float:
        """Wait until a request may be sent under all the limits named; the seconds waited."""
        async with self.turn(*names) as turn:
            turn.sent()
        return turn.waited

    @asynccontextmanager
    async def turn(self, *names: str) -> AsyncIterator[Turn]:
        """Wait for a turn; it counts from `sent()` or the end of the block, never from before."""
        started = self.clock()
        held: list[tuple[Gate, RateItem]] = []
        used = False
        try:
            await self._pass_all(names, held)
            used = True
            yield Turn(self.clock() - started, lambda: self._leave(held, used=True))
        finally:
            self._leave(held, used=used)

    def pause(self, name: str, seconds: float) -> None:
        """Hold everyone back who needs the limit `name`; a longer pause stays as it is."""
        with self._lock:
            gate = self._gate(name)
            gate.opens_at = max(gate.opens_at, self._now() + math.ceil(seconds * 1000))

    def learn(self, name: str, rate: Rate) -> None:
        """Go by the rate the vendor states, unless the user has set one."""
        with self._lock:
            gate = self._gate(name)
            if name not in self.fixed and gate.rates != (rate,):
                gate.change((rate,))

    def declare(self, rates: Mapping[str, tuple[Rate, ...]], fixed: Collection[str] = ()) -> None:
        """Take over changed settings; rates declared as before keep what was learned about them."""
        with self._lock:
            for name, declared in rates.items():
                if self.rates.get(name) != declared or (name in fixed) != (name in self.fixed):
                    self._gate(name).change(declared)
            self.rates, self.fixed = dict(rates), fixed

    def remember(self, name: str, spent: Collection[tuple[float, int]]) -> None:
        """Count what was sent before this process: how many seconds ago, and how many requests."""
        with self._lock:
            gate, now = self._gate(name), self._now()
            if any(log.items for log in gate.logs):
                return
            for log in gate.logs:
                log.items = [
                    RateItem("", now - int(ago * 1000))
                    for ago, requests in sorted(spent, reverse=True)
                    if ago * 1000 < log.rates[0].interval
                    for _ in range(requests)
                ]

    def left(self, name: str) -> list[tuple[Rate, int]]:
        """How many requests each rate of a limit has room for now."""
        with self._lock:
            gate, now = self._gate(name), self._now()
            return [
                (
                    rate,
                    rate.requests
                    - sum(now - item.timestamp < log.rates[0].interval for item in log.items),
                )
                for rate, log in zip(gate.rates, gate.logs, strict=True)
            ]

    async def _pass_all(self, names: tuple[str, ...], held: list[tuple[Gate, RateItem]]) -> None:
        # Everyone takes the gates in one order, else two could wait for each other forever: the
        # narrowest first, so that those who queue there take no room at the wide one.
        with self._lock:
            for name in names:
                self._gate(name)
            gates = [gate for name, gate in reversed(self._gates.items()) if name in names]
        for gate in gates:
            held.append((gate, await self._pass(gate)))  # noqa: PERF401 - kept one by one: a wait may be given up
        if self.quota:
            for name in names:
                await self.quota.take(name, self._gates[name].rates)
        while (wait := max((gate.opens_at for gate in gates), default=0) - self._now()) > 0:
            await self._doze(wait)

    async def _pass(self, gate: Gate) -> RateItem:
        ticket = object()
        with self._lock:
            gate.queue.append(ticket)
        try:
            while True:
                with self._lock:
                    wait = gate.wait(ticket, now := self._now())
                    if wait == 0:
                        return gate.admit(now)
                if wait > self.longest_wait * 1000:
                    raise RetryLater(
                        f"the limit of {_told(gate.rates)} is reached"
                        f" (try again in {wait // 1000} s; a later run resumes)",
                        wait / 1000,
                    )
                await self._doze(wait)
        finally:
            with self._lock:
                gate.queue.remove(ticket)

    def _leave(self, held: list[tuple[Gate, RateItem]], *, used: bool) -> None:
        with self._lock:
            for gate, item in held:
                gate.leave(item, self._now(), used=used)

    def _gate(self, name: str) -> Gate:
        return self._gates.setdefault(name, Gate(()))

    def _now(self) -> int:
        return int(self.clock() * 1000)

    async def _doze(self, milliseconds: int) -> None:
        await self.sleep(min(milliseconds / 1000, PATIENCE_SECONDS))


def _told(rates: Collection[Rate]) -> str:
    return " and ".join(f"{rate.requests} requests in {rate.seconds:g} s" for rate in rates)


_shared: dict[str, Limits] = {}


def shared_limits(
    account: str, rates: Mapping[str, tuple[Rate, ...]], fixed: Collection[str] = ()
) -> Limits:
    """The limits of an account, the same object for everyone in this process."""
    limits = _shared.setdefault(account, Limits(rates, fixed))
    limits.declare(rates, fixed)
    limits.quota = current_quota()
    return limits
