"""A source that only pushes, as far as it can be asked: for the entities that crm-sync.toml declares."""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from pydantic import SecretStr

from sources.config import SourceConfig
from sources.entity import Entity
from sources.errors import ConfigError
from sources.keeping import TokenKeeper
from sources.page import Account, Catalogue, Page, Quota, Reading, Window
from sources.webhook.entities import pushed_entities


class NothingToAsk(ConfigError):
    """A sync was asked for of a source that only pushes."""

    def __init__(self, source: str) -> None:
        super().__init__(
            f"{source} cannot be asked for its records: it pushes them. `crm-sync webhooks serve` receives"
            " them, `crm-sync webhooks drain` brings them into their tables"
        )


class Pushing:
    """What is known of a source without asking it; it answers no questions."""

    def __init__(self, config: SourceConfig) -> None:
        self._name = config.name
        self._entities = tuple(pushed.entity for pushed in pushed_entities(config))

    async def account(self) -> Account:
        """There is none to be asked for; raises NothingToAsk."""
        raise NothingToAsk(self._name)

    async def catalogue(self, known: Mapping[str, str]) -> Catalogue:
        """What crm-sync.toml declares."""
        return Catalogue(self._entities)

    async def describe(self, entity: Entity, among: Sequence[Entity] = ()) -> Entity:
        """The entity as it is declared: nobody knows more of it."""
        return entity

    async def fetch(
        self,
        entity: Entity,
        reading: Reading,
        window: Window,
        cursor: str | None,
        *,
        keys: Sequence[str] = (),
    ) -> Page:
        """Nothing: there is nobody to be asked."""
        return Page([])

    async def quota(self) -> Quota | None:
        """There is none."""
        return None


@asynccontextmanager
async def open_webhook(
    config: SourceConfig,
    secrets: Mapping[str, SecretStr],  # noqa: ARG001 - only who receives checks signatures
    keeper: TokenKeeper,  # noqa: ARG001 - and there is no token to keep
) -> AsyncIterator[Pushing]:
    """What `config` declares; no connection is made."""
    yield Pushing(config)
