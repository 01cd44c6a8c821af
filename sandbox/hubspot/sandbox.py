"""The sandbox as tests, the demo and the benchmarks hold it in their hands."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Any

from sandbox.hubspot import fast, routes
from sandbox.hubspot import seed as seed_store
from sandbox.hubspot.auth import Tokens
from sandbox.hubspot.clock import Clock, to_ms, utc_now
from sandbox.hubspot.faults import Fault, Faults
from sandbox.hubspot.gate import Call, Gate, Journal
from sandbox.hubspot.limits import Limits
from sandbox.hubspot.properties import Property
from sandbox.hubspot.records import Link, Record
from sandbox.hubspot.store import Id, Store
from sandbox.server import serve

VENDOR = Limits()  # a marker: the vendor's limits, counted afresh for each sandbox


class HubspotSandbox:
    """A HubSpot account in memory and the API in front of it."""

    def __init__(
        self, *, limits: Limits | None = VENDOR, clock: Clock = utc_now, seed: int = 7
    ) -> None:
        self.store = Store(clock, seed)
        self.tokens = Tokens()
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
        **how: Any,
    ) -> "HubspotSandbox":
        """An account full of invented people, some of them badly entered."""
        sandbox = cls(seed=seed, **how)
        fill = {"contacts": contacts, "companies": companies, "deals": deals}
        seed_store.fill(sandbox.store, fill, seed)
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

    def create(
        self,
        type: str,
        properties: Mapping[str, str],
        *,
        id: Id | None = None,
        created: datetime | None = None,
        updated: datetime | None = None,
    ) -> str:
        """Create a record and return its id; id and stamps may be given."""
        return self.store.create(type, properties, id=id, created=created, updated=updated)

    def update(
        self,
        type: str,
        id: Id,
        properties: Mapping[str, str],
        *,
        updated: datetime | None = None,
        bump: bool = True,
    ) -> None:
        """Change properties; `bump=False` leaves the modified stamp alone."""
        self.store.update(type, id, properties, updated=updated, bump=bump)

    def archive(self, type: str, id: Id) -> None:
        """Archive a record."""
        self.store.archive(type, id)

    def restore(self, type: str, id: Id, *, bump: bool = False) -> None:
        """Bring an archived record back."""
        self.store.restore(type, id, bump=bump)

    def merge(self, type: str, winner: Id, loser: Id) -> None:
        """Let one record disappear into another."""
        self.store.merge(type, winner, loser)

    def gdpr_delete(self, type: str, id: Id) -> None:
        """Remove a record from both lists."""
        self.store.gdpr_delete(type, id)

    def associate(
        self,
        from_type: str,
        from_id: Id,
        to_type: str,
        to_id: Id,
        *,
        type_id: int,
        label: str | None = None,
    ) -> None:
        """Associate two records in one direction, without touching their stamps."""
        with self.store.lock:
            ours, theirs = self.store.shelf(from_type), self.store.shelf(to_type)
            links = ours.links.setdefault((int(from_id), theirs.kind.name), [])
            links.append(Link(int(to_id), type_id, label))

    def bulk_import(self, type: str, count: int, *, updated: datetime | None = None) -> list[str]:
        """Create many records at once, all with the very same stamp, as an import does."""
        stamp = self.store.now_ms() if updated is None else to_ms(updated)
        return seed_store.bulk_import(self.store, type, count, stamp)

    def add_property(self, type: str, /, name: str, **how: Any) -> None:
        """Declare one more custom property: `add_property("deals", "crew", type="number")`."""
        with self.store.lock:
            shelf = self.store.shelf(type)
            shelf.properties[name] = Property(name, **{"custom": True} | how)
            shelf.index.answers.clear()

    def truth(self, type: str) -> dict[str, Record]:
        """The live records, by id."""
        with self.store.lock:
            shelf = self.store.shelf(type)
            return {str(number): shelf.live[number] for number in shelf.live_ids}

    def archived(self, type: str) -> dict[str, Record]:
        """The archived records, by id."""
        with self.store.lock:
            kept = self.store.archived_shelf(self.store.shelf(type))
            return {str(number): kept[number] for number in sorted(kept)}

    def merged(self, type: str) -> dict[str, str]:
        """The ids merged away, each with the id that answers for it."""
        with self.store.lock:
            shelf = self.store.shelf(type)
            return {str(loser): str(shelf.survivor(loser)) for loser in shelf.merged}
