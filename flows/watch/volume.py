"""Fewer records come than ever, or none.

Deltas bring none in a quiet hour, so whole days are compared: with every day of the last two weeks, weekends
included; and with the same weekday of other weeks, where it takes two days in a row, or a holiday would do.
"""

from collections.abc import Sequence
from datetime import timedelta
from math import log1p
from statistics import median

from flows.watch.finding import SPARSE, Finding, Rule, View
from flows.watch.rhythm import usual_pause
from flows.watch.robust import spread
from warehouse.facts import Day, Facts, Run

# Days that must be there to compare with, how far they may lie back, and how many of them are enough.
LEAST_DAYS, LEAST_WEEKS, FARTHEST, NEAREST = 5, 3, 36, 14
# A day of which a fifth was not read is another day.
ALIKE = 0.8
# So few records in a day may as well be none by chance.
SOME, USUALLY, ENOUGH_TO_DROP = 5, 20, 40
FAR_OUT = 4  # standard deviations
# Whole readings: how many to compare with, of how many records.
LEAST_READINGS, SOME_ROWS, ENOUGH_ROWS = 3, 3, 20
SELDOM = timedelta(hours=12)
# Where one is made every few minutes, this many in a row.
IN_A_ROW = 3


def volume(facts: Facts, view: View) -> Finding | None:
    """Too few records, by deltas or by whole readings."""
    return _deltas(facts, view) or _whole(facts, view)


def _deltas(facts: Facts, view: View) -> Finding | None:
    today = facts.days.get(0, Day())
    if not today.deltas:
        return None
    nearest = [ago for ago in range(1, FARTHEST) if _comparable(facts, view, 0, ago)][:NEAREST]
    days = [facts.days[ago].changed for ago in nearest]
    # Whoever knows five weekdays knows nothing of weekends.
    knows_today = any(ago % 7 == 0 for ago in nearest)
    if knows_today and len(days) >= LEAST_DAYS and (rule := _low(today.changed, days, view)):
        return _found(facts, rule, today.changed, days, "in 24 hours", "the least of")
    weeks = [_same_weekday(facts, view, ago) for ago in (0, 1)]
    lows = [
        _low(facts.days.get(ago, Day()).changed, same, view) if len(same) >= LEAST_WEEKS else None
        for ago, same in enumerate(weeks)
    ]
    if lows[0] and lows[1]:
        return _found(facts, lows[0], today.changed, weeks[0], "in 24 hours", "on this weekday,")
    return None


def _comparable(facts: Facts, view: View, day: int, other: int) -> bool:
    """Whether another day was read about as often, and nothing was wrong with it."""
    now, then = facts.days.get(day, Day()).deltas, facts.days.get(other, Day()).deltas
    return 0 < ALIKE * max(now, then) <= min(now, then) and not view.troubled(other)


def _same_weekday(facts: Facts, view: View, day: int) -> list[int]:
    others = range(day + 7, FARTHEST, 7)
    return [facts.days[ago].changed for ago in others if _comparable(facts, view, day, ago)]


def _low(count: int, others: Sequence[int], view: View) -> Rule | None:
    least, usual = min(others), median(others)
    if not _improbable(count, others):
        return None
    if count == 0 and least >= SOME and usual >= USUALLY:
        return "zero_records"
    few = (1 - view.limits.volume_drop) * least
    return "volume" if least >= ENOUGH_TO_DROP and count < few else None


def _improbable(count: int, others: Sequence[int]) -> bool:
    """Whether a count lies far out even by how much the others differ, which is by factors."""
    logs = [log1p(other) for other in others]
    return log1p(count) < median(logs) - FAR_OUT * spread(logs)


def _whole(facts: Facts, view: View) -> Finding | None:
    """Readings of everything that bring much less than those before."""
    latest = list(facts.fulls[: needed(facts.fulls)])
    before = facts.fulls[len(latest) :]
    earlier = [run.records for run in before if not view.in_trouble(run.began, SPARSE)]
    if not latest or len(earlier) < LEAST_READINGS:
        return None
    most, least = max(run.records for run in latest), min(earlier)
    if most == 0 and least >= SOME_ROWS:
        return _found(facts, "zero_records", 0, earlier, "in the last reading of all", "before,")
    if least >= ENOUGH_ROWS and most < (1 - view.limits.volume_drop) * least:
        return _found(facts, "volume", most, earlier, "in the last reading of all", "before,")
    return None


def needed(runs: Sequence[Run]) -> int:
    """How many runs in a row must be alike to mean something: one, where the next is a day away."""
    pause = usual_pause(runs)
    return 1 if pause is None or pause >= SELDOM else IN_A_ROW


def _found(
    facts: Facts, rule: Rule, count: int, others: Sequence[int], when: str, which: str
) -> Finding:
    said = "no records" if count == 0 else f"only {count:,} records"
    return Finding(
        facts.crm_source,
        facts.entity,
        rule,
        f"{said} {when}; {which} {len(others)} to compare with had {min(others):,} or more",
        {"records": count, "least": min(others), "usual": median(others), "compared": len(others)},
    )
