"""Whole syncs of Pipedrive: the truth lands by full run, delta, sweep and census, and trouble is told."""

import os
import random
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from flows.result import Result
from sandbox.pipedrive import TOKEN, Call, Limits, ManualClock, PipedriveSandbox
from sources.entity import Field
from sources.pipedrive.entities import ENTITIES
from tests.flows.vendor import VendorBench, counted, strikes, vendor_bench

LONG_AGO = datetime(2026, 1, 5, tzinfo=UTC)
MORNING = datetime(2026, 11, 20, 9, tzinfo=UTC)
HOUR, DAY = 3600, 24 * 3600
RECORDS = ("deals", "persons", "organizations", "activities", "products", "leads", "notes", "files")
VANISHING = ("persons", "organizations", "activities", "products", "leads", "files")
NAMED_BY = {"deals": "title", "leads": "title", "activities": "subject", "notes": "content"}
# A fault, what the answer shall be about, and whether it passes when it strikes once.
TROUBLE = [
    ("unauthorized", "check the source's credential", False),
    ("missing_scope", "Scope and URL mismatch", False),
    ("not_enabled", "leave the entity out", False),
    ("blocked", "try again in 600 s", False),
    ("daily_limit", "daily quota", False),
    ("rate_limit", "answered 429", True),
    ("server_error", "answered 500", True),
    ("unavailable", "Scheduled maintenance", True),
    ("truncated", "JSON", True),
    ("html", "text/html", True),
    ("stall", "got no answer", True),
]
COMPARED = {"text", "integer", "boolean", "decimal", "datetime", "date", "email", "url", "phone"}


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(MORNING)


@pytest.fixture
def bench(pg18_url: str, tmp_path: Path, clock: ManualClock) -> Iterator[VendorBench]:
    """A company with a little of everything, all of long ago; deleted deals are swept with every run."""
    sandbox = PipedriveSandbox.seeded(
        deals=30,
        persons=25,
        organizations=12,
        activities=24,
        products=10,
        leads=20,
        notes=23,
        files=22,
        limits=None,
        clock=clock,
    )
    with vendor_bench(sandbox, "pipedrive", pg18_url, tmp_path, PIPEDRIVE_API_TOKEN=TOKEN) as bench:
        bench.config(deletes_every="0s", timeout=0.5, retry_attempts=1)
        yield bench


def rows_of(bench: VendorBench, name: str) -> dict[str, dict[str, Any]]:
    return {str(row["id"]): row for row in bench.rows(f"select * from pipedrive.{name}")}


def expected(field: Field, shown: dict[str, Any]) -> Any:
    """What a column shall hold of a record as the API shows it."""
    value: Any = shown
    for step in field.path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    if value is None or value == "":
        return None
    if field.kind == "datetime":
        moment = datetime.fromisoformat(str(value))
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if field.kind == "date":
        return datetime.fromisoformat(str(value)).date()
    if field.kind == "decimal":
        return Decimal(str(value))
    return {"integer": int, "boolean": bool}.get(field.kind, str)(value)


def assert_right(bench: VendorBench, *names: str) -> None:
    """Tables hold what Pipedrive holds, value by value."""
    for name in names or (
        *RECORDS,
        "users",
        "pipelines",
        "stages",
        "activity_types",
        "lead_labels",
    ):
        rows, truth = rows_of(bench, name), bench.sandbox.truth(name)
        living = {key for key, row in rows.items() if row["deleted_at"] is None}
        assert living == truth.keys(), name
        fields = [f for f in ENTITIES[name].fields if f.kind in COMPARED]
        fields = [f for f in fields if not f.path.startswith("primary_")]
        for key, shown in truth.items():
            wanted = {field.name: expected(field, shown) for field in fields}
            assert {field: rows[key][field] for field in wanted} == wanted


def first_of(bench: VendorBench, name: str) -> list[str]:
    """The records of a kind that are not archived, in order."""
    truth = bench.sandbox.truth(name)
    return sorted((key for key in truth if not truth[key].get("is_archived")), key=sort_key)


def sort_key(key: str) -> tuple[int, str]:
    return len(key), key


def by_name(results: list[Result]) -> dict[str, Result]:
    return {result.entity: result for result in results}


