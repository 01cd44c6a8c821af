"""Opening a HubSpot account from its settings."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr

from sources.auth import Auth, StaticToken
from sources.config import SourceConfig, account_env
from sources.http import Http
from sources.hubspot.client import Hubspot
from sources.hubspot.credential import credential_of
from sources.hubspot.entities import ENTITIES
from sources.hubspot.oauth import GRANTS, OAuthApp, Renewal
from sources.hubspot.policy import HUBSPOT, OAUTH_RATES, RATES
from sources.hubspot.settings import HubspotSettings
from sources.keeping import TokenKeeper
from sources.limits import Limits, Rate, shared_limits


@asynccontextmanager
async def open_hubspot(
    config: SourceConfig, secrets: Mapping[str, SecretStr], keeper: TokenKeeper
) -> AsyncIterator[Hubspot]:
    """A connected client of the account that `config` names; `secrets` come before the environment."""
    prefix = account_env(config.name, config.kind)
    given = {name.lower(): value.get_secret_value() for name, value in secrets.items()}
    settings = HubspotSettings.of(prefix, **given)
    credential = credential_of(settings, prefix)
    manner: dict[str, Any] = {
        "timeout": config.timeout,
        "retry_attempts": config.retry_attempts,
        "backoff": settings.retry_wait,
    }
    async with (
        # Has limits of its own: the account's do not count how often tokens are renewed.
        Http(settings.base_url, policy=GRANTS, **manner) as endpoint,
        Http(
            settings.base_url,
            auth=_auth(credential, endpoint, keeper, settings.api_version),
            limits=_limits(config, settings, credential),
            policy=HUBSPOT,
            reserve=config.reserve,
            **manner,
        ) as http,
    ):
        named = {
            name: said.object_type
            for name, said in config.entities.items()
            if said.object_type and name not in ENTITIES
        }
        yield Hubspot(http, settings.api_version, config.data_sensitivity, named)


def _auth(
    credential: SecretStr | OAuthApp, endpoint: Http, keeper: TokenKeeper, version: str
) -> Auth:
    if isinstance(credential, OAuthApp):
        return Renewal(endpoint, credential, keeper, version).auth()
    return StaticToken(credential)


def _limits(
    config: SourceConfig, settings: HubspotSettings, credential: SecretStr | OAuthApp
) -> Limits:
    """The account's limits, as published or as the user wants them."""
    rates = dict(OAUTH_RATES if isinstance(credential, OAuthApp) else RATES)
    fixed: tuple[str, ...] = ()
    rates["search"] = (Rate(settings.searches_per_second, 1.0),)
    if config.rate_limit is not None:
        rates["all"] = (Rate(config.rate_limit.requests, config.rate_limit.seconds),)
        fixed = ("all",)
    return shared_limits(f"{config.name} {settings.base_url}", rates, fixed)
