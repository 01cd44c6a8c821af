"""The look-alike of CallRail, asked as the vendor's clients ask."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from sandbox.callrail import KEY, CallrailSandbox, Limits, ManualClock
from sandbox.process import running

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)


@pytest.fixture
def sandbox() -> CallrailSandbox:
    return CallrailSandbox(clock=ManualClock(NOW), limits=None)


@pytest.fixture
def api(sandbox: CallrailSandbox) -> Iterator[httpx.Client]:
    with sandbox.serve() as url, client(url) as api:
        yield api


def client(url: str, authorization: str = f'Token token="{KEY}"') -> httpx.Client:
    return httpx.Client(
        base_url=url, headers={"Authorization": authorization}, timeout=5, trust_env=False
    )


def calls(sandbox: CallrailSandbox, api: httpx.Client, **params: object) -> list[str]:
    answer = api.get(f"/v3/a/{sandbox.account}/calls.json", params=params)
    return [call["id"] for call in answer.json()["calls"]]


def test_a_list_is_paged_by_number_with_totals_and_a_link(sandbox, api):
    made = {sandbox.create("companies", {"name": f"C{n}"}) for n in range(5)}

    pages = [
        api.get(f"/v3/a/{sandbox.account}/companies.json", params={"page": n, "per_page": 2})
        for n in (1, 2, 3, 4)
    ]

    bodies = [page.json() for page in pages]
    assert {one["id"] for body in bodies for one in body["companies"]} == made
    numbers = {"per_page": 2, "total_pages": 3, "total_records": 5}
    assert all(numbers.items() <= body.items() for body in bodies)
    assert ["page=2" in pages[0].headers["Link"], "Link" in pages[2].headers] == [True, False]
    assert bodies[3]["companies"] == []


def test_too_large_a_page_is_cut_and_told(sandbox, api):
    answer = api.get(f"/v3/a/{sandbox.account}/tags.json", params={"per_page": 1000}).json()

    assert answer["per_page"] == 250


def test_without_dates_calls_are_those_of_seven_days(sandbox, api):
    recent = sandbox.create(at=NOW - timedelta(days=6))
    older = sandbox.create(at=NOW - timedelta(days=8))

    assert calls(sandbox, api) == [recent]
    assert calls(sandbox, api, start_time="2026-01-01", **{"filters[created_at]": "x"}) == [recent]
    assert calls(sandbox, api, start_date="2026-01-01") == [recent, older]


@pytest.mark.parametrize("params", [{"date_range": "all_time"}, {"start_date": "2024-02-09"}])
def test_what_reaches_behind_25_months_is_refused(sandbox, api, params):
    answer = api.get(f"/v3/a/{sandbox.account}/calls.json", params=params)

    assert answer.status_code == 400
    assert "change the date range" in answer.json()["error"]


def test_dates_are_meant_in_the_zone_of_the_keys_user_unless_one_is_given(sandbox, api):
    call = sandbox.create(at=datetime(2026, 3, 2, 3, 30, tzinfo=UTC))  # the evening before, there
    day = {"start_date": "2026-03-01", "end_date": "2026-03-01"}

    assert calls(sandbox, api, **day) == [call]
    assert calls(sandbox, api, **day, time_zone="UTC") == []
    assert calls(sandbox, api, **day, time_zone="Mars/Olympus") == [call]


def test_stamps_carry_the_offset_of_their_day(sandbox, api):
    winter = sandbox.create(at=datetime(2026, 3, 8, 6, 59, tzinfo=UTC))
    summer = sandbox.create(at=datetime(2026, 3, 8, 7, 0, tzinfo=UTC))

    stamps = {
        key: api.get(f"/v3/a/{sandbox.account}/calls/{key}.json").json()["start_time"]
        for key in (winter, summer)
    }

    assert stamps == {
        winter: "2026-03-08T01:59:00.000-05:00",
        summer: "2026-03-08T03:00:00.000-04:00",
    }


def test_relative_pages_are_counted_from_0_and_tell_no_totals(sandbox, api):
    made = [sandbox.create(at=NOW - timedelta(hours=hours)) for hours in range(5)]
    path = f"/v3/a/{sandbox.account}/calls.json"

    first = api.get(path, params={"relative_pagination": "true", "per_page": 2}).json()
    second = api.get(first["next_page"]).json()
    last = api.get(path, params={"relative_pagination": "true", "per_page": 2, "offset": 2}).json()

    assert [one["id"] for page in (first, second, last) for one in page["calls"]] == made
    assert [page["has_next_page"] for page in (first, second, last)] == [True, True, False]
    assert last["next_page"] is None
    assert first.keys() == {"per_page", "next_page", "has_next_page", "calls"}


def test_fields_add_to_what_is_shown_and_never_take_away(sandbox, api):
    sandbox.create("calls", {"company_id": "COM1", "value": "12.50"})
    path = f"/v3/a/{sandbox.account}/calls.json"

    [bare] = api.get(path).json()["calls"]
    [more] = api.get(path, params={"fields": "company_id,value,no_such_field"}).json()["calls"]

    assert more == {**bare, "company_id": "COM1", "value": "12.50"}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v3/a/{account}/text_messages.json", 404),
        ("/v3/a/{account}/calls", 404),
        ("/v3/a/ACC404/calls.json", 404),
        ("/v3/a/{account}/calls/CAL404.json", 404),
        ("/v3/a/{account}/calls.json?page=0", 400),
        ("/v3/a/{account}/calls.json?start_date=yesterday", 400),
        ("/v3/a/227799611/calls.json", 200),
    ],
)
def test_addresses_are_strict(sandbox, api, path, status):
    assert api.get(path.format(account=sandbox.account)).status_code == status


@pytest.mark.parametrize(
    ("authorization", "status"),
    [
        (f'Token token="{KEY}"', 200),
        (f"Token token={KEY}", 200),
        (f"Bearer {KEY}", 401),
        ('Token token="wrong"', 401),
        ("", 401),
    ],
)
def test_the_key_comes_in_a_form_of_its_own(sandbox, authorization, status):
    with sandbox.serve() as url, client(url, authorization) as api:
        assert api.get("/v3/a.json").status_code == status


def test_a_key_sees_the_accounts_and_resources_of_its_user(sandbox, api):
    other = sandbox.add_account("Other")
    sandbox.keys.register(accounts=[sandbox.account], forbidden=["users"])

    [seen] = api.get("/v3/a.json").json()["accounts"]

    assert seen["id"] == sandbox.account
    assert api.get(f"/v3/a/{other}/calls.json").status_code == 404
    assert api.get(f"/v3/a/{sandbox.account}/users.json").status_code == 403


def test_a_conversation_comes_back_with_its_next_message(sandbox, api):
    key = sandbox.create("text_messages", {"customer_name": "Ana"}, at=NOW - timedelta(days=90))
    for place in range(3):
        sandbox.say(key, f"text {place}", at=NOW - timedelta(minutes=place))
    path = f"/v3/a/{sandbox.account}/text-messages"

    [listed] = api.get(f"{path}.json").json()["conversations"]
    whole = api.get(f"{path}/{key}.json", params={"per_page": 2}).json()

    assert listed["last_message_at"] == "2026-03-10T12:00:00.000Z"
    assert [one["content"] for one in listed["recent_messages"]] == ["text 0", "text 1"]
    assert (whole["total_records"], whole["total_pages"]) == (3, 2)
    assert (listed["recent_messages"][0]["type"], whole["messages"][0]["type"]) == ("sms", "SMS")


def test_a_thousand_requests_an_hour_and_no_word_of_how_long_to_wait():
    now = [0.0]
    sandbox = CallrailSandbox(limits=Limits.of((3, 3600.0), (5, 86_400.0), tick=lambda: now[0]))

    with sandbox.serve() as url, client(url) as api:
        answers = []
        for hour in range(3):
            now[0] = hour * 3601.0
            answers += [api.get("/v3/a.json") for _ in range(4)]

    assert [answer.status_code for answer in answers] == [200] * 3 + [429] + [200] * 2 + [429] * 6
    assert answers[3].json() == {"error": "Too many requests"}
    assert "Retry-After" not in answers[3].headers


def test_as_a_process_it_is_told_what_happens():
    arguments = ("--calls", "3", "--form-submissions", "2", "--text-messages", "1")
    with running("sandbox.callrail", *arguments) as remote:
        [text] = remote.truth("text_messages")
        remote.do("say", id=text, content="Hello?")
        made = remote.do("create", type="calls", values={"note": "new"})["id"]
        remote.do("update", type="calls", id=made, values={"note": "late edit"})

        assert remote.truth("calls")[made]["note"] == "late edit"
        assert len(remote.truth("calls")) == 4
        assert "Hello?" in {
            one["content"] for one in remote.truth("conversation_messages").values()
        }
