"""Whose key it is: which accounts its user sees, what is kept from them, and their time zone."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from zoneinfo import ZoneInfo

from starlette.requests import Request

from sandbox.callrail.errors import forbidden, refusal
from sandbox.gate import Refusal

KEY = "sandbox-callrail-key"
USUAL_ZONE = "America/New_York"
# With quotes around the key or without.
TOKEN = re.compile(r'Token token="?([^"]+)"?')


@dataclass(frozen=True, slots=True)
class Key:
    """An API key; without `accounts` its user sees all of them."""

    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo(USUAL_ZONE))
    accounts: frozenset[str] | None = None
    forbidden: frozenset[str] = frozenset()

    def sees(self, account: str) -> bool:
        """Whether its user may see an account."""
        return self.accounts is None or account in self.accounts

    def require(self, resource: str) -> None:
        """Refuse what its user may not see."""
        if resource in self.forbidden:
            raise Refusal(forbidden())


@dataclass
class Keys:
    """All keys there are."""

    known: dict[str, Key] = field(default_factory=lambda: {KEY: Key()})

    def register(
        self,
        value: str = KEY,
        *,
        zone: str = USUAL_ZONE,
        accounts: Iterable[str] | None = None,
        forbidden: Iterable[str] = (),
    ) -> None:
        """Accept a key, or change what it may do; `forbidden` are resources as in `users.json`."""
        seen = None if accounts is None else frozenset(accounts)
        self.known[value] = Key(ZoneInfo(zone), seen, frozenset(forbidden))

    def check(self, request: Request) -> Key:
        """The key a request came with, or the refusal it earns."""
        found = TOKEN.fullmatch(request.headers.get("authorization", ""))
        key = self.known.get(found[1]) if found else None
        if key is None:
            raise refusal(401, "HTTP Token: Access denied.")
        return key
