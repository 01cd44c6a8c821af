"""From a configured name to a source that can be asked, whatever its kind."""

from collections.abc import Collection, Container, Iterable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from types import MappingProxyType

from sources.callrail.kind import KIND as CALLRAIL
from sources.config import Config, SourceConfig, account_env, load
from sources.config import SourceKind as Accepted
from sources.config_values import suggestion
from sources.csv_files.kind import KIND as CSV
from sources.database.kind import KIND as DATABASE
from sources.entity import Entity
from sources.errors import ConfigError, UnknownEntity
from sources.github_csv.kind import KIND as GITHUB_CSV
from sources.hubspot.kind import KIND as HUBSPOT
from sources.keeping import TokenKeeper, Unkept
from sources.kind import Secrets, SourceKind
from sources.marketsharp.kind import KIND as MARKETSHARP
from sources.page import Source
from sources.pipedrive.kind import KIND as PIPEDRIVE
from sources.salesforce.kind import KIND as SALESFORCE
from sources.salespro.kind import KIND as SALESPRO
from sources.salesrabbit.kind import KIND as SALESRABBIT
from sources.webhook.kind import KIND as WEBHOOK

# A new CRM is one name here.
KINDS: dict[str, SourceKind] = {
    kind.name: kind
    for kind in (
        HUBSPOT,
        SALESFORCE,
        PIPEDRIVE,
        CALLRAIL,
        SALESRABBIT,
        SALESPRO,
        MARKETSHARP,
        DATABASE,
        CSV,
        GITHUB_CSV,
        WEBHOOK,
    )
}

NO_SECRETS: Secrets = MappingProxyType({})


def configured() -> Config:
    """The configuration, with every CRM known here."""
    return load(
        {
            name: Accepted(
                frozenset(kind.entities), kind.options, kind.custom_objects, kind.any_entity
            )
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


def connected(
    source: str | SourceConfig, secrets: Secrets = NO_SECRETS, keeper: TokenKeeper | None = None
) -> AbstractAsyncContextManager[Source]:
    """A connected source, whatever its kind, by its configured name; closed at the end of the block.

    `secrets` come before the environment. Raises ConfigError with the known names, or the known kinds.
    """
    config = configured().source(source) if isinstance(source, str) else source
    return kind_of(config).open(config, secrets, keeper or Unkept())


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
    if not (kind.custom_objects or kind.any_entity):
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


def spellings_of(config: SourceConfig) -> dict[str, tuple[str, ...]]:
    """The environment variables of a configured source, by their short names: its own, then a shared one."""
    kind = kind_of(config)
    own, shared = account_env(config.name, config.kind), kind.shared_prefix
    begins = (own, shared) if shared else (own,)
    return {name: tuple(f"{begin}{name}" for begin in begins) for name in kind.variables}


def variables_of(config: SourceConfig, present: Container[str] = ()) -> dict[str, str]:
    """The environment variables that a configured source reads, where those are `present`."""
    return {
        name: next((one for one in spelled if one in present), spelled[-1])
        for name, spelled in spellings_of(config).items()
    }


def ways_in(config: SourceConfig, present: Container[str]) -> list[tuple[str, ...]]:
    """The sets of variables that are wholly `present`, by their short names."""
    names = variables_of(config, present)
    return [way for way in kind_of(config).required if all(names[name] in present for name in way)]


def unset(variables: Collection[str]) -> str:
    """In words, that environment variables are missing."""
    return f"{' and '.join(variables)} {'is' if len(variables) == 1 else 'are'} not set"


def missing_variables(config: SourceConfig, present: Container[str]) -> list[str]:
    """The variables a source needs and `present` lacks; of several ways, the one that lacks least."""
    names = variables_of(config, present)
    ways = [[names[name] for name in way] for way in kind_of(config).required]
    lacking = [[name for name in way if name not in present] for way in ways]
    # A way of which nothing is there was not begun.
    begun = [left for left, way in zip(lacking, ways, strict=True) if len(left) < len(way)]
    return min(begun or lacking[:1], key=len, default=[])
