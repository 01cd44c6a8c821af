"""Whole syncs of SalesRabbit: the truth lands by full run and delta, and trouble is told."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.cli.app import run
from sandbox.salesrabbit import TOKEN, Call, SalesRabbitSandbox
from sources.exact_json import decode_json
from sources.salesrabbit.entities import ENTITIES
from tests.flows.vendor import VendorBench, counted, strikes, vendor_bench

LONG_AGO = datetime(2026, 1, 5, tzinfo=UTC)
# A fault, what the answer shall be about, and whether it passes when it strikes once.
TROUBLE = [
    ("unauthorized", {}, "check the source's credential", False),
    ("missing_scope", {}, "answered 403", False),
    ("rate_limit", {"retry_after": 0.05}, "answered 429", True),
    ("rate_limit", {"retry_after": 3600}, "try again in 3600 s", False),
    ("server_error", {}, "answered 500", True),
    ("bad_gateway", {}, "answered 502", True),
    ("truncated", {}, "JSON", True),
    ("stall", {}, "got no answer", True),
]


@pytest.fixture
def bench(pg18_url: str, tmp_path: Path) -> Iterator[VendorBench]:
    """25 leads with visits and 4 users, all of long ago."""
    sandbox = SalesRabbitSandbox()
    for number in range(25):
        lead = sandbox.create("leads", {"firstName": f"N{number}"}, created=LONG_AGO)
        for days in range(number % 3):
            sandbox.visit(lead, at=LONG_AGO + timedelta(days=days))
    for number in range(4):
        sandbox.create("users", {"firstName": f"U{number}"}, created=LONG_AGO)
    with vendor_bench(
        sandbox, "salesrabbit", pg18_url, tmp_path, SALESRABBIT_API_TOKEN=TOKEN
    ) as bench:
        bench.config(timeout=0.3, retry_attempts=1)
        yield bench


def stored(bench: VendorBench, name: str) -> set[str]:
    """The keys that live in a table, as the sandbox spells them."""
    if name == "lead_status_histories":
        rows = bench.rows(
            "select lead_id, status_id, status_updated from salesrabbit.lead_status_histories"
        )
        return {f"{r['lead_id']}:{r['status_id']}:{r['status_updated'].isoformat()}" for r in rows}
    return bench.keys(name)


def assert_right(bench: VendorBench) -> None:
    """Every table holds what SalesRabbit holds."""
    for name in ENTITIES:
        assert stored(bench, name) == bench.sandbox.truth(name).keys(), name


def test_everything_lands_and_a_second_run_changes_nothing(bench: VendorBench):
    first = bench.sync()
    second = bench.sync()

    assert {result.outcome for result in (*first, *second)} == {"success"}
    assert {result.entity: counted(result) for result in second} == dict.fromkeys(
        ENTITIES, (0, 0, 0)
    )
    assert_right(bench)


def test_a_delta_lands_what_changed(bench: VendorBench):
    bench.sync()
    keys = sorted(bench.sandbox.truth("leads"))
    bench.sandbox.update("leads", keys[0], {"firstName": "Ana", "customFields": {"Roof age": "9"}})
    new = bench.sandbox.create("leads", {"firstName": "New"})
    bench.sandbox.visit(new)

    results = {result.entity: result for result in bench.sync()}

    assert results["leads"].row["configuration"]["strategy"] == "incremental"
    assert counted(results["leads"]) == (1, 1, 0)
    assert counted(results["lead_status_histories"]) == (1, 0, 0)
    assert bench.rows(
        "select first_name, custom_fields from salesrabbit.leads where id = %s", int(keys[0])
    ) == [{"first_name": "Ana", "custom_fields": {"Roof age": "9"}}]
    assert_right(bench)


def test_a_status_that_changes_without_the_leads_stamp_is_not_missed(bench: VendorBench):
    bench.sync("leads")
    lead = min(bench.sandbox.truth("leads"))
    bench.sandbox.visit(lead, 208, bump=False)

    [result] = bench.sync("leads")

    assert counted(result) == (0, 1, 0)
    assert bench.one("select status from salesrabbit.leads where id = %s", int(lead)) == "Sold"


def test_a_lead_that_is_deleted_is_marked(bench: VendorBench):
    bench.sync("leads")
    lead = min(bench.sandbox.truth("leads"))
    bench.sandbox.delete(lead)

    bench.sync("leads")

    assert bench.keys("leads", living=False) == {lead}
    assert_right_leads(bench)


def assert_right_leads(bench: VendorBench) -> None:
    assert stored(bench, "leads") == bench.sandbox.truth("leads").keys()


def test_a_lead_that_leaves_without_a_trace_is_found_by_the_census(bench: VendorBench):
    bench.config(census_every="0s")
    bench.sandbox.lists_deleted = False
    bench.sync("leads")
    deleted, removed = sorted(bench.sandbox.truth("leads"))[:2]
    bench.sandbox.delete(deleted)
    bench.sandbox.remove(removed)

    [result] = bench.sync("leads")

    assert result.outcome == "success"
    assert bench.keys("leads", living=False) == {deleted, removed}
    assert_right_leads(bench)


def test_a_user_who_is_in_no_list_any_more_is_marked(bench: VendorBench):
    bench.sync("users")
    user = min(bench.sandbox.truth("users"))
    bench.sandbox.remove(user, "users")

    [result] = bench.sync("users")

    assert result.outcome == "success"
    assert bench.keys("users", living=False) == {user}


def test_leads_that_slip_between_pages_are_found_by_reading_again(bench: VendorBench):
    """A lead of the first page vanishes before the second is asked for, which moves all later ones."""
    bench.sandbox.lists_deleted = False
    first = min(bench.sandbox.truth("leads"))

    def vanish(call: Call) -> None:
        if "page=2" in call.query and first in bench.sandbox.truth("leads"):
            bench.sandbox.delete(first)

    bench.sandbox.before_request = vanish

    [result] = bench.sync("leads", batch_size=5)

    assert result.outcome == "success"
    assert stored(bench, "leads") >= bench.sandbox.truth("leads").keys()


@pytest.mark.parametrize("ties", [3, 6, 12, 25])
def test_leads_of_one_moment_in_another_order_on_each_page_are_not_missed_unsaid(
    bench: VendorBench, ties: int
):
    bench.sandbox.settles_ties = False
    for number, (key, lead) in enumerate(bench.sandbox.store.leads.items()):
        created = LONG_AGO + timedelta(minutes=max(0, number - ties))
        bench.sandbox.store.leads[key] = replace(lead, created=created)

    [result] = bench.sync("leads", batch_size=5)

    missed = bench.sandbox.truth("leads").keys() - stored(bench, "leads")
    assert result.outcome == ("unreconciled" if missed else "success")


def test_a_set_that_never_stands_still_is_told_as_unreconciled(bench: VendorBench):
    def grow(call: Call) -> None:
        if call.path == "/leads":
            bench.sandbox.create("leads", created=LONG_AGO)

    bench.sandbox.before_request = grow

    [result] = bench.sync("leads", batch_size=5)

    assert result.outcome == "unreconciled"
    assert result.row["configuration"]["anchor"] is False


def test_a_page_that_repeats_itself_fails_the_run(bench: VendorBench):
    bench.sandbox.fault("repeat_page", times=None)

    [result] = bench.sync("leads", batch_size=5)

    assert result.outcome == "failed"
    assert "repeats itself" in result.row["error_message"]


@pytest.mark.parametrize("kind", ["empty_page", "short_page", "no_meta"])
def test_a_page_with_fewer_records_than_there_are_loses_none(bench: VendorBench, kind: str):
    bench.sandbox.fault(kind, path="/leads$", skip=1)

    [result] = bench.sync("leads", batch_size=5)

    assert result.outcome == "success"
    assert_right_leads(bench)


def test_an_interrupted_run_goes_on_where_it_stood(
    bench: VendorBench, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tasks.fetch.CHUNK_RECORDS", 5)
    fault = bench.sandbox.fault("server_error", times=None, path="/leads$", skip=3)

    [failed] = bench.sync("leads", batch_size=5)
    bench.sandbox.faults.clear()
    before = len(bench.sandbox.requests)
    [result] = bench.sync("leads", batch_size=5)

    assert fault.struck
    assert (failed.outcome, failed.row["records_created"]) == ("failed", 15)
    assert result.row["configuration"]["resumes"] == failed.row["id"]
    pages = [query for _, path, query, _ in bench.sandbox.requests[before:] if path == "/leads"]
    assert "page=4&" in pages[0]
    assert_right_leads(bench)


def test_what_is_no_record_is_rejected_and_the_run_goes_on(
    bench: VendorBench, monkeypatch: pytest.MonkeyPatch
):
    def spoiled(body: bytes) -> Any:
        answer = decode_json(body)
        if isinstance(answer, dict) and isinstance(answer.get("data"), list):
            answer["data"] += [None, "odd", [1]]
        elif isinstance(answer, dict) and isinstance(answer.get("data"), dict):
            answer["data"] |= {"1": None, "2": [None], "3": {"0": "odd"}, "4": [[1]]}
        return answer

    monkeypatch.setattr("sources.policy.decode_json", spoiled)

    first, second = bench.sync(), bench.sync(full=True)

    assert {result.outcome for result in (*first, *second)} == {"partial"}
    assert {result.entity: counted(result)[2] for result in first} == dict.fromkeys(ENTITIES, 3)
    rejected = bench.rows("select entity, raw, reason from ingestion_rejected_record")
    assert {row["reason"] for row in rejected} == {"record is not an object"}
    assert_right(bench)


def test_nested_addresses_fill_the_same_columns(bench: VendorBench):
    bench.sandbox.update("leads", 40_112, {"street1": "12 Elm St", "latitude": 39.7589123})
    bench.sync("leads")
    bench.sandbox.nested = True

    [result] = bench.sync("leads", full=True)

    assert counted(result) == (0, 0, 0)
    query = "select street1, latitude::text, extra from salesrabbit.leads where id = 40112"
    assert bench.rows(query) == [{"street1": "12 Elm St", "latitude": "39.7589123", "extra": {}}]


def test_a_custom_field_may_be_a_column_of_its_own(bench: VendorBench):
    fields = {"Roof age": "12", "Ins. Co.": "Acorn Mutual"}
    bench.sandbox.update("leads", 40_112, {"customFields": fields})
    bench.config(
        leads={"fields": {"customFields.Roof age": {"name": "roof_age", "kind": "integer"}}}
    )

    [result] = bench.sync("leads")

    assert result.outcome == "success"
    query = "select roof_age, custom_fields from salesrabbit.leads where id = 40112"
    assert bench.rows(query) == [{"roof_age": 12, "custom_fields": fields}]


def test_a_complete_replacement_makes_the_table_equal_the_source(bench: VendorBench):
    bench.sync("leads")
    bench.execute("insert into salesrabbit.leads (id) values (1), (2)")

    [result] = bench.sync("leads", full=True, force_overwrite=True)

    assert result.outcome == "success"
    assert_right_leads(bench)


def test_a_check_names_what_is_wrong(
    bench: VendorBench, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    well = run(["check", "salesrabbit"])
    bench.sandbox.fault("missing_scope", times=None, path="/leads$")
    narrow = run(["check", "salesrabbit"])
    bench.sandbox.faults.clear()
    said = capsys.readouterr().out
    monkeypatch.setenv("SALESRABBIT_API_TOKEN", "wrong")
    wrong = run(["check", "salesrabbit"])

    assert (well, narrow, wrong) == (0, 1, 1)
    assert "All is well" in said
    assert 'without = ["leads"]' in said
    assert "Check SALESRABBIT_API_TOKEN" in capsys.readouterr().out


# A list of records, and the object that is keyed by lead.
CASES = strikes(ENTITIES, TROUBLE, ("leads", "lead_status_histories"))


@pytest.mark.parametrize(
    ("name", "kind", "how", "said", "passes"),
    CASES,
    ids=[f"{case[0]}-{case[1]}-{case[3]}" for case in CASES],
)
def test_trouble_ends_as_it_should(
    bench: VendorBench, name: str, kind: str, how: dict[str, Any], said: str, passes: bool
):
    place = f"/{ENTITIES[name].path}$"
    # The first request to this list asks about the token.
    skip = 1 if name == "lead_statuses" else 0
    fault = bench.sandbox.fault(kind, times=None, path=place, skip=skip, **how)

    [failed] = bench.sync(name)
    bench.sandbox.faults.clear()
    once = bench.sandbox.fault(kind, times=1, path=place, skip=skip, **how)
    [again] = bench.sync(name)
    bench.sandbox.faults.clear()
    [last] = bench.sync(name)

    assert fault.struck
    assert once.struck == 1
    assert failed.outcome == "failed"
    assert failed.row["configuration"]["anchor"] is False
    assert said in failed.row["error_message"]
    assert again.outcome == ("success" if passes else "failed")
    assert last.outcome == "success"
    assert stored(bench, name) == bench.sandbox.truth(name).keys()
