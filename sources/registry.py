"""From a configured name to a source that can be asked, whatever its kind."""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from pydantic import SecretStr

from sources.config import Config, SourceConfig, account_env, load
from sources.config import SourceKind as Accepted
from sources.config_tables import OF_SOME_KINDS
from sources.config_values import suggestion
from sources.entity import Entity
from sources.errors import ConfigError, UnknownEntity
from sources.hubspot.beside import ASSOCIATIONS, HISTORY
from sources.hubspot.entities import ENTITIES as HUBSPOT_ENTITIES
from sources.keeping import TokenKeeper
from sources.page import Source

Secrets = Mapping[str, SecretStr]


@dataclass(frozen=True, slots=True)
class SourceKind:
    """One kind of source: its entities, the variables it reads (without prefix), and how to open it.

    `required` are sets of variables of which one must be there; `beside` are the tables filled beside
    those of its entities, `options` the keys it takes in crm-sync.toml beyond those of all kinds.
    `custom_objects`: an account may have entities of its own. `counts_requests`: the source does not say
    how many requests are left, so that those of earlier runs count.
    """

    name: str
    entities: Mapping[str, Entity]
    variables: tuple[str, ...]
    required: tuple[tuple[str, ...], ...]
    open: Callable[[SourceConfig, Secrets, TokenKeeper], AbstractAsyncContextManager[Source]]
    beside: tuple[Entity, ...] = ()
    options: frozenset[str] = frozenset()
    counts_requests: bool = False
    custom_objects: bool = False


def _open_hubspot(
    config: SourceConfig, secrets: Secrets, keeper: TokenKeeper
) -> AbstractAsyncContextManager[Source]:
    # The client is imported when a source is opened: listing sources and --help need none of it.
    from sources.hubspot.source import open_hubspot

    return open_hubspot(config, secrets, keeper)


KINDS: dict[str, SourceKind] = {
    "hubspot": SourceKind(
        "hubspot",
        HUBSPOT_ENTITIES,
        ("API_TOKEN", "BASE_URL", "CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN"),
        (("API_TOKEN",), ("CLIENT_ID", "CLIENT_SECRET", "REFRESH_TOKEN")),
        _open_hubspot,
        beside=(ASSOCIATIONS, HISTORY),
        options=OF_SOME_KINDS - {"census_every"},
        custom_objects=True,
    ),
}


def configured() -> Config:
    """The configuration, with every CRM known here."""
    return load(
        {
            name: Accepted(frozenset(kind.entities), kind.options, kind.custom_objects)
            for name, kind in KINDS.items()
        }
    )


def kind_of(config: SourceConfig) -> SourceKind:
    """The kind of a configured source; raises ConfigError with the known kinds."""
    try:
        return KINDS[config.kind]
    except KeyError:
        known = ", ".join(sorted(KINDS))
        raise ConfigError(
            f"source {config.name} has kind {config.kind!r}; known kinds: {known}"
        ) from None


def chosen_entities(
    config: SourceConfig, known: Iterable[Entity], wanted: Sequence[str] | None
) -> list[Entity]:
    """The entities to sync: those named, else what the configuration chooses, else all that are `known`.

    Raises ConfigError with the known ones for a name that is not among them.
    """
    by_name = {entity.name: entity for entity in known}
    # What is to be left out may have vanished by itself.
    _refuse_unknown(config, (*(wanted or ()), *config.only), by_name)
    if wanted:
        return [by_name[name] for name in dict.fromkeys(wanted)]
    names = config.only or by_name
    return [by_name[name] for name in dict.fromkeys(names) if name not in config.without]


def declared_entities(config: SourceConfig, wanted: Sequence[str] | None) -> list[Entity]:
    """What is known of the entities to sync before the account is asked which it has of its own."""
    kind = kind_of(config)
    if not kind.custom_objects:
        return chosen_entities(config, kind.entities.values(), wanted)
    return [kind.entities[name] for name in named(config, wanted) if name in kind.entities]


def named(config: SourceConfig, wanted: Sequence[str] | None) -> list[str]:
    """The names of the entities to sync, as far as they are known without asking the account."""
    if wanted:
        return list(dict.fromkeys(wanted))
    chosen = config.only or (*kind_of(config).entities, *config.entities)
    return [name for name in dict.fromkeys(chosen) if name not in config.without]


def _refuse_unknown(
    config: SourceConfig, names: Iterable[str], known: Mapping[str, Entity]
) -> None:
    unknown = [name for name in dict.fromkeys(names) if name not in known]
    if unknown:
        hint = suggestion(unknown[0], known)
        raise UnknownEntity(
            f"{config.name} has no entity {', '.join(unknown)}; it has: {', '.join(known)}{hint}"
        )


def variables_of(config: SourceConfig) -> dict[str, str]:
    """The environment variables of a configured source, by their short names."""
    prefix = account_env(config.name, config.kind)
    return {name: f"{prefix}{name}" for name in kind_of(config).variables}


def ways_in(config: SourceConfig, present: Container[str]) -> list[tuple[str, ...]]:
    """The sets of variables that are wholly `present`, by their short names."""
    names = variables_of(config)
    return [way for way in kind_of(config).required if all(names[name] in present for name in way)]


def missing_variables(config: SourceConfig, present: Container[str]) -> list[str]:
    """The variables a source needs and `present` lacks; of several ways, the one that lacks least."""
    names = variables_of(config)
    ways = [[names[name] for name in way] for way in kind_of(config).required]
    lacking = [[name for name in way if name not in present] for way in ways]
    # A way of which nothing is there was not begun.
    begun = [left for left, way in zip(lacking, ways, strict=True) if len(left) < len(way)]
    return min(begun or lacking[:1], key=len, default=[])
