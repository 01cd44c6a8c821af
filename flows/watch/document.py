"""A look as plain values, for programs and pages; with `mask`, errors are left in the warehouse."""

from collections.abc import Iterable
from typing import Any

from flows.watch.finding import Finding
from flows.watch.look import Picture
from flows.watch.settle import present
from warehouse.alerts import Alert
from warehouse.reports import Report

MASK = "***"


def document(picture: Picture, *, mask: bool = False) -> dict[str, Any]:
    """All of a look."""
    return {
        "checked_at": picture.now,
        "healthy": not picture.findings,
        "sources": [report(one, picture) for one in picture.reports],
        "alerts": [finding(one, picture.alerts, mask=mask) for one in picture.findings],
    }


def report(one: Report, picture: Picture) -> dict[str, Any]:
    """A source's numbers; rates are percentages."""
    return {
        "crm_source": one.crm_source,
        "last_24h_syncs": one.last_24h_syncs,
        "success_rate": one.success_rate,
        "failure_rate": one.failure_rate,
        "last_successful_sync": one.last_successful_sync,
        "compliance_status": picture.status_of(one.crm_source),
    }


def finding(one: Finding, alerts: Iterable[Alert], *, mask: bool = False) -> dict[str, Any]:
    """Something that is wrong, and since when it has been known."""
    known = [
        alert.opened_at
        for alert in alerts
        if alert.crm_source == one.crm_source
        and alert.family == one.family
        and one.entity in {found["entity"] for found in present(alert)}
    ]
    return {
        "crm_source": one.crm_source,
        "entity": one.entity or None,
        "rule": one.rule,
        "severity": one.severity,
        "summary": one.summary,
        "since": min(known, default=None),
        "error": masked(one.error, mask=mask),
        **one.numbers,
    }


def alert_payload(alert: Alert, *, mask: bool = False) -> dict[str, Any]:
    """An alert as an event carries it."""
    return {
        "id": alert.id,
        "source": alert.crm_source,
        "entity": ", ".join(filter(None, alert.entities)) or "all",
        "rule": alert.rule,
        "message": alert.summary,
        "severity": alert.severity,
        "opened_at": alert.opened_at.isoformat(),
        "closed_at": alert.closed_at.isoformat() if alert.closed_at else None,
        "findings": [
            {**one, "error": masked(one.get("error"), mask=mask)} for one in alert.findings
        ],
    }


def masked(error: str | None, *, mask: bool) -> str | None:
    """An error's words, which may quote a record's values, or what stands for them."""
    return MASK if mask and error else error
