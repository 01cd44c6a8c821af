"""Looking at every entity: what is wrong now, and, where a book is kept, what is new about it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from flows.watch.compliance import Compliance, compliance, of_source
from flows.watch.finding import FLOW, Finding, Trouble, View
from flows.watch.missing import missing
from flows.watch.pushed import pushed
from flows.watch.rules import findings
from flows.watch.settle import over, settle, summary, worst_first
from sources.config import Config
from warehouse import alerts, health, inbox_view, reports, zombies
from warehouse.alerts import Alert
from warehouse.connection import Connection
from warehouse.facts import Facts
from warehouse.reports import Report

# Alerts that days which lie so far back may have been troubled by.
REMEMBERED = timedelta(days=40)


@dataclass(frozen=True, slots=True)
class Picture:
    """What there is to see: numbers per source, what is wrong now, and the alerts that are open."""

    now: datetime
    reports: list[Report] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    alerts: list[Alert] = field(default_factory=list)
    compliance: list[Compliance] = field(default_factory=list)
    facts: list[Facts] = field(default_factory=list)
    views: Mapping[tuple[str, str], View] = field(default_factory=dict)

    def status_of(self, source: str) -> str:
        """Whether a source keeps SyncHistory as it should."""
        return of_source(self.compliance, source)


@dataclass(frozen=True, slots=True)
class Watched:
    """A look that was written down: what it saw, and the alerts that were opened or closed and not told yet."""

    picture: Picture
    opened: list[Alert]
    closed: list[Alert]
    zombies: int


def look(
    conn: Connection, config: Config, source: str | None = None, now: datetime | None = None
) -> Picture:
    """See what is wrong; nothing is written."""
    now = now or health.clock(conn)
    known = alerts.since(conn, now - REMEMBERED, source)
    dead = {run for runs in zombies.find(conn, source).values() for run in runs}
    every = health.facts(conn, now, source)
    facts = [one for one in every if is_watched(config, one.crm_source, one.entity)]
    views = {
        (one.crm_source, one.entity): _view(
            config, one.crm_source, one.entity, known, frozenset(dead), now
        )
        for one in facts
    }
    found = missing(config, every, now, source)
    for name, group in groupby(facts, key=lambda one: one.crm_source):
        own = {entity: view for (owner, entity), view in views.items() if owner == name}
        found += findings(list(group), own)
    for inbox in inbox_view.standing(conn, source):
        if is_watched(config, inbox.crm_source, inbox.entity):
            found += pushed(
                inbox, _view(config, inbox.crm_source, inbox.entity, known, frozenset(), now)
            )
    return Picture(
        now,
        reports.reports(conn, now, source),
        worst_first(found),
        [alert for alert in known if alert.closed_at is None],
        compliance(conn, config, source),
        facts,
        views,
    )


def watch(
    conn: Connection, config: Config, source: str | None = None, now: datetime | None = None
) -> Watched:
    """Close killed runs, see what is wrong, and note it, so that a fault is told once."""
    gone = zombies.close(conn, source)
    with conn.transaction():
        alerts.take_turn(conn)
        picture = look(conn, config, source, now)
        _note(conn, picture)
    picture = replace(picture, alerts=alerts.open_alerts(conn, source))
    opened, closed = alerts.untold(conn, source)
    return Watched(picture, opened, closed, sum(map(len, gone.values())))


def told(conn: Connection, watched: Watched) -> None:
    """Note that what is new was passed on; until then, the next look gives it again."""
    alerts.told(
        conn, [alert.id for alert in watched.opened], [alert.id for alert in watched.closed]
    )


def is_watched(config: Config, source: str, entity: str) -> bool:
    """Whether the configuration still wants an entity synced; one that is left out does not go stale."""
    said = config.sources.get(source)
    if said is None or entity in said.without:
        return False
    return not said.only or entity in said.only or not entity


def _note(conn: Connection, picture: Picture) -> None:
    settled = settle(picture.findings, picture.alerts, picture.now)
    for alert in picture.alerts:
        if found := settled.kept.get(alert.id):
            alerts.seen(conn, picture.now, alert, _stored(found), summary(found))
    for found in settled.opened:
        worst = found[0]
        alerts.open_one(
            conn, picture.now, worst.crm_source, worst.family, _stored(found), summary(found)
        )
    alerts.close(conn, picture.now, settled.closed)


def _stored(found: Sequence[Finding]) -> list[dict[str, Any]]:
    return [finding.stored for finding in found]


def _view(
    config: Config,
    source: str,
    entity: str,
    known: Sequence[Alert],
    dead: frozenset[int],
    now: datetime,
) -> View:
    """From where an entity is looked at."""
    own = [alert for alert in known if alert.crm_source == source]
    about = [(alert, found) for alert in own if (found := _trouble(alert, entity, now))]
    return View(
        now,
        config.health,
        config.source(source).entity(entity).stale_after,
        max((t.last for a, t in about if a.family == FLOW and t.last < now), default=None),
        [trouble for _, trouble in about],
        dead,
    )


def _trouble(alert: Alert, entity: str, now: datetime) -> Trouble | None:
    """What an alert found wrong with an entity, until when, which may be long before it was over for others."""
    own = [one for one in alert.findings if one["entity"] in {entity, ""}]
    if not own and entity not in alert.entities:
        return None
    ends = [over(one, alert) or alert.closed_at or now for one in own]
    rules = {str(one["rule"]) for one in own}
    return Trouble(
        frozenset({*rules, alert.rule}), alert.opened_at, max(ends, default=alert.closed_at or now)
    )
