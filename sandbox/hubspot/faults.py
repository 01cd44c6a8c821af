"""Trouble on demand: what can go wrong between a client and the API, switchable while running."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Lock
from typing import Any

from starlette.responses import Response

from sandbox.hubspot.errors import (
    ApiError,
    expired,
    html,
    internal,
    missing_scope,
    rate_limited,
    refusal,
    unauthorized,
)

LIST_PATH = r"^/crm/(v3/objects|objects/[\d-]+)/[^/]+$"


@dataclass
class Fault:
    """One kind of trouble for the requests that match."""

    kind: str
    times: int | None = 1  # None: until cleared
    method: str | None = None
    path: str | None = None  # a regular expression, searched for in the path
    skip: int = 0  # leave the first matching requests alone
    every: int = 1  # then strike at each n-th
    policy: str = "TEN_SECONDLY_ROLLING"
    retry_after: float | None = None
    scope: str = "crm.objects.contacts.read"
    delay: float = 1.0  # seconds, for `slow`; `stall` waits until the client gives up
    size: int = 50_000_000  # bytes, for `oversized`
    matched: int = 0
    struck: int = 0

    def __post_init__(self) -> None:
        """Refuse what no request could ever meet."""
        if self.kind not in KINDS:
            raise ValueError(f"No fault is called {self.kind!r}; there are {', '.join(KINDS)}")
        if self.every < 1:
            raise ValueError("every must be 1 or more")
        if self.kind in PAGES:
            self.method, self.path = self.method or "GET", self.path or LIST_PATH

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


def _moving(fault: Fault) -> Response:
    wait = 60 if fault.retry_after is None else fault.retry_after
    headers = {"Retry-After": f"{wait:g}"}
    return refusal(ApiError(477, "This account is moving to another data centre", headers=headers))


def _unavailable(fault: Fault) -> Response:
    wait = None if fault.retry_after is None else {"Retry-After": f"{fault.retry_after:g}"}
    return refusal(ApiError(503, "Service unavailable", headers=wait))


def _locked(fault: Fault) -> Response:
    wait = None if fault.retry_after is None else {"Retry-After": f"{fault.retry_after:g}"}
    return refusal(ApiError(423, "A large sync is in progress", headers=wait))


# Instead of an answer.
ANSWERS: dict[str, Callable[[Fault], Response]] = {
    "server_error": lambda fault: refusal(internal()),
    "bad_gateway": lambda fault: html(502, "Bad Gateway"),
    "unavailable": _unavailable,
    "gateway_timeout": lambda fault: html(504, "Gateway Time-out"),
    "rate_limit": lambda fault: refusal(rate_limited(fault.policy, fault.retry_after)),
    "unauthorized": lambda fault: refusal(unauthorized()),
    "expired": lambda fault: refusal(expired()),
    "missing_scope": lambda fault: refusal(missing_scope(fault.scope)),
    "uri_too_long": lambda fault: html(414, "Request-URI Too Large"),
    "locked": _locked,
    "moving": _moving,
    "html": lambda fault: html(200, "Maintenance"),
}
CONNECTION = ("reset", "closed")  # no answer at all
SPOILED = (
    "truncated",
    "dropped",
    "stall",
    "slow",
    "oversized",
)  # the answer, badly delivered
PAGES = ("empty_page", "short_page")  # list pages with fewer records than there are
KINDS = (*ANSWERS, *CONNECTION, *SPOILED, *PAGES)


@dataclass
class Faults:
    """The faults that are switched on; the first that matches strikes."""

    active: list[Fault] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def add(self, kind: str, **how: Any) -> Fault:
        """Switch on a fault; see `Fault` for how it may be limited."""
        fault = Fault(kind, **how)
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
