"""The client against the sandbox: every reading of every entity, and what naive clients get wrong."""

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from sandbox.pipedrive import TOKEN, Call, PipedriveSandbox
from sources.auth import StaticToken
from sources.entity import Entity
from sources.errors import (
    BadAnswer,
    MissingScope,
    NoProgress,
    QuotaExhausted,
    Refused,
    RetryLater,
    Unauthorized,
)
from sources.http import Http
from sources.page import Account, Page, Reading, Window
from sources.pipedrive.client import Pipedrive
from sources.pipedrive.cursored import second
from sources.pipedrive.entities import ENTITIES, RECORDS
from sources.pipedrive.policy import PIPEDRIVE
from sources.pipedrive.sales import DEALS, LEADS
from sources.pipedrive.settings import addresses
from sources.pipedrive.source import CARRIER

NOW = datetime.now(UTC)
EVERYTHING = Window(None, NOW)
HOUR = timedelta(hours=1)
PERSONS = ENTITIES["persons"]


@pytest.fixture(scope="module")
def seeded() -> Iterator[tuple[PipedriveSandbox, str]]:
    sandbox = PipedriveSandbox.seeded(
        deals=90, persons=60, organizations=20, activities=30, products=15, leads=40, notes=30,
        files=25, limits=None,
    )  # fmt: skip
    with sandbox.serve() as url:
        yield sandbox, url


@pytest.fixture
def empty() -> Iterator[tuple[PipedriveSandbox, str]]:
    sandbox = PipedriveSandbox(limits=None)
    with sandbox.serve() as url:
        yield sandbox, url


async def connected(url: str, token: str = TOKEN, attempts: int = 1) -> AsyncIterator[Pipedrive]:
    auth = StaticToken(SecretStr(token), CARRIER)
    async with Http(
        url, auth=auth, policy=PIPEDRIVE, retry_attempts=attempts, backoff=0.01
    ) as http:
        yield Pipedrive(http, addresses(url), attempts)


async def walk(
    source: Pipedrive, entity: Entity, reading: Reading = "changes", window: Window = EVERYTHING
) -> list[Page]:
    pages, cursor = [], None
    while True:
        page = await source.fetch(entity, reading, window, cursor)
        pages.append(page)
        cursor = page.cursor
        if cursor is None:
            return pages


def ids(pages: list[Page]) -> list[str]:
    return [str(record["id"]) for page in pages for record in page.records]


def small(entity: Entity, size: int = 7) -> Entity:
    return replace(entity, page_size=size)


@pytest.mark.parametrize("entity", RECORDS, ids=lambda e: e.name)
async def test_a_full_walk_reads_every_living_record(seeded, entity: Entity):
    sandbox, url = seeded

    async for source in connected(url):
        pages = await walk(source, small(await source.describe(entity)))

    living = [record for page in pages for record in page.records if "delete_time" not in record]
    assert {str(record["id"]) for record in living} == sandbox.truth(entity.name).keys()
    if entity.path.startswith("v2/"):
        assert len(ids(pages)) == len(set(ids(pages)))


@pytest.mark.parametrize("entity", RECORDS, ids=lambda e: e.name)
async def test_a_walk_goes_on_from_any_of_its_cursors(seeded, entity: Entity):
    _, url = seeded

    async for source in connected(url):
        pages = await walk(source, small(entity))
        for place, page in enumerate(pages[:-1]):
            again = await source.fetch(small(entity), "changes", EVERYTHING, page.cursor)
            assert again == pages[place + 1]


@pytest.mark.parametrize("entity", RECORDS, ids=lambda e: e.name)
async def test_a_delta_reads_what_changed_since(empty, entity: Entity):
    sandbox, url = empty
    stamps = [NOW - n * HOUR for n in (1, 2, 3, 30, 31)]
    made = [sandbox.create(entity.name, created=s, updated=s) for s in stamps for _ in range(5)]
    window = Window(NOW - 3 * HOUR, NOW)

    async for source in connected(url):
        pages = await walk(source, small(entity, 5), window=window)

    assert set(map(str, made[:15])) <= set(ids(pages))
    if entity.name != "files":
        assert set(ids(pages)) == set(map(str, made[:15]))


