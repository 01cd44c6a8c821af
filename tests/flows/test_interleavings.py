"""Records changed, created, archived, restored and merged while a sync reads are right after the next one."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sandbox.hubspot import HubspotSandbox, ManualClock
from tests.flows.harness import Bench

OPERATIONS = ("create", "update", "clear", "archive", "restore", "merge", "gdpr_delete")
# (how many requests from here, what happens then, to whom)
happenings = st.lists(
    st.tuples(st.integers(0, 6), st.sampled_from(OPERATIONS), st.integers(0, 10**6)), max_size=25
)


class Meanwhile:
    """Changes the CRM while a sync reads it: after so many requests, this happens."""

    def __init__(self, bench: Bench, plan: list[tuple[int, str, int]]) -> None:
        self.bench = bench
        self.plan = list(plan)
        self.waited = 0

    def __call__(self, _call: object) -> None:
        self.bench.sandbox.store.clock.advance(0.7)
        self.waited += 1
        while self.plan and self.plan[0][0] <= self.waited:
            _, operation, seed = self.plan.pop(0)
            self.waited = 0
            self.happen(operation, seed)

    def happen(self, operation: str, seed: int) -> None:
        crm = self.bench.sandbox
        live, archived = sorted(crm.truth("contacts")), sorted(crm.archived("contacts"))
        pick = random.Random(seed).choice
        if operation == "create":
            crm.create("contacts", {"email": f"new{seed}@example.org", "lastname": "Li"})
        elif operation in ("update", "clear") and live:
            crm.update(
                "contacts", pick(live), {"lastname": f"N{seed}" if operation == "update" else ""}
            )
        elif operation == "archive" and live:
            crm.archive("contacts", pick(live))
        elif operation == "restore" and archived:
            crm.restore("contacts", pick(archived))
        elif operation == "merge" and len(live) > 1:
            winner, loser = random.Random(seed).sample(live, 2)
            crm.merge("contacts", winner, loser)
        elif operation == "gdpr_delete" and live:
            crm.gdpr_delete("contacts", pick(live))


relaxed = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@relaxed
@given(plan=happenings, lag=st.sampled_from([0, 0, 5, 40]), chunk=st.sampled_from([4, 5000]))
def test_whatever_happens_while_a_sync_reads_is_right_after_the_next_delta(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, plan, lag: int, chunk: int
):
    monkeypatch.setattr("tasks.fetch.CHUNK_RECORDS", chunk)
    # Who belongs to whom has tests of its own; here it would be most of the requests.
    bench.config(deletes_every="0s", associations=False)
    with fresh(bench, monkeypatch, lag) as crm:
        read_while(bench, plan)
        crm.store.clock.advance(lag + 1)

        [delta] = bench.sync("contacts", batch_size=3)

        # Only a complete replacement can know of records that were erased without a trace.
        erased = bench.live() - bench.truth() if "gdpr_delete" in happened(plan) else set()
        assert delta.outcome == "success", delta
        assert_right(bench, erased)


@pytest.mark.slow
@pytest.mark.timeout(600)
@settings(relaxed, max_examples=30)
@given(plan=happenings, lag=st.sampled_from([0, 5]))
def test_after_a_complete_replacement_the_table_is_the_source(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, plan, lag: int
):
    bench.config(deletes_every="0s", max_removed=1.0, associations=False)
    with fresh(bench, monkeypatch, lag) as crm:
        read_while(bench, plan)
        crm.store.clock.advance(lag + 1)

        [complete] = bench.sync("contacts", batch_size=3, full=True, force_overwrite=True)

        assert complete.outcome == "success", complete
        assert_right(bench, set())


def happened(plan: list[tuple[int, str, int]]) -> set[str]:
    return {operation for _, operation, _ in plan}


def read_while(bench: Bench, plan: list[tuple[int, str, int]]) -> None:
    """A sync, and what happens meanwhile; what the sync makes of it does not matter yet."""
    bench.sandbox.before_request = Meanwhile(bench, plan)
    bench.sync("contacts", batch_size=3)
    bench.sandbox.before_request = None


@contextmanager
def fresh(bench: Bench, monkeypatch: pytest.MonkeyPatch, lag: int) -> Iterator[HubspotSandbox]:
    """A CRM with a dozen people, its index up to date, and an empty warehouse."""
    clock = ManualClock(datetime.now(UTC) - timedelta(days=1))
    crm = bench.sandbox = HubspotSandbox(limits=None, clock=clock)
    crm.index_lag = lag
    for number in range(12):
        crm.create("contacts", {"email": f"p{number}@example.org", "lastname": "Li"})
    clock.advance(lag + 1)
    bench.execute("drop schema if exists hubspot cascade")
    bench.execute(
        "truncate ingestion_sync_history, ingestion_seen_key, ingestion_created_keys, ingestion_column_name"
    )
    with crm.serve() as url:
        monkeypatch.setenv("HUBSPOT_BASE_URL", url)
        yield crm


def assert_right(bench: Bench, erased: set[int]) -> None:
    """The warehouse says what the CRM says; of erased records only a full run could know."""
    rows = {row["id"]: row for row in bench.rows("select * from hubspot.contacts")}
    live = {
        key: row for key, row in rows.items() if row["deleted_at"] is None and key not in erased
    }
    truth = {int(key): record for key, record in bench.sandbox.truth("contacts").items()}
    assert live.keys() == truth.keys()
    for key, record in truth.items():
        assert live[key]["last_name"] == (record.properties.get("lastname") or None)
        assert live[key]["updated_at"] == record.updated
    for key in map(int, bench.sandbox.archived("contacts")):
        assert rows[key]["deleted_at"] is not None
    for loser, winner in bench.sandbox.merged("contacts").items():
        if int(loser) in rows and int(loser) not in erased:
            assert rows[int(loser)]["deleted_at"] is not None
            assert rows[int(loser)]["merged_into"] is not None, (loser, winner)
