"""Sessions, limits, deletions, mergers, remote control: the org around its records."""

import base64
import time
from typing import Any

import httpx
import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from sandbox.process import Remote, running
from sandbox.salesforce import (
    CLIENT_ID,
    CLIENT_SECRET,
    REFRESH_TOKEN,
    USERNAME,
    Limits,
    ManualClock,
    SalesforceSandbox,
    private_key,
)

APP = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}


def grant(url: str, **form: str) -> httpx.Response:
    return httpx.post(f"{url}/services/oauth2/token", data=form, trust_env=False)


def assertion(**changes: Any) -> str:
    claims = {
        "iss": CLIENT_ID,
        "sub": USERNAME,
        "aud": "https://login.salesforce.com",
        "exp": int(time.time()) + 120,
    } | changes
    parts = [msgspec.json.encode({"alg": "RS256"}), msgspec.json.encode(claims)]
    head = b".".join(base64.urlsafe_b64encode(part).rstrip(b"=") for part in parts)
    key: Any = load_pem_private_key(private_key().encode(), None)
    signature = base64.urlsafe_b64encode(key.sign(head, PKCS1v15(), SHA256())).rstrip(b"=")
    return f"{head.decode()}.{signature.decode()}"


def code(answer: httpx.Response) -> tuple[int, str]:
    [error] = answer.json()
    return answer.status_code, error["errorCode"]


def test_a_session_has_no_stated_end_and_names_the_orgs_own_host(url: str):
    answer = grant(url, grant_type="client_credentials", **APP).json()

    assert "expires_in" not in answer
    assert answer["instance_url"] == url
    assert answer["access_token"].startswith("00D5e0000000001!")
    assert answer["issued_at"].isdecimal()
    assert "/id/00D5e0000000001EAA/" in answer["id"]


@pytest.mark.parametrize(
    ("form", "error", "description"),
    [
        ({"grant_type": "password"}, "unsupported_grant_type", "grant type not supported"),
        (
            {"grant_type": "client_credentials", **APP, "client_id": "x"},
            "invalid_client_id",
            "client identifier invalid",
        ),
        (
            {"grant_type": "client_credentials", **APP, "client_secret": "x"},
            "invalid_client",
            "invalid client credentials",
        ),
        (
            {"grant_type": "refresh_token", **APP, "refresh_token": "x"},
            "invalid_grant",
            "expired access/refresh token",
        ),
    ],
)
def test_refusals_of_the_token_endpoint_are_objects(
    url: str, form: dict[str, str], error: str, description: str
):
    answer = grant(url, **form)

    assert answer.status_code == 400
    assert answer.json() == {"error": error, "error_description": description}


def test_the_login_host_grants_no_client_credentials(url: str):
    login = url.replace("127.0.0.1", "localhost")

    answer = grant(login, grant_type="client_credentials", **APP)

    assert answer.json()["error_description"] == "request not supported on this domain"


def test_basic_credentials_do_as_well(url: str):
    answer = httpx.post(
        f"{url}/services/oauth2/token",
        data={"grant_type": "client_credentials"},
        auth=(CLIENT_ID, CLIENT_SECRET),
        trust_env=False,
    )

    assert answer.status_code == 200


def test_a_refresh_token_is_spent_once(url: str):
    form = {"grant_type": "refresh_token", **APP, "refresh_token": REFRESH_TOKEN}

    first = grant(url, **form)
    second = grant(url, **form)
    third = grant(url, **form | {"refresh_token": first.json()["refresh_token"]})

    assert [one.status_code for one in (first, second, third)] == [200, 400, 200]


@pytest.mark.parametrize(
    ("changes", "description"),
    [
        ({}, None),
        ({"aud": "https://acme.my.salesforce.com"}, "audience is invalid"),
        ({"exp": int(time.time()) - 5}, "expired authorization code"),
        ({"exp": int(time.time()) + 3600}, "expired authorization code"),
        ({"sub": "nobody@acme.example"}, "user hasn't approved this consumer"),
        ({"iss": "x"}, "client identifier invalid"),
    ],
)
def test_an_assertion_is_looked_at_closely(changes: dict[str, Any], description: str | None):
    with SalesforceSandbox().serve() as url:
        login = url.replace("127.0.0.1", "localhost")
        answer = grant(
            login,
            grant_type="urn:ietf:params:oauth:grant-type:jwt-bearer",
            assertion=assertion(**changes),
        ).json()

    assert answer.get("error_description") == description
    assert description is not None or answer["instance_url"] == url


def test_a_forged_assertion_is_refused(url: str):
    head = assertion().rpartition(".")[0]

    answer = grant(
        url, grant_type="urn:ietf:params:oauth:grant-type:jwt-bearer", assertion=f"{head}.AAAA"
    )

    assert answer.json()["error_description"] == "invalid assertion"


def test_a_session_ends_when_it_is_not_used(api: httpx.Client, clock: ManualClock):
    clock.advance(7000)
    used = api.get("/sobjects")
    clock.advance(7000)
    used_again = api.get("/sobjects")
    clock.advance(7300)

    assert used.status_code == used_again.status_code == 200
    assert code(api.get("/sobjects")) == (401, "INVALID_SESSION_ID")


def test_versions_need_no_session(url: str):
    found = httpx.get(f"{url}/services/data", trust_env=False).json()

    assert {"label": "Spring '26", "url": "/services/data/v66.0", "version": "66.0"} in found