@pytest.mark.parametrize("name", ["leads", "notes", "files"])
async def test_a_few_records_may_leave_between_pages_without_hiding_others(empty, name: str):
    """Pages overlap."""
    sandbox, url = empty
    made = [sandbox.create(name, created=NOW - n * HOUR) for n in range(60, 0, -1)]

    def leave(call: Call) -> None:
        if "start=0" not in call.query and made[0] in sandbox.store.shelves[name]:
            for key in made[:4]:
                sandbox.store.forget(name, key)

    sandbox.before_request = leave
    async for source in connected(url):
        pages = await walk(source, small(ENTITIES[name], 20))

    assert set(ids(pages)) == set(map(str, made))


async def test_files_are_read_newest_first_until_the_window_is_passed(empty):
    sandbox, url = empty
    for hours in range(400):
        sandbox.create("files", updated=NOW - hours * HOUR)

    async for source in connected(url):
        pages = await walk(source, ENTITIES["files"], window=Window(NOW - 150 * HOUR, NOW))

    assert 150 <= len(set(ids(pages))) < 300
    assert len(pages) == 3


async def test_the_stamp_of_a_window_has_no_fraction_and_loses_nothing(empty):
    sandbox, url = empty
    since = datetime(2026, 3, 4, 5, 6, 7, 900_000, tzinfo=timezone(timedelta(hours=2)))
    made = sandbox.create("deals", updated=since)

    async for source in connected(url):
        pages = await walk(source, DEALS, window=Window(since, NOW))

    assert ids(pages) == [str(made)]
    assert {
        part for _, _, query, _ in sandbox.requests for part in query.split("&") if "since" in part
    } == {"updated_since=2026-03-04T03%3A06%3A07Z"}


@given(st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1), timezones=st.timezones()))
def test_a_moment_is_rounded_down_to_its_second(moment: datetime):
    read = datetime.fromisoformat(second(moment))

    assert read <= moment < read + timedelta(seconds=1)
    assert len(second(moment)) == len("2026-01-02T03:04:05Z")


async def test_deals_come_from_both_lists_and_deleted_ones_from_a_reading_of_their_own(seeded):
    sandbox, url = seeded
    deal, archived = sandbox.create("deals"), sandbox.create("deals")
    for key in (deal, archived):
        sandbox.delete("deals", key)
    sandbox.store.change("deals", archived, archived=NOW)

    async for source in connected(url):
        read = await walk(source, small(DEALS))
        deleted = await walk(source, small(DEALS), "deletes")

    assert {record["is_archived"] for page in read for record in page.records} == {True, False}
    assert set(ids(deleted)) == sandbox.deleted("deals").keys() > {str(deal), str(archived)} - {""}
    assert all(
        record["delete_time"] == record["update_time"]
        for page in deleted
        for record in page.records
    )


@pytest.mark.parametrize("entity", RECORDS, ids=lambda e: e.name)
async def test_records_are_read_by_id_and_those_that_are_gone_are_simply_missing(
    seeded, entity: Entity
):
    sandbox, url = seeded
    known = list(sandbox.truth(entity.name))
    gone = list(sandbox.deleted(entity.name))
    strange = "00000000-0000-4000-8000-000000000000" if entity.name == "leads" else "99999999"

    async for source in connected(url):
        page = await source.fetch(entity, "by_id", EVERYTHING, None, keys=[*known, *gone, strange])

    assert set(ids([page])) == set(known)


async def test_optional_fields_and_no_others_are_asked_for(seeded):
    _, url = seeded

    async for source in connected(url):
        deal = (await source.fetch(DEALS, "changes", EVERYTHING, None)).records[0]
        narrow = DEALS.narrowed(frozenset({"notes_count"}))
        counted = (await source.fetch(narrow, "changes", EVERYTHING, None)).records[0]

    assert {field.path for field in DEALS.fields} <= deal.keys()
    assert "files_count" not in counted
    assert "notes_count" in counted


async def test_products_of_deals_are_asked_a_hundred_deals_at_a_time(seeded):
    sandbox, url = seeded
    before = len(sandbox.requests)

    async for source in connected(url):
        deals = (await source.describe(DEALS)).beside[0]
        keys = list(sandbox.truth("deals"))
        page = await source.fetch(DEALS, "associations", EVERYTHING, deals.parts[0][0], keys=keys)

    asked = [path for _, path, _, _ in sandbox.requests[before:] if path.endswith("/products")]
    assert set(ids([page])) == sandbox.truth("deal_products").keys()
    assert len(asked) == 1 + (len(keys) > 100)


