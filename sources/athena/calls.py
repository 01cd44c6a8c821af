"""Athena's three calls: start a query, look how far it is, take its answer in pages.

https://docs.aws.amazon.com/athena/latest/APIReference/API_StartQueryExecution.html
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import polars as pl

from sources.athena.errors import error_of, failure_of
from sources.errors import BadAnswer, RetryLater, SourceError
from sources.meter import current_meter

MOST_ROWS = 1000
FIRST_PAUSE, LONGEST_PAUSE, GROWTH = 0.25, 10.0, 1.5
# Athena itself ends a query after 30 minutes, or 240 where that was raised.
LONGEST_WAIT = 4 * 3600.0
LATER = 600.0
WORKING = {"QUEUED", "RUNNING"}


class Answer(NamedTuple):
    """A page of an answer, every value as text, and the token of the next page."""

    frame: pl.DataFrame
    following: str | None


class Failed(SourceError):
    """A query came to nothing: when it was started, and why."""

    def __init__(self, started: datetime, reason: SourceError) -> None:
        super().__init__(str(reason))
        self.started = started
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Athena:
    """An AWS client, and what every query is started with."""

    client: Any
    context: Mapping[str, str]
    settings: Mapping[str, Any]
    pause: float = FIRST_PAUSE
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep

    async def start(self, query: str) -> str:
        """Start a query and give its id. Answers of earlier queries are not used again."""
        told = await self._call(
            "start_query_execution",
            QueryString=query,
            QueryExecutionContext=dict(self.context),
            **self.settings,
        )
        return str(_member(told, "QueryExecutionId"))

    async def completed(self, query: str) -> None:
        """Wait until a query is done, looking ever less often; raises Failed or Gone."""
        pause, waited = self.pause, 0.0
        while True:
            told = await self._call("get_query_execution", QueryExecutionId=query)
            status = _member(told, "QueryExecution", "Status")
            state = _member(status, "State")
            if state == "SUCCEEDED":
                return
            if state not in WORKING:
                raise Failed(_member(status, "SubmissionDateTime"), failure_of(status))
            if waited >= LONGEST_WAIT:
                raise RetryLater(
                    f"query {query} of Athena is still {state} after {waited / 3600:.0f}"
                    " hours; a later run goes on with it",
                    LATER,
                )
            await self.sleep(pause)
            waited += pause
            pause = min(pause * GROWTH, LONGEST_PAUSE)

    async def page(self, query: str, token: str | None = None, size: int = MOST_ROWS) -> Answer:
        """A page of a completed query's answer; raises Gone where it is not kept any more."""
        more = {"NextToken": token} if token else {}
        told = await self._call(
            "get_query_results", QueryExecutionId=query, MaxResults=min(size, MOST_ROWS), **more
        )
        described = _member(told, "ResultSet", "ResultSetMetadata", "ColumnInfo")
        names = [str(column["Name"]) for column in described]
        # A cell without the member is NULL; one with an empty text is an empty text.
        rows = [
            [cell.get("VarCharValue") for cell in row.get("Data", ())]
            for row in _member(told, "ResultSet", "Rows")
        ]
        if not token:
            # The first row of the first page is the header, and only there.
            if rows[:1] != [names]:
                raise BadAnswer("Athena's answer does not begin with the names of its columns")
            del rows[0]
        return Answer(_frame(names, rows), told.get("NextToken"))

    async def whole(self, query: str) -> pl.DataFrame:
        """Everything a short query answers."""
        execution = await self.start(query)
        await self.completed(execution)
        pages, token = [], None
        while True:
            answer = await self.page(execution, token)
            pages.append(answer.frame)
            token = answer.following
            if token is None:
                return pl.concat(pages)

    async def _call(self, name: str, **asked: Any) -> Mapping[str, Any]:
        meter = current_meter()
        meter.api_calls += 1
        try:
            told: Mapping[str, Any] = await asyncio.to_thread(getattr(self.client, name), **asked)
        except Exception as error:
            found = error_of(error)
            if found is None:
                raise
            raise found from error
        meter.retries += told.get("ResponseMetadata", {}).get("RetryAttempts", 0)
        return told


def _member(told: Mapping[str, Any], *names: str) -> Any:
    """What stands at a place of an answer; the AWS client takes half a document for one without members."""
    found: Any = told
    for name in names:
        if not isinstance(found, Mapping) or name not in found:
            raise BadAnswer(f"Athena's answer has no {'.'.join(names)}")
        found = found[name]
    return found


def _frame(names: list[str], rows: list[list[str | None]]) -> pl.DataFrame:
    if any(len(row) != len(names) for row in rows):
        raise BadAnswer("a row of Athena's answer has not as many cells as there are columns")
    columns = zip(*rows, strict=True) if rows else [()] * len(names)
    return pl.DataFrame(
        [pl.Series(name, values, pl.String) for name, values in zip(names, columns, strict=True)]
    )
