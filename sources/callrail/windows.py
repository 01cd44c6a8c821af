"""The dates CallRail is asked for: always said, never further back than it keeps, always in UTC.

Without dates it answers the last seven days, and without a zone it means that of the key's user.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from sources.page import Window

RETENTION_MONTHS = 25
# What is asked for in one go: so much is read again if it changes between its pages.
SLICE = timedelta(days=90)
# What is new while a window is read hides in a total what disappears. In a long window it comes into a part of
# its own, which the next delta reads again; days and zones need some room.
RECENT, LONG = timedelta(days=4), timedelta(days=14)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)

Dates = Mapping[str, str]


def earliest(now: datetime) -> datetime:
    """The first moment that may be asked for: a window that begins earlier is refused as a whole."""
    today = now.astimezone(UTC)
    months = today.year * 12 + today.month - 1 - RETENTION_MONTHS
    year, month = divmod(months, 12)
    # Days counted on from the first of a month run over into the next, which is on the safe side.
    return datetime(year, month + 1, 1, tzinfo=UTC) + timedelta(days=today.day - 1) + DAY


def begin(window: Window) -> datetime:
    """Where a window begins, or the first moment that may be asked for."""
    limit = earliest(window.until)
    return limit if window.since is None else max(window.since.astimezone(UTC), limit)


def slices(window: Window) -> list[Window]:
    """A window in parts, the oldest first; each ends where the next begins."""
    edges, last = [begin(window)], window.until.astimezone(UTC)
    if edges[0] + LONG < last:
        while edges[-1] + SLICE < last - RECENT:
            edges.append(edges[-1] + SLICE)
        edges.append(last - RECENT)
    return [Window(first, end) for first, end in pairwise((*edges, last))]


def minutes(first: datetime, last: datetime) -> Dates:
    """From one moment to another, to the minute and no less than asked for: both ends are included."""
    return {
        "start_date": f"{first:%Y-%m-%dT%H:%M}",
        "end_date": f"{last + MINUTE:%Y-%m-%dT%H:%M}",
        "time_zone": "UTC",
    }


def days(first: datetime, last: datetime, limit: datetime) -> Dates:
    """In whole days and one more on either side, whatever zone they are taken in."""
    return {
        "start_date": f"{max(first - DAY, limit):%Y-%m-%d}",
        "end_date": f"{last + DAY:%Y-%m-%d}",
        "time_zone": "UTC",
    }