def test_everything_lands_and_a_second_run_changes_nothing(bench: VendorBench):
    first, second = bench.sync(), bench.sync()

    assert {result.outcome for result in (*first, *second)} == {"success"}
    assert {name: counted(result) for name, result in by_name(second).items()} == dict.fromkeys(
        ENTITIES, (0, 0, 0)
    )
    assert_right(bench)
    attached = bench.rows("select id, deal_id, product_id, sum from pipedrive.deal_products")
    truth = bench.sandbox.truth("deal_products").values()
    assert {tuple(row.values()) for row in attached} == {
        (one["id"], one["deal_id"], one["product_id"], Decimal(one["sum"])) for one in truth
    }


def test_nothing_is_asked_that_pipedrive_refuses_or_will_take_away(
    bench: VendorBench, clock: ManualClock
):
    bench.sync()
    clock.advance(HOUR)
    bench.sync()

    requests = bench.sandbox.requests
    assert {status for _, _, _, status in requests} == {200}
    assert not [path for _, path, _, _ in requests if "recents" in path]
    old = {path.removeprefix("/v1/") for _, path, _, _ in requests if path.startswith("/v1/")}
    assert old == {
        "users/me", "users", "leads", "leads/archived", "notes", "files", "activityTypes",
        "leadLabels", "currencies", "filters", "leadFields", "noteFields",
    }  # fmt: skip
    since = [
        value for _, _, query, _ in requests for value in parse_qs(query).get("updated_since", [])
    ]
    assert since
    assert all(re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", value) for value in since)


@pytest.mark.parametrize("name", RECORDS)
def test_a_delta_lands_what_changed(bench: VendorBench, clock: ManualClock, name: str):
    bench.sync(name)
    clock.advance(HOUR)
    key = first_of(bench, name)[0]
    bench.sandbox.update(name, key, {NAMED_BY.get(name, "name"): "Changed"})
    bench.sandbox.create(name, {})

    [result] = bench.sync(name)
    [quiet] = bench.sync(name)

    assert result.outcome == "success"
    assert result.row["configuration"]["strategy"] == "incremental"
    assert counted(result) == (1, 1, 0)
    assert counted(quiet) == (0, 0, 0)
    assert_right(bench, name)


@pytest.mark.parametrize("name", VANISHING)
def test_what_vanishes_without_a_trace_is_found_by_the_census(
    bench: VendorBench, clock: ManualClock, name: str
):
    bench.sync(name)
    gone = first_of(bench, name)[1]
    bench.sandbox.delete(name, gone)
    clock.advance(HOUR)

    [delta] = bench.sync(name)
    still = bench.keys(name)
    clock.advance(DAY)
    [census] = bench.sync(name)

    assert delta.row["configuration"]["strategy"] == "incremental"
    assert gone in still
    assert census.outcome == "success"
    assert census.row["configuration"]["strategy"] == "full"
    assert bench.keys(name, living=False) == {gone}
    assert_right(bench, name)


def test_a_person_merged_into_another_is_gone_and_the_other_has_what_it_had(
    bench: VendorBench, clock: ManualClock
):
    winner = str(bench.sandbox.create("persons", {"name": "Ann"}))
    loser = str(bench.sandbox.create("persons", {"name": "Anne", "org_id": 5}))
    bench.sync("persons")
    bench.sandbox.merge("persons", winner, loser)
    clock.advance(DAY)

    bench.sync("persons")

    assert loser in bench.keys("persons", living=False)
    assert bench.one("select org_id from pipedrive.persons where id = %s", int(winner)) == 5
    assert_right(bench, "persons")


def test_deals_that_are_deleted_are_marked_and_restored_ones_are_not_any_more(
    bench: VendorBench, clock: ManualClock
):
    bench.sync("deals")
    one, other, archived = first_of(bench, "deals")[:3]
    bench.sandbox.archive("deals", archived)
    clock.advance(HOUR)
    for key in (one, other, archived):
        bench.sandbox.delete("deals", key)

    [result] = bench.sync("deals")
    marked = bench.keys("deals", living=False)
    bench.sandbox.restore("deals", other)
    clock.advance(HOUR)
    bench.sync("deals")

    moment = bench.one("select deleted_at from pipedrive.deals where id = %s", int(one))
    assert result.row["performance_metrics"]["deleted"] == 3
    assert marked >= {one, other, archived}
    assert moment == MORNING + timedelta(hours=1)
    assert_right(bench, "deals")


def test_a_deal_stays_deleted_when_pipedrive_has_forgotten_it(
    bench: VendorBench, clock: ManualClock
):
    key = first_of(bench, "deals")[0]
    bench.sync("deals")
    bench.sandbox.delete("deals", key)
    bench.sync("deals")
    clock.advance(31 * DAY)

    [result] = bench.sync("deals")

    assert result.outcome == "success"
    assert bench.keys("deals", living=False) >= {key}
    assert_right(bench, "deals")


@pytest.mark.parametrize("name", ["deals", "leads"])
def test_what_is_archived_is_not_deleted_and_comes_back(
    bench: VendorBench, clock: ManualClock, name: str
):
    bench.sync(name)
    key = first_of(bench, name)[0]
    told = f"select is_archived, archive_time, deleted_at from pipedrive.{name} where id::text = %s"
    clock.advance(HOUR)
    bench.sandbox.archive(name, key)

    bench.sync(name)
    [archived] = bench.rows(told, key)
    clock.advance(DAY)
    bench.sync(name)
    [still] = bench.rows(told, key)
    bench.sandbox.unarchive(name, key)
    clock.advance(HOUR)
    bench.sync(name)

    wanted = {"is_archived": True, "archive_time": MORNING + timedelta(hours=1), "deleted_at": None}
    assert archived == still == wanted
    assert bench.rows(told, key) == [dict.fromkeys(wanted) | {"is_archived": False}]
    assert_right(bench, name)


def test_a_lead_archived_without_a_new_stamp_lives_on_until_the_census_tells(
    bench: VendorBench, clock: ManualClock
):
    bench.sync("leads")
    key = first_of(bench, "leads")[0]
    bench.sandbox.archive("leads", key, bump=False)
    clock.advance(DAY)

    [result] = bench.sync("leads")

    assert result.outcome == "success"
    assert bench.keys("leads", living=False) == set()
    assert_right(bench, "leads")


def test_a_lead_archived_behind_the_readers_back_is_asked_for_by_id(
    bench: VendorBench, clock: ManualClock
):
    """It leaves the list before that is read, and enters the other after that was read."""
    bench.sync("leads")
    clock.advance(DAY)
    [key, *_] = first_of(bench, "leads")
    bench.sandbox.archive("leads", key, bump=False)

    def hurry(call: Call) -> None:
        if call.path.endswith("/leads/archived"):
            bench.sandbox.unarchive("leads", key, bump=False)

    bench.sandbox.before_request = hurry
    [result] = bench.sync("leads")

    assert result.outcome == "success"
    assert [path for _, path, _, _ in bench.sandbox.requests if path.endswith(key)]
    assert bench.keys("leads") == bench.sandbox.truth("leads").keys()


def test_a_note_that_is_deleted_and_a_user_who_is_deactivated_are_marked(
    bench: VendorBench, clock: ManualClock
):
    bench.sync("notes", "users")
    note = first_of(bench, "notes")[0]
    before = bench.keys("users", living=False)
    clock.advance(HOUR)
    bench.sandbox.delete("notes", note)
    bench.sandbox.delete("users", 27)

    bench.sync("notes", "users")

    told = bench.rows(
        "select active_flag, deleted_at from pipedrive.notes where id = %s", int(note)
    )
    assert told == [{"active_flag": False, "deleted_at": MORNING + timedelta(hours=1)}]
    assert before == {"28"}
    assert bench.keys("users", living=False) == {"27", "28"}
    assert bench.one("select active_flag from pipedrive.users where id = 27") is False


@pytest.mark.parametrize("name", ["pipelines", "stages", "filters", "currencies", "lead_labels"])
def test_what_is_missing_in_a_list_is_gone(bench: VendorBench, clock: ManualClock, name: str):
    key = str(bench.sandbox.create(name, {"name": "Short-lived"}))
    bench.sync(name)
    bench.sandbox.delete(name, key)
    clock.advance(HOUR)

    [result] = bench.sync(name)

    assert result.outcome == "success"
    assert bench.keys(name, living=False) == {key}


def test_complete_replacement_makes_every_table_equal_the_source(bench: VendorBench):
    bench.sync()
    for name in RECORDS:
        stranger = "'00000000-0000-4000-8000-000000000000'" if name == "leads" else "999999"
        bench.execute(f"insert into pipedrive.{name} (id) values ({stranger})")

    results = bench.sync(full=True, force_overwrite=True)

    assert {result.outcome for result in results} == {"success"}
    assert_right(bench)


def test_products_that_are_taken_off_a_deal_are_removed(bench: VendorBench, clock: ManualClock):
    deal = first_of(bench, "deals")[0]
    product = first_of(bench, "products")[0]
    one, other = (bench.sandbox.attach(int(deal), int(product), quantity=n) for n in (1, 2))
    bench.sandbox.update("deals", deal)
    bench.sync("deals")
    clock.advance(HOUR)
    bench.sandbox.detach(one)
    bench.sandbox.update("deals", deal)

    bench.sync("deals")

    found = bench.rows("select id from pipedrive.deal_products where deal_id = %s", int(deal))
    assert other in {row["id"] for row in found}
    assert {str(row["id"]) for row in bench.rows("select id from pipedrive.deal_products")} == (
        bench.sandbox.truth("deal_products").keys()
    )


def test_hundreds_of_records_of_one_second_all_land(bench: VendorBench, clock: ManualClock):
    bench.sync("persons", "notes")
    clock.advance(HOUR)
    for name in ("persons", "notes"):
        bench.sandbox.bulk_import(name, 330)

    results = bench.sync("persons", "notes", batch_size=50)

    assert [result.outcome for result in results] == ["success", "success"]
    assert_right(bench, "persons", "notes")


@pytest.mark.parametrize("name", ["leads", "notes", "files"])
def test_records_that_slip_between_pages_are_found_by_reading_again(bench: VendorBench, name: str):
    """Records of the first page vanish before the second is asked for, which moves all later ones."""
    if name != "leads":
        bench.sandbox.bulk_import(name, 40)
    first = first_of(bench, name)[:10]

    def vanish(call: Call) -> None:
        if "start=0" not in call.query and call.path.endswith(name):
            for key in first:
                if key in bench.sandbox.keys(name):
                    bench.sandbox.store.forget(name, key)

    bench.sandbox.before_request = vanish

    [result] = bench.sync(name, batch_size=10)

    assert result.outcome == "success"
    assert bench.keys(name) >= bench.sandbox.truth(name).keys()


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_while_it_reads_the_next_runs_make_it_right(
    bench: VendorBench, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, seed: int
):
    monkeypatch.setattr("tasks.fetch.CHUNK_RECORDS", 10)
    chance, sandbox = random.Random(seed), bench.sandbox
    bench.config(deletes_every="0s", max_removed=1.0)

    def interfere(_call: Call) -> None:
        name = chance.choice(("deals", "leads", "persons", "notes"))
        keys = sorted(sandbox.truth(name))
        key = chance.choice(keys)
        clock.advance(chance.choice((0, 0, 1, 30)))
        match chance.choice(("create", "update", "delete", "restore", "archive", "unarchive")):
            case "create":
                sandbox.create(name)
            case "update":
                sandbox.update(name, key, {NAMED_BY.get(name, "name"): f"Changed at {clock()}"})
            case "delete" if len(keys) > 5:
                sandbox.delete(name, key)
            case "restore" if gone := sandbox.deleted(name):
                sandbox.restore(name, min(gone))
            case "archive" if name in ("deals", "leads"):
                sandbox.archive(name, key)
            case "unarchive" if name in ("deals", "leads"):
                sandbox.unarchive(name, key)

    sandbox.before_request = interfere
    for _ in range(3):
        bench.sync("deals", "leads", "persons", "notes", batch_size=4)
        clock.advance(HOUR)
    sandbox.before_request = None
    bench.sync("deals", "leads", "persons", "notes")
    assert_right(bench, "notes")
    clock.advance(DAY)

    results = bench.sync("deals", "leads", "persons", "notes")

    assert {result.outcome for result in results} == {"success"}
    assert_right(bench, "deals", "leads", "persons", "notes")


@pytest.mark.parametrize("kind", ["empty_page", "short_page"])
@pytest.mark.parametrize("name", RECORDS)
def test_a_page_with_fewer_records_than_there_are_ends_nothing(
    bench: VendorBench, name: str, kind: str
):
    fault = bench.sandbox.fault(kind, times=3, skip=1)

    [result] = bench.sync(name, batch_size=5)

    assert fault.struck or name in ("leads", "notes", "files")
    assert result.outcome == "success"
    assert_right(bench, name)


@pytest.mark.parametrize("told", ["missing", "nothing"])
def test_a_list_may_end_without_saying_so(bench: VendorBench, told: Any):
    bench.sandbox.end_of_list = told

    results = bench.sync(batch_size=7)

    assert {result.outcome for result in results} == {"success"}
    assert_right(bench)


def test_an_interrupted_run_goes_on_where_it_stood_in_the_archived_list(
    bench: VendorBench, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tasks.fetch.CHUNK_RECORDS", 5)
    for key in first_of(bench, "deals")[:12]:
        bench.sandbox.archive("deals", key)
    bench.sandbox.fault("server_error", times=None, path="/deals/archived$", skip=1)

    [failed] = bench.sync("deals", batch_size=5)
    bench.sandbox.faults.clear()
    before = len(bench.sandbox.requests)
    [result] = bench.sync("deals", batch_size=5)

    asked = [(path, query) for _, path, query, _ in bench.sandbox.requests[before:]]
    lists = {path for path, query in asked if "sort_by=id" in query and "status" not in query}
    assert failed.outcome == "failed"
    assert result.outcome == "success"
    assert result.row["configuration"]["resumes"] == failed.row["id"]
    assert lists == {"/api/v2/deals/archived", "/api/v2/deals/products"}
    assert_right(bench, "deals")


def path_of(name: str) -> str:
    version, _, rest = ENTITIES[name].path.partition("/")
    return f"/{version}/{rest}$" if rest else "Fields$"


# A list and the archived one beside it by cursor, one by cursor, two by page, one by page, a list that
# is read whole, and the definitions of fields.
WAYS = ("deals", "persons", "leads", "notes", "users", "fields")
# What is refused for one kind of record leaves out that kind alone.
CASES = [
    pytest.param(*case, id=f"{case[0]}-{case[1]}")
    for case in strikes(ENTITIES, TROUBLE, WAYS)
    if not (ENTITIES[case[0]].group and case[1] in ("missing_scope", "not_enabled"))
]


@pytest.mark.parametrize(("name", "kind", "said", "passes"), CASES)
def test_trouble_ends_as_it_should(
    bench: VendorBench, name: str, kind: str, said: str, passes: bool
):
    bench.config(deletes_every="0s", timeout=0.3, retry_attempts=1)
    # Deals wait for the burst limit as long as it says, which is seconds; how, is the same for all.
    how = {"retry_after": 0.05} if kind == "rate_limit" and name != "deals" else {}
    fault = bench.sandbox.fault(kind, times=None, path=path_of(name), **how)

    [failed] = bench.sync(name)
    bench.sandbox.faults.clear()
    once = bench.sandbox.fault(kind, times=1, path=path_of(name), **how)
    [again] = bench.sync(name)
    bench.sandbox.faults.clear()
    [last] = bench.sync(name)

    assert fault.struck
    assert once.struck == 1
    assert failed.outcome == "failed"
    assert said in failed.row["error_message"]
    assert failed.row["configuration"]["anchor"] is False
    assert again.outcome == ("success" if passes else "failed")
    assert last.outcome == "success"
    if name in RECORDS:
        assert_right(bench, name)


def test_a_failure_under_the_status_of_a_success_is_noticed(bench: VendorBench):
    bench.sandbox.fault("not_success", times=None, path="/deals$")

    [result] = bench.sync("deals")

    assert result.outcome == "failed"
    assert "success: false (Something went wrong)" in result.row["error_message"]


def test_a_429_that_stays_after_every_wait_is_the_budget(bench: VendorBench):
    bench.config(retry_attempts=2)
    bench.sandbox.fault("rate_limit", times=None, path="/persons$", retry_after=0.01)

    [result] = bench.sync("persons")

    assert result.outcome == "failed"
    assert "daily budget is used up" in result.row["error_message"]


@pytest.mark.parametrize("told", [True, False])
def test_a_used_up_budget_stops_every_entity_before_the_wall_shuts(
    pg18_url: str, tmp_path: Path, told: bool
):
    """Headers that tell the budget are not documented, and may be missing."""
    limits = Limits(burst=1000, daily=300, tells_daily=told)
    sandbox = PipedriveSandbox.seeded(60, 60, 20, leads=10, notes=40, limits=limits)
    with vendor_bench(sandbox, "pipedrive", pg18_url, tmp_path, PIPEDRIVE_API_TOKEN=TOKEN) as bench:
        results = bench.sync(batch_size=10)

    refused = [status for _, _, _, status in sandbox.requests if status != 200]
    assert 0 < len(refused) <= limits.patience
    assert set(refused) == {429}
    said = [result.error for result in results if result.outcome == "failed"]
    assert len(said) > 5
    assert all("daily" in (error or "") for error in said)


def test_a_plan_without_leads_leaves_out_their_fields_alone(bench: VendorBench):
    bench.sandbox.fault("not_enabled", times=None, path="/lead")

    results = by_name(bench.sync("leads", "deals", "fields"))

    assert results["leads"].outcome == "failed"
    assert "Feature is not enabled" in results["leads"].row["error_message"]
    assert {results["deals"].outcome, results["fields"].outcome} == {"success"}
    entities = bench.rows("select distinct entity from pipedrive.fields order by 1")
    assert "leads" not in [row["entity"] for row in entities]
    assert len(entities) == 6


@pytest.mark.parametrize("kind", ["not_enabled", "missing_scope"])
def test_a_plan_without_products_keeps_deals_and_the_products_that_are_stored(
    bench: VendorBench, clock: ManualClock, kind: str, caplog: pytest.LogCaptureFixture
):
    bench.sync("deals")
    stored = bench.rows("select id from pipedrive.deal_products order by id")
    bench.sandbox.fault(kind, times=None, path="/deals/products$")
    clock.advance(HOUR)
    bench.sandbox.update("deals", first_of(bench, "deals")[0], {"title": "Changed"})

    results = [*bench.sync("deals"), *bench.sync("deals", full=True)]

    assert [result.outcome for result in results] == ["success", "success"]
    assert "products left out" in caplog.text
    assert stored
    assert bench.rows("select id from pipedrive.deal_products order by id") == stored
    assert_right(bench, "deals")


def test_a_token_that_sees_half_of_the_rows_removes_nothing(
    bench: VendorBench, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
):
    bench.sandbox.bulk_import("persons", 40)
    keys = first_of(bench, "persons")
    for key in keys[::2]:
        bench.sandbox.update("persons", key, {"visible_to": 1, "owner_id": 25})
    bench.sync("persons")
    bench.sandbox.tokens.register("f" * 40, user_id=26, sees_all=False)
    monkeypatch.setenv("PIPEDRIVE_API_TOKEN", "f" * 40)
    clock.advance(DAY)

    [result] = bench.sync("persons")

    assert result.outcome == "unreconciled"
    assert "nothing was removed" in (result.error or "")
    assert bench.keys("persons") == set(keys)


def test_a_companys_own_host_is_asked_below_api(
    pg18_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    sandbox = PipedriveSandbox.seeded(5, 5, 5, leads=3, notes=3, limits=None, host="company")
    with vendor_bench(sandbox, "pipedrive", pg18_url, tmp_path, PIPEDRIVE_API_TOKEN=TOKEN) as bench:
        monkeypatch.setenv("PIPEDRIVE_BASE_URL", f"{os.environ['PIPEDRIVE_BASE_URL']}/api/v1")
        results = bench.sync()

    assert {result.outcome for result in results} == {"success"}
    assert {status for _, _, _, status in sandbox.requests} == {200}


def test_the_vendors_limits_are_kept_without_one_refusal(pg18_url: str, tmp_path: Path):
    sandbox = PipedriveSandbox.seeded(60, 60, 20, leads=10, notes=40)
    with vendor_bench(sandbox, "pipedrive", pg18_url, tmp_path, PIPEDRIVE_API_TOKEN=TOKEN) as bench:
        Path(bench.home, "crm-sync.toml").write_text("[pipedrive]\nbatch_size = 5\n")
        results = bench.sync("deals", "persons", "leads", "notes")

    assert {result.outcome for result in results} == {"success"}
    assert {status for _, _, _, status in sandbox.requests} == {200}
    left = [result.row["performance_metrics"]["rate_limit_remaining"] for result in results]
    assert min(left) == sandbox.limits.daily - sandbox.limits.spent
