"""The window, its lookback and the count at its end; and a warehouse that goes away meanwhile."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from flows.result import Result
from flows.sync import conclude
from sandbox.hubspot import Call, ManualClock
from sandbox.hubspot.records import Record
from tests.flows.harness import Bench
from tests.flows.truth import LIST, After, Asked, assert_right, history, people, unhurried

END_WRITERS = """
    select pg_terminate_backend(pid) from pg_stat_activity a
    where application_name = 'crm-sync' and datname = current_database()
      and not exists (select from pg_locks l where l.pid = a.pid and l.locktype = 'advisory')
"""
END_ALL = """
    select pg_terminate_backend(pid) from pg_stat_activity
    where application_name = 'crm-sync' and datname = current_database()
"""


@pytest.fixture
def clock(bench: Bench) -> ManualClock:
    """The CRM's clock, some hours behind ours, so that it can be moved on."""
    bench.sandbox.store.clock = clock = ManualClock(datetime.now(UTC) - timedelta(hours=9))
    unhurried(bench)
    return clock


def sync(bench: Bench, **options: Any) -> Result:
    [result] = bench.sync("contacts", **options)
    return result


def test_an_import_of_25_000_records_with_one_stamp_lands_by_delta(
    bench: Bench, clock: ManualClock
):
    people(bench, 3)
    sync(bench)
    clock.advance(3 * 3600)
    bench.sandbox.bulk_import("contacts", 25_000)
    clock.advance(60)

    result = sync(bench)

    assert result.row["configuration"]["strategy"] == "incremental"
    assert (result.outcome, result.row["records_created"]) == ("success", 25_000)
    assert bench.live() == bench.truth()


def test_what_the_search_index_shows_late_is_caught_by_the_lookback(
    bench: Bench, clock: ManualClock
):
    first, *_ = people(bench, 5)
    clock.advance(3600)
    sync(bench)
    bench.sandbox.index_lag = 50 * 60
    clock.advance(3600)
    bench.sandbox.update("contacts", first, {"lastname": "Late"})
    clock.advance(5 * 60)
    early = sync(bench)
    clock.advance(50 * 60)

    late = sync(bench)

    assert (early.row["records_updated"], late.row["records_updated"]) == (0, 1)
    assert_right(bench)


def test_what_changes_while_a_run_reads_is_read_by_the_next(bench: Bench, clock: ManualClock):
    keys = sorted(map(int, people(bench, 250)))
    clock.advance(3600)

    def change() -> None:
        clock.advance(30)
        bench.sandbox.update("contacts", str(keys[0]), {"lastname": "Passed"})

    bench.sandbox.before_request = After(3, change)
    first = sync(bench)
    bench.sandbox.before_request = None
    clock.advance(3 * 3600)
    second = sync(bench)

    assert first.outcome == second.outcome == "success"
    assert second.row["records_updated"] == 1
    assert_right(bench)


class Hidden:
    """A hook that keeps some records out of the list, for a number of readings of it."""

    def __init__(self, bench: Bench, keys: list[int], readings: int) -> None:
        self.shelf = bench.sandbox.store.shelf("contacts")
        self.lock = bench.sandbox.store.lock
        self.keys = keys
        self.readings = readings
        self.away: dict[int, Record] = {}
        self.begun = 0

    def __call__(self, call: Call) -> None:
        listing = call.path == LIST and "archived=false" in call.query
        if listing and "after=" not in call.query:
            self.begun += 1
        hide = listing and self.begun <= self.readings
        with self.lock:
            if hide and not self.away:
                self.away = {key: self.shelf.live.pop(key) for key in self.keys}
            if not hide and self.away:
                self.shelf.live |= self.away
                self.away = {}
            self.shelf.live_ids = sorted(self.shelf.live)


def test_a_list_that_hides_records_at_first_is_read_again(bench: Bench, clock: ManualClock):
    keys = sorted(map(int, people(bench, 30)))
    clock.advance(60)
    bench.sandbox.before_request = hidden = Hidden(bench, keys[5:8], readings=1)

    result = sync(bench, batch_size=10)

    assert hidden.begun == 2
    assert (result.outcome, result.row["records_created"]) == ("success", 30)
    assert result.row["configuration"]["anchor"] is True
    assert_right(bench)


def test_a_list_that_goes_on_hiding_records_is_told_and_never_the_anchor(
    bench: Bench, clock: ManualClock
):
    keys = sorted(map(int, people(bench, 30)))
    clock.advance(60)
    bench.sandbox.before_request = hidden = Hidden(bench, keys[5:8], readings=99)

    wrong = sync(bench, batch_size=10)
    hidden.readings = 0
    clock.advance(60)
    right = sync(bench, batch_size=10)

    state = conclude([wrong])
    assert (wrong.outcome, wrong.row["status"]) == ("unreconciled", "partial")
    assert "the source counts 30 records in the window, but only 27" in wrong.row["error_message"]
    assert wrong.row["configuration"]["anchor"] is False
    assert state.is_failed()
    assert "contacts: the source counts 30" in str(state.message)
    assert (right.outcome, right.row["configuration"]["strategy"]) == ("success", "initial_full")
    assert_right(bench)


def test_a_replacement_that_was_not_complete_removes_nothing(bench: Bench, clock: ManualClock):
    keys = sorted(map(int, people(bench, 30)))
    sync(bench)
    clock.advance(60)
    bench.execute("insert into hubspot.contacts (id) values (1)")
    bench.sandbox.before_request = Hidden(bench, keys[5:8], readings=99)

    wrong = sync(bench, batch_size=10, full=True, force_overwrite=True)

    assert wrong.outcome == "unreconciled"
    assert bench.live() == {1, *keys}


@pytest.mark.parametrize("which", [END_WRITERS, END_ALL])
@pytest.mark.parametrize("page", [3, 8])
def test_a_warehouse_that_goes_away_fails_the_run_clearly_and_the_next_resumes(
    bench: Bench, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, which: str, page: int
):
    monkeypatch.setattr("tasks.fetch.CHUNK_RECORDS", 20)
    people(bench, 120)
    bench.sandbox.before_request = After(page, lambda: bench.execute(which))
    failed = sync(bench, batch_size=10)
    bench.sandbox.before_request = asked = Asked()

    result = sync(bench, batch_size=10)

    [lost, row] = history(bench)
    assert failed.outcome == lost["status"] == "failed"
    assert "the connection to PostgreSQL was lost" in lost["error_message"]
    assert "check that the server runs" in lost["error_message"]
    assert lost["end_time"] is not None
    if page == 8:
        checkpoint = lost["configuration"]["checkpoint"]
        assert row["configuration"]["resumes"] == lost["id"]
        assert asked.changes[0] == checkpoint["cursor"]
    assert result.outcome == "success"
    assert lost["records_created"] + row["records_created"] == 120
    assert_right(bench)


def test_windows_are_canonical_and_follow_the_source_s_clock(bench: Bench, clock: ManualClock):
    people(bench, 1)
    first = sync(bench).row["configuration"]
    clock.advance(3 * 3600)

    second = sync(bench).row["configuration"]

    until = datetime.fromisoformat(first["window"]["until"])
    assert abs(until - (clock.now - timedelta(hours=3))) < timedelta(seconds=2)
    assert first["window"]["until"].endswith("Z")
    assert datetime.fromisoformat(second["window"]["since"]) == until - timedelta(minutes=60)
    assert json.dumps(second["window"]) == json.dumps(history(bench)[-1]["configuration"]["window"])
