"""One named limit: exact sliding windows and the queue before them."""

import math
from dataclasses import dataclass
from operator import attrgetter

import pyrate_limiter
from pyrate_limiter import InMemoryBucket, RateItem

# The vendor counts arrivals, we count departures: a fast request sent a window after a slow one
# arrives less than a window after it. What matters is the spread of one-way delays, some tens of
# milliseconds whatever the window: hence a constant. (Connecting is not part of that spread, since
# a request counts from when it is written: `Turn.sent`.) It costs 0.5 % of 10 s, 5 % of 1 s.
MARGIN_SECONDS = 0.05

_by_time = attrgetter("timestamp")


@dataclass(frozen=True, slots=True)
class Rate:
    """At most `requests` in any span of `seconds`."""

    requests: int
    seconds: float

    def __post_init__(self) -> None:
        if self.requests < 1 or not 0 < self.seconds < math.inf:
            raise ValueError(f"a rate needs at least 1 request and more than 0 seconds: {self}")

    def bucket(self) -> InMemoryBucket:
        """An empty log of this rate's window, the safety margin included."""
        window = math.ceil((self.seconds + MARGIN_SECONDS) * 1000)
        return InMemoryBucket([pyrate_limiter.Rate(self.requests, window)])


class Gate:
    """One named limit: a queue, a log of who passed for each rate, and when it opens again."""

    def __init__(self, rates: tuple[Rate, ...]) -> None:
        self.rates = rates
        self.logs = [rate.bucket() for rate in rates]
        self.queue: list[object] = []
        self.unsent: list[RateItem] = []
        self.opens_at = 0

    def change(self, rates: tuple[Rate, ...]) -> None:
        """Go by other rates from now on; what has passed still counts."""
        passed = max((log.items for log in self.logs), key=len, default=[])
        self.rates = rates
        self.logs = [rate.bucket() for rate in rates]
        for log in self.logs:
            log.items = list(passed)

    def wait(self, ticket: object, now: int) -> int:
        """Milliseconds until the holder of `ticket` may pass, those ahead of it having passed."""
        ahead = self.queue.index(ticket)
        self._refresh(now)
        return max(self.opens_at - now, *(_until_room(log, ahead, now) for log in self.logs), 0)

    def admit(self, now: int) -> RateItem:
        """Let one pass; it counts as passing now until `leave` says when it was sent."""
        item = RateItem("", now)
        for log in self.logs:
            log.leak(now)
            log.put(item)
        self.unsent.append(item)
        return item

    def leave(self, item: RateItem, now: int, *, used: bool) -> None:
        """Fix the moment an admitted request was sent, or give its place back."""
        if item not in self.unsent:
            return
        self._refresh(now)
        self.unsent.remove(item)
        if not used:
            for log in self.logs:
                log.items.remove(item)

    def _refresh(self, now: int) -> None:
        """Admitted but not yet sent: the vendor will count it no earlier than now."""
        for item in self.unsent:
            item.timestamp = now
        for log in self.logs:
            log.items.sort(key=_by_time)


def _until_room(log: InMemoryBucket, ahead: int, now: int) -> int:
    """Milliseconds until a log has room for one more than those `ahead`."""
    rate = log.rates[0]
    if ahead >= rate.limit:
        return rate.interval
    blocking = log.peek(rate.limit - 1 - ahead)
    return 0 if blocking is None else blocking.timestamp + rate.interval + 1 - now
