"""Too many runs fail, or none gets through."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import takewhile

from flows.watch.finding import DAY, DOWN, HOUR, LESS, Finding, View
from flows.watch.rhythm import usual_pause
from flows.watch.words import percent
from warehouse.facts import Facts, Run

# Of fewer runs a day, one that failed is more than 5 %: there it takes two in a row; else three in a day.
OFTEN = DAY / 20
# Nobody schedules runs so close to each other.
BY_HAND = timedelta(seconds=50)
STREAK, SEVERAL = 2, 3
# Where there are many, so many in a row mean that none gets through, once that lasts.
ALL, LASTING = 3, HOUR
# So many good ones in a row, where there are many, and the fault is over.
RECOVERED = 12
# Where there are few, so many of the latest are counted.
LATEST = 20
TOLD = frozenset({"failure_rate"})


def failing(facts: Facts, view: View) -> Finding | None:
    """Runs fail, one after the other or too many; of a fault that was closed, the old runs do not count again."""
    ended = [run for run in facts.runs if run.ended or run.id in view.dead]
    new = [run for run in ended if view.closed is None or run.began > view.closed]
    pause = usual_pause(ended)
    often = pause is not None and BY_HAND < pause <= OFTEN
    judged = [run for run in new if run.began > view.now - DAY] if often else new[:LATEST]
    severity = _none_gets_through(ended, new, view, often=often)
    if pause and often and not severity:
        severity = _too_many(ended, judged, pause, view)
    if severity:
        return _found(facts, judged or new[:LATEST], view, severity)
    # One that was told is not over while the latest run failed, however long ago.
    if ended and _failed(ended[0], view) and view.told(TOLD):
        return _found(facts, judged if judged[:1] == ended[:1] else ended[:LATEST], view, LESS)
    return None


def _none_gets_through(
    ended: Sequence[Run], new: Sequence[Run], view: View, *, often: bool
) -> int | None:
    """Whether the latest runs all failed, whatever their age."""
    streak = list(takewhile(lambda run: _failed(run, view), new))
    if streak and not often and all(_failed(run, view) for run in ended):
        return DOWN
    # Less than that may be one run and its second try, of which the third ends well.
    lasts = bool(streak) and view.now - streak[-1].began >= LASTING
    if often:
        return DOWN if len(streak) >= ALL and lasts else None
    return DOWN if len(streak) >= ALL or (len(streak) >= STREAK and lasts) else None


def _too_many(ended: Sequence[Run], day: Sequence[Run], pause: timedelta, view: View) -> int | None:
    """Whether more runs of the last 24 hours failed than may."""
    failed = [run for run in day if _failed(run, view)]
    # Of a day that has only begun, or begun anew, as many runs are expected as there are in one.
    expected = max(sum(run.began > view.now - DAY for run in ended), DAY / pause)
    recent = any(_failed(run, view) for run in day[:RECOVERED])
    if not recent or len(failed) < SEVERAL or len(failed) <= view.limits.failure_rate * expected:
        return None
    return DOWN if all(_failed(run, view) for run in day[:ALL]) else LESS


def _failed(run: Run, view: View) -> bool:
    return run.failed or run.id in view.dead


def _found(facts: Facts, judged: Sequence[Run], view: View, severity: int) -> Finding:
    failed = [run for run in judged if _failed(run, view)]
    share = len(failed) / len(judged)
    return Finding(
        facts.crm_source,
        facts.entity,
        "failure_rate",
        f"{len(failed)} of the last {len(judged)} runs failed ({percent(share)})"
        if len(judged) > 1
        else "the only run failed",
        {"runs": len(judged), "failed": len(failed), "last_run": failed[0].id},
        failed[0].error,
        severity,
    )
