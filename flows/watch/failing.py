"""Too many runs fail."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import takewhile

from flows.watch.finding import DAY, DOWN, LESS, Finding, View
from flows.watch.rhythm import usual_pause
from flows.watch.words import percent
from warehouse.facts import Facts, Run

# Of fewer runs a day, one that failed is more than 5 %: there it takes two in a row; else three in a day.
OFTEN = DAY / 20
# Nobody schedules runs so close to each other.
BY_HAND = timedelta(seconds=50)
STREAK, SEVERAL = 2, 3
# Where there are many, so many in a row mean that none gets through.
ALL = 3
# So many good ones in a row, where there are many, and the fault is over.
RECOVERED = 12
WEEK = timedelta(days=7)


def failing(facts: Facts, view: View) -> Finding | None:
    """More of an entity's runs failed than may; of a fault that was closed, the old runs do not count again."""
    ended = [run for run in facts.runs if run.ended or run.id in view.dead]
    pause = usual_pause(ended)
    often = pause is not None and BY_HAND < pause <= OFTEN
    day = [run for run in ended if run.began > view.now - (DAY if often else WEEK)]
    window = [run for run in day if view.closed is None or run.began > view.closed]
    failed = [run for run in window if _failed(run, view)]
    # Of a day that has only begun, or begun anew, as many runs are expected as there are in one.
    expected = max(len(day), DAY / pause) if often and pause else len(day)
    if not failed or len(failed) <= view.limits.failure_rate * expected:
        return None
    streak = len(list(takewhile(lambda run: _failed(run, view), window)))
    recent = any(_failed(run, view) for run in window[:RECOVERED])
    if often and recent and len(failed) >= SEVERAL:
        return _found(facts, window, failed, DOWN if streak >= ALL else LESS)
    if streak >= STREAK or len(ended) == len(failed) == 1:
        return _found(facts, window, failed, DOWN)
    return None


def _failed(run: Run, view: View) -> bool:
    return run.failed or run.id in view.dead


def _found(facts: Facts, window: Sequence[Run], failed: Sequence[Run], severity: int) -> Finding:
    share = len(failed) / len(window)
    return Finding(
        facts.crm_source,
        facts.entity,
        "failure_rate",
        f"{len(failed)} of the last {len(window)} runs failed ({percent(share)})"
        if len(window) > 1
        else "the only run failed",
        {"runs": len(window), "failed": len(failed), "last_run": failed[0].id},
        failed[0].error,
        severity,
    )
