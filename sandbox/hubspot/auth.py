"""Who may ask: private-app tokens with scopes, and OAuth tokens that live half an hour."""

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sandbox.hubspot.errors import (
    ApiError,
    expired,
    invalid,
    missing_scope,
    unauthorized,
)

TOKEN = "pat-na1-sandbox"
CLIENT_ID = "sandbox-client"
CLIENT_SECRET = "sandbox-secret"
REFRESH_TOKEN = "na1-sandbox-refresh"
PORTAL_ID = 7654321
LIFETIME = 1800  # seconds
WELL_FORMED = re.compile(r"pat-[a-z]{2,4}\d-[\w-]+|C[\w.-]{8,}", re.ASCII)


@dataclass(frozen=True)
class Token:
    """An access token; without `scopes` it may do everything."""

    value: str
    scopes: frozenset[str] | None = None
    expires_ms: int | None = None

    @property
    def oauth(self) -> bool:
        """Whether it came from the token endpoint; such tokens have no daily limit."""
        return self.expires_ms is not None

    def may(self, *scopes: str) -> bool:
        """Whether it has at least one of some scopes."""
        return self.scopes is None or not self.scopes.isdisjoint(scopes)

    def require(self, *scopes: str) -> None:
        """Refuse unless it has at least one of some scopes."""
        if not self.may(*scopes):
            raise missing_scope(*scopes)


@dataclass
class Tokens:
    """All credentials of the account."""

    rotate_refresh_tokens: bool = False  # the vendor's are long-lived; a strict client copes anyway
    portal_id: int = PORTAL_ID
    lifetime: int = LIFETIME  # seconds, of access tokens
    _access: dict[str, Token] = field(default_factory=lambda: {TOKEN: Token(TOKEN)})
    _refresh: dict[str, frozenset[str] | None] = field(
        default_factory=lambda: {REFRESH_TOKEN: None}
    )

    def register(self, value: str, scopes: set[str] | None = None) -> None:
        """Accept a private-app token."""
        self._access[value] = Token(value, None if scopes is None else frozenset(scopes))

    def register_refresh(self, value: str, scopes: set[str] | None = None) -> None:
        """Accept a refresh token, whose access tokens get these scopes."""
        self._refresh[value] = None if scopes is None else frozenset(scopes)

    def revoke(self, value: str) -> None:
        """Forget a token of either kind."""
        self._access.pop(value, None)
        self._refresh.pop(value, None)

    def check(self, authorization: str | None, now_ms: int) -> Token:
        """The token behind an `Authorization` header, or the refusal it earns."""
        scheme, _, value = (authorization or "").partition(" ")
        if scheme.lower() != "bearer" or not value.strip():
            raise unauthorized()
        if not WELL_FORMED.fullmatch(value.strip()):
            # Such a request does not get past the proxy; this body is an assumption.
            raise ApiError(530, "The origin could not be resolved")
        token = self._access.get(value.strip())
        if token is None:
            raise unauthorized()
        if token.expires_ms is not None and now_ms >= token.expires_ms:
            raise expired()
        return token

    def grant(self, form: Mapping[str, str], now_ms: int) -> dict[str, Any]:
        """Answer a refresh with a new access token."""
        if form.get("grant_type") != "refresh_token":
            raise invalid("The sandbox grants tokens only for grant_type refresh_token")
        # Only the body for a bad refresh token is documented; the other two follow it.
        if form.get("client_id") != CLIENT_ID:
            raise _refused("CLIENT_ID", "client id", "invalid_client")
        if form.get("client_secret") != CLIENT_SECRET:
            raise _refused("CLIENT_SECRET", "client secret", "invalid_client")
        refresh = form.get("refresh_token", "")
        if refresh not in self._refresh:
            raise _refused("REFRESH_TOKEN", "refresh token", "invalid_grant")
        scopes = self._refresh[refresh]
        if self.rotate_refresh_tokens:
            del self._refresh[refresh]
            refresh = f"na1-{secrets.token_hex(16)}"
            self._refresh[refresh] = scopes
        value = f"CJ{secrets.token_hex(24)}"
        self._access[value] = Token(value, scopes, now_ms + self.lifetime * 1000)
        return {
            "token_type": "bearer",
            "access_token": value,
            "refresh_token": refresh,
            "expires_in": self.lifetime,
            "hub_id": self.portal_id,
            "user_id": 9911,
            "scopes": sorted(scopes or {"oauth"}),
            "token_use": "access_token",
        }


def _refused(name: str, words: str, error: str) -> ApiError:
    return ApiError(
        400,
        f"missing or invalid {words}",
        status=f"BAD_{name}",
        error=error,
        error_description=f"{words} is invalid, expired or revoked",
    )
