"""Which credential an account's settings hold: a token, or an OAuth app with its refresh token."""

from collections.abc import Sequence

from pydantic import SecretStr

from sources.errors import ConfigError
from sources.hubspot.oauth import OAuthApp
from sources.hubspot.settings import HubspotSettings
from sources.keeping import secret_block

APP = ("CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN")


def credential_of(settings: HubspotSettings, prefix: str) -> SecretStr | OAuthApp:
    """The credential to use; raises ConfigError where there is none, half of one, or two."""
    token, refresh_token = _bare(settings.api_token), _bare(settings.refresh_token)
    # Client id and secret alone only name an app, as its webhooks may need it.
    if token and refresh_token:
        raise ConfigError(
            f"{prefix}API_TOKEN and {prefix}REFRESH_TOKEN are both set, and may lead to different"
            " accounts: remove the one that is not meant (the variable or the Secret block)"
        )
    if token:
        return SecretStr(token)
    client_id, client_secret = (settings.client_id or "").strip(), _bare(settings.client_secret)
    found = zip(APP, (client_id, client_secret, refresh_token), strict=True)
    if lacking := [f"{prefix}{name}" for name, value in found if not value]:
        raise ConfigError(_advice(prefix, lacking))
    return OAuthApp(prefix, client_id, SecretStr(client_secret), SecretStr(refresh_token))


def _advice(prefix: str, lacking: Sequence[str]) -> str:
    app = _listed([f"{prefix}{name}" for name in APP])
    if len(lacking) < len(APP):
        return f"{_not_set(lacking)}: an OAuth app needs {app}"
    return (
        f"{_not_set([f'{prefix}API_TOKEN'])}: put a HubSpot service key or private-app token there;"
        f" or, for an OAuth app, set {app}"
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
