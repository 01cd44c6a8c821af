"""From findings to alerts: one for each fault, however many findings it shows as and however long it lasts."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from flows.watch.finding import BY_DAY, DOWN, PLAIN, Finding
from flows.watch.words import some

# What shows within so long of an alert's opening is the same fault: entities cross their limits one by one.
SAME_FAULT, SAME_FAULT_BY_DAY = timedelta(hours=2), timedelta(hours=24)
# An alert is over when nothing of it was found for so long.
# What is a matter of degree comes and goes before it is over.
QUIET, QUIET_BY_DEGREES = timedelta(minutes=30), timedelta(hours=12)


class Open(Protocol):
    """An alert that is open."""

    @property
    def id(self) -> int: ...  # noqa: D102
    @property
    def crm_source(self) -> str: ...  # noqa: D102
    @property
    def entities(self) -> list[str]: ...  # noqa: D102
    @property
    def family(self) -> str: ...  # noqa: D102
    @property
    def rule(self) -> str: ...  # noqa: D102
    @property
    def severity(self) -> int: ...  # noqa: D102
    @property
    def opened_at(self) -> datetime: ...  # noqa: D102
    @property
    def last_seen_at(self) -> datetime: ...  # noqa: D102
    @property
    def findings(self) -> Sequence[Mapping[str, Any]]: ...  # noqa: D102


@dataclass(slots=True)
class Settled:
    """What becomes of findings: further ones of open alerts, by id, new alerts, and alerts that are over."""

    kept: dict[int, list[Finding]] = field(default_factory=dict)
    opened: list[list[Finding]] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)


def settle(findings: Sequence[Finding], alerts: Sequence[Open], now: datetime) -> Settled:
    """Sort findings into the open alerts and new ones, and tell which alerts are over."""
    settled = Settled()
    fresh: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        home = next((alert for alert in alerts if _belongs(finding, alert, now)), None)
        if home:
            settled.kept.setdefault(home.id, []).append(finding)
        else:
            fresh.setdefault((finding.crm_source, finding.family), []).append(finding)
    settled.opened = list(fresh.values())
    settled.closed = [
        alert.id
        for alert in alerts
        if alert.id not in settled.kept
        and now - alert.last_seen_at >= _quiet(alert.rule)
        and not any(_goes_on(alert, finding) for finding in findings)
    ]
    return settled


def _belongs(finding: Finding, alert: Open, now: datetime) -> bool:
    """Whether a finding is of the fault that an alert tells of; a worse one, hours later, is another."""
    if (alert.crm_source, alert.family) != (finding.crm_source, finding.family):
        return False
    if now - alert.opened_at <= SAME_FAULT:
        return True
    if finding.severity > alert.severity:
        return False
    slow = alert.rule in BY_DAY and finding.rule in BY_DAY and finding.severity < DOWN
    if slow and now - alert.opened_at <= SAME_FAULT_BY_DAY:
        return True
    return any(
        finding.rule == one["rule"] or not finding.entity
        if not one["entity"]
        else finding.entity == one["entity"]
        for one in present(alert)
    )


def _goes_on(alert: Open, finding: Finding) -> bool:
    """Whether a finding that is told by another alert, being worse, is still what this one told."""
    return alert.crm_source == finding.crm_source and any(
        (one["entity"], one["rule"]) == (finding.entity, finding.rule) for one in present(alert)
    )


def present(alert: Open) -> list[Mapping[str, Any]]:
    """What an alert tells of, without what was already over when it was last seen."""
    return [one for one in alert.findings if not over(one, alert)]


def over(finding: Mapping[str, Any], alert: Open) -> datetime | None:
    """When a finding was seen last, if that was long before its alert was."""
    said = finding.get("seen_at")
    seen = datetime.fromisoformat(said) if said else alert.last_seen_at
    return seen if alert.last_seen_at - seen >= _quiet(finding["rule"]) else None


def _quiet(rule: str) -> timedelta:
    return QUIET if rule in PLAIN else QUIET_BY_DEGREES


def summary(findings: Sequence[Finding]) -> str:
    """An alert in a line: what is worst, and where."""
    worst = findings[0]
    alike = sorted({one.entity for one in findings if one.rule == worst.rule} - {""})
    others = sorted({one.entity for one in findings} - {"", *alike})
    if len(alike) <= 1:
        place = f"{worst.crm_source}.{worst.entity}" if worst.entity else worst.crm_source
        said = f"{place}: {worst.summary}"
    else:
        said = (
            f"{worst.crm_source}: {len(alike)} entities ({some(alike)});"
            f" {worst.entity}: {worst.summary}"
        )
    return f"{said}; also {some(others)}" if others else said


def worst_first(findings: Iterable[Finding]) -> list[Finding]:
    """Findings in the order in which somebody should look at them."""
    return sorted(findings, key=lambda one: (-one.severity, one.rule, one.entity))
