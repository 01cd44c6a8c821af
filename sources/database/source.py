"""Opening a database from its settings, with or without entities that a kind of source declares."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from pydantic import SecretStr

from sources.config import SourceConfig, account_env
from sources.database.address import FORM, Address
from sources.database.backends.backend import Manner
from sources.database.client import Database
from sources.database.connected import Connected
from sources.database.options import Options, Values
from sources.database.settings import DatabaseSettings
from sources.entity import Entity
from sources.errors import ConfigError
from sources.keeping import TokenKeeper, secret_block
from sources.kind import Opener, Secrets


def opener_of(
    variable: str,
    declared: Mapping[str, Entity] | None = None,
    said: Mapping[str, Values] | None = None,
    client: type[Database] = Database,
) -> Opener:
    """What opens a kind of source whose address is in `variable`.

    `said` are options of declared entities, by their names, as crm-sync.toml would give them, which it may
    overrule; `client` asks.
    """

    @asynccontextmanager
    async def open_it(
        config: SourceConfig,
        secrets: Secrets,
        keeper: TokenKeeper,  # noqa: ARG001 - a database has no refresh token to keep
    ) -> AsyncIterator[Database]:
        options = Options(config, said)
        settings = _settings(config, secrets)
        address = Address.of(_url(config, settings, variable), _named(config, variable))
        manner = Manner(config.timeout, options.of_source.query_timeout)
        connected = Connected(
            address, manner, retry_attempts=config.retry_attempts, pause=settings.retry_wait
        )
        try:
            yield client(connected, config, options, declared or {})
        finally:
            connected.close()

    return open_it


open_database = opener_of("URL")


def _settings(config: SourceConfig, secrets: Secrets) -> DatabaseSettings:
    given = {name.lower(): value.get_secret_value() for name, value in secrets.items()}
    return DatabaseSettings.of(account_env(config.name, config.kind), **given)


def _url(config: SourceConfig, settings: DatabaseSettings, variable: str) -> SecretStr:
    found: SecretStr | None = getattr(settings, variable.lower())
    if found and found.get_secret_value().strip():
        return found
    name = _named(config, variable)
    raise ConfigError(
        f"{name} is not set (on a Prefect server: a Secret or SqlAlchemyConnector block called"
        f" {secret_block(name)}): put the database's address there, {FORM}"
    )


def _named(config: SourceConfig, variable: str) -> str:
    return f"{account_env(config.name, config.kind)}{variable}"
