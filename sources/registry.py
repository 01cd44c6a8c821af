"""From a configured name to a source that can be asked, whatever its kind."""

from collections.abc import Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from pydantic import SecretStr

from sources.config import Config, SourceConfig, account_env, load
from sources.entity import Entity
from sources.errors import ConfigError
from sources.hubspot.entities import ENTITIES as HUBSPOT_ENTITIES
from sources.page import Source

Secrets = Mapping[str, SecretStr]


@dataclass(frozen=True, slots=True)
class SourceKind:
    """One kind of source: its entities, the variables it reads (without prefix), and how to open it."""

    name: str
    entities: Mapping[str, Entity]
    variables: tuple[str, ...]
    required: tuple[str, ...]
    open: Callable[[SourceConfig, Secrets], AbstractAsyncContextManager[Source]]


def _open_hubspot(config: SourceConfig, secrets: Secrets) -> AbstractAsyncContextManager[Source]:
    # The client is imported when a source is opened: listing sources and --help need none of it.
    from sources.hubspot.source import open_hubspot

    return open_hubspot(config, secrets)


KINDS: dict[str, SourceKind] = {
    "hubspot": SourceKind(
        "hubspot",
        HUBSPOT_ENTITIES,
        ("API_TOKEN", "BASE_URL"),
        ("API_TOKEN",),
        _open_hubspot,
    ),
}


def configured() -> Config:
    """The configuration, with every CRM known here."""
    return load({name: kind.entities.keys() for name, kind in KINDS.items()})


def kind_of(config: SourceConfig) -> SourceKind:
    """The kind of a configured source; raises ConfigError with the known kinds."""
    try:
        return KINDS[config.kind]
    except KeyError:
        known = ", ".join(sorted(KINDS))
        raise ConfigError(
            f"source {config.name} has kind {config.kind!r}; known kinds: {known}"
        ) from None


def chosen_entities(kind: SourceKind, wanted: list[str] | None) -> list[Entity]:
    """The entities to sync, all when none are named; raises ConfigError with the known ones."""
    if not wanted:
        return list(kind.entities.values())
    unknown = [name for name in wanted if name not in kind.entities]
    if unknown:
        known = ", ".join(kind.entities)
        raise ConfigError(f"{kind.name} has no entity {', '.join(unknown)}; it has: {known}")
    return [kind.entities[name] for name in dict.fromkeys(wanted)]


def variables_of(config: SourceConfig) -> dict[str, str]:
    """The environment variables of a configured source, by their short names."""
    prefix = account_env(config.name, config.kind)
    return {name: f"{prefix}{name}" for name in kind_of(config).variables}
