"""Rejected records tried again: what lands, what stays, and what the source no longer has."""

import asyncio

from flows.replay import replay
from flows.result import Result
from tasks.steps import PLAIN
from tasks.validate import digest
from tests.flows.harness import Bench
from warehouse import history, locks, past, rejects
from warehouse.connection import connect

BAD = {"dealname": "Roof", "amount": "not a number"}


def tried_again(*which) -> list[Result]:
    return asyncio.run(replay(*which, steps=PLAIN))


def fates(result: Result) -> dict[str, int]:
    found: dict[str, int] = result.row["configuration"]["replay"]
    return found


def rejected(bench: Bench, *properties: dict[str, str]) -> list[str]:
    """Deals with these properties, all of which a strict sync rejects."""
    keys = [bench.sandbox.create("deals", one) for one in properties]
    bench.config(deals={"strict": True})
    bench.sync("deals")
    assert bench.one("select count(*) from ingestion_rejected_record") == len(keys)
    return keys


def open_keys(bench: Bench) -> set[str]:
    rows = bench.rows("select record_key from ingestion_rejected_record where resolved_at is null")
    return {row["record_key"] for row in rows}


def test_a_corrected_record_lands_and_its_reject_is_closed(bench: Bench):
    (key,) = rejected(bench, BAD)
    bench.sandbox.update("deals", key, {"amount": "12.50"})

    (result,) = tried_again("hubspot")

    assert result.outcome == "success"
    assert fates(result) == {"landed": 1, "stay": 0, "gone": 0}
    assert bench.live("hubspot.deals") == {int(key)}
    assert bench.one("select resolved_by from ingestion_rejected_record") == result.row["id"]


def test_a_record_still_bad_stays_with_one_more_attempt(bench: Bench):
    good, bad = rejected(bench, BAD, BAD)
    bench.sandbox.update("deals", good, {"amount": "1"})

    (result,) = tried_again()

    assert result.outcome == "partial"
    assert result.row["records_failed"] == 1
    assert fates(result) == {"landed": 1, "stay": 1, "gone": 0}
    assert open_keys(bench) == {bad}
    assert (
        bench.one("select attempts from ingestion_rejected_record where record_key = %s", bad) == 2
    )


def test_a_record_the_source_no_longer_has_is_said_to_be_gone_and_stays_open(bench: Bench):
    (key,) = rejected(bench, BAD)
    bench.sandbox.gdpr_delete("deals", key)

    (result,) = tried_again("hubspot", "deals")

    assert result.outcome == "success"
    assert fates(result) == {"landed": 0, "stay": 0, "gone": 1}
    assert open_keys(bench) == {key}


def test_one_record_alone_may_be_tried(bench: Bench):
    first, second = rejected(bench, BAD, BAD)
    bench.sandbox.update("deals", first, {"amount": "1"})
    bench.sandbox.update("deals", second, {"amount": "2"})
    number = bench.one("select id from ingestion_rejected_record where record_key = %s", second)

    (result,) = tried_again(None, None, number)

    assert fates(result)["landed"] == 1
    assert open_keys(bench) == {first}


def test_a_record_without_a_key_is_made_again_from_its_raw_form(bench: Bench):
    rejected(bench)
    good = '{"id":"501","properties":{"dealname":"Roof","amount":0.10},"updatedAt":"2026-02-03T10:00:00Z"}'
    keyless = '{"properties":{"dealname":"No key","amount":123456789012345678.10}}'
    with connect(bench.url) as conn:
        run = history.open_run(conn, "hubspot", "deals", {"strategy": "manual"})
        lost = [Lost(digest(raw), raw) for raw in (good, keyless)]
        rejects.record(conn, "hubspot", "deals", run, lost)

    (result,) = tried_again("hubspot")

    assert fates(result) == {"landed": 1, "stay": 1, "gone": 0}
    assert bench.rows("select id, amount::text from hubspot.deals") == [
        {"id": 501, "amount": "0.10"}
    ]
    assert open_keys(bench) == {digest(keyless)}
    assert bench.one("select max(attempts) from ingestion_rejected_record") == 2


class Lost:
    """A reject as an earlier version might have written it."""

    field = None
    reason = "for a reason of that time"

    def __init__(self, key: str, raw: str) -> None:
        self.key = key
        self.raw = raw


def test_a_stale_copy_does_not_overwrite_a_newer_row(bench: Bench):
    key = bench.sandbox.create("deals", {"dealname": "Roof"})
    bench.sync("deals")
    bench.execute(
        "update hubspot.deals set deal_name = 'newer', updated_at = now() + interval '1 day'"
    )
    bench.sandbox.update("deals", key, {"dealname": "older"})
    with connect(bench.url) as conn:
        rejects.record(conn, "hubspot", "deals", 1, [Lost(key, "{}")])

    (result,) = tried_again()

    assert fates(result)["landed"] == 1
    assert bench.one("select deal_name from hubspot.deals") == "newer"


def test_a_replay_is_no_anchor_and_hides_no_interrupted_run(bench: Bench):
    rejected(bench, BAD)
    with connect(bench.url) as conn:
        before = past.anchor(conn, "hubspot", "deals"), past.latest(conn, "hubspot", "deals")

        (result,) = tried_again()

        after = past.anchor(conn, "hubspot", "deals"), past.latest(conn, "hubspot", "deals")
    assert before == after
    assert result.row["configuration"]["strategy"] == "replay"
    assert "window" not in result.row["configuration"]


def test_a_busy_entity_is_left_alone(bench: Bench):
    rejected(bench, BAD)
    with connect(bench.url) as other:
        assert locks.lock(other, "hubspot", "deals")

        (result,) = tried_again()

    assert result.outcome == "skipped"
    assert result.row == {}


def test_a_source_that_fails_leaves_a_failed_row_or_a_reason(bench: Bench):
    rejected(bench, BAD)
    bench.sandbox.fault("missing_scope", path="/batch/read", times=None)

    (result,) = tried_again()

    assert result.outcome == "failed"
    assert result.row["status"] == "failed"

    bench.sandbox.faults.clear()
    bench.sandbox.fault("unauthorized", times=None)
    (result,) = tried_again()
    assert result.outcome == "failed"
    assert result.error


def test_more_records_than_fit_one_question_are_asked_for_in_slices(bench: Bench):
    keys = rejected(bench, *[BAD] * 130)
    before = len(bench.sandbox.requests)

    (result,) = tried_again()

    asked = [r for r in bench.sandbox.requests[before:] if r[1].endswith("/batch/read")]
    assert len(asked) == 2
    assert fates(result) == {"landed": 0, "stay": len(keys), "gone": 0}
