"""Bulk jobs asked for piece by piece: patience, cursors, and pages side by side."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.errors import BadAnswer, RetryLater
from sources.http import Http
from sources.page import Window
from sources.salesforce.api import Api
from sources.salesforce.asked import Asked
from sources.salesforce.bulk import LONGEST_JOB, LONGEST_PAUSE, Jobs, Lost, Work
from sources.salesforce.discovery import Described
from sources.salesforce.entities import ENTITIES
from sources.salesforce.heads import Heads
from sources.salesforce.policy import SALESFORCE
from sources.salesforce.results import rows_per_page

WINDOW = Window(None, datetime(2026, 11, 20, tzinfo=UTC))
FOUND = Described({"Id": "id", "SystemModstamp": "datetime"}, (), replicateable=True)
HEAD = b'"Id","SystemModstamp"\n'

Answer = Callable[[httpx.Request], httpx.Response]


def asked(answer: Answer | httpx.AsyncBaseTransport) -> Asked:
    inner = httpx.MockTransport(answer) if callable(answer) else answer
    http = Http("https://acme.example", policy=SALESFORCE, transport=Heads(inner), backoff=0.01)
    return Asked(Api(http, "66.0"), ENTITIES["contacts"], FOUND)


def row(number: int) -> bytes:
    return f'"003{number:015d}","2026-05-01T07:25:37.000Z"\n'.encode()


def results(request: httpx.Request, pages: int) -> httpx.Response:
    """Page so many of so many, one row each."""
    number = int(request.url.params.get("locator", "0"))
    following = str(number + 1) if number + 1 < pages else "null"
    headers = {"Sforce-Locator": following, "Sforce-NumberOfRecords": "1"}
    return httpx.Response(200, headers=headers, content=HEAD + row(number))


def told(state: str, **more: Any) -> httpx.Response:
    return httpx.Response(200, json={"id": "750x", "state": state, **more})


@given(
    st.from_regex(r"750[A-Za-z0-9]{12}", fullmatch=True),
    st.text(st.characters(blacklist_characters=":"), max_size=20) | st.just("a:b:c"),
    st.integers(0, 10**9),
    st.integers(1, 5),
)
def test_a_cursor_says_all_there_is_to_know(job: str, locator: str, rows: int, attempt: int):
    work = Work(job, locator, rows, attempt)

    assert Work.parse(str(work)) == work


@pytest.mark.parametrize(("columns", "rows"), [(1, 5000), (40, 5000), (100, 2000), (5000, 500)])
def test_wide_rows_make_short_pages(columns: int, rows: int):
    assert rows_per_page(columns) == rows


async def test_pauses_grow_and_a_job_that_never_ends_is_left_for_later():
    pauses: list[float] = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)

    jobs = Jobs(2.0, sleep)

    with pytest.raises(RetryLater, match="is still InProgress after"):
        await jobs.go_on(asked(lambda request: told("InProgress")), Work("750x"))

    assert pauses == sorted(pauses)
    assert pauses[:3] == [2.0, 3.0, 4.5]
    assert pauses[-1] == LONGEST_PAUSE
    assert LONGEST_JOB <= sum(pauses) < LONGEST_JOB + LONGEST_PAUSE


@pytest.mark.parametrize(("state", "again"), [("Failed", True), ("Aborted", False)])
async def test_a_job_that_came_to_nothing_says_whether_another_may_do_better(
    state: str, again: bool
):
    with pytest.raises(Lost, match=f"750x {state}: why") as caught:
        await Jobs().go_on(asked(lambda request: told(state, errorMessage="why")), Work("750x"))

    assert caught.value.again is again


async def test_creating_a_job_asks_for_deleted_records_too_and_remembers_it_at_once():
    bodies: list[bytes] = []

    def answer(request: httpx.Request) -> httpx.Response:
        bodies.append(request.content)
        return told("UploadComplete")

    page = await Jobs().begin(asked(answer), WINDOW)

    assert (page.records, page.cursor, page.pause) == ([], "bulk:750x::0:1", True)
    assert b'"operation":"queryAll"' in bodies[0]
    assert b"SELECT Id,SystemModstamp FROM Contact" in bodies[0]


async def test_some_pages_are_read_and_the_cursor_goes_on_behind_them():
    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/results"):
            return results(request, 5)
        return told("JobComplete", numberRecordsProcessed=5)

    first = await Jobs().go_on(asked(answer), Work("750x"))
    second = await Jobs().go_on(asked(answer), Work.parse(str(first.cursor)))

    assert (first.cursor, first.total, first.pause) == ("bulk:750x:3:3:1", 5, False)
    assert (second.cursor, second.pause) == ("bulk:750x:.:5:1", True)
    ids = [record["Id"] for page in (first, second) for record in page.records]
    assert ids == [f"003{number:015d}" for number in range(5)]


async def test_rows_that_did_not_come_are_an_error_and_the_job_goes():
    asked_for: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked_for.append(request.method)
        if request.url.path.endswith("/results"):
            return results(request, 2)
        return told("JobComplete", numberRecordsProcessed=3)

    with pytest.raises(BadAnswer, match="found 3 records, but its pages held 2"):
        await Jobs().go_on(asked(answer), Work("750x"))

    assert "DELETE" in asked_for


class Slow(httpx.AsyncByteStream):
    """A body of which nothing comes before all heads have been sent."""

    def __init__(self, body: bytes, ready: asyncio.Event) -> None:
        self.body = body
        self.ready = ready

    async def __aiter__(self) -> AsyncIterator[bytes]:
        await self.ready.wait()
        yield self.body


class Abreast(httpx.AsyncBaseTransport):
    """A server whose pages arrive only once three of them are under way."""

    def __init__(self) -> None:
        self.under_way = 0
        self.ready = asyncio.Event()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/results"):
            return told("JobComplete", numberRecordsProcessed=9)
        self.under_way += 1
        if self.under_way == 3:
            self.ready.set()
        whole = results(request, 9)
        headers = {name: whole.headers[name] for name in ("Sforce-Locator",)}
        return httpx.Response(200, headers=headers, stream=Slow(whole.content, self.ready))


async def test_pages_are_loaded_side_by_side():
    server = Abreast()

    async with asyncio.timeout(5):
        page = await Jobs().go_on(asked(server), Work("750x"))

    assert len(page.records) == server.under_way == 3


async def test_one_page_that_fails_ends_the_others():
    def answer(request: httpx.Request) -> httpx.Response:
        if not request.url.path.endswith("/results"):
            return told("JobComplete", numberRecordsProcessed=9)
        if request.url.params.get("locator") == "1":
            return httpx.Response(
                404,
                json=[
                    {"message": "The requested resource does not exist", "errorCode": "NOT_FOUND"}
                ],
            )
        return results(request, 9)

    with pytest.raises(Lost, match="is gone"):
        await Jobs().go_on(asked(answer), Work("750x"))
