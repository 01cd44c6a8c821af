"""What a faithful look-alike of the HubSpot API must do, one test for each rule."""

from datetime import UTC, datetime
from typing import Any

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
SEARCH = f"{LIST}/search"


def since(value: str, stamp: str = "lastmodifieddate", **more: Any) -> dict[str, Any]:
    wanted = {"propertyName": stamp, "operator": "GTE", "value": value}
    return {"filterGroups": [{"filters": [wanted]}], **more}


def found(api: httpx.Client, body: dict[str, Any]) -> list[str]:
    return [record["id"] for record in api.post(SEARCH, json=body).json()["results"]]


def test_a_search_refuses_to_go_past_ten_thousand(api: httpx.Client, sandbox: HubspotSandbox):
    sandbox.bulk_import("contacts", 10_050)

    last = api.post(SEARCH, json={"limit": 200, "after": "9800"})
    past = api.post(SEARCH, json={"limit": 200, "after": "9801"})

    assert last.json()["total"] == 10_050
    assert len(last.json()["results"]) == 200
    assert last.json()["paging"] == {"next": {"after": "10000"}}
    assert past.status_code == 400
    assert past.json()["category"] == "VALIDATION_ERROR"


def test_a_search_hides_archived_records_at_once(api: httpx.Client, sandbox: HubspotSandbox):
    kept = sandbox.create("contacts", {"firstname": "Ana"})
    gone = sandbox.create("contacts", {"firstname": "Bo"})

    sandbox.archive("contacts", gone)

    assert found(api, {}) == [kept]


def test_a_search_sees_a_write_only_after_the_lag(
    api: httpx.Client, sandbox: HubspotSandbox, clock: ManualClock
):
    sandbox.index_lag = 5
    made = sandbox.create("contacts", {"firstname": "Ana"})
    before = found(api, {})

    clock.advance(5)

    assert before == []
    assert found(api, {}) == [made]


def test_searches_have_their_own_limit_and_no_rate_headers(clock: ManualClock):
    sandbox = HubspotSandbox(clock=clock, limits=Limits(tick=lambda: 0.0))
    with sandbox.serve() as url, client(url) as api:
        answers = [api.post(SEARCH, json={}) for _ in range(6)]

    assert [answer.status_code for answer in answers] == [200] * 5 + [429]
    assert answers[5].json()["policyName"] == "SECONDLY"
    assert answers[5].json()["message"] == "You have reached your secondly limit."
    assert not any("ratelimit" in name for answer in answers for name in answer.headers)


def test_every_value_is_a_string_or_null_and_empty_after_a_clear(
    api: httpx.Client, sandbox: HubspotSandbox
):
    made = sandbox.create("contacts", {"lifetime_value": "5.00", "newsletter": "true", "city": "X"})

    api.patch(f"{LIST}/{made}", json={"properties": {"city": ""}})

    asked = {"properties": "lifetime_value,newsletter,city,state,nonsense"}
    shown = api.get(f"{LIST}/{made}", params=asked).json()["properties"]
    always = {"createdate", "lastmodifieddate", "hs_object_id"}
    assert {name: value for name, value in shown.items() if name not in always} == {
        "lifetime_value": "5.00",
        "newsletter": "true",
        "city": "",
        "state": None,
    }
    assert shown.keys() > always


def test_a_batch_read_with_gaps_is_a_207(api: httpx.Client, sandbox: HubspotSandbox):
    made = sandbox.create("contacts", {"firstname": "Ana"})

    inputs = [{"id": made}, {"id": "12"}]
    answer = api.post(f"{LIST}/batch/read", json={"inputs": inputs, "properties": ["firstname"]})

    assert answer.status_code == 207
    assert [record["id"] for record in answer.json()["results"]] == [made]
    assert answer.json()["errors"][0]["category"] == "OBJECT_NOT_FOUND"
    assert answer.json()["errors"][0]["context"] == {"ids": ["12"]}