@pytest.mark.parametrize("told", ["null", "missing", "nothing"])
async def test_a_list_ends_in_whatever_way_it_says_so(seeded, told: Any):
    sandbox, url = seeded
    sandbox.end_of_list = told

    async for source in connected(url):
        pages = await walk(source, small(PERSONS))

    sandbox.end_of_list = "null"
    assert set(ids(pages)) == sandbox.truth("persons").keys()


async def test_primary_addresses_are_put_in_reach(empty):
    sandbox, url = empty
    second, first = (
        {"value": f"{name}@example.org", "primary": name == "first", "label": "work"}
        for name in ("second", "first")
    )
    blank = {"value": "", "primary": True, "label": "work"}
    for emails in ([second, first], [second], [blank, second], [blank], []):
        sandbox.create("persons", {"emails": emails})

    async for source in connected(url):
        [page] = await walk(source, PERSONS)

    assert [record["primary_email"] for record in page.records] == [
        "first@example.org", "second@example.org", "second@example.org", None, None,
    ]  # fmt: skip


async def test_a_lead_has_its_custom_fields_as_a_deal_has_them(empty):
    sandbox, url = empty
    custom = {
        sandbox.code("deals", "Budget"): {"value": 12, "currency": "EUR"},
        sandbox.code("deals", "Materials"): [20, 22],
        sandbox.code("deals", "Referral code"): "20,22",
        sandbox.code("deals", "Site visit"): {"value": "2026-06-01", "until": "2026-06-03"},
    }
    sandbox.create("leads", custom=custom)

    async for source in connected(url):
        [page, _] = await walk(source, await source.describe(LEADS))

    [lead] = page.records
    assert {code: lead["custom_fields"][code] for code in custom} == custom
    unset = lead["custom_fields"].keys() - custom
    assert unset
    assert {lead["custom_fields"][code] for code in unset} == {None}
    assert not [name for name in lead if len(name) >= 40]


async def test_who_the_token_belongs_to_and_what_time_it_is(seeded, caplog):
    sandbox, url = seeded
    sandbox.tokens.register("clerk", user_id=26)

    async for source in connected(url):
        account = await source.account()
        admins = len(caplog.messages)
    async for source in connected(url, "clerk"):
        await source.account()

    assert (account.id, account.api_version) == ("15043420", "v2")
    assert account.now is not None
    assert abs(account.now - datetime.now(UTC)) < timedelta(seconds=5)
    assert admins == 0
    assert "user 26 of acme, who is no administrator" in caplog.text


async def test_a_wrong_token_is_unauthorized(seeded):
    _, url = seeded

    async for source in connected(url, "wrong"):
        with pytest.raises(Unauthorized):
            await source.account()


async def test_a_missing_scope_is_told(seeded):
    sandbox, url = seeded
    sandbox.tokens.register("narrow", scopes={"deals"})

    async for source in connected(url, "narrow"):
        with pytest.raises(MissingScope, match="Scope and URL mismatch"):
            await source.fetch(PERSONS, "changes", EVERYTHING, None)


async def test_the_budget_is_told_in_requests():
    sandbox = PipedriveSandbox()
    assert sandbox.limits is not None
    sandbox.limits.daily = 1000
    with sandbox.serve() as url:
        async for source in connected(url):
            quota = await source.quota()
            sandbox.limits.tells_daily = False
            untold = await source.quota()

    assert quota is not None
    assert (quota.limit, quota.remaining) == (100, 99)
    assert untold is None


async def test_a_429_after_every_wait_is_the_budget_unless_nobody_waited(empty):
    sandbox, url = empty
    sandbox.fault("rate_limit", times=None, retry_after=0)

    async for source in connected(url, attempts=2):
        with pytest.raises(QuotaExhausted, match="still refused after 2 waits"):
            await source.account()


BROKEN: list[tuple[dict[str, Any], str]] = [
    ({"success": False, "data": [], "error": "Oops"}, r"success: false \(Oops\)"),
    ({"success": False, "data": None}, "no reason given"),
    ({"success": True}, "without data"),
    ({"success": True, "data": {"id": 1}}, "no list of records"),
    ([], "without data"),  # type: ignore[list-item]
]


@pytest.mark.parametrize(("answer", "said"), BROKEN)
@pytest.mark.parametrize("entity", [PERSONS, LEADS, ENTITIES["users"]], ids=lambda e: e.name)
async def test_an_answer_that_is_none_is_not_taken_for_an_empty_list(
    entity: Entity, answer: dict, said: str
):
    with pytest.raises(BadAnswer, match=said):
        await walk(await answering(answer), entity)


