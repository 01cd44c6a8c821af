"""Large reads by Bulk API: the same rows as by REST, one job however often a run dies, nothing missing."""

from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.salesforce import ManualClock
from sources.salesforce import results
from sources.salesforce.entities import ENTITIES
from tests.flows.salesforce.truth import assert_right, stored
from tests.flows.vendor import VendorBench

LONG_AGO = datetime(2026, 1, 5, tzinfo=UTC)
RESULTS = "/jobs/query/[^/]+/results$"


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is large elsewhere is a dozen records here."""
    monkeypatch.setattr(results, "FEWEST_ROWS", 12)
    monkeypatch.setattr(results, "MOST_ROWS", 12)


@pytest.fixture(autouse=True)
def low_threshold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SALESFORCE_BULK_ABOVE", "30")


@pytest.fixture
def crowd(bench: VendorBench) -> VendorBench:
    """More contacts than one round of pages holds, all of long ago."""
    bench.sandbox.bulk_import("Contact", 80, updated=LONG_AGO)
    return bench


def asked(bench: VendorBench, method: str, path: str) -> int:
    """How often something was asked for."""
    return sum(
        (how, where.partition("/v66.0")[2].rstrip("/"))[0] == method and path in where
        for how, where, _, _ in bench.sandbox.requests
    )


def created(bench: VendorBench) -> int:
    return asked(bench, "POST", "/jobs/query")


def pages(bench: VendorBench) -> list[str]:
    return [query for _, path, query, _ in bench.sandbox.requests if path.endswith("/results")]


def rows(bench: VendorBench, name: str) -> dict[str, dict[str, Any]]:
    found = stored(bench, name)
    return {
        key: {column: value for column, value in row.items() if column != "sync_history_id"}
        for key, row in found.items()
    }


def test_a_large_read_is_one_job_in_pages_and_the_job_is_deleted(crowd: VendorBench):
    [result] = crowd.sync("contacts")

    assert result.outcome == "success"
    assert_right(crowd, "contacts")
    assert created(crowd) == 1
    assert len(pages(crowd)) == len(set(pages(crowd))) > 9
    assert all("maxRecords=12" in query for query in pages(crowd))
    assert crowd.sandbox.jobs.known == {}


def test_a_small_one_is_read_by_rest(bench: VendorBench):
    bench.sync("campaigns")

    assert created(bench) == 0
    assert_right(bench, "campaigns")


def test_a_large_delta_is_read_in_bulk_too(bench: VendorBench, clock: ManualClock):
    bench.sync("leads")
    before = created(bench)
    clock.advance(3600)
    bench.sandbox.bulk_import("Lead", 50)
    bench.sandbox.delete("Lead", next(iter(bench.sandbox.truth("Lead"))))

    [result] = bench.sync("leads")

    assert created(bench) == before + 1
    assert result.row["records_created"] == 50
    assert result.row["configuration"]["strategy"] == "incremental"
    assert_right(bench, "leads")


@pytest.mark.parametrize(("way", "jobs"), [("rest", 0), ("bulk", 1)])
def test_the_configuration_has_the_last_word(
    bench: VendorBench, way: str, jobs: int, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SALESFORCE_BULK_ABOVE", "0" if way == "rest" else "100000")
    bench.config(contacts={"api": way})

    bench.sync("contacts")

    assert created(bench) == jobs
    assert_right(bench, "contacts")


@pytest.mark.parametrize("name", ENTITIES)
def test_both_ways_land_the_same_rows(bench: VendorBench, name: str):
    bench.config(api="rest", include=["*"] if name == "users" else [])
    bench.sync(name)
    by_rest = rows(bench, name)
    bench.execute("drop schema salesforce cascade")
    bench.execute(
        "truncate ingestion_sync_history, ingestion_column_name, ingestion_seen_key, ingestion_created_keys"
    )
    bench.config(api="bulk", include=["*"] if name == "users" else [])

    bench.sync(name)

    assert created(bench) == 1
    assert by_rest
    assert rows(bench, name) == by_rest


def test_reading_again_by_the_other_way_changes_nothing(bench: VendorBench):
    bench.config(api="rest")
    bench.sync("accounts", "contacts", "opportunities")
    bench.config(api="bulk")

    results = bench.sync("accounts", "contacts", "opportunities", full=True)

    for result in results:
        assert result.row["records_updated"] == 0
        assert result.row["performance_metrics"]["unchanged"] == result.row["records_processed"]


def test_encrypted_values_are_the_same_both_ways(
    bench: VendorBench, monkeypatch: pytest.MonkeyPatch
):
    key = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
    monkeypatch.setenv("FIELD_ENCRYPTION_KEYS", key)
    fields = {
        "Lifetime_Value__c": {"name": "lifetime_value", "kind": "decimal", "encrypt": True},
        "Newsletter__c": {"name": "newsletter", "kind": "boolean", "encrypt": True},
        "EmailBouncedDate": {"name": "email_bounced_at", "kind": "datetime", "encrypt": True},
    }
    bench.config(api="rest", contacts={"fields": fields})
    bench.sync("contacts")
    bench.config(api="bulk", contacts={"fields": fields})

    [result] = bench.sync("contacts", full=True)

    assert result.row["records_updated"] == 0


def test_a_run_that_dies_while_the_job_works_goes_on_with_it(crowd: VendorBench):
    crowd.sandbox.fault("unauthorized", times=1, path=r"/jobs/query/750\w+$")

    [failed] = crowd.sync("contacts")
    crowd.sandbox.faults.clear()
    [resumed] = crowd.sync("contacts")

    assert failed.outcome == "failed"
    assert failed.row["configuration"]["checkpoint"]["cursor"].startswith("bulk:750")
    assert resumed.row["configuration"]["resumes"] == failed.row["id"]
    assert resumed.outcome == "success"
    assert created(crowd) == 1
    assert_right(crowd, "contacts")


def test_a_run_that_dies_between_pages_goes_on_at_the_page(
    crowd: VendorBench, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("flows.fetching.FIRST_CHUNK_RECORDS", 10)
    monkeypatch.setattr("flows.fetching.CHUNK_GROWTH", 1)
    crowd.sandbox.fault("unauthorized", times=1, skip=5, path=RESULTS)

    [failed] = crowd.sync("contacts")
    crowd.sandbox.faults.clear()
    read = len(pages(crowd))
    [resumed] = crowd.sync("contacts")

    assert failed.row["records_processed"] > 0
    assert resumed.outcome == "success"
    assert created(crowd) == 1
    assert len(pages(crowd)) - read < 10
    assert_right(crowd, "contacts")


def test_a_job_that_is_gone_is_begun_again(crowd: VendorBench, caplog: pytest.LogCaptureFixture):
    crowd.sandbox.fault("job_gone", times=1, skip=3, path=RESULTS)

    [result] = crowd.sync("contacts")

    assert result.outcome == "success"
    assert created(crowd) == 2
    assert "is gone" in caplog.text
    assert_right(crowd, "contacts")


def test_jobs_that_fail_give_way_to_rest(crowd: VendorBench, caplog: pytest.LogCaptureFixture):
    crowd.sandbox.fault("job_failed", times=None, method="GET")

    [result] = crowd.sync("contacts")

    assert result.outcome == "success"
    assert created(crowd) == 2
    assert "Retried more than fifteen times; reading by REST" in caplog.text
    assert_right(crowd, "contacts")


def test_a_job_that_somebody_stops_is_not_begun_again(crowd: VendorBench):
    def stop(call: Any) -> None:
        for job in crowd.sandbox.jobs.known.values():
            job.state = "Aborted"

    crowd.sandbox.before_request = stop
    [result] = crowd.sync("contacts")
    crowd.sandbox.before_request = None

    assert result.outcome == "success"
    assert created(crowd) == 1
    assert_right(crowd, "contacts")


@pytest.mark.parametrize("kind", ["bulk_limit"])
def test_where_no_job_can_be_had_it_is_read_by_rest(crowd: VendorBench, kind: str):
    crowd.sandbox.fault(kind, times=None, method="POST", path="/jobs/query$")

    [result] = crowd.sync("contacts")

    assert result.outcome == "success"
    assert_right(crowd, "contacts")


def test_an_object_that_bulk_refuses_is_read_by_rest(bench: VendorBench):
    for number in range(3):
        bench.sandbox.create("CaseStatus", {"MasterLabel": f"Status {number}"}, created=LONG_AGO)
    bench.config(api="bulk", case_statuses={"object_type": "CaseStatus"})

    [result] = bench.sync("case_statuses")

    assert result.outcome == "success"
    assert created(bench) == 1
    assert len(stored(bench, "case_statuses")) == 3


def test_a_field_that_vanishes_before_the_job_runs_is_left_out(crowd: VendorBench):
    jobs = crowd.sandbox.jobs

    def hide(call: Any) -> None:
        if jobs.known:
            crowd.sandbox.hide("Contact", "Title")

    crowd.sandbox.before_request = hide
    [result] = crowd.sync("contacts")
    crowd.sandbox.before_request = None

    assert result.outcome == "success"
    assert created(crowd) == 2
    assert {row["title"] for row in stored(crowd, "contacts").values()} == {None}


@pytest.mark.parametrize("kind", ["truncated", "dropped"])
def test_a_page_that_comes_in_pieces_is_asked_for_again(crowd: VendorBench, kind: str):
    crowd.config(retry_attempts=3)
    fault = crowd.sandbox.fault(kind, times=2, skip=1, every=3, path=RESULTS)

    [result] = crowd.sync("contacts")

    assert fault.struck == 2
    assert result.outcome == "success"
    assert_right(crowd, "contacts")


def test_rows_that_do_not_come_are_missed_and_the_next_try_reads_all(crowd: VendorBench):
    crowd.sandbox.fault("lost_row", times=1, skip=2)

    [failed] = crowd.sync("contacts")
    [resumed] = crowd.sync("contacts")

    assert failed.outcome == "failed"
    assert "but its pages held" in failed.row["error_message"]
    assert resumed.outcome == "success"
    assert_right(crowd, "contacts")


def test_a_complete_replacement_works_in_bulk(crowd: VendorBench):
    crowd.sync("contacts")
    crowd.execute("insert into salesforce.contacts (id) values ('0035e0000000zzzAAA')")

    [result] = crowd.sync("contacts", full=True, force_overwrite=True)

    assert result.outcome == "success"
    assert created(crowd) == 2
    assert_right(crowd, "contacts")


def test_an_empty_object_is_no_trouble(bench: VendorBench):
    bench.sandbox.add_object("Empty__c")
    bench.config(api="bulk", empties={"object_type": "Empty__c"})

    [result] = bench.sync("empties")

    assert result.outcome == "success"
    assert result.row["records_processed"] == 0
