"""Rate limits: a rolling burst per token, searches per account, and the day of the account."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from sandbox.hubspot.auth import Token
from sandbox.hubspot.errors import rate_limited
from sandbox.limits import lately

TIME_ZONE = ZoneInfo("US/Eastern")


@dataclass
class Limits:
    """The limits of a Professional account; refused requests do not count (an assumption)."""

    burst: int = 190
    oauth_burst: int = 110
    seconds: float = 10.0
    searches_per_second: int = 5
    daily: int = 625_000
    tick: Callable[[], float] = time.monotonic
    used_today: int = 0
    _day: date | None = None
    _calls: dict[str, deque[float]] = field(default_factory=dict)
    _searches: deque[float] = field(default_factory=deque)

    def spend(self, token: Token, now: datetime, *, search: bool) -> dict[str, str]:
        """Count a request, giving the headers its answer carries; refuse one too many."""
        self._start_day(now)
        if not token.oauth and self.used_today >= self.daily:
            raise rate_limited("DAILY")
        if search:
            self._take(self._searches, 1.0, self.searches_per_second, "SECONDLY")
        else:
            self._take(
                self._of(token),
                self.seconds,
                self._burst(token),
                "TEN_SECONDLY_ROLLING",
            )
        self.used_today += not token.oauth
        return {} if search else self._headers(token)

    def _start_day(self, now: datetime) -> None:
        today = now.astimezone(TIME_ZONE).date()
        if today != self._day:
            self._day, self.used_today = today, 0

    def _take(self, calls: deque[float], seconds: float, most: int, policy: str) -> None:
        now = self.tick()
        if lately(calls, now, seconds) >= most:
            raise rate_limited(policy)
        calls.append(now)

    def _of(self, token: Token) -> deque[float]:
        return self._calls.setdefault(token.value, deque())

    def _burst(self, token: Token) -> int:
        return self.oauth_burst if token.oauth else self.burst

    def _headers(self, token: Token) -> dict[str, str]:
        most, calls = self._burst(token), self._of(token)
        second = sum(moment > self.tick() - 1.0 for moment in calls)
        numbers = {
            "Interval-Milliseconds": round(self.seconds * 1000),
            "Max": most,
            "Remaining": most - len(calls),
            "Secondly": most // 10,
            "Secondly-Remaining": max(0, most // 10 - second),
        }
        if not token.oauth:
            numbers["Daily"] = self.daily
            numbers["Daily-Remaining"] = self.daily - self.used_today
        return {f"X-HubSpot-RateLimit-{name}": str(number) for name, number in numbers.items()}
