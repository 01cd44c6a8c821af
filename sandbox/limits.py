"""Rate limits as vendors count them: rolling windows of requests, all of which must have room."""

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field


def lately(calls: deque[float], now: float, seconds: float) -> int:
    """How many calls there were within some seconds; those before are forgotten."""
    while calls and calls[0] <= now - seconds:
        calls.popleft()
    return len(calls)


@dataclass
class Window:
    """At most `requests` in any `seconds`."""

    requests: int
    seconds: float
    calls: deque[float] = field(default_factory=deque)

    def wait(self, now: float) -> float:
        """Seconds until there is room for one more."""
        full = lately(self.calls, now, self.seconds) >= self.requests
        return self.calls[0] + self.seconds - now if full else 0.0


@dataclass
class Limits:
    """Several windows at once; refused requests do not count (an assumption)."""

    windows: tuple[Window, ...]
    tick: Callable[[], float] = time.monotonic

    @classmethod
    def of(cls, *rates: tuple[int, float], tick: Callable[[], float] = time.monotonic) -> "Limits":
        """Limits of so many requests in so many seconds each."""
        return cls(tuple(Window(requests, seconds) for requests, seconds in rates), tick)

    def spend(self) -> float:
        """Count a request; the seconds to wait, above 0, where it is one too many."""
        now = self.tick()
        wait = max((window.wait(now) for window in self.windows), default=0.0)
        if not wait:
            for window in self.windows:
                window.calls.append(now)
        return wait
