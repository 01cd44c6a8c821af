"""Opening SalesPro's tables, in Athena or in any database that holds a copy of them."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from pydantic import SecretStr

from sources.athena.connection import is_athena
from sources.athena.source import open_athena
from sources.config import SourceConfig, account_env
from sources.keeping import TokenKeeper
from sources.page import Source
from sources.salespro.activities import WithIds
from sources.salespro.entities import ENTITIES, SAID, USER_ACTIVITIES
from sources.salespro.events import MADE_OF, ORDINAL
from sources.salespro.settings import SalesProSettings

ADDRESS = "DATABASE_URL"
NUMBERED = {USER_ACTIVITIES.name: (ORDINAL, tuple(field.path for field in MADE_OF))}


@asynccontextmanager
async def open_salespro(
    config: SourceConfig, secrets: Mapping[str, SecretStr], keeper: TokenKeeper
) -> AsyncIterator[Source]:
    """A connected client of the database that `config` names; `secrets` come before the environment."""
    prefix = account_env(config.name, config.kind)
    given = {name.lower(): value.get_secret_value() for name, value in secrets.items()}
    found = SalesProSettings.of(prefix, **given).database_url
    address = found.get_secret_value().strip() if found else ""
    if is_athena(address):
        async with open_athena(
            address, f"{prefix}{ADDRESS}", config, ENTITIES, SAID, NUMBERED
        ) as athena:
            yield WithIds(athena)
        return
    # Only now: a database of another kind brings other drivers along.
    from sources.salespro.copied import open_copy

    async with open_copy(config, secrets, keeper) as source:
        yield source