def test_the_day_is_counted_and_ends_in_a_403(api: httpx.Client, sandbox: SalesforceSandbox):
    sandbox.limits = Limits(daily=20, used_before=17)

    first = api.get("/limits")
    api.get("/limits")
    third = api.get("/limits")
    fourth = api.get("/limits")

    assert first.headers["Sforce-Limit-Info"] == "api-usage=18/20"
    assert third.json()["DailyApiRequests"] == {"Max": 20, "Remaining": 0}
    assert code(fourth) == (403, "REQUEST_LIMIT_EXCEEDED")
    assert "Retry-After" not in fourth.headers


def test_the_day_rolls(api: httpx.Client, sandbox: SalesforceSandbox, clock: ManualClock):
    sandbox.limits = Limits(daily=1)
    sandbox.sessions.minutes = float("inf")
    api.get("/limits")
    clock.advance(24 * 3600 + 1)

    assert api.get("/limits").status_code == 200


def deleted(api: httpx.Client, start: str, end: str, name: str = "Lead") -> httpx.Response:
    return api.get(f"/sobjects/{name}/deleted/", params={"start": start, "end": end})


def test_deletions_are_listed_by_the_minute_and_with_a_lag(
    api: httpx.Client, sandbox: SalesforceSandbox, clock: ManualClock
):
    binned, purged, back = sandbox.bulk_import("Lead", 3)
    for key in (binned, purged, back):
        sandbox.delete("Lead", key)
    sandbox.purge("Lead", purged)
    sandbox.undelete("Lead", back)
    span = ("2026-11-20T08:00:30Z", "2026-11-20T10:00:00Z")

    soon = deleted(api, *span).json()
    clock.advance(300)
    later = deleted(api, *span).json()

    assert soon["deletedRecords"] == []
    assert {one["id"] for one in later["deletedRecords"]} == {binned, purged}
    assert later["latestDateCovered"] == "2026-11-20T09:03:00.000+0000"


@pytest.mark.parametrize(
    ("start", "end", "name", "refusal"),
    [
        ("2026-11-20T08:00:00Z", "2026-11-20T08:00:40Z", "Lead", "INVALID_REPLICATION_DATE"),
        ("2026-11-01T08:00:00Z", "2026-11-20T08:00:00Z", "Lead", "INVALID_REPLICATION_DATE"),
        ("2026-11-20T07:00:00", "2026-11-20T08:00:00", "Lead", "MALFORMED_QUERY"),
        ("2026-11-20T07:00:00Z", "2026-11-20T08:00:00Z", "CaseStatus", "INVALID_TYPE"),
    ],
)
def test_spans_that_make_no_sense(api: httpx.Client, start: str, end: str, name: str, refusal: str):
    assert code(deleted(api, start, end, name)) == (400, refusal)


def test_the_bin_is_emptied_after_a_fortnight(sandbox: SalesforceSandbox, clock: ManualClock):
    [key] = sandbox.bulk_import("Lead", 1)
    sandbox.delete("Lead", key)
    there = set(sandbox.deleted("Lead"))
    clock.advance(16 * 24 * 3600)

    assert there == {key}
    assert sandbox.deleted("Lead") == {}


def test_a_merged_record_goes_to_the_bin_with_the_winners_id_and_its_children_move(
    sandbox: SalesforceSandbox,
):
    winner = sandbox.create("Account", {"Name": "A"})
    loser = sandbox.create("Account", {"Name": "B", "Phone": "555-0100"})
    contact = sandbox.create("Contact", {"LastName": "X", "AccountId": loser})

    sandbox.merge("Account", winner, loser)

    assert sandbox.merged("Account") == {loser: winner}
    assert sandbox.truth("Account")[winner]["Phone"] == "555-0100"
    assert sandbox.truth("Contact")[contact]["AccountId"] == winner


def test_line_items_go_with_their_opportunity(sandbox: SalesforceSandbox):
    deal = sandbox.create("Opportunity", {"Name": "A"})
    item = sandbox.create("OpportunityLineItem", {"OpportunityId": deal})

    sandbox.delete("Opportunity", deal)

    assert item in sandbox.deleted("OpportunityLineItem")


def test_users_stay(sandbox: SalesforceSandbox):
    key = sandbox.create("User", {"LastName": "X"})

    with pytest.raises(ValueError, match="cannot be deleted"):
        sandbox.delete("User", key)


@pytest.mark.parametrize(
    ("kind", "status"),
    [
        ("server_error", 500),
        ("bad_gateway", 502),
        ("maintenance", 503),
        ("gateway_timeout", 504),
        ("quota", 403),
        ("rate_limit", 403),
        ("unauthorized", 401),
        ("query_timeout", 400),
    ],
)
def test_faults_answer_as_the_vendor_does(
    api: httpx.Client, sandbox: SalesforceSandbox, kind: str, status: int
):
    sandbox.fault(kind)

    assert api.get("/limits").status_code == status
    assert api.get("/limits").status_code == 200


def test_it_can_be_told_from_outside(url: str, sandbox: SalesforceSandbox):
    remote = Remote(url)

    key = remote.do("create", type="Lead", fields={"LastName": "Remote"})["id"]
    remote.do("update", type="Lead", id=key, fields={"Company": "Far away"})

    assert remote.truth("Lead")[key]["Company"] == "Far away"
    assert sandbox.truth("Lead")[key]["LastName"] == "Remote"


def test_it_runs_as_a_process():
    with running("sandbox.salesforce", "--scale", "0.1") as remote:
        assert len(remote.truth("Contact")) > 5


def test_equal_seeds_make_equal_orgs():
    one, other = (SalesforceSandbox.seeded(seed=3, scale=0.1) for _ in range(2))

    assert one.truth("Opportunity").keys() == other.truth("Opportunity").keys()
    assert {row["Name"] for row in one.truth("Account").values()} == {
        row["Name"] for row in other.truth("Account").values()
    }
