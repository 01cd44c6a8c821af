"""Bulk API 2.0 queries: jobs that take their time, and results in pages of CSV.

https://developer.salesforce.com/docs/atlas.en-us.api_asynch.meta/api_asynch/queries.htm
"""

import base64
import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Protocol

from sandbox.salesforce.errors import refuse
from sandbox.salesforce.selection import Selection, rows, select
from sandbox.salesforce.soql import Select
from sandbox.salesforce.store import INTEGRATION, Store
from sandbox.salesforce.values import as_csv, written

KEPT = timedelta(days=7)
OPERATIONS = ("query", "queryAll")
FINAL = ("JobComplete", "Failed", "Aborted")


class Lines(Protocol):
    """Rows as lines of CSV."""

    def __len__(self) -> int:
        """How many."""
        ...

    def between(self, begin: int, end: int) -> list[str]:
        """Some of them."""
        ...


@dataclass(frozen=True)
class Written:
    """Rows that were written when the job ran."""

    lines: Sequence[str] = ()

    def __len__(self) -> int:
        return len(self.lines)

    def between(self, begin: int, end: int) -> list[str]:
        """Some of them."""
        return list(self.lines[begin:end])


@dataclass
class Job:
    """A query that is answered later; `polls` is how often one must ask before it is."""

    id: str
    operation: str
    query: str
    asked: Select
    version: str
    created: datetime
    polls: int
    state: str = "UploadComplete"
    head: str = ""
    lines: Lines = field(default_factory=Written)
    error: str = ""
    lost: int = 0

    def document(self) -> dict[str, Any]:
        """What is said of it."""
        said = {
            "id": self.id,
            "operation": self.operation,
            "object": self.asked.object,
            "createdById": INTEGRATION,
            "createdDate": written(self.created, "+0000"),
            "systemModstamp": written(self.created, "+0000"),
            "state": self.state,
            "concurrencyMode": "Parallel",
            "contentType": "CSV",
            "apiVersion": float(self.version),
            "lineEnding": "LF",
            "columnDelimiter": "COMMA",
        }
        return said | ({"errorMessage": self.error} if self.error else {})

    def progress(self) -> dict[str, Any]:
        """What is said of it to who asks how far it is."""
        done = len(self.lines) if self.state == "JobComplete" else 0
        more = {"jobType": "V2Query", "numberRecordsProcessed": done, "retries": 0}
        return self.document() | more | {"totalProcessingTime": 12 * (done + 1)}


@dataclass
class Jobs:
    """The jobs of an org. `polls` is how often one must ask until a new one is complete."""

    store: Store
    polls: int = 2
    page: int = 100_000
    known: dict[str, Job] = field(default_factory=dict)
    # Objects of which there are more rows than records: see `sandbox.salesforce.fast`.
    sources: dict[str, Any] = field(default_factory=dict)

    def create(self, asked: Select, query: str, operation: str, version: str) -> Job:
        """Begin a job."""
        number = f"750{len(self.known):012d}AAA"
        job = Job(number, operation, query, asked, version, self.store.now(), self.polls)
        self.known[number] = job
        return job

    def find(self, id: str, version: str) -> Job:
        """A job, while it is kept, asked for in its own version."""
        job = self.known.get(id)
        if job is None or self.store.clock() - job.created > KEPT:
            raise refuse(404, "NOT_FOUND", "The requested resource does not exist")
        if job.version != version:
            raise refuse(409, "API_ERROR", f"The job was created with API version {job.version}")
        return job

    def advance(self, job: Job) -> None:
        """Let a job come on a little, as it does while one asks for it."""
        if job.state in FINAL:
            return
        job.polls -= 1
        job.state = "InProgress"
        if job.polls <= 0:
            self._run(job)

    def _run(self, job: Job) -> None:
        with self.store.lock:
            shelf = self.store.shelf(job.asked.object)
            known = {name.lower(): one.name for name, one in shelf.visible.items()}
            unknown = [name for name in job.asked.fields if name.lower() not in known]
            if unknown:
                job.state = "Failed"
                job.error = f"InvalidBatch : Field name not found : {unknown[0]}"
                return
            job.head = _line([known[name.lower()] for name in job.asked.fields])
            if source := self.sources.get(shelf.definition.name):
                job.lines = source.lines([known[name.lower()] for name in job.asked.fields])
            else:
                found = select(self.store, job.asked, everything=job.operation == "queryAll")
                job.lines = Written(self._written(found, ordered=bool(job.asked.order)))
            job.state = "JobComplete"

    def _written(self, found: Selection, *, ordered: bool) -> list[str]:
        # Nobody promises an order that was not asked for.
        keys = found.keys if ordered else tuple(sorted(found.keys, key=lambda key: key[::-1]))
        return [
            _line([as_csv(one.field, record) for one in found.columns])
            for record in rows(self.store, found, keys)
        ]

    def result(self, job: Job, locator: str | None, most: int | None) -> tuple[str, int, str]:
        """A page: its text, how many rows it has, and the next locator (`null` at the end)."""
        if job.state != "JobComplete":
            raise refuse(400, "API_ERROR", f"The job is not complete: {job.state}")
        begin = _offset(locator) if locator else 0
        if begin > len(job.lines):
            raise refuse(400, "INVALID_LOCATOR", "The locator does not exist")
        lines = job.lines.between(begin, begin + min(most or self.page, self.page))
        end = begin + len(lines)
        following = "null" if end >= len(job.lines) else _locator(end)
        return job.head + "".join(lines), len(lines), following

    def pages(self, job: Job) -> list[str]:
        """The locators of pages that can be loaded side by side."""
        return [_locator(begin) for begin in range(0, max(len(job.lines), 1), self.page)]


def _line(cells: Sequence[str]) -> str:
    out = io.StringIO()
    csv.writer(out, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(cells)
    return out.getvalue()


def _locator(offset: int) -> str:
    return base64.b64encode(str(offset).encode()).decode().rstrip("=")


def _offset(locator: str) -> int:
    try:
        text = base64.b64decode(locator + "=" * (-len(locator) % 4)).decode()
        return int(text)
    except ValueError as error:
        raise refuse(400, "INVALID_LOCATOR", "The locator does not exist") from error
