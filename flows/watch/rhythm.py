"""How often something happens."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median

from warehouse.facts import Run


def pauses(moments: Sequence[datetime]) -> list[float]:
    """The seconds between moments, of which the newest comes first."""
    return [(later - earlier).total_seconds() for later, earlier in pairwise(moments)]


def usual_pause(runs: Sequence[Run]) -> timedelta | None:
    """The usual time from one run's begin to the next one's, of runs of which the newest comes first.

    What follows a failed run closely is another try of it, and says nothing of the schedule.
    """
    between = [
        (later.began - earlier.began).total_seconds()
        for later, earlier in pairwise(runs)
        if not earlier.failed
    ]
    return timedelta(seconds=median(between)) if between else None