def test_associations_that_do_not_exist_are_a_207(api: httpx.Client, sandbox: HubspotSandbox):
    ana = sandbox.create("contacts", {"firstname": "Ana"})
    bo = sandbox.create("contacts", {"firstname": "Bo"})
    firm = sandbox.create("companies", {"name": "Acorn"})
    sandbox.associate("contacts", ana, "companies", firm, type_id=1, label="Primary")

    path = "/crm/v4/associations/contacts/companies/batch/read"
    answer = api.post(path, json={"inputs": [{"id": ana}, {"id": bo}]})

    assert answer.status_code == 207
    link = answer.json()["results"][0]
    assert link["from"] == {"id": ana}
    assert link["to"][0]["toObjectId"] == int(firm)
    assert answer.json()["errors"][0]["subCategory"] == "crm.associations.NO_ASSOCIATIONS_FOUND"
    assert answer.json()["errors"][0]["context"]["fromObjectId"] == [bo]


def test_archiving_leaves_the_modified_stamp_alone(
    api: httpx.Client, sandbox: HubspotSandbox, clock: ManualClock
):
    kept = sandbox.create("companies", {"name": "Acorn"})
    gone = sandbox.create("companies", {"name": "Birch"})
    before = sandbox.truth("companies")[gone].updated
    clock.advance(60)

    api.delete(f"/crm/v3/objects/companies/{gone}")

    live = api.get("/crm/v3/objects/companies").json()["results"]
    archived = api.get("/crm/v3/objects/companies", params={"archived": "true"}).json()["results"]
    assert [record["id"] for record in live] == [kept]
    assert [record["id"] for record in archived] == [gone]
    assert datetime.fromisoformat(archived[0]["updatedAt"]) == sandbox_ms(before)
    assert datetime.fromisoformat(archived[0]["archivedAt"]) == sandbox_ms(clock.now)


def sandbox_ms(moment: datetime) -> datetime:
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def test_an_empty_page_may_carry_a_cursor(api: httpx.Client, sandbox: HubspotSandbox):
    made = {sandbox.create("contacts", {"firstname": f"Ana {n}"}) for n in range(30)}
    sandbox.fault("empty_page", times=None, every=2)

    pages = list(walk(api, limit="5"))

    assert [] in pages
    assert {record["id"] for page in pages for record in page} == made


def walk(api: httpx.Client, **asked: str) -> Any:
    after: dict[str, str] = {}
    while True:
        answer = api.get(LIST, params=asked | after).json()
        yield answer["results"]
        if "paging" not in answer:
            return
        after = {"after": answer["paging"]["next"]["after"]}


def test_a_url_too_long_is_a_414_page(api: httpx.Client):
    answer = api.get(LIST, params={"properties": "x" * 17_000})

    assert answer.status_code == 414
    assert answer.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("limit", ["101", "0", "ten"])
def test_a_page_has_at_most_a_hundred_records(api: httpx.Client, limit: str):
    assert api.get(LIST, params={"limit": limit}).status_code == 400


def test_a_page_with_history_has_at_most_fifty(api: httpx.Client, sandbox: HubspotSandbox):
    made = sandbox.create("contacts", {"firstname": "Ana"})
    sandbox.update("contacts", made, {"firstname": "Anna"})

    right = api.get(LIST, params={"limit": "50", "propertiesWithHistory": "firstname"})
    wrong = api.get(LIST, params={"limit": "51", "propertiesWithHistory": "firstname"})

    past = right.json()["results"][0]["propertiesWithHistory"]["firstname"]
    assert [entry["value"] for entry in past] == ["Anna", "Ana"]
    assert wrong.status_code == 400


def test_the_ten_second_window_rolls_and_is_told_in_headers(clock: ManualClock):
    now = [0.0]
    sandbox = HubspotSandbox(clock=clock, limits=Limits(burst=3, tick=lambda: now[0]))
    with sandbox.serve() as url, client(url) as api:
        first = api.get(LIST)
        now[0] = 6.0
        later = [api.get(LIST) for _ in range(3)]
        now[0] = 10.0
        rolled = [api.get(LIST) for _ in range(2)]

    assert first.headers["x-hubspot-ratelimit-max"] == "3"
    assert first.headers["x-hubspot-ratelimit-remaining"] == "2"
    assert first.headers["x-hubspot-ratelimit-daily-remaining"] == "624999"
    assert [answer.status_code for answer in later] == [200, 200, 429]
    assert later[2].json()["policyName"] == "TEN_SECONDLY_ROLLING"
    assert [answer.status_code for answer in rolled] == [200, 429]


