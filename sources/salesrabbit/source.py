"""Opening a SalesRabbit account from its settings."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from pydantic import SecretStr

from sources.auth import StaticToken
from sources.config import SourceConfig, account_env
from sources.errors import ConfigError
from sources.http import Http
from sources.keeping import TokenKeeper, secret_block
from sources.limits import Limits, Rate, shared_limits
from sources.salesrabbit.client import SalesRabbit
from sources.salesrabbit.policy import SALESRABBIT
from sources.salesrabbit.settings import PACE, SalesRabbitSettings


@asynccontextmanager
async def open_salesrabbit(
    config: SourceConfig, secrets: Mapping[str, SecretStr], _keeper: TokenKeeper
) -> AsyncIterator[SalesRabbit]:
    """A connected client of the account that `config` names; `secrets` come before the environment."""
    prefix = account_env(config.name, config.kind)
    given = {name.lower(): value.get_secret_value() for name, value in secrets.items()}
    settings = SalesRabbitSettings.of(prefix, **given)
    async with Http(
        settings.base_url,
        auth=StaticToken(_token(settings, prefix)),
        limits=_limits(config, settings),
        policy=SALESRABBIT,
        timeout=config.timeout,
        retry_attempts=config.retry_attempts,
        backoff=settings.retry_wait,
    ) as http:
        yield SalesRabbit(http)


def _token(settings: SalesRabbitSettings, prefix: str) -> SecretStr:
    token = (settings.api_token.get_secret_value() if settings.api_token else "").strip()
    if not token:
        variable = f"{prefix}API_TOKEN"
        raise ConfigError(
            f"{variable} is not set: put the token there that SalesRabbit shows under Integrations, API"
            f" (on a Prefect server: a Secret block called {secret_block(variable)})"
        )
    return SecretStr(token)


def _limits(config: SourceConfig, settings: SalesRabbitSettings) -> Limits:
    """One request a second, or as the user wants it."""
    own = config.rate_limit
    rate = Rate(own.requests, own.seconds) if own else PACE
    return shared_limits(f"{config.name} {settings.base_url}", {"all": (rate,)})
