"""Trouble on demand, whoever the vendor: what can go wrong, and which requests it strikes."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from starlette.responses import Response

CONNECTION = ("reset", "closed")  # no answer at all
SPOILED = ("truncated", "dropped", "stall", "slow", "oversized")  # the answer, badly delivered


@dataclass
class Fault:
    """One kind of trouble for the requests that match."""

    kind: str
    times: int | None = 1  # None: until cleared
    method: str | None = None
    path: str | None = None  # a regular expression, searched for in the path
    skip: int = 0  # leave the first matching requests alone
    every: int = 1  # then strike at each n-th
    retry_after: float | None = None
    delay: float = 1.0  # seconds, for `slow`; `stall` waits until the client gives up
    size: int = 50_000_000  # bytes, for `oversized`
    matched: int = 0
    struck: int = 0

    def strikes(self, method: str, path: str) -> bool:
        """Whether this request is hit; counts it."""
        if self.method and self.method.upper() != method:
            return False
        if self.path and not re.search(self.path, path):
            return False
        self.matched += 1
        if self.matched <= self.skip or (self.matched - self.skip) % self.every:
            return False
        if self.times is not None and self.struck >= self.times:
            return False
        self.struck += 1
        return True


@dataclass
class Faults:
    """The faults that are switched on; the first that matches strikes.

    `answers` are the vendor's own ways to refuse, by the kind of fault; `pages` are kinds that spoil
    what a list says, each with the paths that have one. `make` makes a fault, which `answers` take:
    a vendor's may be told more.
    """

    answers: Mapping[str, Callable[[Any], Response]]
    pages: Mapping[str, str] = field(default_factory=dict)
    make: Callable[..., Fault] = Fault
    active: list[Fault] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    @property
    def kinds(self) -> tuple[str, ...]:
        """Every kind there is."""
        return (*self.answers, *CONNECTION, *SPOILED, *self.pages)

    def add(self, kind: str, **how: Any) -> Fault:
        """Switch on a fault; see `Fault` for how it may be limited."""
        fault = self.make(kind, **how)
        if kind not in self.kinds:
            raise ValueError(f"No fault is called {kind!r}; there are {', '.join(self.kinds)}")
        if fault.every < 1:
            raise ValueError("every must be 1 or more")
        if kind in self.pages:
            fault.method, fault.path = fault.method or "GET", fault.path or self.pages[kind]
        with self._lock:
            self.active.append(fault)
        return fault

    def clear(self) -> None:
        """Switch everything off."""
        with self._lock:
            self.active.clear()

    def take(self, method: str, path: str) -> Fault | None:
        """The fault that hits a request, if any."""
        with self._lock:
            return next((fault for fault in self.active if fault.strikes(method, path)), None)
