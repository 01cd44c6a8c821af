"""The client against the sandbox: every reading of every object, and what naive clients get wrong."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from pydantic import SecretStr

from sandbox.hubspot import TOKEN, HubspotSandbox
from sources.auth import StaticToken
from sources.entity import Choice, Entity
from sources.errors import MissingScope, NoProgress, Unauthorized
from sources.http import Http
from sources.hubspot.client import Hubspot
from sources.hubspot.entities import CONTACTS, DEALS, OBJECTS
from sources.hubspot.objects import asked_properties
from sources.hubspot.policy import HUBSPOT
from sources.page import Page, Reading, Window

NOW = datetime.now(UTC)
EVERYTHING = Window(None, NOW)


@pytest.fixture(scope="module")
def seeded():
    sandbox = HubspotSandbox.seeded(contacts=450, companies=40, deals=60, limits=None)
    with sandbox.serve() as url:
        yield sandbox, url


@pytest.fixture
def empty():
    sandbox = HubspotSandbox(limits=None)
    with sandbox.serve() as url:
        yield sandbox, url


async def connected(url: str, token: str = TOKEN, version: str = "v3") -> AsyncIterator[Hubspot]:
    async with Http(
        url, auth=StaticToken(SecretStr(token)), policy=HUBSPOT, retry_attempts=1
    ) as http:
        yield Hubspot(http, version)


async def walk(
    source: Hubspot, entity: Entity, reading: Reading, window: Window = EVERYTHING
) -> list[Page]:
    pages, cursor = [], None
    while True:
        page = await source.fetch(entity, reading, window, cursor)
        pages.append(page)
        cursor = page.cursor
        if cursor is None:
            return pages


def ids(pages: list[Page]) -> list[int]:
    return [int(record["id"]) for page in pages for record in page.records]


@pytest.mark.parametrize("version", ["v3", "2026-03"])
@pytest.mark.parametrize("entity", OBJECTS, ids=lambda e: e.name)
async def test_a_full_walk_reads_every_live_record_once(seeded, entity, version):
    sandbox, url = seeded

    async for source in connected(url, version=version):
        pages = await walk(source, await source.describe(entity), "changes")

    assert sorted(ids(pages)) == sorted(map(int, sandbox.truth(entity.name)))


@pytest.mark.parametrize("entity", OBJECTS, ids=lambda e: e.name)
async def test_the_archived_walk_reads_every_archived_record_with_its_stamp(seeded, entity):
    sandbox, url = seeded

    async for source in connected(url):
        pages = await walk(source, entity, "deletes")

    assert sorted(ids(pages)) == sorted(map(int, sandbox.archived(entity.name)))
    assert all(record["archivedAt"] for page in pages for record in page.records)


async def test_a_delta_reads_what_changed_in_id_order_past_the_search_cap(empty):
    sandbox, url = empty
    stamp = NOW - timedelta(minutes=3)
    imported = sandbox.bulk_import("contacts", 10_450, updated=stamp)

    async for source in connected(url):
        window = Window(stamp - timedelta(seconds=1), NOW)
        pages = await walk(source, CONTACTS, "changes", window)

    assert ids(pages) == sorted(map(int, imported))


async def test_every_field_is_asked_for_and_comes_back(seeded):
    _, url = seeded

    async for source in connected(url):
        entity = await source.describe(CONTACTS)
        record = (await source.fetch(entity, "changes", EVERYTHING, None)).records[0]

    assert set(asked_properties(entity)) <= set(record["properties"])


async def test_a_property_list_too_long_for_an_address_is_read_by_batches(seeded):
    sandbox, url = seeded

    async for source in connected(url):
        entity = await source.describe(CONTACTS)
        short = await walk(source, entity, "changes")
        many = tuple(f"no_such_property_{number:04d}_{'x' * 30}" for number in range(500))
        wide = Entity(**{**_as_given(entity), "asked": (*entity.asked, *many)})
        long = await walk(source, wide, "changes")
        archived = await walk(source, wide, "deletes")

    assert by_id(long) == by_id(short)
    assert sorted(ids(archived)) == sorted(map(int, sandbox.archived("contacts")))


async def test_records_are_read_by_id_and_those_that_are_gone_are_simply_missing(seeded):
    sandbox, url = seeded
    known = list(sandbox.truth("deals"))[:120]

    async for source in connected(url):
        page = await source.fetch(DEALS, "by_id", EVERYTHING, None, keys=[*known, "999999999999"])

    assert {record["id"] for record in page.records} == set(map(str, known))


async def test_a_count_of_everything_and_of_a_window_is_the_sources_own(empty):
    sandbox, url = empty
    for minutes in (50, 40, 30, 20):
        stamp = NOW - timedelta(minutes=minutes)
        sandbox.create("deals", {"dealname": "x"}, created=stamp, updated=stamp)

    async for source in connected(url):
        everything = await source.fetch(DEALS, "count", EVERYTHING, None)
        some = await source.fetch(DEALS, "count", Window(NOW - timedelta(minutes=35), NOW), None)

    assert (everything.total, some.total) == (4, 2)


async def test_a_search_that_leads_nowhere_is_an_error_and_no_loop():
    answer = {"total": 9, "results": [{"id": "5"}], "paging": {"next": {"after": "1"}}}
    transport = httpx.MockTransport(lambda _request: httpx.Response(200, json=answer))

    async with Http("https://crm.example.org", transport=transport) as http:
        with pytest.raises(NoProgress):
            await walk(
                Hubspot(http, "v3"), CONTACTS, "changes", Window(NOW - timedelta(days=1), NOW)
            )


async def test_a_list_that_leads_back_to_itself_is_an_error_and_no_loop():
    answer = {"results": [], "paging": {"next": {"after": "7"}}}
    transport = httpx.MockTransport(lambda _request: httpx.Response(200, json=answer))

    async with Http("https://crm.example.org", transport=transport) as http:
        with pytest.raises(NoProgress):
            await walk(Hubspot(http, "v3"), CONTACTS, "changes")


async def test_a_missing_scope_names_itself(seeded):
    sandbox, url = seeded
    sandbox.tokens.register(
        "pat-na1-narrow", {"crm.objects.contacts.read", "crm.schemas.contacts.read"}
    )

    async for source in connected(url, token="pat-na1-narrow"):
        with pytest.raises(MissingScope) as refused:
            await source.fetch(DEALS, "changes", EVERYTHING, None)

    assert "crm.objects.deals.read" in refused.value.scopes


async def test_the_account_tells_who_it_is_and_what_time_it_is_there(seeded):
    _, url = seeded

    async for source in connected(url):
        account = await source.account()

    assert account.id.isdigit()
    assert account.now is not None
    assert abs(account.now - datetime.now(UTC)) < timedelta(seconds=5)


async def test_a_wrong_token_is_unauthorized(seeded):
    _, url = seeded

    async for source in connected(url, token="pat-na1-wrong"):
        with pytest.raises(Unauthorized):
            await source.account()


@pytest.mark.parametrize(
    ("choice", "column", "in_extra", "unasked"),
    [
        (Choice(), "favorite_color", "hs_analytics_source", None),
        (Choice("all"), "hs_analytics_source", None, None),
        (Choice("declared"), "email", None, "favorite_color"),
        (Choice("declared", include=("fav*",)), "favorite_color", None, "lifetime_value"),
        (Choice(exclude=("hs_analytics_*",)), "favorite_color", None, "hs_analytics_source"),
        (Choice(column_budget=0), "email", "favorite_color", None),
    ],
)
async def test_properties_become_columns_by_choice(seeded, choice, column, in_extra, unasked):
    _, url = seeded

    async for source in connected(url):
        entity = await source.describe(Entity(**{**_as_given(CONTACTS), "choice": choice}))

    assert column in entity.columns
    assert in_extra is None or in_extra in entity.asked
    assert unasked is None or unasked not in asked_properties(entity)


def by_id(pages: list[Page]) -> dict[str, dict]:
    return {record["id"]: record["properties"] for page in pages for record in page.records}


def _as_given(entity: Entity) -> dict:
    return {name: getattr(entity, name) for name in Entity.__dataclass_fields__}