def test_the_daily_limit_ends_at_midnight_of_the_account():
    clock = ManualClock(datetime(2026, 11, 23, 4, 30, tzinfo=UTC))  # 23:30 in the account
    sandbox = HubspotSandbox(clock=clock, limits=Limits(daily=2))
    with sandbox.serve() as url, client(url) as api:
        spent = [api.get(LIST) for _ in range(3)]
        clock.advance(3600)
        fresh = api.get(LIST)

    assert [answer.status_code for answer in spent] == [200, 200, 429]
    assert spent[2].json()["policyName"] == "DAILY"
    assert spent[2].json()["errorType"] == "RATE_LIMIT"
    assert fresh.status_code == 200


def test_a_bad_gateway_is_a_page_not_json(api: httpx.Client, sandbox: HubspotSandbox):
    sandbox.fault("bad_gateway")

    answer = api.get(LIST)

    assert answer.status_code == 502
    assert answer.text.startswith("<html>")
    assert api.get(LIST).status_code == 200


@pytest.mark.parametrize("path", ["/oauth/v1/token", "/oauth/v3/token", "/oauth/2026-03/token"])
def test_oauth_tokens_live_half_an_hour(url: str, clock: ManualClock, path: str):
    granted = refresh(url, path).json()
    with client(url, granted["access_token"]) as api:
        fresh = api.get(LIST)
        clock.advance(1800)
        stale = api.get(LIST)

    assert granted["expires_in"] == 1800
    assert fresh.status_code == 200
    assert stale.status_code == 401
    assert stale.json()["category"] == "EXPIRED_AUTHENTICATION"
    assert refresh(url, path).json()["access_token"] != granted["access_token"]


def refresh(url: str, path: str, token: str = REFRESH_TOKEN) -> httpx.Response:
    form = {"grant_type": "refresh_token", "client_id": CLIENT_ID, "refresh_token": token}
    return httpx.post(url + path, data=form | {"client_secret": CLIENT_SECRET}, trust_env=False)


def test_a_bad_refresh_token_is_named_as_such(url: str):
    answer = refresh(url, "/oauth/v3/token", "na1-wrong")

    assert answer.status_code == 400
    assert answer.json()["status"] == "BAD_REFRESH_TOKEN"
    assert answer.json()["error"] == "invalid_grant"


def test_a_refresh_token_may_be_rotated(url: str, sandbox: HubspotSandbox):
    sandbox.tokens.rotate_refresh_tokens = True

    rotated = refresh(url, "/oauth/v3/token").json()["refresh_token"]

    assert refresh(url, "/oauth/v3/token").status_code == 400
    assert refresh(url, "/oauth/v3/token", rotated).status_code == 200


def test_contacts_answer_to_lastmodifieddate_only(api: httpx.Client, sandbox: HubspotSandbox):
    made = sandbox.create("contacts", {"firstname": "Ana"})
    firm = sandbox.create("companies", {"name": "Acorn"})

    wrong = api.post(SEARCH, json=since("1767225600000", "hs_lastmodifieddate"))
    others = api.post(
        "/crm/v3/objects/companies/search", json=since("1767225600000", "hs_lastmodifieddate")
    )

    assert found(api, since("1767225600000")) == [made]
    assert wrong.status_code == 400
    assert [record["id"] for record in others.json()["results"]] == [firm]


def test_a_search_from_the_epoch_breaks(api: httpx.Client):
    assert api.post(SEARCH, json=since("0")).status_code == 500
    assert api.post(SEARCH, json=since("1000")).status_code == 200


def test_an_import_beyond_the_cap_shares_one_millisecond(
    api: httpx.Client, sandbox: HubspotSandbox
):
    made = sandbox.bulk_import("contacts", 10_050)
    stamp = sandbox.truth("contacts")[made[0]].updated_ms

    total, read, last = 0, set(), "0"
    while page := api.post(SEARCH, json=by_id(stamp, last)).json()["results"]:
        total += len(page)
        read |= {record["id"] for record in page}
        last = page[-1]["id"]

    assert total == 10_050
    assert read == set(made)


def by_id(stamp: int, last: str) -> dict[str, Any]:
    body = since(str(stamp), limit=200, sorts=[{"propertyName": "hs_object_id"}])
    bound = {"propertyName": "hs_object_id", "operator": "GT", "value": last}
    body["filterGroups"][0]["filters"].append(bound)
    return body
