"""Trouble on demand, as a client meets it."""

import time

import httpx
import msgspec
import pytest

from sandbox.hubspot import Call, HubspotSandbox
from tests.sandbox.conftest import client

LIST = "/crm/v3/objects/contacts"


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("server_error", 500),
        ("bad_gateway", 502),
        ("unavailable", 503),
        ("gateway_timeout", 504),
        ("rate_limit", 429),
        ("unauthorized", 401),
        ("expired", 401),
        ("missing_scope", 403),
        ("uri_too_long", 414),
        ("locked", 423),
        ("moving", 477),
        ("html", 200),
    ],
)
def test_a_fault_strikes_as_often_as_told(
    api: httpx.Client, sandbox: HubspotSandbox, kind: str, status: int
):
    sandbox.fault(kind, times=2)

    answers = [api.get(LIST) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [status, status, 200]
    assert all("date" in answer.headers for answer in answers)
    assert answers[2].json() == {"results": []}


def test_a_fault_may_be_aimed(api: httpx.Client, sandbox: HubspotSandbox):
    sandbox.fault("server_error", times=None, method="POST", path="/search$", skip=1, every=2)

    searches = [api.post(f"{LIST}/search", json={}).status_code for _ in range(5)]

    assert searches == [200, 200, 500, 200, 500]
    assert api.get(LIST).status_code == 200


def test_waiting_times_and_policies_are_told(api: httpx.Client, sandbox: HubspotSandbox):
    sandbox.fault("rate_limit", policy="DAILY", retry_after=30)
    sandbox.fault("moving", retry_after=3600)

    limited, moving = api.get(LIST), api.get(LIST)

    assert limited.json()["policyName"] == "DAILY"
    assert limited.headers["retry-after"] == "30"
    assert moving.headers["retry-after"] == "3600"


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
    url: str, sandbox: HubspotSandbox, kind: str, error: type[Exception]
):
    sandbox.fault(kind)

    with client(url, timeout=0.3) as api:
        with pytest.raises(error):
            api.get(LIST)
        assert api.get(LIST).status_code == 200


def test_a_body_may_be_cut(api: httpx.Client, sandbox: HubspotSandbox):
    sandbox.fault("truncated")

    answer = api.get(LIST)

    assert answer.status_code == 200
    with pytest.raises(msgspec.DecodeError):
        msgspec.json.decode(answer.content)


def test_a_body_may_be_far_too_long(api: httpx.Client, sandbox: HubspotSandbox):
    sandbox.fault("oversized", size=3_000_000)

    answer = api.get(LIST)

    assert len(answer.content) == 3_000_000
    assert answer.json() == {"results": []}


def test_an_answer_may_be_slow(api: httpx.Client, sandbox: HubspotSandbox):
    sandbox.fault("slow", delay=0.2)

    started = time.monotonic()
    answer = api.get(LIST)

    assert answer.status_code == 200
    assert time.monotonic() - started >= 0.2


def test_a_page_may_be_short(api: httpx.Client, sandbox: HubspotSandbox):
    for number in range(12):
        sandbox.create("contacts", {"firstname": f"Ana {number}"})
    sandbox.fault("short_page")

    answer = api.get(LIST, params={"limit": "10"}).json()

    assert len(answer["results"]) == 5
    assert "paging" in answer


def test_records_may_change_while_someone_reads(api: httpx.Client, sandbox: HubspotSandbox):
    made = sandbox.create("contacts", {"firstname": "Ana"})
    calls: list[Call] = []

    def interfere(call: Call) -> None:
        calls.append(call)
        sandbox.update("contacts", made, {"firstname": "Changed"})

    sandbox.before_request = interfere
    shown = api.get(LIST, params={"limit": "5"}).json()["results"][0]

    assert shown["properties"]["firstname"] == "Changed"
    assert [(call.method, call.path, call.query) for call in calls] == [("GET", LIST, "limit=5")]


def test_the_journal_has_every_request(api: httpx.Client, sandbox: HubspotSandbox):
    sandbox.fault("closed", path="/deals$")
    api.get(LIST, params={"limit": "5"})
    with pytest.raises(httpx.RemoteProtocolError):
        api.get("/crm/v3/objects/deals")
    api.get("/nowhere")

    told = api.get("/_sandbox/requests").json()["requests"]

    assert sandbox.requests == [
        ("GET", LIST, "limit=5", 200),
        ("GET", "/crm/v3/objects/deals", "", 0),
        ("GET", "/nowhere", "", 404),
    ]
    assert [entry["status"] for entry in told] == [200, 0, 404]
    assert api.delete("/_sandbox/requests").json() == {"requests": []}


def test_another_process_can_do_the_same_over_http(api: httpx.Client, sandbox: HubspotSandbox):
    api.post("/_sandbox/faults", json={"kind": "server_error", "times": 1})
    broken = api.get(LIST).status_code
    made = api.post("/_sandbox/create", json={"properties": {"firstname": "Ana"}}).json()["id"]
    api.post("/_sandbox/archive", json={"id": made})
    archived = sandbox.archived("contacts").keys()
    api.post("/_sandbox/restore", json={"id": made, "bump": True})
    api.post("/_sandbox/settings", json={"index_lag": 30, "limits": {"burst": 1}})
    api.post("/_sandbox/tokens", json={"token": "pat-na1-other", "scopes": []})

    assert broken == 500
    assert archived == {made}
    assert api.get("/_sandbox/truth/contacts").json()[made]["properties"] == {"firstname": "Ana"}
    assert sandbox.index_lag == 30
    assert [api.get(LIST).status_code for _ in range(2)] == [200, 429]
    assert api.post("/_sandbox/faults", json={"kind": "nonsense"}).status_code == 400
    assert api.post("/_sandbox/settings", json={"limits": None}).json()["limited"] is False
