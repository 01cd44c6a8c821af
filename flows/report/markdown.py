"""The health report as Prefect's UI shows it: short, with what is wrong first."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime

from flows.watch.document import masked
from flows.watch.finding import DAY
from flows.watch.look import Picture, Watched
from flows.watch.words import span
from warehouse.alerts import Alert

# Of more entities, only those are listed with which something is wrong.
MOST_ENTITIES = 60
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|~])")


def health_markdown(seen: Watched, *, mask: bool = False) -> str:
    """The whole report."""
    picture = seen.picture
    parts = [f"Looked at {moment(picture.now)} UTC."]
    if seen.zombies:
        parts.append(f"{seen.zombies} killed run(s) were closed as failed.")
    if picture.alerts:
        parts += ["## Alerts", *(_alert(alert, mask=mask) for alert in picture.alerts)]
    else:
        parts.append("**Nothing is wrong.**")
    if seen.closed:
        parts += ["## Over", "\n".join(f"- {plain(alert.summary)}" for alert in seen.closed)]
    parts += ["## Sources, last 24 hours", _sources(picture)]
    if rows := list(_entities(picture)):
        parts += ["## Entities", table(ENTITY, rows)]
    return "\n\n".join(parts)


SOURCE = ("source", "runs", "succeeded", "failed", "last success", "history")
ENTITY = ("entity", "up to date", "runs", "changed", "rejected", "state")


def _sources(picture: Picture) -> str:
    rows = [
        (
            plain(one.crm_source),
            str(one.last_24h_syncs),
            f"{one.success_rate:g} %",
            f"{one.failure_rate:g} %",
            _ago(one.last_successful_sync, picture.now),
            picture.status_of(one.crm_source).replace("_", " ").lower(),
        )
        for one in picture.reports
    ]
    return table(SOURCE, rows) if rows else "Nothing ran yet."


def _entities(picture: Picture) -> Iterator[Sequence[str]]:
    wrong = {(one.crm_source, one.entity): one.rule for one in reversed(picture.findings)}
    for facts in picture.facts:
        rule = wrong.get((facts.crm_source, facts.entity))
        if rule or len(picture.facts) <= MOST_ENTITIES:
            day = facts.days.get(0)
            yield (
                plain(f"{facts.crm_source}.{facts.entity}"),
                _ago(next(iter(facts.anchors), None), picture.now),
                str(sum(run.began > picture.now - DAY for run in facts.runs)),
                f"{day.changed:,}" if day else "0",
                f"{facts.rejected.get(0, 0):,}",
                f"**{rule.replace('_', ' ')}**" if rule else "well",
            )


def _alert(alert: Alert, *, mask: bool) -> str:
    said = [f"- **{plain(alert.summary)}** (since {moment(alert.opened_at)} UTC)"]
    errors = {masked(one.get("error"), mask=mask) for one in alert.findings}
    said += [f"  - {plain(error)}" for error in sorted(filter(None, errors))]
    return "\n".join(said)


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; its cells are Markdown already."""
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def plain(text: str) -> str:
    """A text that Markdown leaves as it is, on one line."""
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))


def moment(value: datetime) -> str:
    """A moment in UTC, to the minute."""
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M}"


def _ago(value: datetime | None, now: datetime) -> str:
    return "never" if value is None else f"{span(now - value)} ago"
