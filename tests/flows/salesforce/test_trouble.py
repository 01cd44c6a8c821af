"""What ends a run, what only delays it, and what is said of it: credentials, sessions, limits, broken answers."""

import os
from typing import Any

import pytest

from sandbox.clock import utc_now
from sandbox.salesforce import (
    CLIENT_ID,
    CLIENT_SECRET,
    USERNAME,
    Limits,
    private_key,
)
from sources.salesforce.entities import ENTITIES
from tests.flows.salesforce.truth import assert_right, stored
from tests.flows.vendor import VendorBench, strikes

QUERY = "/queryAll"
# A fault, what the answer shall be about, and whether it passes when it strikes once.
TROUBLE = [
    ("unauthorized", "check the source's credential", False),
    ("missing_scope", "INSUFFICIENT_ACCESS", False),
    ("api_disabled", "API_DISABLED_FOR_ORG", False),
    ("quota", "daily quota", False),
    ("rate_limit", "ConcurrentRequests", True),
    ("query_timeout", "running for too long", True),
    ("server_error", "answered 500", True),
    ("bad_gateway", "answered 502", True),
    ("maintenance", "answered 503", True),
    ("html", "text/html", True),
    ("truncated", "JSON", True),
    ("dropped", "got no answer", True),
    ("reset", "got no answer", True),
    ("stall", "got no answer", True),
]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sources.salesforce.policy.AT_ONCE_SECONDS", 0.01)


# All are read in one way; users have no deletions to be asked for.
CASES = [
    case
    for case in strikes(ENTITIES, TROUBLE, ("contacts", "users"))
    if case[:2] != ("users", "query_timeout")
]


@pytest.mark.parametrize(
    ("name", "kind", "said", "passes"), CASES, ids=[f"{case[0]}-{case[1]}" for case in CASES]
)
def test_trouble_ends_as_it_should(
    bench: VendorBench, name: str, kind: str, said: str, passes: bool
):
    bench.config(timeout=0.3, retry_attempts=1)
    fault = bench.sandbox.fault(kind, times=None, path=QUERY)

    [failed] = bench.sync(name)
    bench.sandbox.faults.clear()
    once = bench.sandbox.fault(kind, times=1, path=QUERY)
    [again] = bench.sync(name)
    bench.sandbox.faults.clear()
    [last] = bench.sync(name)

    assert fault.struck
    assert once.struck == 1
    assert failed.outcome == "failed"
    assert failed.row["configuration"]["anchor"] is False
    assert said in failed.row["error_message"]
    assert again.outcome == ("success" if passes or kind == "query_timeout" else "failed")
    assert last.outcome == "success"
    assert_right(bench, name)


@pytest.mark.parametrize("name", ENTITIES)
def test_a_refusal_of_one_entity_is_told_by_its_own_run(bench: VendorBench, name: str):
    path = f"/sobjects/{ENTITIES[name].path}/describe"
    bench.sandbox.fault("missing_scope", times=None, path=path)

    [failed] = bench.sync(name)

    assert failed.outcome == "failed"
    assert "insufficient access rights" in failed.row["error_message"]


@pytest.fixture
def with_app(bench: VendorBench, monkeypatch: pytest.MonkeyPatch) -> VendorBench:
    """An org that is asked by an app with client credentials."""
    monkeypatch.delenv("SALESFORCE_ACCESS_TOKEN")
    monkeypatch.setenv("SALESFORCE_CLIENT_ID", CLIENT_ID)
    monkeypatch.setenv("SALESFORCE_CLIENT_SECRET", CLIENT_SECRET)
    return bench


def test_one_session_serves_a_run_and_a_new_one_when_it_ends(with_app: VendorBench):
    ended: list[int] = []

    def expire(_call: Any) -> None:
        # Requests come side by side: none of them need be the twelfth alone.
        if len(with_app.sandbox.requests) >= 12 and not ended:
            ended.append(1)
            with_app.sandbox.sessions.expire()

    with_app.sandbox.before_request = expire
    results = with_app.sync()
    with_app.sandbox.before_request = None

    assert {result.outcome for result in results} == {"success"}
    # Six entities side by side met the end of the session; one of them got the next for all.
    assert with_app.sandbox.sessions.granted == 2
    assert_right(with_app, "opportunities")


