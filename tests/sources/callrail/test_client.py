"""CallRail's client against its look-alike."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs

import httpx
import pytest
from pydantic import SecretStr

from sandbox.callrail import KEY, Call, CallrailSandbox
from sources.auth import StaticToken
from sources.callrail.client import Callrail
from sources.callrail.entities import (
    CALLS,
    CONVERSATION_MESSAGES,
    ENTITIES,
    FORM_SUBMISSIONS,
    TEXT_MESSAGES,
)
from sources.callrail.extras import EXTRAS, extra_fields
from sources.callrail.lists import ACCOUNTS, COMPANIES, TAGS, TRACKERS, USERS
from sources.callrail.policy import CALLRAIL
from sources.callrail.source import CARRIER, open_callrail
from sources.config import RateLimit, SourceConfig
from sources.entity import Choice, Entity
from sources.errors import (
    BadAnswer,
    ConfigError,
    MissingScope,
    NoProgress,
    Refused,
    RetryLater,
    Unauthorized,
    Unavailable,
)
from sources.http import Http
from sources.keeping import FileKeeper
from sources.page import Page, Quota, Reading, Record, Window

NOW = datetime.now(UTC)
EVERYTHING = Window(None, NOW)
LAST_WEEK = Window(NOW - timedelta(days=7), NOW)
EVENTS = (CALLS, FORM_SUBMISSIONS, TEXT_MESSAGES)
# Nothing is ever kept: the key does not rotate.
KEEPER = FileKeeper(Path("unused"), "UNUSED", SecretStr("unused"))


@pytest.fixture
def served() -> Iterator[tuple[CallrailSandbox, str]]:
    # The moment at which these tests were collected: what is made without a moment lies within the windows.
    sandbox = CallrailSandbox(limits=None, clock=lambda: NOW)
    with sandbox.serve() as url:
        yield sandbox, url


@asynccontextmanager
async def connected(url: str, key: str = KEY, named: str = "") -> AsyncIterator[Callrail]:
    auth = StaticToken(SecretStr(key), CARRIER)
    async with Http(url, auth=auth, policy=CALLRAIL, retry_attempts=0, timeout=2) as http:
        yield Callrail(http, named)


async def read(
    source: Callrail,
    entity: Entity,
    window: Window = EVERYTHING,
    reading: Reading = "changes",
    size: int = 2,
) -> list[Page]:
    entity = replace(await source.describe(entity), page_size=size)
    pages, cursor = [], None
    while True:
        page = await source.fetch(entity, reading, window, cursor)
        pages.append(page)
        cursor = page.cursor
        if cursor is None:
            return pages


class Vanishing:
    """A hook that lets a record of the first page disappear before the second is asked for."""

    def __init__(self, sandbox: CallrailSandbox, entity: Entity, key: str) -> None:
        self.sandbox, self.name, self.key = sandbox, entity.name, key

    def __call__(self, call: Call) -> None:
        second = call.query.startswith("page=2&") or "offset=1&" in call.query
        if second and self.key in self.sandbox.truth(self.name):
            self.sandbox.remove(self.name, self.key)


def records(pages: list[Page]) -> list[Record]:
    return [record for page in pages for record in page.records]


def ids(pages: list[Page]) -> list[str]:
    return [str(record["id"]) for record in records(pages)]


def queries(sandbox: CallrailSandbox, path: str) -> list[dict[str, list[str]]]:
    return [parse_qs(query) for _, asked, query, _ in sandbox.requests if asked.endswith(path)]


@pytest.mark.parametrize("entity", EVENTS, ids=lambda e: e.name)
async def test_everything_of_25_months_is_read_oldest_first_and_once(served, entity: Entity):
    sandbox, url = served
    days = (0, 1, 8, 200, 700)
    made = [sandbox.create(entity.name, at=NOW - timedelta(days=day)) for day in days]
    sandbox.create(entity.name, at=NOW - timedelta(days=900))

    async with connected(url) as source:
        pages = await read(source, entity, size=250)
        counted = await read(source, entity, reading="count")

    found = ids(pages)
    assert sorted(set(found)) == sorted(made)
    if entity is not TEXT_MESSAGES:
        assert list(dict.fromkeys(found)) == made[::-1]
    assert counted[0].total == len(made)


@pytest.mark.parametrize("entity", EVENTS, ids=lambda e: e.name)
@pytest.mark.parametrize("zone", ["America/Los_Angeles", "UTC", "Australia/Sydney"])
async def test_a_delta_holds_its_window_whatever_zone_the_keys_user_has(
    served, entity: Entity, zone: str
):
    sandbox, url = served
    sandbox.keys.register(zone=zone)
    window = Window(NOW - timedelta(days=2), NOW)
    inside = [
        sandbox.create(entity.name, at=moment)
        for moment in (window.since, window.since + timedelta(hours=9), window.until)
    ]
    outside = sandbox.create(entity.name, at=NOW - timedelta(days=9))

    async with connected(url) as source:
        found = ids(await read(source, entity, window))

    assert set(inside) <= set(found)
    assert outside not in found


async def test_calls_around_a_change_of_clocks_are_each_read_once(served):
    sandbox, url = served
    ended = datetime(2026, 11, 1, 6, tzinfo=UTC)  # 02:00 becomes 01:00 in New York
    hours = [ended + timedelta(hours=hour, minutes=30) for hour in range(-4, 4)]
    made = [sandbox.create(at=moment) for moment in hours]

    async with connected(url) as source:
        both = [
            ids(await read(source, CALLS, Window(hours[first], hours[last])))
            for first, last in ((0, 3), (4, 7))
        ]

    assert [list(dict.fromkeys(some)) for some in both] == [made[:4], made[4:]]


async def test_every_question_for_what_happened_says_its_dates_and_its_zone(served):
    sandbox, url = served
    for entity in EVENTS:
        sandbox.create(entity.name)

    async with connected(url) as source:
        for entity in EVENTS:
            await read(source, entity)
            await read(source, entity, LAST_WEEK)
            await read(source, entity, LAST_WEEK, "count")

    for path in ("/calls.json", "/form_submissions.json", "/text-messages.json"):
        asked = queries(sandbox, path)
        assert len(asked) > 3
        assert all({"start_date", "end_date", "time_zone"} <= query.keys() for query in asked)


async def test_calls_are_paged_relatively_and_the_key_stays_with_its_host(served):
    sandbox, url = served
    made = [sandbox.create(at=NOW - timedelta(hours=hour)) for hour in range(5, 0, -1)]
    sandbox.foreign_next_page = True

    async with connected(url) as source:
        pages = await read(source, CALLS, LAST_WEEK)

    asked = queries(sandbox, "/calls.json")
    # A page with others after it is read again once the total is known, which is asked again at the end.
    assert [query.get("offset", ["total"])[0] for query in asked] == [
        "0",
        "total",
        "0",
        "1",
        "2",
        "total",
    ]
    assert ids(pages[1:]) == made
    assert all(("offset" in query) == ("relative_pagination" in query) for query in asked)


@pytest.mark.parametrize("entity", [CALLS, FORM_SUBMISSIONS], ids=lambda e: e.name)
async def test_every_field_is_asked_for_and_comes_back(served, entity: Entity):
    sandbox, url = served
    sandbox.create(entity.name)

    async with connected(url) as source:
        [record] = records(await read(source, entity))

    wanted = {field.path for field in entity.fields} | set(entity.asked)
    assert wanted <= record.keys()
    assert EXTRAS[entity.name] <= set(extra_fields(entity))


async def test_a_list_that_needs_no_extra_fields_asks_for_none(served):
    sandbox, url = served

    async with connected(url) as source:
        await read(source, COMPANIES)
        await read(source, TRACKERS)

    [companies], [trackers] = (
        queries(sandbox, "/companies.json"),
        queries(sandbox, "/trackers.json"),
    )
    assert "fields" not in companies
    assert trackers["fields"] == ["campaign_name,swap_targets"]


@pytest.mark.parametrize(
    ("choice", "column", "in_extra", "unasked"),
    [
        (Choice(), "note", "transcription", None),
        (Choice("all"), "transcription", None, None),
        (Choice("declared"), "note", None, "transcription"),
        (Choice("declared", include=("trans*",)), "transcription", None, "sentiment"),
        (Choice(exclude=("trans*", "note")), "value", "sentiment", "note"),
        (Choice("all", column_budget=0), "note", "transcription", None),
    ],
)
async def test_extra_fields_become_columns_by_choice(served, choice, column, in_extra, unasked):
    _, url = served

    async with connected(url) as source:
        entity = await source.describe(replace(CALLS, choice=choice))

    assert column in entity.columns
    assert in_extra is None or in_extra in entity.asked
    assert unasked is None or unasked not in (*extra_fields(entity), *entity.columns)


@pytest.mark.parametrize("entity", [COMPANIES, USERS, TAGS, TRACKERS], ids=lambda e: e.name)
async def test_the_lists_of_every_account_are_read_to_their_ends(served, entity: Entity):
    sandbox, url = served
    accounts = [sandbox.account, sandbox.add_account("Other"), sandbox.add_account("Empty")]
    made = {
        sandbox.create(entity.name, {"name": f"N{n}"}, account=account): account
        for account in accounts[:2]
        for n in range(5)
    }

    async with connected(url) as source:
        found = records(await read(source, entity))

    assert {str(record["id"]): record["account_id"] for record in found} == made
    assert len(found) == 10


async def test_calls_of_every_account_are_read_and_counted(served):
    sandbox, url = served
    other = sandbox.add_account("Other")
    made = {sandbox.create(account=a): a for a in (sandbox.account, other, other)}

    async with connected(url) as source:
        found = records(await read(source, CALLS))
        [counted] = await read(source, CALLS, reading="count")

    assert {record["id"]: record["account_id"] for record in found} == made
    assert counted.total == 3


async def test_all_accounts_the_key_sees_are_listed_over_several_pages(served):
    sandbox, url = served
    for number in range(260):
        sandbox.add_account(f"A{number}")

    async with connected(url) as source:
        account = await source.account()
        found = records(await read(source, ACCOUNTS, size=250))

    assert len(found) == 261
    assert account.id == ""
    assert all(record["numeric_id"] for record in found)


@pytest.mark.parametrize("by_number", [False, True])
async def test_one_account_may_be_named_by_its_id_or_its_old_number(served, by_number: bool):
    sandbox, url = served
    other = sandbox.add_account("Other")
    mine = sandbox.create(account=other)
    sandbox.create()
    number = str(sandbox.truth("accounts")[other]["numeric_id"])

    async with connected(url, named=number if by_number else other) as source:
        account = await source.account()
        accounts = ids(await read(source, ACCOUNTS))
        found = ids(await read(source, CALLS))

    assert (account.id, accounts, found) == (other, [other], [mine])


async def test_an_account_the_key_does_not_see_is_a_mistake_of_the_settings(served):
    sandbox, url = served

    async with connected(url, named="ACC404") as source:
        with pytest.raises(
            ConfigError, match=f"does not see account ACC404; it sees: {sandbox.account}"
        ):
            await source.account()


async def test_a_user_who_sees_no_account_is_turned_down(served):
    sandbox, url = served
    sandbox.keys.register(accounts=[])

    async with connected(url) as source:
        with pytest.raises(Unauthorized, match="sees no account"):
            await source.account()


async def test_the_account_tells_its_id_and_its_time(served):
    sandbox, url = served

    async with connected(url) as source:
        account = await source.account()

    assert account.id == sandbox.account
    assert account.now is not None
    assert abs(account.now - NOW) < timedelta(seconds=5)
    assert account.api_version == "v3"


async def test_all_messages_of_a_conversation_are_read_over_several_pages(served):
    sandbox, url = served
    key = sandbox.create("text_messages")
    for number in range(260):
        sandbox.say(key, f"text {number}", at=NOW - timedelta(minutes=number))

    async with connected(url) as source:
        entity = await source.describe(TEXT_MESSAGES)
        page = await source.fetch(entity, "history", EVERYTHING, "", keys=[key])

    [beside] = entity.beside
    assert beside.entity is CONVERSATION_MESSAGES
    said = {f"{one['conversation_id']}:{one['id']}" for one in page.records}
    assert said == sandbox.truth("conversation_messages").keys()
    assert {one["account_id"] for one in page.records} == {sandbox.account}


async def test_a_conversation_is_asked_for_in_the_account_it_was_met_in(served):
    sandbox, url = served
    other = sandbox.add_account("Other")
    key = sandbox.create("text_messages", account=other)
    sandbox.say(key, "hi")

    async with connected(url) as source:
        entity = await source.describe(TEXT_MESSAGES)
        unmet = await source.fetch(entity, "history", EVERYTHING, "", keys=[key])
        asked = len(sandbox.requests)
        await read(source, TEXT_MESSAGES)
        met = await source.fetch(entity, "history", EVERYTHING, "", keys=[key])

    paths = [path for _, path, *_ in sandbox.requests[asked:] if "/text-messages/" in path]
    assert unmet.records == met.records
    assert paths == [f"/v3/a/{other}/text-messages/{key}.json"]


async def test_a_conversation_that_is_not_shown_any_more_has_no_messages(served):
    _, url = served

    async with connected(url) as source:
        entity = await source.describe(TEXT_MESSAGES)
        page = await source.fetch(entity, "history", EVERYTHING, "", keys=["K404"])

    assert page.records == []


async def test_without_associations_no_messages_are_asked_for(served):
    _, url = served

    async with connected(url) as source:
        entity = await source.describe(replace(TEXT_MESSAGES, linked=False))

    assert entity.beside == ()


@pytest.mark.parametrize("entity", [CALLS, FORM_SUBMISSIONS, USERS], ids=lambda e: e.name)
async def test_a_page_that_comes_again_is_an_error_and_no_loop(served, entity: Entity):
    sandbox, url = served
    for _ in range(6):
        sandbox.create(entity.name)
    sandbox.fault("repeat_page", times=None, path=f"/{entity.path}.json$")

    async with connected(url) as source:
        with pytest.raises(NoProgress):
            await read(source, entity)


@pytest.mark.parametrize("kind", ["empty_page", "short_page"])
@pytest.mark.parametrize("entity", [CALLS, FORM_SUBMISSIONS, TEXT_MESSAGES], ids=lambda e: e.name)
async def test_a_page_with_fewer_records_than_there_are_is_read_again(
    served, entity: Entity, kind: str
):
    sandbox, url = served
    made = [sandbox.create(entity.name, at=NOW - timedelta(hours=hour)) for hour in range(7)]
    sandbox.fault(kind, skip=3, path=f"/{entity.path}.json$")

    async with connected(url) as source:
        pages = await read(source, entity, LAST_WEEK)

    assert set(ids(pages)) == set(made)


@pytest.mark.parametrize("entity", [CALLS, FORM_SUBMISSIONS, TEXT_MESSAGES], ids=lambda e: e.name)
async def test_a_record_that_disappears_between_pages_hides_no_other(served, entity: Entity):
    sandbox, url = served
    made = [sandbox.create(entity.name, at=NOW - timedelta(hours=hour)) for hour in range(9)]
    first = made[0] if entity is TEXT_MESSAGES else made[-1]
    sandbox.before_request = Vanishing(sandbox, entity, first)

    async with connected(url) as source:
        pages = await read(source, entity, LAST_WEEK)

    assert set(ids(pages)) == set(made)
    assert first not in sandbox.truth(entity.name)


@pytest.mark.parametrize("entity", EVENTS, ids=lambda e: e.name)
async def test_one_that_disappears_is_not_made_up_for_by_one_that_arrives(served, entity: Entity):
    sandbox, url = served
    made = [sandbox.create(entity.name, at=NOW - timedelta(days=30 - day)) for day in range(9)]
    first = made[-1] if entity is TEXT_MESSAGES else made[0]
    vanish = Vanishing(sandbox, entity, first)

    def replace_one(call: Call) -> None:
        before = len(sandbox.truth(entity.name))
        vanish(call)
        if len(sandbox.truth(entity.name)) < before:
            sandbox.create(entity.name, at=NOW)

    sandbox.before_request = replace_one

    async with connected(url) as source:
        pages = await read(source, entity)

    assert first not in sandbox.truth(entity.name)
    assert set(made) <= set(ids(pages))


@pytest.mark.parametrize("entity", EVENTS, ids=lambda e: e.name)
async def test_what_happens_after_the_window_is_not_counted_in_it(served, entity: Entity):
    sandbox, url = served
    sandbox.create(entity.name, at=NOW - timedelta(minutes=9))
    for second in range(25):
        sandbox.create(entity.name, at=NOW + timedelta(seconds=second))
    until = NOW + timedelta(seconds=5)

    async with connected(url) as source:
        [counted] = await read(source, entity, Window(LAST_WEEK.since, until), "count")

    assert counted.total == 7


async def test_calls_that_keep_disappearing_are_told_as_an_error(served):
    sandbox, url = served
    for number in range(40):
        sandbox.create(at=NOW - timedelta(minutes=number))

    def vanish(_call: object) -> None:
        sandbox.remove("calls", min(sandbox.truth("calls")))

    sandbox.before_request = vanish

    async with connected(url) as source:
        with pytest.raises(NoProgress, match="kept disappearing"):
            await read(source, CALLS, LAST_WEEK)


@pytest.mark.parametrize(
    "answer",
    [
        [],
        {},
        {"error": "x"},
        {"calls": {}, "has_next_page": False},
        {"calls": []},
        {"calls": [], "page": 1},
        {"form_submissions": [], "page": 1},
        {"form_submissions": None, "total_pages": 1, "total_records": 0},
    ],
)
@pytest.mark.parametrize("entity", [CALLS, FORM_SUBMISSIONS], ids=lambda e: e.name)
async def test_an_answer_that_does_not_say_enough_is_no_empty_one(entity: Entity, answer: object):
    transport = httpx.MockTransport(lambda _request: httpx.Response(200, json=answer))

    async with Http("https://crm.example.org", transport=transport, retry_attempts=0) as http:
        of_one = replace(entity, parts=(("ACC1", "ACC1"),))
        with pytest.raises(BadAnswer):
            await Callrail(http).fetch(of_one, "changes", EVERYTHING, None)


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ("unauthorized", Unauthorized),
        ("missing_scope", MissingScope),
        ("server_error", Unavailable),
        ("bad_gateway", Unavailable),
        ("truncated", BadAnswer),
        ("html", BadAnswer),
        ("reset", Unavailable),
    ],
)
@pytest.mark.parametrize("entity", [CALLS, USERS], ids=lambda e: e.name)
async def test_trouble_is_an_error_and_never_no_records(served, entity, fault: str, error: type):
    sandbox, url = served
    sandbox.fault(fault, times=None, path=f"/{entity.path}.json$")

    async with connected(url) as source:
        with pytest.raises(error):
            await read(source, entity)


async def test_a_429_that_does_not_say_how_long_ends_the_run_for_minutes(served):
    sandbox, url = served
    sandbox.fault("rate_limit", times=None, path="/calls.json$")

    async with connected(url) as source:
        with pytest.raises(RetryLater, match="Too many requests .try again in 600 s"):
            await read(source, CALLS)

    assert len(queries(sandbox, "/calls.json")) == 1


async def test_a_window_that_is_refused_says_so(served):
    sandbox, url = served
    sandbox.store.clock = lambda: NOW + timedelta(days=60)

    async with connected(url) as source:
        with pytest.raises(Refused, match="change the date range"):
            await read(source, CALLS)


async def test_it_opens_from_the_environment(served, monkeypatch: pytest.MonkeyPatch):
    sandbox, url = served
    monkeypatch.setenv("CALLRAIL_WEST_API_KEY", KEY)
    monkeypatch.setenv("CALLRAIL_WEST_ACCOUNT_ID", sandbox.account)
    monkeypatch.setenv("CALLRAIL_WEST_BASE_URL", url)
    config = SourceConfig("callrail_west", "callrail")

    async with open_callrail(config, {}, KEEPER) as source:
        account = await source.account()

    assert account.id == sandbox.account
    assert (await source.catalogue({})).entities == tuple(ENTITIES.values())


@pytest.mark.parametrize("odd", [None, "odd", [1], 7])
@pytest.mark.parametrize(
    ("entity", "named"),
    [(entity, named) for entity in ENTITIES.values() for named in ("", "ACC1")],
    ids=lambda value: value.name if isinstance(value, Entity) else value or "all",
)
async def test_what_is_no_record_is_passed_on_as_it_is(entity: Entity, named: str, odd: object):
    def answer(request: httpx.Request) -> httpx.Response:
        word = request.url.path.rsplit("/", 1)[1].removesuffix(".json")
        name = {"a": "accounts", "text-messages": "conversations"}.get(word, word)
        rows = [odd, {"id": "ACC1"}, {"name": "without id"}]
        told = {"page": 1, "total_pages": 1, "total_records": 3, "has_next_page": False}
        return httpx.Response(200, json={**told, name: rows, "messages": rows})

    transport = httpx.MockTransport(answer)
    async with Http("https://crm.example.org", transport=transport, retry_attempts=0) as http:
        source = Callrail(http, named)
        account = await source.account()
        pages = await read(source, entity, LAST_WEEK)
        described = await source.describe(entity)
        messages = await source.fetch(described, "history", LAST_WEEK, None, keys=["C1"])

    found = [record for page in pages for record in page.records]
    assert account.id == "ACC1"
    assert any(isinstance(one, dict) and one["id"] == "ACC1" for one in found)
    assert entity.name == "accounts" or found[0] == messages.records[0] == odd


async def test_what_is_left_of_the_day_is_counted_with_what_earlier_runs_sent(
    served, monkeypatch: pytest.MonkeyPatch
):
    _, url = served
    monkeypatch.setenv("CALLRAIL_API_KEY", KEY)
    monkeypatch.setenv("CALLRAIL_BASE_URL", url)
    spent = ((2 * 3600.0, 700), (30 * 3600.0, 5000), (600.0, 100))
    config = SourceConfig("callrail", "callrail", spent=spent)

    async with open_callrail(config, {}, KEEPER) as source:
        await source.account()
        quota = await source.quota()

    assert quota == Quota(10_000, 10_000 - 801)


async def test_an_hour_that_earlier_runs_used_up_is_not_begun(
    served, monkeypatch: pytest.MonkeyPatch
):
    sandbox, url = served
    monkeypatch.setenv("CALLRAIL_API_KEY", KEY)
    monkeypatch.setenv("CALLRAIL_BASE_URL", url)
    config = SourceConfig("callrail", "callrail", spent=((600.0, 1000),))

    async with open_callrail(config, {}, KEEPER) as source:
        with pytest.raises(RetryLater, match="1000 requests in 3600 s"):
            await source.account()

    assert len(sandbox.requests) == 0


async def test_a_limit_that_is_used_up_ends_the_run_instead_of_holding_it(
    served, monkeypatch: pytest.MonkeyPatch
):
    sandbox, url = served
    monkeypatch.setenv("CALLRAIL_API_KEY", KEY)
    monkeypatch.setenv("CALLRAIL_BASE_URL", url)
    config = SourceConfig("callrail", "callrail", rate_limit=RateLimit(3, 3600))

    async with open_callrail(config, {}, KEEPER) as source:
        for _ in range(3):
            await source.account()
        with pytest.raises(RetryLater, match="3 requests in 3600 s"):
            await source.account()

    assert len(sandbox.requests) == 3


async def test_without_a_key_it_says_which_variable_is_missing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("CALLRAIL_API_KEY", raising=False)

    with pytest.raises(ConfigError, match="CALLRAIL_API_KEY is not set"):
        async with open_callrail(SourceConfig("callrail", "callrail"), {}, KEEPER):
            pass
