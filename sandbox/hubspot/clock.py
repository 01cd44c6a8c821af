"""The sandbox's own time: a callable giving an aware datetime, and how the vendor writes it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

Clock = Callable[[], datetime]

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND = timedelta(milliseconds=1)


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


def to_ms(moment: datetime) -> int:
    """Milliseconds since the epoch; anything finer is dropped."""
    return (moment - EPOCH) // MILLISECOND


def from_ms(milliseconds: int) -> datetime:
    """The moment so many milliseconds after the epoch."""
    return EPOCH + milliseconds * MILLISECOND


def iso(milliseconds: int) -> str:
    """A moment as the API writes it: `2026-02-03T10:00:00.456Z`."""
    moment = from_ms(milliseconds)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{milliseconds % 1000:03d}Z"


def parse_ms(text: str) -> int:
    """Read epoch milliseconds or ISO 8601 (UTC when unsaid); ValueError for anything else."""
    text = text.strip()
    if text.lstrip("-").isdigit():
        return int(text)
    moment = datetime.fromisoformat(text)
    return to_ms(moment if moment.tzinfo else moment.replace(tzinfo=UTC))


def http_date(moment: datetime) -> str:
    """A moment as the `Date` header writes it."""
    return format_datetime(moment.astimezone(UTC), usegmt=True)
