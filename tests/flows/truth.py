"""What a sync must come to, compared with the sandbox record by record, and what it asked on the way."""

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from flows import progress
from flows.options import SyncOptions
from flows.result import Result
from flows.sync import sync_source
from sandbox.hubspot import Call
from tasks.steps import Steps
from tests.flows.harness import Bench, Collector

LIST = "/crm/v3/objects/contacts"


def people(bench: Bench, count: int, **properties: str) -> list[str]:
    return [
        bench.sandbox.create(
            "contacts", {"email": f"p{n}@example.org", "lastname": "Li"} | properties
        )
        for n in range(count)
    ]


def history(bench: Bench, entity: str = "contacts") -> list[dict[str, Any]]:
    return bench.rows(
        "select * from ingestion_sync_history where sync_type = %s order by id", entity
    )


def unhurried(bench: Bench, **settings: Any) -> None:
    """A configuration in which nobody waits for limits."""
    lines = ["[hubspot]", "rate_limit = { requests = 100000, seconds = 1 }"]
    lines += [
        f"{name} = {json.dumps(value)}"
        for name, value in ({"deletes_every": "0s"} | settings).items()
    ]
    Path(bench.home, "crm-sync.toml").write_text("\n".join(lines))


def sync_with(bench: Bench, steps: Steps, *entities: str, **options: Any) -> list[Result]:
    """A sync with steps of one's own."""
    collector = Collector()
    with progress.listening(collector):
        asyncio.run(sync_source("hubspot", entities, SyncOptions(**options), steps))
    return collector.results


def assert_right(bench: Bench) -> None:
    """The table of contacts says what the CRM says."""
    rows = {row["id"]: row for row in bench.rows("select * from hubspot.contacts")}
    live = {key: row for key, row in rows.items() if row["deleted_at"] is None}
    truth = {int(key): record for key, record in bench.sandbox.truth("contacts").items()}
    assert live.keys() == truth.keys()
    for key, record in truth.items():
        assert live[key]["last_name"] == (record.properties.get("lastname") or None)
        assert live[key]["email"] == (record.properties.get("email") or None)
        assert live[key]["updated_at"] == record.updated
    for key in map(int, bench.sandbox.archived("contacts")):
        assert rows[key]["deleted_at"] is not None
    for loser, winner in bench.sandbox.merged("contacts").items():
        if int(loser) in rows:
            assert rows[int(loser)]["merged_into"] == int(winner)


def assert_adds_up(row: dict[str, Any]) -> None:
    """A run's counters are the sum of their parts."""
    parts = row["records_created"] + row["records_updated"] + row["records_failed"]
    unchanged = row["performance_metrics"].get("unchanged", 0)
    assert row["records_processed"] == parts + unchanged, row


@dataclass
class Asked:
    """A hook that keeps what is asked of contacts: where each page begins, by pass."""

    changes: list[str] = field(default_factory=list)
    deletes: list[str] = field(default_factory=list)

    def __call__(self, call: Call) -> None:
        query = dict(part.partition("=")[::2] for part in call.query.split("&"))
        if call.method == "GET" and call.path == LIST:
            kept = self.deletes if query["archived"] == "true" else self.changes
            kept.append(query.get("after", ""))
        elif call.path == f"{LIST}/search":
            body = json.loads(call.body)
            if body["limit"] != 1:
                self.changes.append(_greater_than(body["filterGroups"][0]["filters"]))


def _greater_than(filters: Sequence[dict[str, str]]) -> str:
    return next((one["value"] for one in filters if one["operator"] == "GT"), "")


@dataclass
class After:
    """A hook that lets something happen once, before the n-th request for a page of contacts."""

    pages: int
    happen: Any
    seen: int = 0

    def __call__(self, call: Call) -> None:
        if call.path in (LIST, f"{LIST}/search") and b'"limit":1,' not in call.body:
            self.seen += 1
            if self.seen == self.pages:
                self.happen()
