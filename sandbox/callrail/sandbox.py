"""The sandbox as tests and the demo hold it: accounts, how they are changed, and how they are served."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from starlette.requests import Request

from sandbox.callrail import reads, render
from sandbox.callrail import seed as seed_store
from sandbox.callrail.errors import ANSWERS, PAGES, rate_limited
from sandbox.callrail.fields import BY_TABLE
from sandbox.callrail.keys import USUAL_ZONE, Keys
from sandbox.callrail.store import Store
from sandbox.clock import Clock, utc_now
from sandbox.control import Control
from sandbox.faults import Faults
from sandbox.gate import Gate, Refusal
from sandbox.limits import Limits
from sandbox.served import Served

ACTIONS = ("create", "update", "say", "remove", "add_account")
VENDOR = Limits.of()  # a marker: the vendor's limits, counted afresh for each sandbox
HOURLY, DAILY = (1000, 3600.0), (10_000, 86_400.0)


class CallrailSandbox(Served):
    """CallRail accounts in memory and the API in front of them; there is one to begin with.

    `foreign_next_page`: the address of the next page names the vendor's own host. `zones_only_for_calls`:
    `time_zone` is overlooked in other lists, of which no page says that they take it.
    """

    def __init__(
        self, *, limits: Limits | None = VENDOR, clock: Clock = utc_now, seed: int = 7
    ) -> None:
        self.store = Store(clock)
        self.keys = Keys()
        self.limits = Limits.of(HOURLY, DAILY) if limits is VENDOR else limits
        self.zone = USUAL_ZONE
        self.foreign_next_page = False
        self.zones_only_for_calls = True
        self.account = self.add_account("Acme Group")
        self.app = Gate(
            routes=reads.build(self, Control(self, *ACTIONS).routes()),
            clock=lambda: self.store.clock(),  # noqa: PLW0108 - the store's clock may be replaced
            faults=Faults(ANSWERS, PAGES),
            admit=self._admit,
        )

    @classmethod
    def seeded(
        cls,
        calls: int = 2000,
        form_submissions: int = 200,
        text_messages: int = 60,
        seed: int = 7,
        **how: Any,
    ) -> "CallrailSandbox":
        """An account full of invented callers."""
        sandbox = cls(seed=seed, **how)
        counts = {
            "calls": calls,
            "form_submissions": form_submissions,
            "text_messages": text_messages,
        }
        seed_store.fill(sandbox.store, sandbox.account, counts, seed)
        return sandbox

    def _admit(self, request: Request) -> None:
        self.keys.check(request)
        if self.limits is not None and self.limits.spend():
            raise Refusal(rate_limited())

    def add_account(self, name: str, id: str | None = None) -> str:
        """Open another account and return its id."""
        return self.store.put("accounts", {"name": name}, "", id, None)

    def create(
        self,
        type: str = "calls",
        values: dict[str, Any] | None = None,
        *,
        account: str | None = None,
        id: str | None = None,
        at: datetime | None = None,
    ) -> str:
        """Create a record and return its id; `at` is when it began, was submitted or created."""
        return self.store.put(type, values or {}, account or self.account, id, at)

    def update(
        self, type: str, id: str | int, values: dict[str, Any], *, at: datetime | None = None
    ) -> None:
        """Change some members, which no stamp tells of."""
        self.store.change(type, str(id), values, at)

    def say(
        self, id: str, content: str, *, at: datetime | None = None, direction: str = "incoming"
    ) -> str:
        """Add a message to a conversation and return its id."""
        return self.store.say(id, content, at, direction)

    def remove(self, type: str, id: str | int) -> None:
        """Let a record disappear: a call marked as spam, a user, a tag."""
        self.store.remove(type, str(id))

    def truth(self, type: str) -> dict[str, Any]:
        """What there is of a table, by key, with every field, as the API shows it."""
        with self.store.lock:
            if type == "conversation_messages":
                said = [one for some in self.store.messages.values() for one in some]
                return {f"{one.conversation}:{one.id}": render.single(one) for one in said}
            every, zone = BY_TABLE[type].extra, ZoneInfo(self.zone)
            return {
                key: render.document(self.store, type, row, every, zone)
                for key, row in self.store.shelves[type].items()
            }
