"""Sessions for apps: by client credentials, or by an assertion that the app signs (JWT bearer).

https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_client_credentials_flow.htm,
https://help.salesforce.com/s/articleView?id=xcloud.remoteaccess_oauth_jwt_flow.htm
"""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode, urlsplit

import msgspec
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import SecretStr

from sources.auth import RefreshingToken, Token
from sources.errors import BadAnswer, ConfigError, RetryLater, Unauthorized
from sources.http import Http
from sources.policy import Policy, Reply, Verdict, judge_by_status, vendor_text
from sources.salesforce.credential import App
from sources.salesforce.ids import org_of, whole

ENDPOINT = "/services/oauth2/token"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
PRODUCTION, TEST = "https://login.salesforce.com", "https://test.salesforce.com"
ASSERTION_LIVES = timedelta(minutes=3)
# Answers do not say how long a session lasts, and use prolongs it: it counts until it is turned down.
UNSAID = timedelta(days=365)
# Salesforce's words that say no more than words can: no keys, no names.
_WORDS = re.compile(r"[A-Za-z][A-Za-z'/-]*( [A-Za-z'/-]+){0,12}")
_CODE = re.compile(r"[a-z_]{3,40}")
_ORG = re.compile(r"/id/(00D[A-Za-z0-9]{12,15})/")


@dataclass(slots=True)
class Sessions:
    """Opens sessions for an app; knows at which address the last one counts, and of which org it is.

    `http` asks the token endpoint alone: without credential, and apart from the org's limits.
    """

    http: Http
    app: App
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    instance_url: str = field(default="", init=False)
    org_id: str = field(default="", init=False)

    def auth(self) -> RefreshingToken:
        """The credential for the org's requests: one session for all, a new one when it ends."""
        return RefreshingToken(self.open, now=self.now)

    async def open(self) -> Token:
        """A new session; raises Unauthorized with what is wrong and where to mend it."""
        form = self._asserted() if self.app.username else self._credentials()
        try:
            # In the body alone: addresses end up in the logs of whoever passes them on.
            reply = await self.http.request(
                "POST", ENDPOINT, content=urlencode(form).encode(), headers=FORM
            )
        except Unauthorized as error:
            raise Unauthorized(f"{error} ({self._advice(str(error))})") from None
        return self._granted(reply)

    def _credentials(self) -> dict[str, str]:
        return {
            "grant_type": "client_credentials",
            "client_id": self.app.client_id,
            "client_secret": self.app.secret.get_secret_value(),
        }

    def _asserted(self) -> dict[str, str]:
        ends = int((self.now() + ASSERTION_LIVES).timestamp())
        claims = {
            "iss": self.app.client_id,
            "sub": self.app.username,
            "aud": audience(self.app.login_url),
            "exp": ends,
        }
        key = f"{self.app.prefix}PRIVATE_KEY"
        return {"grant_type": JWT_BEARER, "assertion": signed(claims, self.app.secret, key)}

    def _granted(self, reply: Reply) -> Token:
        answer = reply.details()
        token, address = answer.get("access_token"), answer.get("instance_url")
        if not isinstance(token, str) or not isinstance(address, str) or not token.strip():
            raise BadAnswer("Salesforce's token endpoint answered without a session or its address")
        self.instance_url = address.rstrip("/")
        found = _ORG.search(str(answer.get("id")))
        self.org_id = whole(found[1]) if found else org_of(token)
        return Token(SecretStr(token.strip()), self.now() + UNSAID)

    def _advice(self, said: str) -> str:
        """Where to look, by what Salesforce calls the mistake."""
        prefix = self.app.prefix
        for words, advice in _REMEDIES.items():
            if words in said:
                return advice.replace("{prefix}", prefix)
        secret = "PRIVATE_KEY" if self.app.username else "CLIENT_SECRET"
        return f"check {prefix}CLIENT_ID, {prefix}{secret} and {prefix}LOGIN_URL"


_REMEDIES = {
    "invalid_client_id": "no app has the consumer key in {prefix}CLIENT_ID",
    "invalid_client": "{prefix}CLIENT_SECRET is not the secret of the app in {prefix}CLIENT_ID",
    "not supported on this domain": (
        "client credentials are granted by the org's own address alone: put"
        " https://….my.salesforce.com into {prefix}LOGIN_URL"
    ),
    "no client credentials user": "choose a “run as” user in the app's client-credentials settings",
    "approved this consumer": (
        "let an administrator pre-authorise the app for the user in {prefix}USERNAME, and check that"
        " name"
    ),
    "audience is invalid": "{prefix}LOGIN_URL belongs to another kind of org: production or sandbox",
    "invalid assertion": "{prefix}PRIVATE_KEY does not belong to the certificate of the app",
    "inactive": "the user that the app acts for is inactive",
}


def judge_grant(reply: Reply) -> Verdict:
    """What a refusal of the token endpoint means; of its words only those that can hold no secret."""
    details = reply.details()
    code, text = str(details.get("error") or ""), vendor_text(details)
    said = [code] if _CODE.fullmatch(code) else []
    said += [text] if text != code and _WORDS.fullmatch(text) else []
    verdict = replace(judge_by_status(reply), text=": ".join(said))
    if code == "rate_limit_exceeded":
        return replace(verdict, error=RetryLater)
    return replace(verdict, error=Unauthorized) if reply.status in {400, 401, 403} else verdict


GRANTS = Policy(judge_grant)


def audience(login_url: str) -> str:
    """Whom an assertion is meant for: never the org's own host, only the kind of org."""
    host = urlsplit(login_url).hostname or ""
    test = host == "test.salesforce.com" or ".sandbox." in host
    return TEST if test else PRODUCTION


def signed(claims: Mapping[str, object], key: SecretStr, variable: str) -> str:
    """A JWT by RS256; raises ConfigError where the key cannot sign."""
    try:
        loaded = load_pem_private_key(key.get_secret_value().encode(), None)
    except (ValueError, TypeError):
        # Not chained: parsers quote what they cannot read.
        loaded = None
    if not isinstance(loaded, RSAPrivateKey):
        raise ConfigError(
            f"{variable} is not an RSA private key in PEM without passphrase: it begins with"
            " -----BEGIN PRIVATE KEY-----"
        )
    head = ".".join(map(_encoded, (msgspec.json.encode({"alg": "RS256"}), _json(claims))))
    return f"{head}.{_encoded(loaded.sign(head.encode(), PKCS1v15(), SHA256()))}"


def _json(claims: Mapping[str, object]) -> bytes:
    return msgspec.json.encode(dict(claims))


def _encoded(part: bytes) -> str:
    return base64.urlsafe_b64encode(part).rstrip(b"=").decode()
