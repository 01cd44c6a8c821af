"""The sandbox as tests and the demo hold it: an account, how it is changed, and how it is served."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from starlette.requests import Request

from sandbox.clock import Clock, utc_now
from sandbox.control import Control
from sandbox.faults import Faults
from sandbox.gate import Gate, Refusal
from sandbox.limits import Limits
from sandbox.salesrabbit import reads, render
from sandbox.salesrabbit import seed as seed_store
from sandbox.salesrabbit.errors import ANSWERS, PAGES, rate_limited, refusal
from sandbox.salesrabbit.store import FIRST_STATUS, FIRST_USER, Store, iso
from sandbox.served import Served

TOKEN = "sandbox-salesrabbit-token"
ACTIONS = ("create", "update", "visit", "delete", "remove")


class SalesRabbitSandbox(Served):
    """A SalesRabbit account in memory and the API in front of it.

    `nested`: addresses and coordinates are objects of their own. `empty_lists`: empty custom fields
    are `[]`. `lists_deleted`: deleted leads stay in the lists, with `deletedAt`. `settles_ties`: leads of
    the same moment come in the same order on every page; most databases do not promise that.
    """

    def __init__(
        self, *, limits: Limits | None = None, clock: Clock = utc_now, seed: int = 7
    ) -> None:
        self.store = Store(clock)
        self.limits = limits
        self.tokens = {TOKEN}
        self.nested = False
        self.empty_lists = True
        self.lists_deleted = True
        self.settles_ties = True
        self.all_users_on_every_page = True
        self.app = Gate(
            routes=reads.build(self, Control(self, *ACTIONS).routes()),
            clock=lambda: self.store.clock(),  # noqa: PLW0108 - the store's clock may be replaced
            faults=Faults(ANSWERS, PAGES),
            admit=self._admit,
        )

    @classmethod
    def seeded(
        cls, leads: int = 2000, users: int = 12, seed: int = 7, **how: Any
    ) -> "SalesRabbitSandbox":
        """An account full of invented people."""
        sandbox = cls(seed=seed, **how)
        seed_store.fill(sandbox.store, leads, users, seed)
        return sandbox

    def _admit(self, request: Request) -> None:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or token not in self.tokens:
            raise refusal(401, "Unauthorized")
        wait = self.limits.spend() if self.limits else 0.0
        if wait:
            raise Refusal(rate_limited(wait))

    def create(
        self,
        type: str = "leads",
        values: dict[str, Any] | None = None,
        *,
        id: int | str | None = None,
        created: datetime | None = None,
        updated: datetime | None = None,
    ) -> str:
        """Create a lead or a user and return its id."""
        number = None if id is None else int(id)
        return str(self.store.put(type, values or {}, number, created, updated))

    def update(
        self,
        type: str,
        id: int | str,
        values: dict[str, Any],
        *,
        updated: datetime | None = None,
        bump: bool = True,
    ) -> None:
        """Change some members; `bump=False` leaves `dateModified` alone."""
        self.store.change(type, int(id), values, updated, bump=bump)

    def visit(
        self,
        id: int | str,
        status: int = FIRST_STATUS,
        *,
        at: datetime | None = None,
        by: int = FIRST_USER,
        bump: bool = True,
    ) -> str:
        """Give a lead a status; `bump=False` moves `statusModified` alone."""
        return str(self.store.visit(int(id), status, at, by, bump=bump))

    def delete(self, id: int | str) -> None:
        """Delete a lead."""
        self.store.delete(int(id))

    def remove(self, id: int | str, type: str = "leads") -> None:
        """Leave nothing of a lead or a user."""
        self.store.remove(type, int(id))

    def truth(self, type: str) -> dict[str, Any]:
        """What there is of a table, by key, as the API shows it; of leads, those not deleted."""
        with self.store.lock:
            return self._truths()[type]()

    def _truths(self) -> dict[str, Callable[[], dict[str, Any]]]:
        store = self.store
        living = {number for number, row in store.leads.items() if row.deleted is None}
        visits = [visit for some in store.visits.values() for visit in some]
        return {
            "leads": lambda: {str(key): render.lead(store.leads[key]) for key in living},
            "users": lambda: {str(key): render.user(row) for key, row in store.users.items()},
            "lead_statuses": lambda: {
                str(key): {"name": one.name} for key, one in store.statuses.items()
            },
            "lead_status_histories": lambda: {
                f"{visit.lead}:{visit.status}:{iso(visit.at)}": {"by": visit.by} for visit in visits
            },
            "lead_status_activities": lambda: {
                str(visit.number): render.activity(store, visit) for visit in visits
            },
        }
