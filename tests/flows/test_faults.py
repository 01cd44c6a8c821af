"""Every kind of trouble between us and the CRM: once, for ever, and after it has passed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from flows.result import Result
from flows.sync import conclude
from sandbox.hubspot import ManualClock
from tests.flows.harness import Bench
from tests.flows.truth import assert_adds_up, assert_right, history, people, unhurried

PAGES = r"/objects/contacts$"
PASSING = [
    ("server_error", {}, "answered 500"),
    ("bad_gateway", {}, "answered 502"),
    ("unavailable", {}, "answered 503: Service unavailable"),
    ("unavailable", {"retry_after": 0.1}, "answered 503"),
    ("gateway_timeout", {}, "answered 504"),
    ("rate_limit", {"policy": "SECONDLY"}, "your secondly limit"),
    ("rate_limit", {"retry_after": 0.1}, "your ten_secondly_rolling limit"),
    ("locked", {"retry_after": 0.1}, "answered 423: A large sync is in progress"),
    ("html", {}, "text/html"),
    ("truncated", {}, "JSON"),
    ("dropped", {}, "got no answer"),
    ("reset", {}, "got no answer"),
    ("closed", {}, "got no answer"),
    ("stall", {}, "got no answer: ReadTimeout"),
    ("slow", {"delay": 2}, "got no answer: ReadTimeout"),
]
LASTING = [
    ("unauthorized", {}, "check the source's credential"),
    ("expired", {}, "The OAuth token used to make this call expired"),
    ("missing_scope", {}, "crm.objects.contacts.read"),
    ("uri_too_long", {}, "answered 414"),
    ("rate_limit", {"policy": "DAILY"}, "the daily quota is used up"),
    ("rate_limit", {"retry_after": 3600}, "try again in 3600 s"),
    ("unavailable", {"retry_after": 3600}, "try again in 3600 s"),
    ("moving", {"retry_after": 3600}, "moving to another data centre (try again in 3600 s)"),
    ("oversized", {"size": 70_000_000}, "answered 70000000 bytes; the limit is"),
]


@pytest.fixture
def account(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """60 contacts read in pages of 10 and chunks of 20; one more attempt, short patience."""
    monkeypatch.setattr("tasks.fetch.CHUNK_RECORDS", 20)
    bench.sandbox.store.clock = ManualClock(datetime.now(UTC) - timedelta(hours=9))
    unhurried(bench, timeout=0.3, retry_attempts=1)
    people(bench, 60)
    return bench


def sync(bench: Bench, **options: Any) -> Result:
    [result] = bench.sync("contacts", batch_size=10, **options)
    return result


def test_what_passes_by_itself_is_asked_again_and_nothing_is_missing(account: Bench):
    people(account, 440)
    faults = [
        account.sandbox.fault(kind, path=PAGES, skip=2 + 2 * number, **how)
        for number, (kind, how, _) in enumerate(PASSING)
    ]

    result = sync(account)

    assert [fault.struck for fault in faults] == [1] * len(PASSING)
    assert (result.outcome, result.row["records_created"]) == ("success", 500)
    assert result.row["performance_metrics"]["retries"] == len(PASSING)
    assert result.row["configuration"]["anchor"] is True
    assert_right(account)


@pytest.mark.parametrize("kind", ["empty_page", "short_page"])
@pytest.mark.parametrize("times", [1, None])
def test_pages_with_fewer_records_than_there_are_end_nothing(
    account: Bench, kind: str, times: int | None
):
    for key in list(account.truth())[:15]:
        account.sandbox.archive("contacts", key)
    fault = account.sandbox.fault(kind, times=times, skip=2 if times else 0)

    result = sync(account)

    assert fault.struck
    assert (result.outcome, result.row["records_processed"]) == ("success", 60)
    assert_right(account)


@pytest.mark.parametrize(("kind", "how", "said"), PASSING + LASTING)
def test_what_does_not_pass_fails_the_run_clearly_and_the_next_one_finishes_it(
    account: Bench, kind: str, how: dict[str, Any], said: str
):
    fault = account.sandbox.fault(kind, times=None, path=PAGES, skip=3, **how)

    failed = sync(account)
    landed = account.one("select count(*) from hubspot.contacts")
    account.sandbox.faults.clear()
    result = sync(account)

    assert failed.outcome == "failed"
    assert said in failed.row["error_message"]
    assert "/crm/v3/objects/contacts" in failed.row["error_message"]
    assert fault.struck == (1 if (kind, how, said) in LASTING else 2)
    assert landed == failed.row["records_processed"] == 20
    assert failed.row["configuration"]["anchor"] is False
    assert_adds_up(failed.row)
    assert (result.outcome, result.row["records_created"]) == ("success", 40)
    assert result.row["configuration"]["resumes"] == failed.row["id"]
    assert_right(account)


@pytest.mark.parametrize(
    ("place", "skip", "full"),
    [
        ("/account-info/", 0, False),
        ("/properties/", 0, True),
        ("/objects/contacts/search$", 0, True),  # the count before
        ("/objects/contacts/search$", 1, False),  # the count after
        (PAGES, 6, True),  # the archived list
        ("/batch/read$", 0, False),  # what may be restored
    ],
)
def test_wherever_it_strikes_the_next_run_makes_it_right(
    account: Bench, place: str, skip: int, full: bool
):
    clock = account.sandbox.store.clock
    keys = sorted(account.truth())
    account.sandbox.archive("contacts", keys[0])
    clock.advance(2 * 3600)
    sync(account)
    clock.advance(2 * 3600)
    account.sandbox.restore("contacts", keys[0])
    account.sandbox.update("contacts", keys[1], {"lastname": "Ng"})
    account.sandbox.archive("contacts", keys[2])
    account.sandbox.fault("bad_gateway", times=None, path=place, skip=skip)

    failed = sync(account, full=full)
    account.sandbox.faults.clear()
    result = sync(account, full=full)

    assert failed.outcome == "failed"
    assert "answered" in failed.row["error_message"]
    assert result.outcome == "success"
    assert_right(account)


def test_a_used_up_quota_stops_every_entity_after_one_request(account: Bench):
    account.sandbox.create("deals", {})
    sync(account)
    fault = account.sandbox.fault("rate_limit", policy="DAILY", times=None, path="/crm/")

    results = account.sync("contacts", "companies", "deals")

    assert fault.struck == 1
    assert {result.outcome for result in results} == {"failed"}
    assert conclude(results).is_failed()
    for entity in ("contacts", "companies", "deals"):
        assert "daily quota" in history(account, entity)[-1]["error_message"]


def test_one_entity_that_fails_does_not_stop_the_others(account: Bench):
    for number in range(30):
        account.sandbox.create("deals", {"dealname": f"Roof {number}"})
    account.sandbox.fault("server_error", times=None, path=PAGES)

    results = {result.entity: result for result in account.sync()}

    assert results["contacts"].outcome == "failed"
    assert {results["deals"].outcome, results["companies"].outcome} == {"success"}
    assert len(account.live("hubspot.deals")) == 30


def test_a_delta_is_as_patient_as_a_full_run(account: Bench):
    sync(account)
    for key in account.truth():
        account.sandbox.update("contacts", key, {"lastname": f"N{key}"})
    account.sandbox.fault("bad_gateway", path="/search$", skip=3)
    account.sandbox.fault("truncated", path="/search$", skip=4)
    account.sandbox.fault("unauthorized", path="/search$", skip=5)

    failed, result = sync(account), sync(account)

    assert (failed.outcome, failed.row["records_updated"]) == ("failed", 40)
    assert (result.outcome, result.row["records_updated"]) == ("success", 20)
    assert result.row["configuration"]["resumes"] == failed.row["id"]
    assert_right(account)
