"""Who may ask: sessions, and the three ways to get one from the token endpoint.

https://help.salesforce.com/s/articleView?id=sf.remoteaccess_oauth_flows.htm
"""

import base64
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from starlette.requests import Request
from starlette.responses import Response

from sandbox.clock import Clock
from sandbox.salesforce.errors import not_granted, respond
from sandbox.salesforce.ids import checked

ORG_ID = "00D5e0000000001"
USER_ID = "0055e0000000001AAM"
TOKEN = f"{ORG_ID}!AQ.sandbox.session"
CLIENT_ID = "3MVG9sandbox.consumer.key"
CLIENT_SECRET = "5A4ED80XSANDBOX00SECRET"
REFRESH_TOKEN = "5Aep861sandbox.refresh"
USERNAME = "integration@acme.example"
LOGIN_HOST = "localhost"  # what stands for login.salesforce.com; the org's own host is 127.0.0.1
AUDIENCES = ("https://login.salesforce.com", "https://test.salesforce.com")
LONGEST_ASSERTION = timedelta(minutes=5)
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@cache
def _key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


def private_key() -> str:
    """The key whose certificate the app knows, made anew in each process."""
    return _key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode("ascii")


@dataclass
class Sessions:
    """Every credential of the org; a session ends when it was not used for `minutes`."""

    clock: Clock
    org_id: str = ORG_ID
    minutes: float = 120
    rotate_refresh_tokens: bool = True
    run_as: str | None = USERNAME  # whom the app acts for with client credentials
    approved: bool = True  # whether the user has approved the app
    granted: int = 0
    _used: dict[str, datetime] = field(default_factory=dict)
    _refresh: set[str] = field(default_factory=lambda: {REFRESH_TOKEN})

    def __post_init__(self) -> None:
        self.register(TOKEN)

    def register(self, token: str) -> None:
        """Accept a session id."""
        self._used[token] = self.clock()

    def expire(self) -> None:
        """End every session."""
        self._used.clear()

    def identity(self) -> str:
        """The address that names org and user."""
        return f"https://login.salesforce.com/id/{checked(self.org_id)}/{USER_ID}"

    def valid(self, authorization: str | None) -> bool:
        """Whether a header carries a session that lasts; using it makes it last longer."""
        scheme, _, token = (authorization or "").partition(" ")
        since, now = self._used.get(token.strip()), self.clock()
        if scheme not in ("Bearer", "OAuth") or since is None:
            return False
        if (now - since).total_seconds() > self.minutes * 60:
            return False
        self._used[token.strip()] = now
        return True

    def grant(self, form: Mapping[str, str], host: str) -> dict[str, Any]:
        """Answer a request for a token."""
        kind = form.get("grant_type")
        if kind == JWT_BEARER:
            self._check_assertion(form.get("assertion", ""))
        elif kind == "client_credentials":
            if host == LOGIN_HOST:
                raise not_granted("invalid_grant", "request not supported on this domain")
            self._check_app(form)
            if self.run_as is None:
                raise not_granted("invalid_grant", "no client credentials user enabled")
        elif kind == "refresh_token":
            self._check_app(form)
            if form.get("refresh_token") not in self._refresh:
                raise not_granted("invalid_grant", "expired access/refresh token")
        else:
            raise not_granted("unsupported_grant_type", "grant type not supported")
        return self._session(form, rotate=kind == "refresh_token" and self.rotate_refresh_tokens)

    def _session(self, form: Mapping[str, str], *, rotate: bool) -> dict[str, Any]:
        self.granted += 1
        token = f"{self.org_id}!AQ.{secrets.token_hex(20)}"
        self.register(token)
        issued = int(self.clock().timestamp() * 1000)
        answer = {
            "access_token": token,
            "id": self.identity(),
            "issued_at": str(issued),
            "signature": base64.b64encode(secrets.token_bytes(32)).decode(),
            "token_type": "Bearer",
            "scope": "api",
        }
        if rotate:
            self._refresh.discard(form["refresh_token"])
            answer["refresh_token"] = f"5Aep861{secrets.token_hex(16)}"
            self._refresh.add(answer["refresh_token"])
        return answer

    def _check_app(self, form: Mapping[str, str]) -> None:
        if form.get("client_id") != CLIENT_ID:
            raise not_granted("invalid_client_id", "client identifier invalid")
        if form.get("client_secret") != CLIENT_SECRET:
            raise not_granted("invalid_client", "invalid client credentials")

    def _check_assertion(self, assertion: str) -> None:
        head, _, signature = assertion.rpartition(".")
        try:
            header, claims = (
                msgspec.json.decode(_decoded(part), type=dict[str, Any]) for part in head.split(".")
            )
            _key().public_key().verify(
                _decoded(signature), head.encode(), padding.PKCS1v15(), SHA256()
            )
        except (ValueError, msgspec.DecodeError, InvalidSignature) as error:
            raise not_granted("invalid_grant", "invalid assertion") from error
        if header.get("alg") != "RS256":
            raise not_granted("invalid_grant", "invalid assertion")
        self._check_claims(claims)

    def _check_claims(self, claims: Mapping[str, Any]) -> None:
        left = float(claims.get("exp", 0)) - self.clock().timestamp()
        if not 0 < left <= LONGEST_ASSERTION.total_seconds():
            raise not_granted("invalid_grant", "expired authorization code")
        if claims.get("aud") not in AUDIENCES:
            raise not_granted("invalid_grant", "audience is invalid")
        if claims.get("iss") != CLIENT_ID:
            raise not_granted("invalid_client_id", "client identifier invalid")
        if claims.get("sub") != USERNAME or not self.approved:
            raise not_granted("invalid_grant", "user hasn't approved this consumer")


def _decoded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def sessions_of(request: Request) -> Sessions:
    """The org's credentials."""
    sessions: Sessions = request.app.state.sessions
    return sessions


async def token(request: Request) -> Response:
    """A new session, and the host at which it counts, which is never the login host."""
    form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
    form |= _basic(request.headers.get("authorization", ""))
    host, _, port = request.headers.get("host", "").partition(":")
    instance = "127.0.0.1" if host == LOGIN_HOST else host
    address = f"{request.url.scheme}://{instance}{':' if port else ''}{port}"
    return respond(sessions_of(request).grant(form, host) | {"instance_url": address})


def _basic(authorization: str) -> dict[str, str]:
    scheme, _, encoded = authorization.partition(" ")
    if scheme != "Basic":
        return {}
    name, _, secret = base64.b64decode(encoded).decode().partition(":")
    return {"client_id": name, "client_secret": secret}
