"""Whole syncs of CallRail: the truth lands by full run and delta, late edits too, and trouble is told."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest

from flows.cli.app import run
from flows.result import Result
from sandbox.callrail import KEY, CallrailSandbox, Limits
from sources.callrail.entities import BESIDE, ENTITIES
from sources.exact_json import decode_json
from tests.flows.vendor import VendorBench, counted, strikes, vendor_bench

NOW = datetime.now(UTC)
MONTH_AGO = NOW - timedelta(days=30)
EVENTS = ("calls", "form_submissions", "text_messages")
LISTS = ("companies", "users", "tags", "trackers")
# A fault, what the answer shall be about, and whether it passes when it strikes once.
TROUBLE = [
    ("unauthorized", {}, "check the source's credential", False),
    ("missing_scope", {}, "You do not have permission", False),
    ("rate_limit", {}, "try again in 600 s", False),
    ("rate_limit", {"retry_after": 0.05}, "answered 429", True),
    ("server_error", {}, "answered 500", True),
    ("truncated", {}, "JSON", True),
    ("stall", {}, "got no answer", True),
]


@pytest.fixture
def bench(pg18_url: str, tmp_path: Path) -> Iterator[VendorBench]:
    """An account with a little of everything, of the last weeks."""
    sandbox = CallrailSandbox(limits=None)
    company = sandbox.create("companies", {"name": "Acme Roofing"}, at=MONTH_AGO)
    for name in LISTS[1:]:
        for number in range(3):
            sandbox.create(name, {"name": f"{name} {number}"}, at=MONTH_AGO)
    for days in range(0, 50, 2):
        moment = NOW - timedelta(days=days, hours=1)
        sandbox.create("calls", {"company_id": company, "note": f"N{days}"}, at=moment)
        sandbox.create("form_submissions", {"form_data": {"name": f"F{days}"}}, at=moment)
    for days in (1, 20):
        key = sandbox.create("text_messages", {"company_id": company}, at=MONTH_AGO)
        for minutes in range(3):
            sandbox.say(key, f"text {minutes}", at=NOW - timedelta(days=days, minutes=minutes))
    with vendor_bench(sandbox, "callrail", pg18_url, tmp_path, CALLRAIL_API_KEY=KEY) as bench:
        bench.config(timeout=0.3, retry_attempts=1)
        yield bench


def stored(bench: VendorBench, name: str) -> set[str]:
    """The keys that live in a table, as the sandbox spells them."""
    if name == "conversation_messages":
        rows = bench.rows("select conversation_id, id from callrail.conversation_messages")
        return {f"{row['conversation_id']}:{row['id']}" for row in rows}
    return bench.keys(name)


def assert_right(bench: VendorBench) -> None:
    """Every table holds what CallRail holds."""
    for name in (*ENTITIES, *(entity.name for entity in BESIDE)):
        assert stored(bench, name) == bench.sandbox.truth(name).keys(), name


def asked(bench: VendorBench, path: str, after: int = 0) -> list[str]:
    return [query for _, place, query, _ in bench.sandbox.requests[after:] if place.endswith(path)]


def by_entity(results: list[Result]) -> dict[str, Result]:
    return {result.entity: result for result in results}


def test_everything_lands_and_a_second_run_changes_nothing(bench: VendorBench):
    first = bench.sync()
    second = bench.sync()

    assert {result.outcome for result in (*first, *second)} == {"success"}
    assert {result.entity: counted(result) for result in second} == dict.fromkeys(
        ENTITIES, (0, 0, 0)
    )
    assert_right(bench)


def test_a_delta_lands_what_is_new_and_what_was_edited_late(bench: VendorBench):
    bench.sync()
    bench.sandbox.create("calls", {"note": "new"})
    recent, old = (
        next(key for key, one in bench.sandbox.truth("calls").items() if one["note"] == note)
        for note in ("N4", "N40")
    )
    for key in (recent, old):
        bench.sandbox.update("calls", key, {"note": "edited", "value": "99.50"})

    result = by_entity(bench.sync())["calls"]

    assert result.row["configuration"]["strategy"] == "incremental"
    assert result.row["configuration"]["lookback_seconds"] == 7 * 86_400
    assert counted(result) == (1, 1, 0)
    query = "select note, value::text from callrail.calls where id = %s"
    assert bench.rows(query, recent) == [{"note": "edited", "value": "99.50"}]
    assert bench.one(query, old) == "N40"


def test_how_far_late_edits_are_looked_for_is_configurable(bench: VendorBench):
    bench.config(calls={"lookback": "45d"})
    bench.sync("calls")
    old = next(key for key, one in bench.sandbox.truth("calls").items() if one["note"] == "N40")
    bench.sandbox.update("calls", old, {"note": "edited"})

    [result] = bench.sync("calls")

    assert counted(result) == (0, 1, 0)
    assert bench.one("select note from callrail.calls where id = %s", old) == "edited"


def test_a_call_that_is_not_shown_any_more_stays(bench: VendorBench):
    bench.sync("calls")
    everything = stored(bench, "calls")
    spam = min(everything)
    bench.sandbox.remove("calls", spam)

    results = [*bench.sync("calls"), *bench.sync("calls", full=True)]

    assert {result.outcome for result in results} == {"success"}
    assert stored(bench, "calls") == everything


def test_a_complete_replacement_does_not_take_absence_for_deletion(bench: VendorBench):
    bench.sync("calls")
    everything = stored(bench, "calls")
    bench.sandbox.remove("calls", min(everything))

    [result] = bench.sync("calls", full=True, force_overwrite=True)

    assert result.outcome == "success"
    assert stored(bench, "calls") == everything


def test_the_first_window_reaches_back_as_far_as_calls_are_kept(bench: VendorBench):
    kept = bench.sandbox.create(at=NOW - timedelta(days=755))
    purged = bench.sandbox.create(at=NOW - timedelta(days=790))

    [result] = bench.sync("calls")

    assert result.outcome == "success"
    assert kept in stored(bench, "calls")
    assert purged not in stored(bench, "calls")


def test_messages_are_asked_for_where_a_conversation_has_a_new_one(bench: VendorBench):
    bench.sync("text_messages")
    first, _ = bench.sandbox.truth("text_messages")
    bench.sandbox.say(first, "one more")
    before = len(bench.sandbox.requests)

    [result] = bench.sync("text_messages")
    quiet = len(bench.sandbox.requests)
    bench.sync("text_messages")

    assert counted(result) == (0, 1, 0)
    assert len(asked(bench, f"/text-messages/{first}.json", before)) == 1
    assert not [path for _, path, *_ in bench.sandbox.requests[quiet:] if "/text-messages/" in path]
    assert stored(bench, "conversation_messages") == (
        bench.sandbox.truth("conversation_messages").keys()
    )
    assert bench.one("select count(*) from callrail.conversation_messages") == 7


def test_messages_may_be_left_alone(bench: VendorBench):
    bench.config(text_messages={"associations": False})

    [result] = bench.sync("text_messages")

    assert result.outcome == "success"
    assert not [path for _, path, *_ in bench.sandbox.requests if "/text-messages/" in path]


def test_a_field_that_becomes_a_column_later_is_filled_for_all_calls(bench: VendorBench):
    keys = list(bench.sandbox.truth("calls"))
    for key in keys:
        bench.sandbox.update("calls", key, {"sentiment": "positive"})
    bench.sync("calls")
    in_extra = bench.one("select count(*) from callrail.calls where extra ->> 'sentiment' > ''")
    bench.config(calls={"include": ["sentiment"]})

    [result] = bench.sync("calls")

    assert result.outcome == "success"
    assert in_extra == len(keys)
    assert bench.one("select count(*) from callrail.calls where sentiment = 'positive'") == len(
        keys
    )


def test_what_is_excluded_is_never_asked_for(bench: VendorBench):
    bench.config(calls={"exclude": ["transcription", "note", "call_summary"]})

    [result] = bench.sync("calls")

    assert result.outcome == "success"
    named = {
        name
        for query in asked(bench, "/calls.json")
        for name in parse_qs(query).get("fields", [""])[0].split(",")
    }
    assert "value" in named
    assert named.isdisjoint({"transcription", "note", "call_summary"})


@pytest.mark.parametrize("name", ["users", "tags"])
def test_who_is_in_no_list_any_more_is_marked(bench: VendorBench, name: str):
    bench.sync(name)
    gone = min(bench.sandbox.truth(name))
    bench.sandbox.remove(name, gone)

    [result] = bench.sync(name)

    assert result.outcome == "success"
    assert bench.keys(name, living=False) == {gone}


def test_an_account_the_key_no_longer_sees_takes_nothing_with_it(bench: VendorBench):
    other = bench.sandbox.add_account("Other")
    theirs = {bench.sandbox.create(name, account=other) for name in ("users", "calls")}
    bench.sync("users", "calls")
    bench.sandbox.keys.register(accounts=[bench.sandbox.account])

    results = bench.sync("users", "calls", full=True)

    assert {result.outcome for result in results} == {"success"}
    assert theirs <= stored(bench, "users") | stored(bench, "calls")


def test_what_is_no_record_is_rejected_and_the_run_goes_on(
    bench: VendorBench, monkeypatch: pytest.MonkeyPatch
):
    def spoiled(body: bytes) -> Any:
        answer = decode_json(body)
        if isinstance(answer, dict):
            for found in answer.values():
                if isinstance(found, list):
                    found += [None, "odd", [1]]
        return answer

    monkeypatch.setattr("sources.policy.decode_json", spoiled)

    first, second = bench.sync(), bench.sync(full=True)

    assert {result.outcome for result in (*first, *second)} == {"partial"}
    failed = {result.entity: counted(result)[2] for result in first}
    # Those among the messages count with their conversations.
    assert failed == {**dict.fromkeys(ENTITIES, 3), "text_messages": 6}
    rejected = bench.rows("select entity, reason from ingestion_rejected_record")
    assert {row["reason"] for row in rejected} == {"record is not an object"}
    assert {row["entity"] for row in rejected} >= ENTITIES.keys()
    assert_right(bench)


def test_several_accounts_land_in_the_same_tables(bench: VendorBench):
    other = bench.sandbox.add_account("Other")
    bench.sandbox.create("calls", account=other)
    key = bench.sandbox.create("text_messages", account=other)
    bench.sandbox.say(key, "hi")

    results = bench.sync(batch_size=10)

    assert {result.outcome for result in results} == {"success"}
    assert_right(bench)
    query = "select count(distinct account_id) from callrail.calls"
    assert bench.one(query) == 2


def test_an_account_may_be_named(bench: VendorBench, monkeypatch: pytest.MonkeyPatch):
    other = bench.sandbox.add_account("Other")
    mine = bench.sandbox.create("calls", account=other)
    monkeypatch.setenv("CALLRAIL_ACCOUNT_ID", other)

    bench.sync("accounts", "calls")

    assert stored(bench, "accounts") == {other}
    assert stored(bench, "calls") == {mine}


def test_the_key_of_another_account_is_refused(bench: VendorBench):
    bench.sync("calls")
    other = bench.sandbox.add_account("Other")
    bench.sandbox.keys.register(accounts=[other])

    [result] = bench.sync("calls")

    assert result.outcome == "failed"
    assert "holds records of account" in (result.error or "")


def test_an_interrupted_run_goes_on_where_it_stood(
    bench: VendorBench, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tasks.fetch.CHUNK_RECORDS", 5)
    fault = bench.sandbox.fault("rate_limit", times=None, path="/calls.json$", skip=13)

    [failed] = bench.sync("calls", batch_size=5)
    bench.sandbox.faults.clear()
    landed = stored(bench, "calls")
    before = len(bench.sandbox.requests)
    [result] = bench.sync("calls", batch_size=5)

    assert fault.struck == 1
    assert failed.outcome == "failed"
    assert "try again in 600 s" in failed.row["error_message"]
    assert 5 <= len(landed) < 25
    assert result.row["configuration"]["resumes"] == failed.row["id"]
    again, *_ = [query for query in asked(bench, "/calls.json", before) if "offset=" in query]
    assert "offset=0&" not in again
    assert stored(bench, "calls") == bench.sandbox.truth("calls").keys()


def test_the_accounts_own_limit_ends_a_run_and_a_later_one_finishes(
    bench: VendorBench, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tasks.fetch.CHUNK_RECORDS", 5)
    now = [0.0]
    bench.sandbox.limits = Limits.of((12, 3600.0), tick=lambda: now[0])
    outcomes = []

    while "success" not in outcomes and len(outcomes) < 10:
        [result] = bench.sync("calls", batch_size=5)
        outcomes.append(result.outcome)
        now[0] += 3601

    assert 2 <= len(outcomes) < 10
    assert set(outcomes[:-1]) == {"failed"}
    assert stored(bench, "calls") == bench.sandbox.truth("calls").keys()


def test_a_check_names_what_is_wrong(
    bench: VendorBench, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    well = run(["check", "callrail"])
    bench.sandbox.keys.register(forbidden=["users", "calls"])
    narrow = run(["check", "callrail"])
    said = capsys.readouterr().out
    monkeypatch.setenv("CALLRAIL_ACCOUNT_ID", "ACC404")
    other = run(["check", "callrail"])
    monkeypatch.setenv("CALLRAIL_API_KEY", "wrong")
    wrong = run(["check", "callrail"])

    assert (well, narrow, other, wrong) == (0, 1, 1, 1)
    assert "25 records" in said
    assert 'without = ["users"]' in said
    assert 'without = ["calls"]' in said
    assert "does not see account ACC404" in (last := capsys.readouterr().out)
    assert "Check CALLRAIL_API_KEY" in last


# The accounts themselves, a list of each account, and two that are read by windows.
CASES = strikes(ENTITIES, TROUBLE, ("accounts", "companies", "calls", "text_messages"))


@pytest.mark.parametrize(
    ("name", "kind", "how", "said", "passes"),
    CASES,
    ids=[f"{case[0]}-{case[1]}-{case[3]}" for case in CASES],
)
def test_trouble_ends_as_it_should(
    bench: VendorBench, name: str, kind: str, how: dict[str, Any], said: str, passes: bool
):
    place = f"/{ENTITIES[name].path}.json$"
    # The first request for the accounts checks the key.
    skip = 1 if name == "accounts" else 0
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
