"""Who may ask: tokens that belong to a user, and show what that user may see."""

from dataclasses import dataclass, field

from starlette.requests import Request

from sandbox.pipedrive.kind import ADMIN
from sandbox.pipedrive.records import Record

TOKEN = "0123456789abcdef0123456789abcdef01234567"
COMPANY_ID = 15_043_420
COMPANY_DOMAIN = "acme"
OWNER_ONLY = 1  # of `visible_to`
OWNERS = ("owner_id", "user_id")


@dataclass(frozen=True)
class Token:
    """A token; without `sees_all` it hides what other users keep to themselves; None: every scope."""

    value: str
    user_id: int = ADMIN
    sees_all: bool = True
    scopes: frozenset[str] | None = None

    def may_see(self, record: Record) -> bool:
        """Whether the token's user sees a record; what they may not see is missing without a word."""
        if self.sees_all or record.values.get("visible_to") != OWNER_ONLY:
            return True
        return any(record.values.get(name) == self.user_id for name in OWNERS)

    def may(self, scope: str) -> bool:
        """Whether it may read something."""
        return self.scopes is None or scope in self.scopes


@dataclass
class Tokens:
    """All credentials of the company."""

    company_id: int = COMPANY_ID
    known: dict[str, Token] = field(default_factory=lambda: {TOKEN: Token(TOKEN)})

    def register(
        self,
        value: str,
        *,
        user_id: int = ADMIN,
        sees_all: bool = True,
        scopes: set[str] | None = None,
    ) -> None:
        """Accept a token; `scopes` name the kinds of records it may read."""
        rights = None if scopes is None else frozenset(scopes)
        self.known[value] = Token(value, user_id, sees_all, rights)

    def revoke(self, value: str) -> None:
        """Forget a token."""
        self.known.pop(value, None)

    def of(self, request: Request) -> Token | None:
        """The token of a request: in either header, or, as of old, in the query."""
        scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
        value = (
            request.headers.get("x-api-token")
            or (bearer if scheme.lower() == "bearer" else "")
            or request.query_params.get("api_token")
        )
        return self.known.get(value or "")
