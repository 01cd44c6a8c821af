"""The burst, the budget, the wall, and trouble on demand."""

import signal
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from sandbox.pipedrive import Limits, ManualClock, PipedriveSandbox
from sandbox.process import running
from tests.sandbox.pipedrive.conftest import client

ROOT = Path(__file__).parents[3]
DEALS = "/api/v2/deals"


class Ticks:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def ticks() -> Ticks:
    return Ticks()


def limited(sandbox: PipedriveSandbox, ticks: Ticks, **limits: int) -> Limits:
    sandbox.limits = Limits(tick=ticks, **limits)
    return sandbox.limits


def test_a_burst_is_counted_over_two_rolling_seconds(
    api: httpx.Client, sandbox: PipedriveSandbox, ticks: Ticks
):
    limited(sandbox, ticks, burst=3)

    first = [api.get(DEALS).status_code for _ in range(4)]
    ticks.now = 2.1
    again = api.get(DEALS)

    assert first == [200, 200, 200, 429]
    assert again.status_code == 200
    assert again.headers["x-ratelimit-limit"] == "3"
    assert again.headers["x-ratelimit-remaining"] == "2"
    assert again.headers["x-ratelimit-reset"] == "2"


@pytest.mark.parametrize(
    ("path", "cost"),
    [
        (DEALS, 10),
        (f"{DEALS}/archived", 20),
        (f"{DEALS}/products?deal_ids=1", 10),
        ("/api/v2/pipelines", 5),
        ("/api/v2/dealFields", 10),
        ("/v1/leads", 20),
        ("/v1/leads/archived", 40),
        ("/v1/notes", 20),
        ("/v1/users", 20),
        ("/v1/users/me", 2),
    ],
)
def test_each_operation_has_its_price(
    api: httpx.Client, sandbox: PipedriveSandbox, ticks: Ticks, path: str, cost: int
):
    limits = limited(sandbox, ticks)

    answer = api.get(path)

    assert limits.spent == cost
    left = answer.headers["x-daily-ratelimit-token-remaining"]
    assert int(left) == limits.daily - cost


def test_the_budget_is_for_a_day(
    api: httpx.Client, sandbox: PipedriveSandbox, clock: ManualClock, ticks: Ticks
):
    limited(sandbox, ticks, daily=25)

    statuses = [api.get(DEALS).status_code for _ in range(3)]
    refused = api.get("/v1/users/me")
    clock.advance(24 * 3600)

    assert statuses == [200, 200, 429]
    assert refused.status_code == 429
    assert refused.headers["x-daily-ratelimit-token-remaining"] == "0"
    assert api.get(DEALS).status_code == 200


def test_who_goes_on_through_refusals_is_shut_out(
    api: httpx.Client, sandbox: PipedriveSandbox, ticks: Ticks
):
    limited(sandbox, ticks, burst=1, patience=3)

    answers = [api.get(DEALS) for _ in range(6)]
    ticks.now = 60

    assert [one.status_code for one in answers] == [200, 429, 429, 429, 403, 403]
    assert answers[-1].headers["content-type"].startswith("text/html")
    assert api.get(DEALS).status_code == 200


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("server_error", 500),
        ("bad_gateway", 502),
        ("unavailable", 503),
        ("gateway_timeout", 504),
        ("not_implemented", 501),
        ("rate_limit", 429),
        ("daily_limit", 429),
        ("blocked", 403),
        ("unauthorized", 401),
        ("missing_scope", 403),
        ("forbidden", 403),
        ("unpaid", 402),
        ("gone", 410),
        ("not_enabled", 415),
        ("not_success", 200),
        ("html", 200),
    ],
)
def test_a_fault_strikes_as_often_as_told(
    api: httpx.Client, sandbox: PipedriveSandbox, kind: str, status: int
):
    sandbox.fault(kind, times=2, path="/deals$")

    answers = [api.get(DEALS) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [status, status, 200]
    assert api.get("/api/v2/persons").status_code == 200
    assert answers[2].json()["success"] is True


@pytest.mark.parametrize(
    ("kind", "error"),
    [
        ("reset", httpx.ReadError),
        ("closed", httpx.RemoteProtocolError),
        ("dropped", httpx.RemoteProtocolError),
        ("stall", httpx.ReadTimeout),
    ],
)
def test_a_connection_may_break(
    url: str, sandbox: PipedriveSandbox, kind: str, error: type[Exception]
):
    sandbox.fault(kind)

    with client(url, timeout=0.3) as api:
        with pytest.raises(error):
            api.get(DEALS)
        assert api.get(DEALS).status_code == 200


@pytest.mark.parametrize(("kind", "records"), [("short_page", 2), ("empty_page", 0)])
def test_a_page_may_hold_less_than_there_is(
    api: httpx.Client, sandbox: PipedriveSandbox, kind: str, records: int
):
    made = sandbox.bulk_import("deals", 12)
    cursor = api.get(DEALS, params={"limit": 5}).json()["additional_data"]["next_cursor"]
    sandbox.fault(kind)

    spoiled = api.get(DEALS, params={"limit": 5, "cursor": cursor}).json()
    following = spoiled["additional_data"]["next_cursor"]
    rest = api.get(DEALS, params={"limit": 10, "cursor": following}).json()

    assert len(spoiled["data"]) == records
    assert following != cursor
    assert [one["id"] for one in spoiled["data"] + rest["data"]] == made[5:]


def test_another_process_can_do_the_same_over_http():
    with running(
        "sandbox.pipedrive", "--deals", "5", "--persons", "4", "--organizations", "1", "--no-limits"
    ) as remote:
        made = remote.do("create", type="deals", values={"title": "From afar"})["id"]
        remote.do("archive", type="deals", id=made)
        remote.do("faults", kind="server_error", path="/deals$")

        with client(remote.url) as api:
            broken = api.get(DEALS).status_code
        truth = remote.truth("deals")

    assert broken == 500
    assert len(truth) == 6
    assert truth[str(made)]["is_archived"] is True


def test_the_process_prints_its_url_and_ends_on_a_signal():
    command = [sys.executable, "-m", "sandbox.pipedrive", "--deals", "3", "--persons", "1"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stderr
        with client(process.stdout.readline().strip()) as api:
            found = api.get(DEALS).json()["data"]
            process.send_signal(signal.SIGTERM)
            status, said = process.wait(5), process.stderr.read()

    assert len(found) == 3
    assert (status, said) == (0, "")


def test_equal_seeds_make_equal_companies():
    one, other, third = (
        PipedriveSandbox.seeded(20, 20, 5, leads=5, seed=seed).truth("deals") for seed in (1, 1, 2)
    )

    assert one == other != third
