"""The configuration: `crm-sync.toml`, where there is one, and what it changes in an entity."""

import os
from collections.abc import Collection, Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

from sources.config_file import Reader, contents
from sources.config_mistakes import several
from sources.config_tables import (
    Config,
    EntityConfig,
    FieldConfig,
    RateLimit,
    SourceConfig,
    SourceKind,
)
from sources.entity import Entity, Field
from sources.errors import ConfigError

__all__ = [
    "Config",
    "EntityConfig",
    "FieldConfig",
    "RateLimit",
    "SourceConfig",
    "SourceKind",
    "account_env",
    "apply",
    "load",
]

FILE = Path("crm-sync.toml")
# What PostgreSQL does not store as text: a rule or a key relies on it.
TYPED = frozenset({"date", "datetime", "decimal", "integer", "boolean", "json"})


def load(
    known_kinds: Mapping[str, SourceKind | Collection[str]],
    path: str | Path | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Config:
    """The configuration from `path`, else `$CRM_SYNC_CONFIG`, else `./crm-sync.toml`.

    A CRM that no file mentions is there with its defaults; what has no entities of its own is not.
    """
    kinds = {name: _as_kind(kind) for name, kind in known_kinds.items()}
    place = _place(path, environ)
    tables = contents(place) if place else {}
    tables.setdefault("mask_values", _on_cloud(environ))
    reader = Reader(kinds)
    config = reader.config(tables)
    mistakes = [*reader.mistakes, *_shared_variables(config)]
    if mistakes:
        raise ConfigError(several(str(place), mistakes))
    unsaid = {name: SourceConfig(name, name) for name, kind in kinds.items() if kind.entities}
    return replace(config, path=place, sources={**unsaid, **config.sources})


def apply(entity: Entity, config: EntityConfig) -> Entity:
    """The entity as the configuration wants it; raises ConfigError where that cannot be."""
    if config.batch_size and config.batch_size > entity.max_page_size:
        raise ConfigError(
            f"{entity.name}: batch_size = {config.batch_size} is above the API's maximum of"
            f" {entity.max_page_size}"
        )
    changed = entity.with_fields(*_fields(entity, config))
    _refuse_broken(entity, changed)
    _refuse_secret_history(changed, config.history)
    choice = replace(
        entity.choice,
        properties=config.properties or entity.choice.properties,
        include=config.include or entity.choice.include,
        exclude=config.exclude or entity.choice.exclude,
        column_budget=config.column_budget,
    )
    return replace(
        changed,
        page_size=config.batch_size or entity.page_size,
        lookback=entity.lookback if config.lookback is None else config.lookback,
        object_type=config.object_type or entity.object_type,
        linked=entity.linked and config.associations,
        traced=config.history,
        choice=choice,
    )


def account_env(source_name: str, kind: str) -> str:
    """How the variables of an account begin: `HUBSPOT_`, `HUBSPOT_EMEA_` for `hubspot_emea`."""
    own = source_name == kind or source_name.startswith(f"{kind}_")
    return f"{source_name if own else f'{kind}_{source_name}'}_".upper()


def _as_kind(kind: SourceKind | Collection[str]) -> SourceKind:
    return kind if isinstance(kind, SourceKind) else SourceKind(frozenset(kind))


def _place(path: str | Path | None, environ: Mapping[str, str]) -> Path | None:
    named = path or environ.get("CRM_SYNC_CONFIG")
    if named:
        return Path(named)
    return FILE if FILE.is_file() else None


def _on_cloud(environ: Mapping[str, str]) -> bool:
    """Whether logs and artifacts go to Prefect Cloud."""
    host = urlsplit(environ.get("PREFECT_API_URL", "")).hostname or ""
    return host == "prefect.cloud" or host.endswith(".prefect.cloud")


def _shared_variables(config: Config) -> list[str]:
    """Sources that would read one another's credentials."""
    holders: dict[str, str] = {}
    mistakes = []
    for name, source in config.sources.items():
        prefix = account_env(name, source.kind)
        other = holders.setdefault(prefix, name)
        if other != name:
            mistakes.append(f"[{other}] and [{name}] would both read {prefix}…: rename one of them")
    return mistakes


def _fields(entity: Entity, config: EntityConfig) -> list[Field]:
    by_path = {field.path: field for field in entity.fields}
    by_name = {field.name: field for field in entity.fields}
    return [
        said.onto(path, by_path.get(path) or by_name.get(said.name))
        for path, said in config.fields.items()
    ]


def _refuse_broken(before: Entity, after: Entity) -> None:
    """What a sync relies on must stay as it is, and what rules compare must stay comparable."""
    fixed = {*before.key, before.changed, before.survivor_of, before.record_url}
    if before.shifting:
        fixed.add(before.born)
    compared = {column for rule in before.rules for column in rule.needs}
    now = {field.name: field for field in after.fields}
    for field in before.fields:
        stays = now.get(field.name)
        if field.name in fixed and (not stays or _essence(stays) != _essence(field)):
            raise ConfigError(
                f"{before.name}: the sync relies on column {field.name} ({field.path}); its place,"
                " name and kind cannot be changed, nor can it be encrypted"
            )
        if field.name in compared and (not stays or _stored(stays) != _stored(field)):
            raise ConfigError(
                f"{before.name}: a business rule needs column {field.name} as {field.kind};"
                " it cannot be renamed or made another type"
            )


def _refuse_secret_history(entity: Entity, traced: Collection[str]) -> None:
    """A history would hold in clear what its column encrypts."""
    secret = {entity.flat_path(field) for field in entity.fields if field.encrypt}
    if both := secret.intersection(traced):
        raise ConfigError(
            f"{entity.name}: {', '.join(sorted(both))} is encrypted, and a history would keep it in"
            " clear: take it out of history"
        )


def _essence(field: Field) -> tuple[str, str, bool]:
    return field.path, field.kind, field.encrypt


def _stored(field: Field) -> str:
    return field.kind if field.kind in TYPED and not field.encrypt else "text"
