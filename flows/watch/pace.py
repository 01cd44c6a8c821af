"""Runs take longer than they always did, or do not come to an end."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from flows.watch.finding import SLOW, Finding, View
from flows.watch.robust import quantile, spread
from flows.watch.volume import needed
from flows.watch.words import span
from warehouse.facts import Facts, Run

# Runs to learn from: a delta now and then also sweeps or asks about everything, so it takes some.
LEAST = {"incremental": 10, "full": 4}
USUAL_MOST = 0.9
FAR_OUT = 6  # standard deviations
SHORT = 30.0  # seconds that matter to nobody
# A run that reads more may take longer; below so many records, its length is not about them.
FEW_RECORDS = 100
# When a run at work has taken so many times what is too long, it hangs.
HANGS, HANGS_AFTER = 2, timedelta(minutes=30)
# And where nothing is known of how long they take, as of a first load:
HANGS_UNKNOWN = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Baseline:
    """How long an entity's runs of one strategy take: usually, at most, and for how many records."""

    usual: float
    most: float
    records: float

    @classmethod
    def of(cls, runs: Sequence[Run], times: float) -> "Baseline":
        """Learned from earlier runs; `times` what most of them took is too long."""
        seconds = [run.seconds for run in runs]
        usual = median(seconds)
        most = max(
            times * quantile(seconds, USUAL_MOST),
            usual + FAR_OUT * spread(seconds),
            usual + SHORT,
        )
        records = quantile([float(run.records) for run in runs], USUAL_MOST)
        return cls(usual, most, max(records, FEW_RECORDS))

    def limit(self, run: Run) -> float:
        """How long a run of so many records may take."""
        return self.most * max(1.0, run.records / self.records)


def comparable(facts: Facts, strategy: str) -> list[Run]:
    """An entity's runs of one strategy that ended well, the newest first."""
    if strategy == "full":
        return list(facts.fulls)
    return [run for run in facts.runs if run.strategy == strategy and run.ended and not run.failed]


def baseline(runs: Sequence[Run], strategy: str, view: View) -> Baseline | None:
    """What is learned from runs; None from too few."""
    known = [run for run in runs if not view.in_trouble(run.began, SLOW)]
    return Baseline.of(known, view.limits.duration) if len(known) >= LEAST[strategy] else None


def slow(facts: Facts, view: View) -> Finding | None:
    """The latest run, or each of the latest ones, took much longer than those before."""
    for strategy in LEAST:
        runs = comparable(facts, strategy)
        latest = runs[: needed(runs)]
        known = baseline(runs[len(latest) :], strategy, view)
        if known and latest and all(run.seconds > known.limit(run) for run in latest):
            took = latest[0].seconds
            which = "run" if len(latest) == 1 else f"{len(latest)} runs"
            return _found(
                facts,
                "duration",
                f"the last {which} ({strategy}) took {span(took)}; {span(known.usual)} is usual",
                {"seconds": round(took, 1), "usual": round(known.usual, 1), "run": latest[0].id},
            )
    return None


def stuck(facts: Facts, view: View) -> Finding | None:
    """A run at work has taken so long that it hardly ever ends."""
    at_work = [run for run in facts.runs if run.ended is None and run.id not in view.dead]
    for run in at_work:
        # A row of an older system may have been left behind, and nobody closes it.
        if not run.strategy:
            continue
        known = (
            baseline(comparable(facts, run.strategy), run.strategy, view)
            if run.strategy in LEAST
            else None
        )
        elapsed = view.now - run.began
        if elapsed > _patience(run, known):
            usual = round(known.usual, 1) if known else None
            said = f"; {span(known.usual)} is usual" if known else ""
            return _found(
                facts,
                "stuck",
                f"run {run.id} has been at work for {span(elapsed)}{said}",
                {"seconds": round(elapsed.total_seconds()), "usual": usual},
            )
    return None


def _patience(run: Run, known: Baseline | None) -> timedelta:
    """How long a run may be at work."""
    if known is None:
        return HANGS_UNKNOWN
    return max(HANGS_AFTER, timedelta(seconds=HANGS * known.limit(run)))


def _found(facts: Facts, rule: str, summary: str, numbers: Mapping[str, float | None]) -> Finding:
    return Finding(
        facts.crm_source,
        facts.entity,
        "stuck" if rule == "stuck" else "duration",
        summary,
        dict(numbers),
    )
