"""A look-alike's own time: a callable giving an aware datetime."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """The machine's clock."""
    return datetime.now(UTC)


def offset_clock(offset: timedelta) -> Clock:
    """A clock that goes wrong by a fixed amount, as a vendor's clock may compared with ours."""
    return lambda: datetime.now(UTC) + offset


class ManualClock:
    """A clock that stands still until it is told to move."""

    def __init__(self, now: datetime | None = None) -> None:
        self.now = now or utc_now()

    def __call__(self) -> datetime:
        """The time it was told."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Move on by some seconds."""
        self.now += timedelta(seconds=seconds)


def http_date(moment: datetime) -> str:
    """A moment as the `Date` header writes it."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)
