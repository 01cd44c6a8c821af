"""Data is older than it ever gets."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import median, median_low

from flows.watch.finding import DAY, HOUR, Finding, View
from flows.watch.rhythm import pauses
from flows.watch.robust import spread
from flows.watch.words import span
from warehouse.facts import Facts, Run

# What a schedule is learned from: so many pauses, over at least a day, that are much alike.
LEAST_PAUSES = 4
IRREGULAR = 0.5
# A run may be late by a quarter of the pause and an hour; where the next comes soon, one may be missing.
LATE, GRACE = 1.25, timedelta(hours=1)
SOON = timedelta(hours=20)
WEEK = timedelta(days=7)
# A schedule may have changed: what the newest few pauses were is as usual as what all were.
FEW = 4
# So many good runs that none may build on are no accident.
NEVER = 10


def stale(facts: Facts, view: View) -> Finding | None:
    """No run earned the anchor for longer than the schedule explains that was kept so far."""
    # What is only ever pushed has no runs that could.
    if not facts.runs:
        return None
    last = facts.anchors[0] if facts.anchors else None
    waited = _waited(facts, view, last or facts.first)
    limit = view.stale_after or (learned(facts.anchors, facts, view) if last else None)
    if limit is None:
        return None if last else _never(facts, waited)
    if waited <= limit:
        return None
    return Finding(
        facts.crm_source,
        facts.entity,
        "freshness",
        f"no run has brought it up to date for {span(waited)}; {span(limit)} would be as expected"
        if last
        else f"it was never brought up to date since its first run {span(waited)} ago",
        {
            "waited_seconds": round(waited.total_seconds()),
            "limit_seconds": round(limit.total_seconds()),
            "last_anchor": last.isoformat() if last else None,
        },
    )


def _never(facts: Facts, waited: timedelta) -> Finding | None:
    """Whether its runs go well and none may be built on: each then reads the same again."""
    good = [run for run in facts.runs if run.ended and not run.failed]
    if len(good) < NEVER or good[0].began - facts.first < DAY:
        return None
    return Finding(
        facts.crm_source,
        facts.entity,
        "freshness",
        f"its runs of {span(waited)} went well, but none read it whole: is max_records or since left in?",
        {"waited_seconds": round(waited.total_seconds()), "last_anchor": None},
    )


def _waited(facts: Facts, view: View, last: datetime) -> timedelta:
    """How long an entity has waited; while a run is at work on it, until that began."""
    at_work = [run.began for run in facts.runs if _works(run, view)]
    return max(min([view.now, *at_work]) - last, timedelta())


def _works(run: Run, view: View) -> bool:
    """Whether a run is under way, and not since yesterday."""
    return run.ended is None and run.id not in view.dead and view.now - run.began < DAY


def learned(ends: Sequence[datetime], facts: Facts, view: View) -> timedelta | None:
    """How long the pause may be by the schedule that was kept; None where there is none to be seen."""
    seconds = pauses(ends)
    if len(seconds) < LEAST_PAUSES or ends[0] - ends[-1] < DAY:
        return None
    if spread(seconds) > IRREGULAR * median(seconds):
        return None
    usual, longest = timedelta(seconds=median(seconds)), timedelta(seconds=max(seconds))
    # Nights, weekends and long runs come back at the same time of the week.
    before = _this_time_of_the_week(facts, view, ends[0]) or [longest]
    missing = usual if usual < SOON else timedelta()
    newest = timedelta(seconds=max(seconds[0], median(seconds[:FEW])))
    return max(usual + missing, newest, median_low(before)) * LATE + GRACE


def _this_time_of_the_week(facts: Facts, view: View, last: datetime) -> list[timedelta]:
    """How long the pause was around this time of earlier weeks, before the one that lasts now."""
    return [
        age
        for week, age in enumerate(facts.weeks_ago, 1)
        if age is not None and view.now - week * WEEK + HOUR <= last
    ]
