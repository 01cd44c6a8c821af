"""Accounts: two side by side, their usage, and how OAuth apps get in."""

import httpx
import pytest

from sandbox.hubspot import (
    CLIENT_ID,
    CLIENT_SECRET,
    REFRESH_TOKEN,
    HubspotSandbox,
    Limits,
    ManualClock,
)
from tests.sandbox.conftest import client

LIST = "/crm/v3/objects/contacts"
USAGE = "/account-info/v3/api-usage/daily/private-apps"
FORM = {
    "grant_type": "refresh_token",
    "client_id": CLIENT_ID,
    "client_secret": CLIENT_SECRET,
    "refresh_token": REFRESH_TOKEN,
}


def test_two_accounts_are_served_side_by_side():
    one, two = HubspotSandbox(), HubspotSandbox(portal_id=42)
    one.create("contacts", {"firstname": "Ana"})

    with one.serve() as first, two.serve() as second:
        portals, people = [], []
        for url in (first, second):
            with client(url) as api:
                portals.append(api.get("/account-info/v3/details").json()["portalId"])
                people.append(api.get(LIST).json()["results"])

    assert portals == [7654321, 42]
    assert [len(found) for found in people] == [1, 0]
    assert "/contacts/7654321/record/" in people[0][0]["url"]


def test_the_day_s_usage_is_what_the_limits_counted():
    limits = Limits()
    with HubspotSandbox(limits=limits).serve() as url, client(url) as api:
        for _ in range(4):
            api.get(LIST)
        limits.daily = 1000
        [usage] = api.get(USAGE).json()["results"]

    assert usage["name"] == "private-apps-api-calls-daily"
    assert (usage["usageLimit"], usage["currentUsage"]) == (1000, 5)
    assert usage["fetchStatus"] == "SUCCESS"
    assert usage["resetsAt"] > usage["collectedAt"]


def test_the_daily_limit_may_be_lowered_while_running():
    limits = Limits()
    with HubspotSandbox(limits=limits).serve() as url, client(url) as api:
        before = api.get(LIST).status_code
        limits.daily = 1
        refused = api.get(LIST)

    assert before == 200
    assert (refused.status_code, refused.json()["policyName"]) == (429, "DAILY")


def ask(url: str, path: str = "/oauth/v3/token", **form: str) -> httpx.Response:
    return httpx.post(url + path, data=FORM | form, trust_env=False)


@pytest.mark.parametrize("path", ["/oauth/v1/token", "/oauth/v3/token", "/oauth/2026-03/token"])
@pytest.mark.parametrize(
    ("wrong", "status"),
    [
        ("client_id", "BAD_CLIENT_ID"),
        ("client_secret", "BAD_CLIENT_SECRET"),
        ("refresh_token", "BAD_REFRESH_TOKEN"),
    ],
)
def test_what_is_wrong_with_a_refresh_is_named(url: str, path: str, wrong: str, status: str):
    answer = ask(url, path, **{wrong: "na1-wrong"})

    assert answer.status_code == 400
    assert answer.json()["status"] == status
    assert answer.json().keys() >= {"error", "error_description", "message", "correlationId"}


def test_only_the_oldest_token_endpoint_reads_the_address(url: str):
    answers = [
        httpx.post(f"{url}/oauth/{version}/token", params=FORM, trust_env=False).status_code
        for version in ("v1", "v3", "2026-03")
    ]

    assert answers == [200, 400, 400]


def test_an_oauth_token_has_no_daily_limit(clock: ManualClock):
    sandbox = HubspotSandbox(clock=clock, limits=Limits(daily=1))
    with sandbox.serve() as url, client(url, ask(url).json()["access_token"]) as api:
        answers = [api.get(LIST) for _ in range(3)]

    assert [answer.status_code for answer in answers] == [200] * 3
    headers = {name for answer in answers for name in answer.headers if "ratelimit" in name}
    assert "x-hubspot-ratelimit-max" in headers
    assert not any("daily" in name for name in headers)


def test_a_rotated_refresh_token_is_good_once(url: str, sandbox: HubspotSandbox):
    sandbox.tokens.rotate_refresh_tokens = True

    first = ask(url).json()
    second = ask(url, refresh_token=first["refresh_token"]).json()

    assert first["expires_in"] == second["expires_in"] == 1800
    assert len({REFRESH_TOKEN, first["refresh_token"], second["refresh_token"]}) == 3
    old = ask(url, refresh_token=first["refresh_token"])
    assert (old.status_code, old.json()["error"]) == (400, "invalid_grant")
    with client(url, first["access_token"]) as api:
        assert api.get(LIST).status_code == 200  # the older access token lives on


def test_a_token_from_a_refresh_has_the_apps_scopes(url: str, sandbox: HubspotSandbox):
    sandbox.tokens.register_refresh("na1-few", {"oauth", "crm.objects.contacts.read"})

    granted = ask(url, refresh_token="na1-few").json()

    with client(url, granted["access_token"]) as api:
        statuses = [
            api.get(f"/crm/v3/objects/{name}").status_code for name in ("contacts", "deals")
        ]
    assert granted["scopes"] == ["crm.objects.contacts.read", "oauth"]
    assert granted["hub_id"] == 7654321
    assert statuses == [200, 403]


@pytest.mark.parametrize(
    ("path", "counted"),
    [
        (LIST, True),
        ("/crm/v3/properties/contacts", True),
        ("/crm/v3/owners", False),
        ("/crm/v3/pipelines/deals", False),
        ("/crm/v3/schemas", False),
        ("/crm/v4/associations/contacts/companies/labels", False),
    ],
)
def test_some_answers_come_without_rate_headers(path: str, counted: bool):
    with HubspotSandbox().serve() as url, client(url) as api:
        headers = api.get(path).headers

    assert ("x-hubspot-ratelimit-remaining" in headers) is counted
