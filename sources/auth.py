"""How requests prove who asks: a token that stays, or one that is renewed."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Protocol

from pydantic import SecretStr

from sources.errors import Unauthorized

EARLY = timedelta(seconds=60)


class Auth(Protocol):
    """What the HTTP client asks of a credential."""

    async def token(self) -> SecretStr:
        """The token to use now."""
        ...

    async def renew(self, used: SecretStr) -> bool:
        """Get another token because `used` was turned down; False where there is none to get."""
        ...

    def headers(self, token: SecretStr) -> dict[str, str]:
        """The headers that carry `token`."""
        ...


@dataclass(frozen=True, slots=True)
class Carrier:
    """Where a token goes: a header, and the form of its value."""

    header: str = "Authorization"
    form: str = "Bearer {}"

    def headers(self, token: SecretStr) -> dict[str, str]:
        """The header with `token` in it."""
        return {self.header: self.form.format(token.get_secret_value())}


BEARER = Carrier()


class StaticToken:
    """A token that is valid until someone withdraws it."""

    def __init__(self, token: SecretStr, carrier: Carrier = BEARER) -> None:
        self._token = checked(token)
        self.headers = carrier.headers

    async def token(self) -> SecretStr:
        """The token."""
        return self._token

    async def renew(self, used: SecretStr) -> bool:
        """Never: there is no other."""
        return False


@dataclass(frozen=True, slots=True)
class Token:
    """An access token, when it ends, and, where the vendor rotates them, the next refresh token."""

    access_token: SecretStr
    expires_at: datetime
    refresh_token: SecretStr | None = None


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(slots=True)
class RefreshingToken:
    """An OAuth token: renewed a minute before it ends and when turned down, once for all who wait.

    `store` keeps a rotated refresh token. It is awaited before the new access token is used: what
    comes after a token that was lost would need a person to sign in again.
    """

    refresh: Callable[[], Awaitable[Token]]
    store: Callable[[SecretStr], Awaitable[None]] | None = None
    carrier: Carrier = BEARER
    now: Callable[[], datetime] = _utc_now
    _held: Token | None = field(default=None, init=False, repr=False)
    _renew_at: datetime = field(default=datetime.min.replace(tzinfo=UTC), init=False, repr=False)
    _flight: "asyncio.Task[Token] | None" = field(default=None, init=False, repr=False)

    def headers(self, token: SecretStr) -> dict[str, str]:
        """The header that carries `token`."""
        return self.carrier.headers(token)

    async def token(self) -> SecretStr:
        """A token good for some time yet."""
        if self._held is not None and self.now() < self._renew_at:
            return self._held.access_token
        return (await self._refreshed()).access_token

    async def renew(self, used: SecretStr) -> bool:
        """Refresh, unless someone has since `used` was handed out."""
        if self._held is None or self._held.access_token == used:
            await self._refreshed()
        return True

    async def _refreshed(self) -> Token:
        """Join the refresh under way or start one; who stops waiting does not stop the others."""
        flight = self._flight
        if flight is None or flight.done() or flight.get_loop() is not asyncio.get_running_loop():
            flight = self._flight = asyncio.create_task(self._refresh())
            flight.add_done_callback(_look_at_outcome)
        return await asyncio.shield(flight)

    async def _refresh(self) -> Token:
        token = await self.refresh()
        if self.store is not None and token.refresh_token is not None:
            await self.store(token.refresh_token)
        token = replace(token, access_token=checked(token.access_token))
        now = self.now()
        left = token.expires_at - now
        self._renew_at = now + max(
            left - EARLY, left / 2
        )  # a short-lived one is not renewed every time
        self._held = token
        return token


def _look_at_outcome(flight: "asyncio.Task[Token]") -> None:
    """Where everyone stopped waiting, asyncio would report a failure nobody can act on."""
    if not flight.cancelled():
        flight.exception()


def checked(token: SecretStr) -> SecretStr:
    """The token without blanks around it; raises Unauthorized where no header could carry it."""
    bare = token.get_secret_value().strip()
    if not bare or not bare.isascii() or not bare.isprintable():
        raise Unauthorized(
            "The token is empty or has characters no header can carry: copy it again."
        )
    return SecretStr(bare)
