"""Salesforce's addresses, and what all its answers have in common."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from sources.errors import BadAnswer, NoProgress
from sources.http import Http
from sources.page import Record
from sources.policy import Reply
from sources.salesforce.soql import select

DATA = "/services/data"
# Fewer rows than this cannot be wished for.
SMALLEST_BATCH, LARGEST_BATCH = 200, 2000


@dataclass(frozen=True, slots=True)
class Rows:
    """A page of a query: its rows, how many there are in all, and whether this is the end."""

    records: list[Record]
    total: int
    done: bool
    following: str = ""  # where the next page is


@dataclass(frozen=True, slots=True)
class Api:
    """An org's connection and the version it is asked in; `address` is where people find a record."""

    http: Http
    version: str
    address: str = ""

    def path(self, resource: str = "") -> str:
        """`/services/data/v66.0/limits`."""
        return f"{DATA}/v{self.version}{'/' if resource else ''}{resource}"

    async def get(
        self,
        resource: str = "",
        params: Mapping[str, str] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        accept: Collection[int] = (200,),
        expect_json: bool = True,
    ) -> Reply:
        """An answer to a question without a body."""
        return await self.http.request(
            "GET",
            self.path(resource),
            params=params,
            headers=headers,
            accept=accept,
            expect_json=expect_json,
        )

    async def query(self, soql: str, batch: int = LARGEST_BATCH) -> Rows:
        """The first page of a query about all records, deleted and archived ones too.

        Its next pages are asked for by their place, not by Salesforce's locators, which end after two days.
        """
        return _rows(await self.get("queryAll", {"q": soql}, headers=_wish(batch)))

    async def query_whole(self, soql: str) -> list[Record]:
        """All rows of a query that is read to its end at once; wide rows come on several pages."""
        page = await self.query(soql)
        found, met = list(page.records), set[str]()
        while not page.done:
            path = _within_the_org(page.following)
            if path in met:
                raise NoProgress("Salesforce's answer to a query leads back to one of its pages")
            met.add(path)
            page = _rows(await self.http.request("GET", path, headers=_wish(LARGEST_BATCH)))
            found += page.records
        return found

    async def count(self, name: str, where: str) -> int:
        """How many records there are under a condition."""
        return (await self.query(select(["COUNT()"], name, where=where))).total


def _wish(batch: int) -> dict[str, str]:
    """How many rows a page should have; a hint."""
    size = min(max(batch, SMALLEST_BATCH), LARGEST_BATCH)
    return {"Sforce-Query-Options": f"batchSize={size}"}


def _rows(reply: Reply) -> Rows:
    answer: Any = reply.json()
    found = answer.get("records") if isinstance(answer, dict) else None
    if not isinstance(found, list) or not isinstance(answer.get("totalSize"), int):
        raise BadAnswer("Salesforce's answer to a query has no records")
    following = str(answer.get("nextRecordsUrl") or "")
    return Rows(found, answer["totalSize"], bool(answer.get("done")), following)


def _within_the_org(address: str) -> str:
    """The path of a next page; whatever host it names, the token stays with the org's own."""
    path = urlsplit(address).path
    if not path.startswith(f"{DATA}/"):
        raise BadAnswer("Salesforce's answer to a query is not the end, and names no next page")
    return path
