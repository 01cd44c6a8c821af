"""Which credential an org's settings hold: a session, or an app with one of two ways to open one."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import SecretStr

from sources.errors import ConfigError
from sources.keeping import secret_block
from sources.salesforce.settings import LOGIN_URL, SalesforceSettings


@dataclass(frozen=True, slots=True)
class Session:
    """An access token that somebody else has got."""

    token: SecretStr
    instance_url: str


@dataclass(frozen=True, slots=True)
class App:
    """An app of the org; `prefix` is how its variables begin, `login_url` where it asks for sessions.

    With a `username` it signs an assertion with its `secret`, a private key; else that is the client
    secret, and it acts for the user that its own settings name.
    """

    prefix: str
    client_id: str
    secret: SecretStr
    login_url: str
    username: str = ""


def credential_of(settings: SalesforceSettings, prefix: str) -> Session | App:
    """The credential to use; raises ConfigError where there is none, half of one, or two."""
    token, secret = _bare(settings.access_token), _bare(settings.client_secret)
    key = _bare(settings.private_key)
    instance_url = (settings.instance_url or "").strip()
    login_url = (settings.login_url or "").strip()
    _refuse_several(prefix, {"ACCESS_TOKEN": token, "CLIENT_SECRET": secret, "PRIVATE_KEY": key})
    if token:
        _require(prefix, {"INSTANCE_URL": instance_url})
        return Session(SecretStr(token), instance_url)
    client_id = (settings.client_id or "").strip()
    username = (settings.username or "").strip()
    if key or username:
        _require(prefix, {"CLIENT_ID": client_id, "USERNAME": username, "PRIVATE_KEY": key})
        return App(prefix, client_id, SecretStr(_pem(key)), login_url or LOGIN_URL, username)
    if not client_id and not secret:
        raise ConfigError(_advice(prefix))
    needed = {"CLIENT_ID": client_id, "CLIENT_SECRET": secret}
    # Only the org's own host grants client credentials.
    _require(prefix, needed | {"LOGIN_URL": login_url or instance_url})
    return App(prefix, client_id, SecretStr(secret), login_url or instance_url)


def _refuse_several(prefix: str, found: dict[str, str]) -> None:
    there = [f"{prefix}{name}" for name, value in found.items() if value]
    if len(there) > 1:
        raise ConfigError(
            f"{_listed(there)} are set, and each is a credential of its own: remove what is not meant"
            " (the variable or the Secret block)"
        )


def _require(prefix: str, found: dict[str, str]) -> None:
    lacking = [f"{prefix}{name}" for name, value in found.items() if not value]
    if lacking:
        raise ConfigError(
            f"{_not_set(lacking)}: the way in that was begun needs"
            f" {_listed([f'{prefix}{name}' for name in found])}"
        )


def _advice(prefix: str) -> str:
    return (
        f"{_not_set([f'{prefix}CLIENT_ID'])}: create an External Client App with the client-credentials"
        f" flow in Salesforce and put its consumer key there, its secret into {prefix}CLIENT_SECRET and"
        f" the org's address (https://….my.salesforce.com) into {prefix}LOGIN_URL; or, for the JWT"
        f" bearer flow, set {prefix}CLIENT_ID, {prefix}USERNAME and {prefix}PRIVATE_KEY; or, to try it"
        f" out, {prefix}INSTANCE_URL and {prefix}ACCESS_TOKEN"
    )


def _not_set(variables: Sequence[str]) -> str:
    verb, blocks = ("is", "a Secret block") if len(variables) == 1 else ("are", "Secret blocks")
    named = _listed([secret_block(variable) for variable in variables])
    return f"{_listed(variables)} {verb} not set (on a Prefect server: {blocks} called {named})"


def _listed(names: Sequence[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} and {last}" if most else last


def _bare(secret: SecretStr | None) -> str:
    return secret.get_secret_value().strip() if secret is not None else ""


def _pem(key: str) -> str:
    """A key as PEM has it: in a variable of one line, line ends are often written out."""
    return key.replace("\\n", "\n")
