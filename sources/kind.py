"""What a kind of source is, as data: every CRM has one."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from importlib import import_module

from pydantic import SecretStr

from sources.config import SourceConfig
from sources.entity import Companion, Entity
from sources.keeping import TokenKeeper
from sources.page import Source

Secrets = Mapping[str, SecretStr]
Opener = Callable[[SourceConfig, Secrets, TokenKeeper], AbstractAsyncContextManager[Source]]


def none_beside(_entity: Entity) -> Sequence[Companion]:
    """Of a kind that reads nothing beside records."""
    return ()


@dataclass(frozen=True, slots=True)
class SourceKind:
    """One kind of source: its entities, the variables it reads (without prefix), and what opens it.

    `required` are sets of variables of which one must be there; `beside` are the tables filled beside
    those of its entities, `companions` those that may hold something of one entity's records, whatever is
    configured, `options` the keys it takes in crm-sync.toml beyond those of all kinds.
    `custom_objects`: an account may have entities of its own; `any_entity`: they are named in
    crm-sync.toml, or found. `shared_prefix` begins variables that hold for every source of the kind which
    has none of its own. `addresses` are those of its variables that hold a database's URL.
    `counts_requests`: the source does not say
    how many requests are left, so that those of earlier runs count. `opener` is named, not imported: who
    lists sources needs no client.
    """

    name: str
    entities: Mapping[str, Entity]
    variables: tuple[str, ...]
    required: tuple[tuple[str, ...], ...]
    opener: str | Opener
    beside: tuple[Entity, ...] = ()
    companions: Callable[[Entity], Sequence[Companion]] = none_beside
    options: frozenset[str] = frozenset()
    custom_objects: bool = False
    any_entity: bool = False
    shared_prefix: str = ""
    addresses: tuple[str, ...] = ()
    counts_requests: bool = False

    def open(
        self, config: SourceConfig, secrets: Secrets, keeper: TokenKeeper
    ) -> AbstractAsyncContextManager[Source]:
        """A connected client of a configured source, closed at the end of the block."""
        if not isinstance(self.opener, str):
            return self.opener(config, secrets, keeper)
        module, _, name = self.opener.partition(":")
        opener: Opener = getattr(import_module(module), name)
        return opener(config, secrets, keeper)
