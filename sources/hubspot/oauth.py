"""HubSpot's OAuth apps: access tokens of half an hour, for which a refresh token is traded in.

https://developers.hubspot.com/docs/api-reference/2026-03/authentication/manage-oauth-tokens
"""

import asyncio
import re
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode

from pydantic import SecretStr

from sources.auth import RefreshingToken, Token
from sources.errors import BadAnswer, Unauthorized
from sources.http import Http
from sources.hubspot.policy import judge
from sources.keeping import TokenKeeper
from sources.policy import Policy, Reply, Verdict

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
LIFETIME = 1800  # seconds, where the answer does not say
DAY = 24 * 3600
# Between looks at what is kept: whoever has just rotated the token may still be writing it down.
PAUSES = (0.0, 0.0, 0.3, 1.0, 2.0)
SPENT = frozenset({"BAD_REFRESH_TOKEN", "INVALID_GRANT"})
_CODE = re.compile(r"[A-Za-z_]{3,40}")


class BadRefreshToken(Unauthorized):
    """The refresh token is invalid, expired, revoked, or spent."""


@dataclass(frozen=True, slots=True)
class OAuthApp:
    """An app as one account has authorised it; `prefix` is how its variables begin."""

    prefix: str
    client_id: str
    client_secret: SecretStr
    refresh_token: SecretStr


@dataclass(slots=True)
class Renewal:
    """Trades refresh tokens for access tokens, each time beginning with the newest that is known.

    `http` asks the token endpoint alone: without credential, and apart from the account's limits.
    """

    http: Http
    app: OAuthApp
    keeper: TokenKeeper
    version: str
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep
    _unkept: SecretStr | None = field(default=None, init=False, repr=False)

    def auth(self) -> RefreshingToken:
        """The credential for the account's requests."""
        return RefreshingToken(self.refresh, self.keep, now=self.now)

    async def refresh(self) -> Token:
        """A new access token; raises Unauthorized where no refresh token that is known will do."""
        tried: list[SecretStr] = []
        async with aclosing(self._known()) as known:
            async for token in known:
                if token in tried:
                    continue
                tried.append(token)
                with suppress(BadRefreshToken):
                    return await self._trade(token)
        raise BadRefreshToken(
            "HubSpot refuses the refresh token of the OAuth app: it is invalid, expired or revoked."
            f" Authorise the app again and put its new refresh token into {self.keeper.place}"
        )

    async def keep(self, token: SecretStr) -> None:
        """Write a rotated token down; where that fails, the next refresh here still begins with it."""
        self._unkept = token
        await self.keeper.keep(token)
        self._unkept = None

    async def _known(self) -> AsyncGenerator[SecretStr]:
        """Refresh tokens, the likeliest first: another process may have rotated the one at hand."""
        if self._unkept is not None:
            yield self._unkept
        for pause in PAUSES:
            await self.sleep(pause)
            yield await self.keeper.kept() or self.app.refresh_token
        # An app that is authorised again may get the token it was first given.
        yield self.app.refresh_token

    async def _trade(self, token: SecretStr) -> Token:
        asked_at = self.now()
        form = {
            "grant_type": "refresh_token",
            "client_id": self.app.client_id,
            "client_secret": self.app.client_secret.get_secret_value(),
            "refresh_token": token.get_secret_value(),
        }
        try:
            # In the body alone: addresses end up in the logs of whoever passes them on.
            reply = await self.http.request(
                "POST", token_path(self.version), content=urlencode(form).encode(), headers=FORM
            )
        except BadRefreshToken:
            raise
        except Unauthorized as error:
            names = f"{self.app.prefix}CLIENT_ID and {self.app.prefix}CLIENT_SECRET"
            raise Unauthorized(f"{error} (check {names})") from None
        return _granted(reply, asked_at, token)


def token_path(version: str) -> str:
    """The token endpoint; what is not a date is a version of the CRM, which has others."""
    return f"/oauth/{'v3' if version.startswith('v') else version}/token"


def judge_grant(reply: Reply) -> Verdict:
    """What a refusal of the token endpoint means; of its words only codes, for others may quote secrets."""
    verdict = judge(reply)
    codes = [
        code
        for key in ("status", "error", "category")
        if isinstance(code := reply.details().get(key), str) and _CODE.fullmatch(code)
    ]
    verdict = replace(verdict, text=", ".join(codes))
    if reply.status not in {400, 401}:
        return verdict
    spent = not SPENT.isdisjoint(code.upper() for code in codes)
    return replace(verdict, error=BadRefreshToken if spent else Unauthorized)


GRANTS = Policy(judge_grant)


def _granted(reply: Reply, asked_at: datetime, used: SecretStr) -> Token:
    """The tokens of an answer; a refresh token that stayed the same need not be kept."""
    answer = reply.details()
    access, refresh = _text(answer, "access_token"), _text(answer, "refresh_token")
    if not access:
        raise BadAnswer("HubSpot's token endpoint answered without an access token")
    seconds = answer.get("expires_in")
    if not isinstance(seconds, int | Decimal) or not 0 < seconds <= DAY:
        seconds = LIFETIME
    rotated = SecretStr(refresh) if refresh and refresh != used.get_secret_value() else None
    return Token(SecretStr(access), asked_at + timedelta(seconds=float(seconds)), rotated)


def _text(answer: Mapping[str, Any], key: str) -> str:
    value = answer.get(key)
    return value.strip() if isinstance(value, str) else ""
