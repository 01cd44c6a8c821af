"""More records are rejected than on any day before, or much of a list is."""

from collections.abc import Sequence
from datetime import timedelta

from flows.watch.finding import DAY, QUARANTINE, Finding, View
from warehouse.facts import Day, Facts

REJECTING = frozenset({QUARANTINE})
DAYS, LEAST_DAYS = 7, 5
TIMES = 3
# Where there is nothing to compare with, so many of the records read; and of a list that is read whole.
SHARE = 0.05
# So few are told of no list, however short.
A_FEW = 3


def quarantine(facts: Facts, view: View) -> Finding | None:
    """Many records were rejected for the first time within a day and wait, or wait since, or are much of a list."""
    new = facts.rejected.get(0, 0)
    limit, compared = _limit(facts, view)
    if new > limit:
        return _found(
            facts, f"{new:,} records were rejected within 24 hours and wait, {compared}", new, limit
        )
    if (since := view.told(REJECTING)) and (
        wait := _waiting(facts, view.now - since + DAY)
    ) > limit:
        return _found(facts, f"{wait:,} records that were rejected wait", wait, limit)
    return _of_a_list(facts)


def _limit(facts: Facts, view: View) -> tuple[float, str]:
    """How many new ones a day may bring, and what that is compared with."""
    age = (view.now - facts.first).days
    days = [ago for ago in range(1, min(age, 36) + 1) if not view.troubled(ago, REJECTING)][:DAYS]
    before = [facts.rejected.get(ago, 0) for ago in days]
    if len(before) >= LEAST_DAYS:
        usual = TIMES * max(before) * _more(facts, days)
        return max(view.limits.rejected, usual), f"never more than {max(before):,} a day before"
    read = facts.days.get(0, Day()).read
    return max(view.limits.rejected, SHARE * read), f"of {read:,} that were read"


def _of_a_list(facts: Facts) -> Finding | None:
    """Much of what the last reading of all brought waits: of a short list, that may be a few records."""
    wait = sum(facts.waiting.values())
    read = facts.fulls[0].records if facts.fulls else 0
    if wait < A_FEW or not read or wait <= SHARE * read:
        return None
    said = f"{wait:,} rejected records wait, of {read:,} in the last reading of all"
    return _found(facts, said, wait, SHARE * read)


def _waiting(facts: Facts, length: timedelta) -> int:
    """How many records wait that were first rejected within so long."""
    return sum(count for ago, count in facts.waiting.items() if ago <= length.days)


def _found(facts: Facts, summary: str, rejected: int, limit: float) -> Finding:
    numbers = {"rejected": rejected, "limit": round(limit)}
    return Finding(facts.crm_source, facts.entity, "quarantine", summary, numbers)


def _more(facts: Facts, days: Sequence[int]) -> float:
    """By how much today exceeds those days: after an outage, one day brings the records of several."""
    usual = max(facts.days.get(ago, Day()).changed for ago in days)
    return max(1.0, facts.days.get(0, Day()).changed / max(usual, 1))
