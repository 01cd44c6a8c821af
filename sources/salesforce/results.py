"""Results of Bulk jobs: pages of CSV, several of them on the way at the same time.

https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/query_get_job_results.htm
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

import httpx

from sources.errors import BadAnswer
from sources.page import Record
from sources.salesforce.asked import Asked
from sources.salesforce.cells import records_of
from sources.salesforce.heads import listening

NO_MORE = "null"
# Cells of one page, and pages at a time: what bounds memory, whatever the number of rows.
CELLS = 200_000
FEWEST_ROWS, MOST_ROWS = 500, 5_000
ABREAST = 3
# How often a page is asked for before its job is given up for now.
TRIES = 3


@dataclass(frozen=True, slots=True)
class Result:
    """A page of results, and where the next one begins ('' at the end)."""

    records: list[Record]
    following: str


async def abreast(asked: Asked, job: str, locator: str) -> list[Result]:
    """Some pages, each begun as soon as the head of the one before has named it."""
    tasks: list[asyncio.Task[Result]] = []
    following: str | None = locator
    try:
        async with asyncio.TaskGroup() as group:
            while following is not None and len(tasks) < ABREAST:
                head: asyncio.Future[str] = asyncio.get_running_loop().create_future()
                tasks.append(group.create_task(_insist(asked, job, following, head)))
                following = await head or None
    except BaseExceptionGroup as failed:
        raise failed.exceptions[0] from None
    return [task.result() for task in tasks]


async def _insist(asked: Asked, job: str, locator: str, head: asyncio.Future[str]) -> Result:
    """A page, asked for again where it came in pieces."""
    for _ in range(TRIES - 1):
        with suppress(BadAnswer):
            return await _page(asked, job, locator, head)
    return await _page(asked, job, locator, head)


async def _page(asked: Asked, job: str, locator: str, head: asyncio.Future[str]) -> Result:
    def hear(headers: httpx.Headers) -> None:
        if not head.done():
            head.set_result(_following(headers))

    params = {"maxRecords": str(rows_per_page(len(asked.fields)))}
    with listening(hear):
        reply = await asked.api.get(
            f"jobs/query/{job}/results",
            params | ({"locator": locator} if locator else {}),
            headers={"Accept": "text/csv"},
            expect_json=False,
        )
    following = _following(reply.headers)
    hear(reply.headers)
    if following != head.result():
        raise BadAnswer(f"Bulk job {job} named two pages as the next one")
    records = await asyncio.to_thread(
        records_of,
        reply.body,
        reply.headers.get("Sforce-NumberOfRecords", ""),
        asked.found.types,
        asked.stamp,
        asked.api.address,
    )
    return Result(records, following)


def rows_per_page(columns: int) -> int:
    """How many rows a page may have: fewer where they are wide."""
    return min(max(CELLS // max(columns, 1), FEWEST_ROWS), MOST_ROWS)


def _following(headers: httpx.Headers) -> str:
    """Where the next page begins; the last one says so in four letters."""
    named = headers.get("Sforce-Locator", "").strip()
    return "" if named.lower() == NO_MORE else named
