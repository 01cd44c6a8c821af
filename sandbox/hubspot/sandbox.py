"""The sandbox as tests, the demo and the benchmarks hold it: an account, and how it is served."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from sandbox.hubspot import fast, routes, seed_links
from sandbox.hubspot import seed as seed_store
from sandbox.hubspot.auth import PORTAL_ID, Tokens
from sandbox.hubspot.changes import Changes
from sandbox.hubspot.clock import Clock, utc_now
from sandbox.hubspot.declarations import Declarations
from sandbox.hubspot.faults import Fault, Faults
from sandbox.hubspot.gate import Call, Gate, Journal
from sandbox.hubspot.limits import Limits
from sandbox.hubspot.store import Store
from sandbox.hubspot.truth import Truth
from sandbox.server import serve

VENDOR = Limits()  # a marker: the vendor's limits, counted afresh for each sandbox


class HubspotSandbox(Changes, Declarations, Truth):
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
        self.app = Gate(
            routes=(behind := routes.build()),
            clock=lambda: self.store.clock(),  # noqa: PLW0108 - the store's clock may be replaced
            tokens=self.tokens,
            limits=Limits() if limits is VENDOR else limits,
        )
        behind.state.sandbox = self
        behind.state.store = self.store
        behind.state.tokens = self.tokens
        behind.state.limits = lambda: self.limits

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

    def serve(self, host: str = "127.0.0.1", port: int = 0) -> AbstractContextManager[str]:
        """Answer requests while the block runs, giving the base URL."""
        return serve(self.app, host, port)

    @property
    def faults(self) -> Faults:
        """What goes wrong at present."""
        return self.app.faults

    def fault(self, kind: str, **how: Any) -> Fault:
        """Switch on a fault: `fault("bad_gateway", times=2, path="/search$")`."""
        return self.faults.add(kind, **how)

    @property
    def requests(self) -> Journal:
        """Every request so far: method, path, query, status (0 for none)."""
        return self.app.journal

    @property
    def limits(self) -> Limits | None:
        """The rate limits; None switches them off."""
        return self.app.limits

    @limits.setter
    def limits(self, limits: Limits | None) -> None:
        self.app.limits = limits

    @property
    def index_lag(self) -> float:
        """Seconds until a search sees a write."""
        return self.store.index_lag

    @index_lag.setter
    def index_lag(self, seconds: float) -> None:
        self.store.index_lag = seconds

    @property
    def before_request(self) -> Callable[[Call], None] | None:
        """Called with every request before it is answered; it may change records."""
        return self.app.before_request

    @before_request.setter
    def before_request(self, hook: Callable[[Call], None] | None) -> None:
        self.app.before_request = hook
