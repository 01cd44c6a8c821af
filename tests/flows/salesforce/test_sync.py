"""Whole syncs of Salesforce: the truth lands by full run and delta, deletes land, quiet runs stay quiet."""

from datetime import UTC, datetime, timedelta

import pytest

from sandbox.salesforce import Call, ManualClock
from sources.salesforce.entities import ENTITIES
from tests.flows.salesforce.truth import assert_right, stored
from tests.flows.vendor import VendorBench, counted

LONG_AGO = datetime(2026, 1, 5, tzinfo=UTC)
HOUR = 3600
DELETABLE = [name for name, entity in ENTITIES.items() if entity.deleted]


def queries(bench: VendorBench, after: int = 0) -> list[str]:
    """What was asked of `/queryAll`, and of nothing else that counts records."""
    return [query for _, path, query, _ in bench.sandbox.requests[after:] if "queryAll" in path]


@pytest.mark.parametrize("name", ENTITIES)
def test_full_delta_and_quiet_run_land_the_truth(bench: VendorBench, clock: ManualClock, name: str):
    sandbox, kind = bench.sandbox, ENTITIES[name].path
    [first] = bench.sync(name)
    assert_right(bench, name)
    clock.advance(HOUR)
    keys = sorted(sandbox.truth(kind))
    sandbox.touch(kind, 2)
    if name in DELETABLE:
        sandbox.delete(kind, keys[-1])
    new = sandbox.bulk_import(kind, 1)[0]
    clock.advance(60)

    [second] = bench.sync(name)
    assert_right(bench, name)
    clock.advance(HOUR)
    [third] = bench.sync(name)
    clock.advance(HOUR)
    before = len(sandbox.requests)
    [fourth] = bench.sync(name)

    assert first.row["configuration"]["strategy"] == "initial_full"
    assert counted(first) == (len(sandbox.truth(kind) | sandbox.deleted(kind)) - 1, 0, 0)
    assert second.row["configuration"]["strategy"] == "incremental"
    assert second.row["records_created"] == 1
    assert new in stored(bench, name)
    assert {run.outcome for run in (first, second, third, fourth)} == {"success"}
    assert counted(third) == counted(fourth) == (0, 0, 0)
    # The version, the description, a page, a count; what was deleted within a day, and what of it lives.
    assert len(sandbox.requests) - before == (6 if name in DELETABLE else 4)


def test_what_is_undeleted_loses_its_mark(bench: VendorBench, clock: ManualClock):
    key = next(iter(bench.sandbox.deleted("Contact")))
    bench.sync("contacts")
    clock.advance(HOUR)
    bench.sandbox.undelete("Contact", key)

    bench.sync("contacts")

    assert_right(bench, "contacts")
    assert stored(bench, "contacts")[key]["deleted_at"] is None


def test_a_merged_record_names_the_one_that_lives_on(bench: VendorBench, clock: ManualClock):
    bench.sync("accounts", "contacts")
    clock.advance(HOUR)
    winner, loser = sorted(bench.sandbox.truth("Account"))[:2]
    bench.sandbox.merge("Account", winner, loser)

    bench.sync("accounts", "contacts")

    rows = stored(bench, "accounts")
    assert rows[loser]["master_record_id"] == winner
    assert rows[loser]["deleted_at"] is not None
    assert rows[winner]["deleted_at"] is None
    assert_right(bench, "accounts")
    assert_right(bench, "contacts")


def test_archived_activities_are_read(bench: VendorBench):
    archived = [
        key for key, one in bench.sandbox.truth("Task").items() if one["IsArchived"] is True
    ]

    bench.sync("tasks")

    assert archived
    assert stored(bench, "tasks").keys() >= set(archived)


def test_what_commits_late_with_an_older_stamp_is_not_lost(bench: VendorBench, clock: ManualClock):
    bench.sync("contacts")
    clock.advance(HOUR)
    late = bench.sandbox.create("Contact", {"LastName": "Late"}, commits_in=300)
    clock.advance(10)
    bench.sync("contacts")
    assert late not in stored(bench, "contacts")
    clock.advance(400)

    bench.sync("contacts")

    assert_right(bench, "contacts")


def test_thousands_of_records_of_one_second_are_read_page_by_page(
    bench: VendorBench, clock: ManualClock
):
    bench.sandbox.bulk_import("Lead", 1300, updated=LONG_AGO)

    [result] = bench.sync("leads", batch_size=200)

    assert result.outcome == "success"
    assert_right(bench, "leads")
    assert len(queries(bench)) >= 7


def test_a_page_that_stops_short_is_not_the_end(bench: VendorBench):
    bench.sandbox.bulk_import("Lead", 50, updated=LONG_AGO)
    bench.sandbox.cursors.largest = 30
    fault = bench.sandbox.fault("short_page", times=None)

    bench.sync("leads")

    assert fault.struck > 3
    assert_right(bench, "leads")


