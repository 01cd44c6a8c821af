"""Telling of refused deliveries without letting whoever sends them fill the log."""

import logging
import time
from collections import Counter
from collections.abc import Callable

log = logging.getLogger("crm_sync")

EVERY = 60.0  # seconds


class Refusals:
    """Says the first refusal of a source at once, and those of the next minute in one line."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._said: dict[str, float] = {}
        self._unsaid: Counter[str] = Counter()

    def count(self, source: str, reason: str) -> None:
        """Note a refusal; the reason is ours, never the sender's words."""
        now = self._clock()
        self._unsaid[source] += 1
        if now - self._said.get(source, -EVERY) < EVERY:
            return
        number = self._unsaid.pop(source)
        self._said[source] = now
        more = f" (and {number - 1} others since the last such line)" if number > 1 else ""
        log.warning("refused a webhook for %s: %s%s", source, reason, more)