def test_an_assertion_opens_a_session_at_the_login_host_and_the_org_answers_elsewhere(
    with_app: VendorBench, monkeypatch: pytest.MonkeyPatch
):
    address = os.environ["SALESFORCE_INSTANCE_URL"]
    monkeypatch.delenv("SALESFORCE_CLIENT_SECRET")
    monkeypatch.delenv("SALESFORCE_INSTANCE_URL")
    monkeypatch.setenv("SALESFORCE_USERNAME", USERNAME)
    monkeypatch.setenv("SALESFORCE_PRIVATE_KEY", private_key().replace("\n", "\\n"))
    monkeypatch.setenv("SALESFORCE_LOGIN_URL", address.replace("127.0.0.1", "localhost"))
    # An assertion is dated by the machine's clock.
    with_app.sandbox.sessions.clock = utc_now

    [result] = with_app.sync("users")

    assert result.outcome == "success"
    assert result.row["configuration"]["account"].startswith("00D5e0000000001")
    assert stored(with_app, "users")


@pytest.mark.parametrize(
    ("variable", "value", "said"),
    [
        ("CLIENT_ID", "3MVG9wrong", "no app has the consumer key in SALESFORCE_CLIENT_ID"),
        ("CLIENT_SECRET", "WRONG", "SALESFORCE_CLIENT_SECRET is not the secret of the app"),
        ("LOGIN_URL", "localhost", "into SALESFORCE_LOGIN_URL"),
    ],
)
def test_a_wrong_credential_is_named(
    with_app: VendorBench,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
    said: str,
):
    if variable == "LOGIN_URL":
        value = os.environ["SALESFORCE_INSTANCE_URL"].replace("127.0.0.1", value)
    monkeypatch.setenv(f"SALESFORCE_{variable}", value)

    [failed] = with_app.sync("users")

    assert failed.outcome == "failed"
    assert said in failed.row["error_message"]
    assert CLIENT_SECRET not in failed.row["error_message"]


def test_a_used_up_day_stops_the_run_and_the_next_goes_on(
    bench: VendorBench, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("flows.fetching.FIRST_CHUNK_RECORDS", 100)
    monkeypatch.setattr("flows.fetching.CHUNK_GROWTH", 1)
    bench.sandbox.bulk_import("Contact", 300)
    bench.sandbox.limits = Limits(daily=6)

    [failed] = bench.sync("contacts", batch_size=100)
    bench.sandbox.limits = None
    [resumed] = bench.sync("contacts", batch_size=100)

    assert failed.outcome == "failed"
    assert "the daily quota is used up" in failed.row["error_message"]
    assert resumed.row["configuration"]["resumes"] == failed.row["id"]
    assert resumed.outcome == "success"
    assert_right(bench, "contacts")


def test_a_reserve_is_left_to_others(bench: VendorBench):
    bench.config(reserve=90)
    bench.sandbox.limits = Limits(daily=100, used_before=8)

    [failed] = bench.sync("contacts")

    assert failed.outcome == "failed"
    assert "90 are kept for others (`reserve` in crm-sync.toml)" in failed.row["error_message"]
    assert bench.sandbox.limits.used(bench.sandbox.store.clock()) <= 11


def test_what_is_left_is_known_from_every_answer(bench: VendorBench):
    bench.sandbox.limits = Limits(daily=5000, used_before=100)

    [result] = bench.sync("users")

    assert 4880 < result.row["performance_metrics"]["rate_limit_remaining"] < 4900


def test_a_version_that_the_org_does_not_have_is_named(
    bench: VendorBench, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SALESFORCE_API_VERSION", "99.0")

    [failed] = bench.sync("users")

    assert "the org has no API version 99.0; it has 55.0" in failed.row["error_message"]


def test_a_wrong_way_of_reading_is_named(bench: VendorBench):
    bench.config(contacts={"api": "soap"})

    [failed] = bench.sync("contacts")

    assert "salesforce.contacts: api = 'soap' must be one of" in failed.row["error_message"]
