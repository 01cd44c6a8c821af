"""More records are rejected than on any day before."""

from collections.abc import Sequence

from flows.watch.finding import QUARANTINE, Finding, View
from warehouse.facts import Day, Facts

REJECTING = frozenset({QUARANTINE})
DAYS, LEAST_DAYS = 7, 5
TIMES = 3
# Where there is nothing to compare with, so many of the records read.
SHARE = 0.05


def quarantine(facts: Facts, view: View) -> Finding | None:
    """Many records were rejected for the first time within a day, and wait."""
    new = facts.rejected.get(0, 0)
    if new <= view.limits.rejected:
        return None
    age = (view.now - facts.first).days
    days = [ago for ago in range(1, min(age, 36) + 1) if not view.troubled(ago, REJECTING)][:DAYS]
    before = [facts.rejected.get(ago, 0) for ago in days]
    if len(before) >= LEAST_DAYS:
        limit = max(float(view.limits.rejected), TIMES * max(before) * _more(facts, days))
        compared = f"never more than {max(before):,} a day before"
    else:
        read = facts.days.get(0, Day()).read
        limit = max(float(view.limits.rejected), SHARE * read)
        compared = f"of {read:,} that were read"
    if new <= limit:
        return None
    return Finding(
        facts.crm_source,
        facts.entity,
        "quarantine",
        f"{new:,} records were rejected within 24 hours and wait, {compared}",
        {"rejected": new, "limit": round(limit)},
    )


def _more(facts: Facts, days: Sequence[int]) -> float:
    """By how much today exceeds those days: after an outage, one day brings the records of several."""
    usual = max(facts.days.get(ago, Day()).changed for ago in days)
    return max(1.0, facts.days.get(0, Day()).changed / max(usual, 1))
