"""A bench whose CRM tells of changes: HubSpot's events as it posts them, stored in the inbox, and drained."""

import asyncio
from itertools import count
from typing import Any

from flows.drain import drain
from flows.result import Result
from sandbox.hubspot.auth import PORTAL_ID
from tasks.steps import PLAIN
from tests.flows.harness import Bench

_numbers = count(1)
_SINGULAR = {"contacts": "contact", "companies": "company", "deals": "deal"}


def said(what: str, key: str, kind: str = "contacts", **more: Any) -> dict[str, Any]:
    """One event as HubSpot posts it: creation, propertyChange, deletion, restore, merge, …"""
    return {
        "eventId": next(_numbers),
        "subscriptionId": 1,
        "portalId": PORTAL_ID,
        "occurredAt": 1_770_113_000_000,
        "subscriptionType": f"{_SINGULAR[kind]}.{what}",
        "attemptNumber": 0,
        "objectId": int(key),
        **more,
    }


def posted(*events: dict[str, Any], source: str = "hubspot") -> dict[str, Any]:
    """A delivery as a Prefect event carries it."""
    return {"source": source, "body": list(events)}


def drained(*events: dict[str, Any], source: str | None = None, **how: Any) -> list[Result]:
    """Store events and drain the inbox."""
    given = posted(*events) if events else None
    return asyncio.run(drain(source, events=given, steps=PLAIN, **how))


def statuses(bench: Bench) -> list[str]:
    rows = bench.rows("select status from ingestion_webhook_event order by id")
    return [row["status"] for row in rows]


def runs(bench: Bench, strategy: str = "drain") -> list[dict[str, Any]]:
    return bench.rows(
        "select * from ingestion_sync_history where configuration ->> 'strategy' = %s order by id",
        strategy,
    )
