"""The charts of one source, each with its numbers beside it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from flows.report.svg import Chart, Series
from flows.watch.fresh import learned
from flows.watch.look import Picture
from flows.watch.words import span
from warehouse.facts import Facts
from warehouse.trends import Trend

MOST_ROWS = 40


@dataclass(frozen=True, slots=True)
class Figure:
    """A drawn chart, with the table that says the same."""

    title: str
    said: str
    svg: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def figures(source: str, found: Sequence[Trend], picture: Picture, days: int) -> Iterator[Figure]:
    """What there is to see of a source."""
    last = picture.now.date()
    calendar = [last - timedelta(days=ago) for ago in reversed(range(days))]
    by_day = {one.day: one for one in found}
    labels = [f"{day:%m-%d}" for day in calendar]
    yield _throughput(labels, calendar, by_day)
    yield _success(labels, calendar, by_day)
    if own := [facts for facts in picture.facts if facts.crm_source == source]:
        yield _freshness(own, picture)
    yield _duration(labels, calendar, by_day)
    yield _quota(labels, calendar, by_day)


def _throughput(
    labels: Sequence[str], calendar: Sequence[date], by_day: dict[date, Trend]
) -> Figure:
    read = [float(by_day[day].read) if day in by_day else None for day in calendar]
    changed = [float(by_day[day].changed) if day in by_day else None for day in calendar]
    title = "Throughput"
    said = "Records read a day; those that were new or changed in the stronger colour"
    drawn = Chart(title, said, labels).bars(Series("read", read, "b"), Series("changed", changed))
    rows = [
        (day.isoformat(), f"{one.read:,}", f"{one.changed:,}", _number(one.per_second))
        for day, one in by_day.items()
    ]
    return Figure(title, said, drawn, ("day", "read", "changed", "records/s"), rows)


def _success(labels: Sequence[str], calendar: Sequence[date], by_day: dict[date, Trend]) -> Figure:
    shares = [
        100 * (1 - by_day[day].failed / by_day[day].runs) if day in by_day else None
        for day in calendar
    ]
    title, said = "Success", "Runs of a day that did not fail, in percent; the dashed line is 95 %"
    drawn = Chart(title, said, labels, " %").lines(Series("not failed", shares), line=95, top=100)
    rows = [
        (day.isoformat(), str(one.runs), str(one.succeeded), str(one.failed))
        for day, one in by_day.items()
    ]
    return Figure(title, said, drawn, ("day", "runs", "succeeded", "failed"), rows)


def _freshness(own: Sequence[Facts], picture: Picture) -> Figure:
    ages: list[float | None] = []
    limits: list[float | None] = []
    rows = []
    for facts in own:
        last = facts.anchors[0] if facts.anchors else None
        age = picture.now - last if last else None
        view = picture.views[facts.crm_source, facts.entity]
        limit = view.stale_after or (learned(facts.anchors, facts, view) if last else None)
        ages.append(age.total_seconds() if age is not None else None)
        limits.append(limit.total_seconds() if limit else None)
        rows.append((facts.entity, span(age) if age else "never", span(limit) if limit else "—"))
    title = "Freshness"
    said = (
        "How long ago each entity was brought up to date; the dashed line is where that is too long"
    )
    few = slice(MOST_ROWS)
    drawn = Chart(title, said, [row[0] for row in rows][few]).rows(
        ages[few], limits[few], [row[1] for row in rows][few]
    )
    return Figure(title, said, drawn, ("entity", "up to date", "at the latest"), rows)


def _duration(labels: Sequence[str], calendar: Sequence[date], by_day: dict[date, Trend]) -> Figure:
    pace = [by_day[day].pace if day in by_day else None for day in calendar]
    slowest = [by_day[day].slowest if day in by_day else None for day in calendar]
    title = "Duration"
    said = "How long deltas took, as multiples of what is usual (the dashed line): median, and 95th percentile"
    drawn = Chart(title, said, labels, "×").lines(
        Series("95th percentile", slowest, "b"), Series("median", pace), line=1
    )
    rows = [
        (day.isoformat(), _number(one.pace), _number(one.slowest)) for day, one in by_day.items()
    ]
    return Figure(title, said, drawn, ("day", "median", "95th percentile"), rows)


def _quota(labels: Sequence[str], calendar: Sequence[date], by_day: dict[date, Trend]) -> Figure:
    calls = [float(by_day[day].calls) if day in by_day else None for day in calendar]
    hits = [float(by_day[day].hits) if day in by_day else None for day in calendar]
    title = "API quota"
    said = "Requests a day; those that the rate limit turned away in the warning colour"
    drawn = Chart(title, said, labels).bars(
        Series("requests", calls, "b"), Series("turned away", hits, "bad")
    )
    rows = [
        (day.isoformat(), f"{one.calls:,}", f"{one.hits:,}", _number(one.remaining))
        for day, one in by_day.items()
    ]
    return Figure(title, said, drawn, ("day", "requests", "turned away", "least left"), rows)


def _number(value: float | None) -> str:
    return "—" if value is None else f"{value:,.3g}" if value < 1000 else f"{value:,.0f}"  # noqa: PLR2004
