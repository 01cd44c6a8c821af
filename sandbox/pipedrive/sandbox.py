"""The sandbox as tests, the demo and the benchmarks hold it: a company, and how it is served."""

from datetime import timedelta
from typing import Any, Literal

from starlette.requests import Request

from sandbox.clock import Clock, offset_clock, utc_now
from sandbox.control import Control
from sandbox.gate import Gate, Refusal
from sandbox.pipedrive import seed as seed_store
from sandbox.pipedrive.answers import unauthorized
from sandbox.pipedrive.auth import COMPANY_ID, Tokens
from sandbox.pipedrive.changes import Changes
from sandbox.pipedrive.faults import trouble
from sandbox.pipedrive.limits import Limits
from sandbox.pipedrive.routes import Host, build
from sandbox.pipedrive.store import Store
from sandbox.pipedrive.truth import Truth
from sandbox.served import Served

VENDOR = Limits()  # a marker: the vendor's limits, counted afresh for each sandbox
ACTIONS = tuple(name for name in vars(Changes) if not name.startswith("_") and name != "store")


class PipedriveSandbox(Served, Changes, Truth):
    """A Pipedrive company in memory and the API in front of it; `host` is whose addresses it has."""

    def __init__(
        self,
        *,
        limits: Limits | None = VENDOR,
        clock: Clock = utc_now,
        seed: int = 7,
        company_id: int = COMPANY_ID,
        host: Host = "api",
    ) -> None:
        self.store = Store(clock, seed)
        self.store.populate()
        self.tokens = Tokens(company_id)
        self.limits = Limits() if limits is VENDOR else limits
        control = Control(self, *ACTIONS, "set_clock").routes()
        behind = build(host, control, store=self.store, tokens=self.tokens)
        self._state = behind.state
        self.end_of_list = "null"
        self.app = Gate(
            routes=behind,
            clock=lambda: self.store.clock(),  # noqa: PLW0108 - the store's clock may be replaced
            faults=trouble(),
            admit=self._admit,
        )

    @classmethod
    def seeded(
        cls,
        deals: int = 400,
        persons: int = 1500,
        organizations: int = 200,
        seed: int = 7,
        **how: Any,
    ) -> "PipedriveSandbox":
        """A company full of invented people, some of them badly entered; `leads=50` and so on for the rest."""
        fill = {"deals": deals, "persons": persons, "organizations": organizations}
        fill |= {name: how.pop(name) for name in seed_store.COUNTED if name in how}
        sandbox = cls(seed=seed, **how)
        seed_store.fill(sandbox, fill, seed)
        return sandbox

    @property
    def end_of_list(self) -> Literal["null", "missing", "nothing"]:
        """How the last page says so: a null cursor, none, or no additional data at all."""
        told: Literal["null", "missing", "nothing"] = self._state.end_of_list
        return told

    @end_of_list.setter
    def end_of_list(self, told: Literal["null", "missing", "nothing"]) -> None:
        self._state.end_of_list = told

    def set_clock(self, offset: float) -> None:
        """Let the vendor's clock be ahead of the machine's by some seconds."""
        self.store.clock = offset_clock(timedelta(seconds=offset))

    def _admit(self, request: Request) -> None:
        """Check the token and count the request."""
        token = self.tokens.of(request)
        if token is None:
            raise Refusal(unauthorized())
        request.state.token = token
        if self.limits is not None:
            told = self.limits.spend(token.value, request.url.path, self.store.clock())
            request.state.headers = told
