"""The sandbox as tests, the demo and the benchmarks hold it: an org, and how it is served."""

from typing import Any

from starlette.requests import Request

from sandbox.answers import html
from sandbox.clock import Clock, utc_now
from sandbox.control import Control
from sandbox.gate import Gate, Refusal
from sandbox.salesforce import fast, routes
from sandbox.salesforce import seed as seed_store
from sandbox.salesforce.auth import ORG_ID, Sessions
from sandbox.salesforce.changes import Changes
from sandbox.salesforce.errors import over_quota, session_invalid, unexpected
from sandbox.salesforce.faults import trouble
from sandbox.salesforce.jobs import Jobs
from sandbox.salesforce.limits import Limits
from sandbox.salesforce.query import Cursors
from sandbox.salesforce.store import Store
from sandbox.salesforce.truth import Truth
from sandbox.served import Served

VENDOR = Limits()  # a marker: the vendor's limits, counted afresh for each sandbox
LONGEST_URI = 16_384  # bytes, alone and together with the headers
ACTIONS = ("create", "update", "delete", "undelete", "purge", "merge", "touch", "bulk_import")


class SalesforceSandbox(Served, Changes, Truth):
    """A Salesforce org in memory and the API in front of it."""

    def __init__(
        self,
        *,
        limits: Limits | None = VENDOR,
        clock: Clock = utc_now,
        seed: int = 7,
        org_id: str = ORG_ID,
    ) -> None:
        self.store = Store(clock, seed)
        self.sessions = Sessions(lambda: self.store.clock(), org_id)  # noqa: PLW0108 - it may be replaced
        self.jobs = Jobs(self.store)
        self.cursors = Cursors()
        self.limits = Limits() if limits is VENDOR else limits
        self._extra_rows: dict[str, int] = {}
        behind = routes.build(
            Control(self, *ACTIONS).routes(),
            store=self.store,
            sessions=self.sessions,
            jobs=self.jobs,
            cursors=self.cursors,
            limits=lambda: self.limits,
            extra_rows=self._extra_rows,
        )
        self.app = Gate(
            routes=behind,
            clock=lambda: self.store.clock(),  # noqa: PLW0108
            faults=trouble(),
            admit=self._admit,
            broken=unexpected,
        )

    @classmethod
    def seeded(cls, seed: int = 7, *, scale: float = 1.0, **how: Any) -> "SalesforceSandbox":
        """An org full of invented people and their business, `scale` times the usual size."""
        sandbox = cls(seed=seed, **how)
        seed_store.fill(sandbox.store, scale, seed)
        return sandbox

    @classmethod
    def fast(cls, contacts: int = 100_000, fields: int = 40, **how: Any) -> "SalesforceSandbox":
        """An org for benchmarks: many contacts, written only when Bulk asks for them; no limits."""
        sandbox = cls(**{"limits": None} | how)
        sandbox.jobs.sources["Contact"] = fast.contacts(sandbox.store, contacts, fields)
        sandbox._extra_rows["Contact"] = contacts
        return sandbox

    def _admit(self, request: Request) -> None:
        """Refuse what is too long, whom nobody knows, and what is too much."""
        path = request.url.path
        length = len(path) + 1 + len(request.scope["query_string"])
        if length > LONGEST_URI:
            raise Refusal(html(414, "URI Too Long"))
        heads = sum(len(name) + len(value) + 4 for name, value in request.headers.raw)
        if length + heads > LONGEST_URI:
            raise Refusal(html(431, "Request Header Fields Too Large"))
        if path.rstrip("/") in routes.OPEN:
            return
        if not self.sessions.valid(request.headers.get("authorization")):
            raise Refusal(session_invalid())
        if self.limits is None:
            return
        now = self.store.clock()
        if not self.limits.spend(now):
            raise Refusal(over_quota())
        if not path.endswith("/results"):
            request.state.headers = {"Sforce-Limit-Info": self.limits.header(now)}
