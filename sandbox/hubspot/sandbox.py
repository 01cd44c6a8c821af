"""The sandbox as tests, the demo and the benchmarks hold it: an account, and how it is served."""

import re
import uuid
from typing import Any

from starlette.requests import Request

from sandbox.answers import html
from sandbox.clock import Clock, utc_now
from sandbox.gate import Gate, Refusal
from sandbox.hubspot import fast, routes, seed_links
from sandbox.hubspot import seed as seed_store
from sandbox.hubspot.auth import PORTAL_ID, Tokens
from sandbox.hubspot.changes import Changes
from sandbox.hubspot.control import HubspotControl
from sandbox.hubspot.declarations import Declarations
from sandbox.hubspot.errors import internal
from sandbox.hubspot.faults import trouble
from sandbox.hubspot.limits import Limits
from sandbox.hubspot.moments import to_ms
from sandbox.hubspot.store import Store
from sandbox.hubspot.truth import Truth
from sandbox.served import Served

LONGEST_URL = 16 * 1024  # bytes; the real threshold is not known exactly
OPEN = re.compile(r"^/oauth/")  # asks for credentials, so it needs none
SEARCH = re.compile(r"^/crm/.*/search$")
# Recordings of these answers carry no rate headers.
UNCOUNTED_HEADERS = re.compile(
    r"/batch/(create|update|archive)$|/associations/|^/crm[\w-]*/(v3/)?(owners|pipelines|schemas)\b"
)
VENDOR = Limits()  # a marker: the vendor's limits, counted afresh for each sandbox


class HubspotSandbox(Served, Changes, Declarations, Truth):
    """A HubSpot account in memory and the API in front of it."""

    def __init__(
        self,
        *,
        limits: Limits | None = VENDOR,
        clock: Clock = utc_now,
        seed: int = 7,
        portal_id: int = PORTAL_ID,
    ) -> None:
        self.store = Store(clock, seed)
        self.tokens = Tokens(portal_id=portal_id)
        self.limits = Limits() if limits is VENDOR else limits
        behind = routes.build(
            HubspotControl(self).routes(),
            store=self.store,
            tokens=self.tokens,
            limits=lambda: self.limits,
        )
        self.app = Gate(
            routes=behind,
            clock=lambda: self.store.clock(),  # noqa: PLW0108 - the store's clock may be replaced
            faults=trouble(),
            admit=self._admit,
            stamps=lambda: {"x-hubspot-correlation-id": str(uuid.uuid4())},
            broken=lambda: internal().answer,
        )

    @classmethod
    def seeded(
        cls,
        contacts: int = 2000,
        companies: int = 300,
        deals: int = 500,
        seed: int = 7,
        *,
        links: bool = False,
        **how: Any,
    ) -> "HubspotSandbox":
        """An account full of invented people, some of them badly entered.

        `tickets=50`, `calls=200` and so on for every other type; `links` makes them belong together.
        """
        fill = {"contacts": contacts, "companies": companies, "deals": deals}
        fill |= {name: how.pop(name) for name in seed_store.INVENTIONS if name in how}
        sandbox = cls(seed=seed, **how)
        seed_store.fill(sandbox.store, fill, seed)
        if links:
            seed_links.fill(sandbox.store, seed)
        return sandbox

    @classmethod
    def fast(
        cls, contacts: int = 100_000, properties: int = 40, seed: int = 7, **how: Any
    ) -> "HubspotSandbox":
        """An account for benchmarks: many contacts, answered from prepared bytes, no limits."""
        sandbox = cls(seed=seed, **{"limits": None} | how)
        fast.fill(sandbox.store, contacts, properties, seed)
        return sandbox

    @property
    def index_lag(self) -> float:
        """Seconds until a search sees a write."""
        return self.store.index_lag

    @index_lag.setter
    def index_lag(self, seconds: float) -> None:
        self.store.index_lag = seconds

    def _admit(self, request: Request) -> None:
        """Check the token and count the request."""
        path, query = request.scope["path"], request.scope["query_string"]
        if len(path) + 1 + len(query) > LONGEST_URL:
            raise Refusal(html(414, "Request-URI Too Large"))
        if OPEN.search(path):
            return
        now = self.store.clock()
        authorization = request.headers.get("authorization")
        token = request.state.token = self.tokens.check(authorization, to_ms(now))
        if self.limits is None:
            return
        counted = self.limits.spend(token, now, search=bool(SEARCH.search(path)))
        if not UNCOUNTED_HEADERS.search(path):
            request.state.headers = counted
