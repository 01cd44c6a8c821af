"""Opening CallRail from its settings."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from pydantic import SecretStr

from sources.auth import Carrier, StaticToken
from sources.callrail.client import Callrail
from sources.callrail.policy import CALLRAIL
from sources.callrail.settings import DAILY, HOURLY, LONGEST_WAIT, CallrailSettings
from sources.config import SourceConfig, account_env
from sources.errors import ConfigError
from sources.http import Http
from sources.keeping import TokenKeeper, secret_block
from sources.limits import Limits, Rate, shared_limits

CARRIER = Carrier("Authorization", 'Token token="{}"')


@asynccontextmanager
async def open_callrail(
    config: SourceConfig, secrets: Mapping[str, SecretStr], _keeper: TokenKeeper
) -> AsyncIterator[Callrail]:
    """A connected client of the key that `config` names; `secrets` come before the environment."""
    prefix = account_env(config.name, config.kind)
    given = {name.lower(): value.get_secret_value() for name, value in secrets.items()}
    settings = CallrailSettings.of(prefix, **given)
    limits = _limits(config, settings)
    async with Http(
        settings.base_url,
        auth=StaticToken(_key(settings, prefix), CARRIER),
        limits=limits,
        policy=CALLRAIL,
        timeout=config.timeout,
        retry_attempts=config.retry_attempts,
        backoff=settings.retry_wait,
    ) as http:
        yield Callrail(http, (settings.account_id or "").strip(), limits)


def _key(settings: CallrailSettings, prefix: str) -> SecretStr:
    key = (settings.api_key.get_secret_value() if settings.api_key else "").strip()
    if not key:
        variable = f"{prefix}API_KEY"
        raise ConfigError(
            f"{variable} is not set: put an API v3 key of a CallRail user there"
            f" (on a Prefect server: a Secret block called {secret_block(variable)})"
        )
    return SecretStr(key)


def _limits(config: SourceConfig, settings: CallrailSettings) -> Limits:
    """The published limits of an hour and a day; the user may set the first, to leave others some."""
    own = config.rate_limit
    hourly = Rate(own.requests, own.seconds) if own else HOURLY
    limits = shared_limits(f"{config.name} {settings.base_url}", {"all": (hourly, DAILY)})
    limits.longest_wait = LONGEST_WAIT
    # No header tells what earlier runs have used up.
    limits.remember("all", config.spent)
    return limits
