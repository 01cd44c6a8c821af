"""Changes, webhooks (late, twice, out of order), syncs and drains in any order: in the end the table is the source."""

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.flows.harness import Bench
from tests.flows.hooked import drained, said
from tests.flows.test_interleavings import OPERATIONS, Meanwhile, assert_right, fresh, relaxed
from warehouse import past
from warehouse.connection import connect

HAPPENS = [("happen", operation) for operation in OPERATIONS]
steps = st.lists(
    st.tuples(
        st.sampled_from([*HAPPENS, *HAPPENS, ("deliver", ""), ("drain", ""), ("sync", "")]),
        st.integers(0, 10**6),
    ),
    max_size=25,
)
TOLD = {
    "create": "creation",
    "update": "propertyChange",
    "clear": "propertyChange",
    "archive": "deletion",
    "restore": "restore",
    "gdpr_delete": "privacyDeletion",
}


class Telling(Meanwhile):
    """A CRM that tells of what happens, some time."""

    def __init__(self, bench: Bench) -> None:
        super().__init__(bench, [])
        self.untold: list[dict[str, Any]] = []

    def happen(self, operation: str, seed: int) -> None:
        before = self._records()
        super().happen(operation, seed)
        after = self._records()
        touched = [key for key in before | after if before.get(key) != after.get(key)]
        if operation == "merge" and len(touched) > 1:
            [winner] = [key for key in touched if key in self.bench.sandbox.truth("contacts")]
            losers = [int(key) for key in touched if key != winner]
            merged = {"primaryObjectId": int(winner), "mergedObjectIds": losers}
            self.untold.append(said("merge", winner, **merged))
        elif operation != "merge":
            self.untold += [said(TOLD[operation], key) for key in touched]

    def _records(self) -> dict[str, Any]:
        crm = self.bench.sandbox
        return {
            key: (state, record.properties, record.updated)
            for state, records in (
                ("live", crm.truth("contacts")),
                ("archived", crm.archived("contacts")),
            )
            for key, record in records.items()
        }

    def some(self, seed: int) -> list[dict[str, Any]]:
        """Some of what is untold, in any order, some of it twice."""
        chance = random.Random(seed)
        chosen = [event for event in self.untold if chance.random() < 0.6]
        self.untold = [event for event in self.untold if event not in chosen]
        again = [event | {"attemptNumber": 1} for event in chosen if chance.random() < 0.3]
        chance.shuffle(mixed := chosen + again)
        return mixed


@pytest.mark.slow
@pytest.mark.timeout(1200)
@settings(relaxed, max_examples=25)
@given(plan=steps, lag=st.sampled_from([0, 0, 40]), last=st.integers(0, 10**6))
def test_after_a_last_drain_and_a_delta_the_table_is_the_source_and_no_drain_moved_an_anchor(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, plan, lag: int, last: int
):
    bench.config(deletes_every="0s", associations=False)
    with fresh(bench, monkeypatch, lag) as crm:
        bench.execute(
            "truncate ingestion_webhook_event, ingestion_tombstone, ingestion_rejected_record"
        )
        telling = Telling(bench)
        crm.before_request = telling
        bench.sync("contacts", batch_size=3)
        for (what, operation), seed in plan:
            if what == "happen":
                telling.happen(operation, seed)
            elif what == "sync":
                bench.sync("contacts", batch_size=3)
            else:
                drain_and_compare(bench, telling.some(seed) if what == "deliver" else [])
        random.Random(last).shuffle(telling.untold)
        drain_and_compare(bench, telling.untold)
        assert_alive(bench)
        crm.store.clock.advance(lag + 1)

        [delta] = bench.sync("contacts", batch_size=3)

        assert delta.outcome == "success", delta
        # Nobody can tell any more into whom these were merged.
        assert_right(bench, orphaned(bench))
        waiting = "select count(*) from ingestion_webhook_event where status in ('pending', 'dead')"
        assert bench.one(waiting) == 0


def orphaned(bench: Bench) -> set[int]:
    """Records that were merged into one that is erased."""
    known = {*bench.sandbox.truth("contacts"), *bench.sandbox.archived("contacts")}
    merged = bench.sandbox.merged("contacts").items()
    return {int(loser) for loser, winner in merged if winner not in known}


def assert_alive(bench: Bench) -> None:
    """Everything was told: what lives in the table is what lives at the source."""
    rows = bench.rows(
        "select id, last_name, updated_at from hubspot.contacts where deleted_at is null"
    )
    assert {row["id"]: (row["last_name"], row["updated_at"]) for row in rows} == {
        int(key): (record.properties.get("lastname") or None, record.updated)
        for key, record in bench.sandbox.truth("contacts").items()
    }


def drain_and_compare(bench: Bench, events: list[dict[str, Any]]) -> None:
    """A drain of the inbox, after some events have come; it may end well only, and be no anchor."""
    with connect(bench.url) as conn:
        before = past.anchor(conn, "hubspot", "contacts"), past.latest(conn, "hubspot", "contacts")
        results = drained(*events)
        after = past.anchor(conn, "hubspot", "contacts"), past.latest(conn, "hubspot", "contacts")
    assert before == after
    assert {result.outcome for result in results} <= {"success"}, results