def test_a_record_that_changes_while_it_is_read_is_met_further_on(
    bench: VendorBench, clock: ManualClock
):
    keys = bench.sandbox.bulk_import("Lead", 500, updated=LONG_AGO)

    def change(call: Call) -> None:
        if "queryAll" in call.path and "%20LIMIT%20" in call.query and keys:
            clock.advance(1)
            bench.sandbox.update("Lead", keys.pop(), {"Company": "Moved on"})
            bench.sandbox.update("Lead", keys.pop(0), {"Company": "Moved on"})

    bench.sandbox.before_request = change
    bench.sync("leads", batch_size=100)
    bench.sandbox.before_request = None

    assert_right(bench, "leads")


@pytest.mark.parametrize("full", [False, True])
def test_what_was_purged_from_the_bin_is_marked_and_what_nobody_knew_leaves_no_row(
    bench: VendorBench, clock: ManualClock, full: bool
):
    bench.sync("contacts")
    clock.advance(HOUR)
    gone, binned = sorted(bench.sandbox.truth("Contact"))[:2]
    unknown = bench.sandbox.create("Contact", {"LastName": "Ephemeral"})
    for key in (gone, unknown):
        bench.sandbox.delete("Contact", key)
        bench.sandbox.purge("Contact", key)
    bench.sandbox.delete("Contact", binned)
    clock.advance(300)

    [result] = bench.sync("contacts", full=full)

    rows = stored(bench, "contacts")
    assert result.outcome == "success"
    assert rows[gone]["deleted_at"] is not None
    assert rows[gone]["last_name"] is not None
    assert rows[binned]["deleted_at"] is not None
    assert unknown not in rows
    assert result.row["performance_metrics"]["deleted"] == 2


def test_what_went_to_the_bin_with_its_stamp_unmoved_is_marked(
    bench: VendorBench, clock: ManualClock
):
    bench.sync("contacts")
    clock.advance(2 * HOUR)
    shelf, key = bench.sandbox.store.shelf("Contact"), min(bench.sandbox.truth("Contact"))
    shelf.records[key] = {**shelf.records[key], "IsDeleted": True}
    shelf.log[key] = bench.sandbox.store.now()
    clock.advance(HOUR)

    [first] = bench.sync("contacts")
    [second] = bench.sync("contacts")

    assert stored(bench, "contacts")[key]["deleted_at"] is not None
    assert first.row["performance_metrics"]["deleted"] == 1
    assert counted(second) == (0, 0, 0)


def test_a_list_of_deletions_that_lags_behind_is_asked_about_the_time_again(
    bench: VendorBench, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("sandbox.salesforce.replication.LAG", timedelta(hours=5))
    key = min(bench.sandbox.truth("Contact"))
    bench.sync("contacts")
    clock.advance(HOUR)
    bench.sandbox.purge("Contact", key)
    for _ in range(3):
        clock.advance(HOUR)
        bench.sync("contacts")
    clock.advance(4 * HOUR)

    bench.sync("contacts")

    assert stored(bench, "contacts")[key]["deleted_at"] is not None


def test_a_list_of_deletions_that_is_refused_is_told_and_does_not_stop_the_run(
    bench: VendorBench, clock: ManualClock, caplog: pytest.LogCaptureFixture
):
    bench.sync("contacts")
    clock.advance(HOUR)
    bench.sandbox.fault("no_replication", times=None, path="/deleted")
    bench.sandbox.touch("Contact", 1)

    [result] = bench.sync("contacts")

    assert result.outcome == "success"
    assert "records purged from the recycle bin left out" in caplog.text
    assert_right(bench, "contacts")


def test_a_delta_over_a_gap_longer_than_the_list_reaches_says_so(
    bench: VendorBench, clock: ManualClock, caplog: pytest.LogCaptureFixture
):
    bench.sync("contacts")
    clock.advance(20 * 24 * HOUR)

    [result] = bench.sync("contacts")

    assert result.outcome == "success"
    assert "Salesforce lists deletions since 2026-11-25 only" in caplog.text


def test_a_complete_replacement_makes_the_table_equal_the_source(bench: VendorBench):
    bench.sync("contacts")
    bench.execute("insert into salesforce.contacts (id) values ('0035e0000000zzzAAA')")
    bench.execute("update salesforce.contacts set last_name = 'x', updated_at = now()")

    [result] = bench.sync("contacts", full=True, force_overwrite=True)

    assert result.outcome == "success"
    assert_right(bench, "contacts")


def test_since_reads_from_that_moment(bench: VendorBench, clock: ManualClock):
    bench.sync("contacts")
    bench.execute("delete from salesforce.contacts")
    clock.advance(HOUR)
    touched = bench.sandbox.touch("Contact", 3)

    bench.sync("contacts", since=clock.now - timedelta(minutes=5))

    assert stored(bench, "contacts").keys() == set(touched)


def test_a_preview_of_a_few_records_needs_no_job(
    bench: VendorBench, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SALESFORCE_BULK_ABOVE", "10")

    [result] = bench.sync("contacts", max_records=5)

    assert result.row["records_processed"] == 5
    assert not [path for _, path, _, _ in bench.sandbox.requests if "jobs" in path]