@pytest.mark.parametrize("data", [None, []])
@pytest.mark.parametrize("beside", [{}, {"additional_data": None}, {"additional_data": {}}])
@pytest.mark.parametrize("entity", [PERSONS, LEADS, ENTITIES["users"]], ids=lambda e: e.name)
async def test_an_empty_list_may_be_told_in_many_ways(entity: Entity, data: Any, beside: dict):
    source = await answering({"success": True, "data": data, **beside})

    assert ids(await walk(source, entity)) == []


async def test_a_list_that_leads_back_to_itself_is_an_error_and_no_loop():
    new = {"success": True, "data": [], "additional_data": {"next_cursor": "x"}}
    pagination = {"start": 0, "more_items_in_collection": True, "next_start": 0}
    old = {"success": True, "data": [], "additional_data": {"pagination": pagination}}

    with pytest.raises(NoProgress):
        await walk(await answering(new), PERSONS)
    with pytest.raises(NoProgress):
        await walk(await answering(old), LEADS)


async def test_what_cannot_be_read_by_id_for_another_reason_is_not_taken_for_gone(empty):
    sandbox, url = empty
    sandbox.fault("not_enabled", path="/leads/")

    async for source in connected(url):
        with pytest.raises(Refused):
            await source.fetch(LEADS, "by_id", EVERYTHING, None, keys=["1"])


async def test_by_id_a_short_page_is_not_the_end():
    def answer(request: httpx.Request) -> httpx.Response:
        place = int(request.url.params.get("cursor", 0))
        data = [{"id": key} for key in (1, 2, 3)[place : place + 1]]
        following = str(place + 1) if place < 2 else None
        return told({"success": True, "data": data, "additional_data": {"next_cursor": following}})

    page = await talking(answer).fetch(PERSONS, "by_id", EVERYTHING, None, keys=["1", "2", "3"])

    assert ids([page]) == ["1", "2", "3"]


async def test_by_id_cursors_that_go_round_are_an_error_and_no_loop():
    def answer(request: httpx.Request) -> httpx.Response:
        following = "b" if request.url.params.get("cursor") == "a" else "a"
        return told({"success": True, "data": [], "additional_data": {"next_cursor": following}})

    with pytest.raises(NoProgress):
        await talking(answer).fetch(PERSONS, "by_id", EVERYTHING, None, keys=["1"])


@pytest.mark.parametrize(
    "shown", [{}, {"is_deleted": False}, {"status": "open"}, {"is_deleted": 1}]
)
async def test_whatever_is_in_the_list_of_deleted_deals_is_deleted(shown: dict):
    row = {"id": 1, "update_time": "2026-11-20T08:00:00Z", **shown}

    pages = await walk(await answering({"success": True, "data": [row]}), DEALS, "deletes")

    assert [record["delete_time"] for page in pages for record in page.records] == [
        row["update_time"]
    ] * 2


async def test_a_deal_whose_status_says_that_it_is_deleted_is_gone():
    row = {"id": 1, "status": "deleted", "is_deleted": False, "delete_time": None}
    source = await answering({"success": True, "data": [row]})

    [listed, _] = await walk(source, DEALS)
    page = await source.fetch(DEALS, "by_id", EVERYTHING, None, keys=["1"])

    assert listed.records[0]["delete_time"] == NOW.isoformat()
    assert page.records == []


@pytest.mark.parametrize("status", [402, 403, 404, 415])
async def test_a_plan_without_products_leaves_them_out(status: int):
    source = await answering({"success": False, "error": "Feature is not enabled"}, status)

    page = await source.fetch(DEALS, "associations", EVERYTHING, "products", keys=["1"])

    assert page.records == []
    assert "Feature is not enabled" in page.left_out["products"]


@pytest.mark.parametrize(("status", "error"), [(400, Refused), (401, Unauthorized)])
async def test_products_refused_for_another_reason_are_an_error(status: int, error: type):
    source = await answering({"success": False, "error": "No"}, status)

    with pytest.raises(error):
        await source.fetch(DEALS, "associations", EVERYTHING, "products", keys=["1"])


NEW, OLD = "2026-11-20T08:30:00.000Z", "2026-01-01T00:00:00.000Z"
OLDER = "2025-01-01T00:00:00.000Z"


