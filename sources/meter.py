"""Counting what a piece of work asks of a CRM."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass


@dataclass(slots=True)
class Meter:
    """What one piece of work has cost so far."""

    api_calls: int = 0
    retries: int = 0
    rate_limit_hits: int = 0
    bytes_fetched: int = 0
    rate_limit_remaining: int | None = None
    seconds_waiting: float = 0.0


_current: ContextVar[Meter | None] = ContextVar("crm_sync_meter", default=None)


@contextmanager
def metered() -> Iterator[Meter]:
    """Count the requests made inside, also by tasks started there, apart from everyone else's."""
    meter = Meter()
    token = _current.set(meter)
    try:
        yield meter
    finally:
        _current.reset(token)


def current_meter() -> Meter:
    """The meter of the work in progress, or one that nobody reads."""
    return _current.get() or Meter()
