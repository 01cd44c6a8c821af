"""Bulk API 2.0 queries: a job is created, awaited, and its results are read several pages at a time.

https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/queries.htm
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from sources.errors import BadAnswer, MissingScope, Refused, RetryLater, SourceError
from sources.page import Page, Window
from sources.policy import Reply
from sources.salesforce.asked import Asked
from sources.salesforce.refusals import (
    InvalidField,
    NoSuchObject,
    NotInBulk,
    NotThere,
    OtherVersion,
)
from sources.salesforce.results import abreast
from sources.salesforce.soql import select

log = logging.getLogger("crm_sync.salesforce")

CURSOR = "bulk"
END = "."  # in place of a locator: all is read, and the job can go
LONGEST_PAUSE = 30.0
LONGEST_JOB = 2 * 3600.0
LATER = 600.0
GROWTH = 1.5


class Lost(SourceError):
    """A job is not there any more, or came to nothing; `again` says whether another may do better."""

    def __init__(self, work: "Work", message: str, *, again: bool) -> None:
        super().__init__(f"Bulk job {work.job} {message}")
        self.work = work
        self.again = again


@dataclass(frozen=True, slots=True)
class Work:
    """A job and how far its results are read; `attempt` is how many jobs there were, this one among them."""

    job: str
    locator: str = ""
    rows: int = 0
    attempt: int = 1

    @classmethod
    def parse(cls, cursor: str) -> "Work":
        """The work that a cursor names."""
        _, job, rest = cursor.split(":", 2)
        locator, rows, attempt = rest.rsplit(":", 2)
        return cls(job, locator, int(rows), int(attempt))

    def __str__(self) -> str:
        return f"{CURSOR}:{self.job}:{self.locator}:{self.rows}:{self.attempt}"


@dataclass(frozen=True, slots=True)
class Jobs:
    """How jobs of an org are created, awaited and read."""

    wait: float = 2.0
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def begin(self, asked: Asked, window: Window, attempt: int = 1) -> Page:
        """Create a job, whose id is to be remembered at once; raises NotInBulk where there can be none."""
        reply = await _created(asked, select(asked.fields, asked.name, where=asked.since(window)))
        job = reply.details().get("id")
        if not isinstance(job, str) or not job.isalnum():
            raise BadAnswer("Salesforce created a Bulk job without an id")
        return Page([], str(Work(job, attempt=attempt)), pause=True)

    async def go_on(self, asked: Asked, work: Work) -> Page:
        """The next pages of a job's results; raises Lost where there are none to be had.

        Once all are read, the last page with a cursor says so, and what comes after it is for the caller.
        """
        try:
            total = await self._completed(asked, work) if not work.locator else None
            results = await abreast(asked, work.job, work.locator)
        except (NotThere, OtherVersion, NotInBulk) as error:
            raise Lost(work, f"is gone: {error}", again=True) from error
        records = [record for result in results for record in result.records]
        rows, following = work.rows + len(records), results[-1].following
        if not following:
            await self._check(asked, work, rows)
        further = replace(work, locator=following or END, rows=rows)
        return Page(records, str(further), total, pause=not following)

    async def finish(self, asked: Asked, work: Work) -> None:
        """Delete a job that is read; its results would be kept for a week."""
        with suppress(SourceError):
            await asked.api.http.request(
                "DELETE",
                asked.api.path(f"jobs/query/{work.job}"),
                accept=(204, 404),
                expect_json=False,
            )

    async def _completed(self, asked: Asked, work: Work) -> int:
        """Wait until a job is complete, asking ever less often; how many records it has found."""
        pause, waited = self.wait, 0.0
        while True:
            told = await self._told(asked, work)
            state = told.get("state")
            if state == "JobComplete":
                return _processed(told)
            if state in {"Failed", "Aborted"}:
                reason = f": {told['errorMessage']}" if told.get("errorMessage") else ""
                raise Lost(work, f"{state}{reason}", again=state == "Failed")
            if waited >= LONGEST_JOB:
                raise RetryLater(
                    f"Bulk job {work.job} is still {state} after {waited / 60:.0f} minutes; a later run"
                    " goes on with it",
                    LATER,
                )
            await self.sleep(pause)
            waited += pause
            pause = min(pause * GROWTH, LONGEST_PAUSE)

    async def _told(self, asked: Asked, work: Work) -> dict[str, Any]:
        return (await asked.api.get(f"jobs/query/{work.job}")).details()

    async def _check(self, asked: Asked, work: Work, rows: int) -> None:
        """All rows the job has found must have come; without its job, the next try reads all again."""
        processed = _processed(await self._told(asked, work))
        if rows != processed:
            await self.finish(asked, work)
            raise BadAnswer(
                f"Bulk job {work.job} of {asked.name} found {processed} records, but its pages held {rows}"
            )


async def _created(asked: Asked, query: str) -> Reply:
    """The answer to a new job; raises NotInBulk where it is refused for what REST may do better."""
    try:
        return await asked.api.http.request(
            "POST",
            asked.api.path("jobs/query"),
            json={
                "operation": "queryAll",
                "query": query,
                "contentType": "CSV",
                "columnDelimiter": "COMMA",
                "lineEnding": "LF",
            },
        )
    except (InvalidField, NoSuchObject, NotInBulk):
        raise
    except (Refused, MissingScope) as error:
        # Not every org has Bulk API, nor every user the right to it; REST names a real lack of rights.
        raise NotInBulk(str(error)) from error


def _processed(told: dict[str, Any]) -> int:
    count = told.get("numberRecordsProcessed")
    if not isinstance(count, int):
        raise BadAnswer("Salesforce does not say how many records a Bulk job has found")
    return count
