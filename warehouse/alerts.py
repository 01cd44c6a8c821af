"""What was found wrong and told, so that a fault which lasts is told once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg import sql
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from warehouse.connection import Connection

Finding = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Alert:
    """One fault: where it shows, and since when.

    `entities` and `findings` hold all that it ever showed as; each finding has the moment at which it was `seen_at`.
    """

    id: int
    crm_source: str
    entities: list[str]
    family: str
    rule: str
    severity: int
    summary: str
    findings: list[dict[str, Any]]
    opened_at: datetime
    last_seen_at: datetime
    closed_at: datetime | None


_COLUMNS = sql.SQL("""
    id, crm_source, entities, family, rule, severity, summary, findings, opened_at, last_seen_at, closed_at
""")
OF_SOURCE = sql.SQL("(%(source)s::text is null or crm_source = %(source)s)")


def take_turn(conn: Connection) -> None:
    """Let one at a time decide what is new; until the end of the transaction."""
    conn.execute("select pg_advisory_xact_lock(hashtextextended('crm-sync alerts', 0))")


def open_alerts(conn: Connection, crm_source: str | None = None) -> list[Alert]:
    """What is wrong by the last look, the oldest first."""
    return _select(conn, sql.SQL("closed_at is null"), {"source": crm_source})


def since(conn: Connection, moment: datetime, crm_source: str | None = None) -> list[Alert]:
    """Alerts that were open at some time since a moment."""
    where = sql.SQL("coalesce(closed_at, 'infinity') >= %(moment)s")
    return _select(conn, where, {"source": crm_source, "moment": moment})


def untold(conn: Connection, crm_source: str | None = None) -> tuple[list[Alert], list[Alert]]:
    """Alerts of which the opening has not been passed on yet, and those of which the closing has not.

    One that came and went before anybody heard of it is told as opened, then as closed.
    """
    given = {"source": crm_source}
    return (
        _select(conn, sql.SQL("opening_told_at is null"), given),
        _select(conn, sql.SQL("closed_at is not null and closing_told_at is null"), given),
    )


def _select(conn: Connection, where: sql.SQL, given: dict[str, Any]) -> list[Alert]:
    statement = sql.SQL("select {} from ingestion_alert where {} and {} order by opened_at, id")
    made = statement.format(_COLUMNS, where, OF_SOURCE)
    return conn.cursor(row_factory=class_row(Alert)).execute(made, given).fetchall()


def open_one(
    conn: Connection,
    now: datetime,
    crm_source: str,
    family: str,
    findings: Sequence[Finding],
    summary: str,
) -> int:
    """Write an alert; the first finding is the one that names it. Returns its id."""
    row = conn.execute(
        """
        insert into ingestion_alert
            (crm_source, entities, family, rule, severity, summary, findings, opened_at, last_seen_at)
        values (%(source)s, %(entities)s, %(family)s, %(rule)s, %(severity)s, %(summary)s, %(findings)s,
                %(now)s, %(now)s)
        returning id
        """,
        {
            "source": crm_source,
            "entities": _entities(findings),
            "family": family,
            "rule": findings[0]["rule"],
            "severity": max(finding["severity"] for finding in findings),
            "summary": summary,
            "findings": Jsonb(_noted(findings, now)),
            "now": now,
        },
    ).fetchone()
    assert row is not None
    return int(row[0])


def seen(
    conn: Connection, now: datetime, alert: Alert, findings: Sequence[Finding], summary: str
) -> None:
    """Note that an alert's fault is still there, and what shows of it now."""
    conn.execute(
        """
        update ingestion_alert
        set last_seen_at = %(now)s, findings = %(findings)s, summary = %(summary)s,
            severity = greatest(severity, %(severity)s),
            entities = (select array_agg(distinct e order by e) from unnest(entities || %(entities)s::text[]) e)
        where id = %(id)s and closed_at is null
        """,
        {
            "now": now,
            "findings": Jsonb([*_noted(findings, now), *_earlier(alert, findings)]),
            "summary": summary,
            "severity": max(finding["severity"] for finding in findings),
            "entities": _entities(findings),
            "id": alert.id,
        },
    )


def _noted(findings: Sequence[Finding], now: datetime) -> list[Finding]:
    return [{**finding, "seen_at": now.isoformat()} for finding in findings]


def _earlier(alert: Alert, findings: Sequence[Finding]) -> list[Finding]:
    """What showed of a fault before and does not now; its error is not the present one."""
    seen = alert.last_seen_at.isoformat()
    now = {(finding["entity"], finding["rule"]) for finding in findings}
    return [
        {"seen_at": seen, **one, "error": None}
        for one in alert.findings
        if (one["entity"], one["rule"]) not in now
    ]


def _entities(findings: Sequence[Finding]) -> list[str]:
    return sorted({finding["entity"] for finding in findings})


def close(conn: Connection, now: datetime, ids: Sequence[int]) -> None:
    """Note that alerts are over."""
    conn.execute(
        "update ingestion_alert set closed_at = %s where id = any(%s) and closed_at is null",
        (now, list(ids)),
    )


def told(conn: Connection, opened: Sequence[int], closed: Sequence[int]) -> None:
    """Note that openings and closings have been passed on."""
    conn.execute(
        "update ingestion_alert set opening_told_at = clock_timestamp() where id = any(%s)",
        (list(opened),),
    )
    conn.execute(
        "update ingestion_alert set closing_told_at = clock_timestamp() where id = any(%s)",
        (list(closed),),
    )
