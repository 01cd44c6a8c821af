"""SalesRabbit's client against its look-alike."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr

from sandbox.salesrabbit import TOKEN, SalesRabbitSandbox
from sources.auth import StaticToken
from sources.config import RateLimit, SourceConfig
from sources.entity import Entity
from sources.errors import (
    BadAnswer,
    ConfigError,
    MissingScope,
    NoProgress,
    RateLimited,
    Unauthorized,
    Unavailable,
)
from sources.http import Http
from sources.keeping import FileKeeper
from sources.page import Page, Record, Window
from sources.salesrabbit.client import SalesRabbit
from sources.salesrabbit.entities import (
    ENTITIES,
    LEAD_STATUS_ACTIVITIES,
    LEAD_STATUS_HISTORIES,
    LEADS,
    USERS,
)
from sources.salesrabbit.policy import SALESRABBIT
from sources.salesrabbit.records import lead
from sources.salesrabbit.source import open_salesrabbit

NOW = datetime.now(UTC)
EARLY = NOW - timedelta(days=3)
LATE = NOW - timedelta(hours=1)
EVERYTHING = Window(None, NOW)
SINCE_YESTERDAY = Window(NOW - timedelta(days=1), NOW)
# Nothing is ever kept: the token does not rotate.
KEEPER = FileKeeper(Path("unused"), "UNUSED", SecretStr("unused"))


@pytest.fixture
def served() -> Iterator[tuple[SalesRabbitSandbox, str]]:
    sandbox = SalesRabbitSandbox()
    with sandbox.serve() as url:
        yield sandbox, url


@asynccontextmanager
async def connected(url: str, token: str = TOKEN) -> AsyncIterator[SalesRabbit]:
    auth = StaticToken(SecretStr(token))
    async with Http(url, auth=auth, policy=SALESRABBIT, retry_attempts=0, timeout=2) as http:
        yield SalesRabbit(http)


@asynccontextmanager
async def answering(*answers: object) -> AsyncIterator[SalesRabbit]:
    """A client whose questions get these answers, the last one for ever."""
    left = list(answers)

    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json=left.pop(0) if len(left) > 1 else left[0])

    async with Http(
        "https://crm.example.org", transport=httpx.MockTransport(answer), retry_attempts=0
    ) as http:
        yield SalesRabbit(http)


def paged(entity: Entity, size: int = 2) -> Entity:
    return replace(entity, page_size=size)


async def walk(source: SalesRabbit, entity: Entity, window: Window = EVERYTHING) -> list[Page]:
    pages, cursor = [], None
    while True:
        page = await source.fetch(entity, "changes", window, cursor)
        pages.append(page)
        cursor = page.cursor
        if cursor is None:
            return pages


def records(pages: list[Page]) -> list[Record]:
    return [record for page in pages for record in page.records]


def ids(pages: list[Page]) -> list[str]:
    return [str(record["id"]) for record in records(pages)]


async def test_a_full_walk_reads_every_lead_once(served):
    sandbox, url = served
    made = [sandbox.create(created=EARLY + timedelta(minutes=n)) for n in range(7)]

    async with connected(url) as source:
        pages = await walk(source, paged(LEADS))

    assert ids(pages) == made


async def test_a_delta_reads_leads_that_changed_and_leads_whose_status_did(served):
    sandbox, url = served
    old, changed, visited = (sandbox.create(updated=EARLY) for _ in range(3))
    sandbox.update("leads", changed, {"firstName": "Ana"}, updated=LATE)
    sandbox.visit(visited, at=LATE, bump=False)

    async with connected(url) as source:
        found = ids(await walk(source, LEADS, SINCE_YESTERDAY))

    assert set(found) == {changed, visited}
    assert old not in found


async def test_a_delta_without_changes_is_two_questions_and_no_records(served):
    sandbox, url = served
    sandbox.create(updated=EARLY)

    async with connected(url) as source:
        pages = await walk(source, LEADS, SINCE_YESTERDAY)

    assert records(pages) == []
    assert [status for *_, status in sandbox.requests] == [304, 304]


async def test_a_change_in_the_very_second_of_the_window_is_read(served):
    sandbox, url = served
    stamp = LATE.replace(microsecond=0)
    made = sandbox.create(updated=stamp)

    async with connected(url) as source:
        found = await walk(source, LEADS, Window(stamp, NOW))

    assert made in ids(found)


@pytest.mark.parametrize("nested", [False, True])
async def test_a_lead_is_the_same_whether_its_address_is_nested(served, nested: bool):
    sandbox, url = served
    address = {"street1": "12 Elm St", "city": "Dayton", "zip": "04540"}
    sandbox.create("leads", {**address, "latitude": 39.7, "longitude": -84.1})
    sandbox.nested = nested

    async with connected(url) as source:
        [record] = records(await walk(source, LEADS))

    assert {name: record[name] for name in address} == address
    assert (str(record["latitude"]), str(record["longitude"])) == ("39.7", "-84.1")
    assert record["customFields"] == {}


def test_members_of_a_nested_address_that_nobody_knows_are_kept():
    given = {"id": 1, "zip": "45402", "address": {"zip": "", "city": "Dayton", "county": "M"}}

    assert lead(given) == {
        "id": 1,
        "zip": "45402",
        "city": "Dayton",
        "address": {"county": "M"},
    }


async def test_the_history_has_a_row_for_every_visit_with_its_lead(served):
    sandbox, url = served
    leads = [sandbox.create(updated=EARLY) for _ in range(5)]
    for made in leads:
        for hours in range(3):
            sandbox.visit(made, at=EARLY + timedelta(hours=hours))

    async with connected(url) as source:
        rows = records(await walk(source, paged(LEAD_STATUS_HISTORIES)))

    keys = {f"{row['lead_id']}:{row['id']}:{row['statusUpdated']}" for row in rows}
    assert len(rows) == 15
    assert keys == sandbox.truth("lead_status_histories").keys()


@pytest.mark.parametrize("nothing", [[], {}])
async def test_no_history_at_all_may_be_a_list_or_an_object(nothing: object):
    async with answering({"data": nothing, "meta": {"morePages": False}}) as source:
        assert records(await walk(source, LEAD_STATUS_HISTORIES)) == []


async def test_activities_are_read_to_the_end(served):
    sandbox, url = served
    made = sandbox.create(updated=EARLY)
    visits = {sandbox.visit(made, at=EARLY + timedelta(hours=n)) for n in range(5)}

    async with connected(url) as source:
        rows = records(await walk(source, paged(LEAD_STATUS_ACTIVITIES)))

    assert {str(row["dispositionID"]) for row in rows} == visits


@pytest.mark.parametrize("everywhere", [True, False])
async def test_users_are_read_once_though_each_page_may_hold_them_all(served, everywhere: bool):
    sandbox, url = served
    made = [sandbox.create("users") for _ in range(5)]
    sandbox.all_users_on_every_page = everywhere

    async with connected(url) as source:
        pages = await walk(source, paged(USERS))

    assert ids(pages) == made


async def test_a_page_of_leads_that_repeats_itself_is_an_error_and_no_loop(served):
    sandbox, url = served
    for _ in range(6):
        sandbox.create()
    sandbox.fault("repeat_page", times=None)

    async with connected(url) as source:
        with pytest.raises(NoProgress, match="page 2 of leads repeats itself"):
            await walk(source, paged(LEADS))


async def test_empty_pages_without_end_are_an_error_and_no_loop():
    async with answering({"data": [], "meta": {"morePages": True}}) as source:
        with pytest.raises(NoProgress):
            await walk(source, LEADS)


async def test_an_empty_page_in_between_ends_nothing(served):
    sandbox, url = served
    for _ in range(6):
        sandbox.create()
    sandbox.fault("empty_page", skip=1)

    async with connected(url) as source:
        pages = await walk(source, paged(LEADS))

    assert [len(page.records) for page in pages] == [2, 0, 2]


async def test_where_nothing_is_said_of_more_pages_a_full_one_has_a_next(served):
    sandbox, url = served
    made = [sandbox.create(created=EARLY + timedelta(minutes=n)) for n in range(4)]
    sandbox.fault("no_meta", times=None)

    async with connected(url) as source:
        pages = await walk(source, paged(LEADS))

    assert ids(pages) == made


async def test_leads_are_read_by_id_and_those_that_are_gone_are_simply_missing(served):
    sandbox, url = served
    there, deleted, removed = (sandbox.create() for _ in range(3))
    sandbox.delete(deleted)
    sandbox.remove(removed)

    async with connected(url) as source:
        keys = [there, deleted, removed]
        page = await source.fetch(LEADS, "by_id", EVERYTHING, None, keys=keys)

    assert [str(record["id"]) for record in page.records] == [there, deleted]
    assert page.records[1]["deletedAt"] is not None


async def test_a_lead_that_cannot_be_asked_for_is_not_taken_for_gone(served):
    sandbox, url = served
    made = sandbox.create()
    sandbox.fault("server_error", times=None)

    async with connected(url) as source:
        with pytest.raises(Unavailable):
            await source.fetch(LEADS, "by_id", EVERYTHING, None, keys=[made])


@pytest.mark.parametrize("answer", [{}, [], {"data": None}, {"data": "x"}])
@pytest.mark.parametrize("entity", [LEADS, LEAD_STATUS_HISTORIES], ids=lambda e: e.name)
async def test_an_answer_without_records_is_not_an_empty_one(entity: Entity, answer: object):
    async with answering(answer) as source:
        with pytest.raises(BadAnswer):
            await walk(source, entity)


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
async def test_trouble_is_an_error_and_never_no_records(served, fault: str, error: type):
    sandbox, url = served
    sandbox.create()
    sandbox.fault(fault, times=None)

    async with connected(url) as source:
        with pytest.raises(error):
            await walk(source, LEADS)


@pytest.mark.parametrize("odd", [None, "odd", [1], 7])
@pytest.mark.parametrize("entity", [LEADS, USERS, LEAD_STATUS_ACTIVITIES], ids=lambda e: e.name)
async def test_what_is_no_record_is_passed_on_as_it_is(entity: Entity, odd: object):
    async with answering({"data": [odd, {"id": 1}], "meta": {"morePages": False}}) as source:
        [page] = await walk(source, entity)

    assert page.records == [odd, {"id": 1}]


VISIT = {"id": 204, "statusUpdated": "2026-01-01T00:00:00+00:00"}


@pytest.mark.parametrize(
    ("visits", "read"),
    [
        (None, []),
        ([], []),
        ({}, []),
        ([None], [None]),
        (["odd", VISIT], ["odd", {**VISIT, "lead_id": "1"}]),
        (VISIT, [{**VISIT, "lead_id": "1"}]),
        ({"0": VISIT, "2": None}, [{**VISIT, "lead_id": "1"}, None]),
        ("odd", ["odd"]),
    ],
)
async def test_the_visits_of_a_lead_may_come_in_odd_forms(visits: object, read: list):
    other = {**VISIT, "lead_id": "2"}
    answer = {"data": {"1": visits, "2": [VISIT]}, "meta": {"morePages": False}}

    async with answering(answer) as source:
        [page] = await walk(source, LEAD_STATUS_HISTORIES)

    assert page.records == [*read, other]


async def test_a_429_asks_to_wait(served):
    sandbox, url = served
    sandbox.fault("rate_limit", retry_after=0.01)

    async with connected(url) as source:
        with pytest.raises(RateLimited):
            await walk(source, LEADS)


async def test_the_account_tells_its_time_and_a_wrong_token_is_turned_down(served):
    _, url = served

    async with connected(url) as source:
        account = await source.account()
    async with connected(url, "wrong") as source:
        with pytest.raises(Unauthorized):
            await source.account()

    assert account.now is not None
    assert abs(account.now - datetime.now(UTC)) < timedelta(seconds=5)


async def test_it_opens_from_the_environment_at_the_pace_of_the_configuration(
    served, monkeypatch: pytest.MonkeyPatch
):
    sandbox, url = served
    monkeypatch.setenv("SALESRABBIT_WEST_API_TOKEN", TOKEN)
    monkeypatch.setenv("SALESRABBIT_WEST_BASE_URL", url)
    config = SourceConfig("salesrabbit_west", "salesrabbit", rate_limit=RateLimit(2, 0.4))

    async with open_salesrabbit(config, {}, KEEPER) as source:
        started = datetime.now(UTC)
        for _ in range(5):
            await source.account()

    assert datetime.now(UTC) - started >= timedelta(seconds=0.8)
    assert (await source.catalogue({})).entities == tuple(ENTITIES.values())


async def test_without_a_token_it_says_which_variable_is_missing(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("SALESRABBIT_API_TOKEN", raising=False)

    with pytest.raises(ConfigError, match="SALESRABBIT_API_TOKEN is not set"):
        async with open_salesrabbit(SourceConfig("salesrabbit", "salesrabbit"), {}, KEEPER):
            pass
