"""Opening a Pipedrive company from its settings."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from pydantic import SecretStr

from sources.auth import Carrier, StaticToken
from sources.config import SourceConfig, account_env
from sources.errors import ConfigError
from sources.http import Http
from sources.keeping import TokenKeeper, secret_block
from sources.limits import Limits, Rate, shared_limits
from sources.pipedrive.client import Pipedrive
from sources.pipedrive.policy import PIPEDRIVE, RATES
from sources.pipedrive.settings import PipedriveSettings, addresses

CARRIER = Carrier("x-api-token", "{}")


@asynccontextmanager
async def open_pipedrive(
    config: SourceConfig, secrets: Mapping[str, SecretStr], _keeper: TokenKeeper
) -> AsyncIterator[Pipedrive]:
    """A connected client of the company that `config` names; `secrets` come before the environment."""
    prefix = account_env(config.name, config.kind)
    given = {name.lower(): value.get_secret_value() for name, value in secrets.items()}
    settings = PipedriveSettings.of(prefix, **given)
    reached = addresses(settings.base_url)
    async with Http(
        reached.base,
        auth=StaticToken(_token(settings, prefix), CARRIER),
        limits=_limits(config, reached.base),
        policy=PIPEDRIVE,
        timeout=config.timeout,
        retry_attempts=config.retry_attempts,
        backoff=settings.retry_wait,
        reserve=config.reserve,
    ) as http:
        yield Pipedrive(http, reached, config.retry_attempts)


def _token(settings: PipedriveSettings, prefix: str) -> SecretStr:
    token = settings.api_token
    if token is not None and token.get_secret_value().strip():
        return token
    variable = f"{prefix}API_TOKEN"
    raise ConfigError(
        f"{variable} is not set (on a Prefect server: a Secret block called {secret_block(variable)}):"
        " put the API token of an administrator there"
    )


def _limits(config: SourceConfig, base: str) -> Limits:
    """The account's limits, as its plan has them or as the user wants them."""
    if config.rate_limit is None:
        return shared_limits(f"{config.name} {base}", RATES)
    wanted = (Rate(config.rate_limit.requests, config.rate_limit.seconds),)
    return shared_limits(f"{config.name} {base}", {"all": wanted}, ("all",))
