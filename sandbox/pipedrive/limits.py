"""Rate limits: a rolling burst per token, the company's daily budget, and the wall behind them."""

import re
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime

from starlette.responses import Response

from sandbox.answers import html
from sandbox.gate import Refusal
from sandbox.limits import lately
from sandbox.pipedrive.answers import over_limit

BURST_SECONDS = 2.0
# What an operation costs, by its path without the version; the first that fits counts.
COSTS = (
    (r"/v1/leads/archived$", 40),
    (r"/v1/\w+/[\w-]+$", 2),
    (r"/v1/", 20),
    (r"/v2/deals/archived$", 20),
    (r"/v2/\w+/\d+$", 1),
    (r"/v2/(pipelines|stages)$", 5),
    (r"", 10),
)


def cost_of(path: str) -> int:
    """How much of the budget a request takes."""
    return next(cost for pattern, cost in COSTS if re.search(pattern, path))


def blocked() -> Response:
    """What the wall in front of the API shows to those who would not wait."""
    return html(403, "Sorry, you have been blocked")


@dataclass
class Limits:
    """The limits of a company; who goes on through `patience` refusals is shut out for a time."""

    burst: int = 40
    daily: int = 150_000
    tells_daily: bool = True  # the headers with the budget are not documented, and may be missing
    patience: int = 40  # how many it takes is not documented
    shut_out_seconds: float = 30.0
    tick: Callable[[], float] = time.monotonic
    spent: int = 0
    refused: int = 0
    shut_until: float = 0.0
    _day: date | None = None
    _calls: dict[str, deque[float]] = field(default_factory=dict)

    def spend(self, token: str, path: str, now: datetime) -> dict[str, str]:
        """Count a request, giving the headers its answer carries; raises Refusal for one too many."""
        tick = self.tick()
        if tick < self.shut_until:
            raise Refusal(blocked())
        if now.astimezone(UTC).date() != self._day:
            self._day, self.spent = now.astimezone(UTC).date(), 0
        calls = self._calls.setdefault(token, deque())
        cost = cost_of(path)
        if lately(calls, tick, BURST_SECONDS) >= self.burst or self.spent + cost > self.daily:
            self._refuse(len(calls), tick)
        self.refused = 0
        calls.append(tick)
        self.spent += cost
        return self.headers(self.burst - len(calls))

    def headers(self, left: int) -> dict[str, str]:
        """What an answer says of the limits; the reset is in seconds from now."""
        told = {
            "x-ratelimit-limit": str(self.burst),
            "x-ratelimit-remaining": str(left),
            "x-ratelimit-reset": f"{BURST_SECONDS:.0f}",
        }
        if self.tells_daily:
            told["x-daily-ratelimit-token-limit"] = str(self.daily)
            told["x-daily-ratelimit-token-remaining"] = str(max(self.daily - self.spent, 0))
        return told

    def _refuse(self, calls: int, tick: float) -> None:
        self.refused += 1
        if self.refused > self.patience:
            self.refused, self.shut_until = 0, tick + self.shut_out_seconds
            raise Refusal(blocked())
        if calls < self.burst:
            self.spent = self.daily  # too little is left for anything
        raise Refusal(over_limit(self.headers(max(self.burst - calls, 0))))