@pytest.mark.parametrize(
    "stamps",
    [
        # Sorted in another way, or in none.
        [OLD, OLDER, NEW, OLD, OLDER, OLDER, NEW],
        [NEW, OLD, NEW, OLDER, OLD, OLDER, NEW],
        # In the order that was asked for, as far as one page shows.
        [NEW, NEW, OLD, NEW],
        # Nothing shows an order.
        [OLD, OLD, OLD, OLD, OLD, NEW],
        [OLD, None, OLDER, NEW],
        [OLD, "yesterday", OLDER, NEW],
    ],
)
@pytest.mark.parametrize("name", ["leads", "files"])
async def test_a_list_that_is_not_sorted_newest_first_is_read_to_its_end(name: str, stamps: list):
    rows = [{"id": number, "update_time": stamp} for number, stamp in enumerate(stamps)]
    window = Window(datetime(2026, 11, 20, 8, tzinfo=UTC), NOW)

    pages = await walk(talking(in_pages(rows, 3)), small(ENTITIES[name], 3), window=window)

    assert str(len(rows) - 1) in ids(pages)


async def test_a_list_that_is_sorted_newest_first_is_left_behind_the_window():
    rows = [{"id": n, "update_time": f"{2026 - n}-01-01T00:00:00Z"} for n in range(50)]
    window = Window(datetime(2024, 6, 1, tzinfo=UTC), NOW)

    pages = await walk(talking(in_pages(rows, 4)), small(ENTITIES["files"], 4), window=window)

    assert {"0", "1"} <= set(ids(pages))
    assert len(pages) < 5


@pytest.mark.parametrize(
    ("status", "body"), [(403, "{}"), (404, "{}"), (404, "<html>"), (415, "{}")]
)
async def test_a_token_that_may_not_read_its_own_user_may_read_on(status: int, body: str, caplog):
    date = {"date": "Fri, 20 Nov 2026 09:00:00 GMT", "x-daily-ratelimit-token-remaining": "50"}
    source = talking(lambda _: httpx.Response(status, text=body, headers=date))

    account = await source.account()

    assert account == Account("", datetime(2026, 11, 20, 9, tzinfo=UTC), "v2")
    assert f"answered {status}" in caplog.text
    assert await source.quota() is None


async def test_the_wall_is_not_taken_for_a_missing_scope():
    source = talking(lambda _: httpx.Response(403, text="<html>"))

    with pytest.raises(RetryLater):
        await source.account()


@pytest.mark.parametrize(
    ("status", "error", "said"),
    [(401, Unauthorized, "401"), (402, Refused, "account is not open"), (400, Refused, "400")],
)
async def test_other_refusals_of_the_own_user_end_the_run(status: int, error: type, said: str):
    with pytest.raises(error, match=said):
        await (await answering({"success": False}, status)).account()


@pytest.mark.parametrize("name", ["leads", "notes", "users"])
@pytest.mark.parametrize("error", [{}, {"error": None}])
async def test_an_empty_list_of_version_1_need_not_be_a_success(name: str, error: dict):
    source = await answering({"success": False, "data": [], **error})

    assert ids(await walk(source, ENTITIES[name])) == []


async def test_what_is_no_list_of_version_1_must_be_a_success():
    source = await answering({"success": False, "data": []})

    with pytest.raises(BadAnswer):
        await walk(source, PERSONS)
    with pytest.raises(BadAnswer):
        await source.account()
    with pytest.raises(BadAnswer):
        await source.fetch(LEADS, "by_id", EVERYTHING, None, keys=["1"])


def told(answer: Any, status: int = 200) -> httpx.Response:
    return httpx.Response(status, json=answer)


def in_pages(rows: list[Any], size: int) -> Callable[[httpx.Request], httpx.Response]:
    """A list of version 1 in whatever order, which is empty for leads that are not archived."""

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/leads"):
            return told({"success": True, "data": None})
        start = int(request.url.params["start"])
        more = start + size < len(rows)
        pagination = {"start": start, "limit": size, "more_items_in_collection": more}
        if more:
            pagination["next_start"] = start + size
        data = rows[start : start + size]
        return told({"success": True, "data": data, "additional_data": {"pagination": pagination}})

    return answer


async def answering(answer: Any, status: int = 200) -> Pipedrive:
    """A client whose every question gets the same answer."""
    return talking(lambda _request: told(answer, status))


def talking(answer: Callable[[httpx.Request], httpx.Response]) -> Pipedrive:
    """A client whose questions are answered by a function."""
    base = "https://api.pipedrive.com"
    transport = httpx.MockTransport(answer)
    http = Http(base, policy=PIPEDRIVE, transport=transport, retry_attempts=0)
    return Pipedrive(http, addresses(base))
