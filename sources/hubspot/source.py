"""Opening a HubSpot account from its settings."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from pydantic import SecretStr

from sources.auth import StaticToken
from sources.config import SourceConfig, account_env
from sources.errors import ConfigError
from sources.http import Http
from sources.hubspot.client import Hubspot
from sources.hubspot.policy import HUBSPOT, RATES
from sources.hubspot.settings import HubspotSettings
from sources.limits import Rate, shared_limits


@asynccontextmanager
async def open_hubspot(
    config: SourceConfig, secrets: Mapping[str, SecretStr]
) -> AsyncIterator[Hubspot]:
    """A connected client of the account that `config` names; `secrets` come before the environment."""
    prefix = account_env(config.name, config.kind)
    given = {name.lower(): value.get_secret_value() for name, value in secrets.items()}
    settings = HubspotSettings.of(prefix, **given)
    if settings.api_token is None or not settings.api_token.get_secret_value():
        raise ConfigError(
            f"{prefix}API_TOKEN is not set: put a HubSpot service key or private-app token there"
            f" (on a Prefect server: a Secret block called {secret_block(prefix, 'API_TOKEN')})"
        )
    rates, fixed = dict(RATES), tuple[str, ...]()
    rates["search"] = (Rate(settings.searches_per_second, 1.0),)
    if config.rate_limit is not None:
        rates["all"] = (Rate(config.rate_limit.requests, config.rate_limit.seconds),)
        fixed = ("all",)
    async with Http(
        settings.base_url,
        auth=StaticToken(settings.api_token),
        limits=shared_limits(f"{config.name} {settings.base_url}", rates, fixed),
        policy=HUBSPOT,
        timeout=config.timeout,
        retry_attempts=config.retry_attempts,
        backoff=settings.retry_wait,
    ) as http:
        yield Hubspot(http, settings.api_version, config.data_sensitivity)


def secret_block(prefix: str, name: str) -> str:
    """What Prefect's block for a variable is called: lower case, with dashes."""
    return f"{prefix}{name}".lower().replace("_", "-")
