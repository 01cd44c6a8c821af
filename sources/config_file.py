"""Reading `crm-sync.toml`: every mistake in it is found and told at once."""

import tomllib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from sources.config_mistakes import placed, shown, told, unknown_key
from sources.config_tables import (
    OF_SOME_KINDS,
    Config,
    EntityConfig,
    SourceConfig,
    SourceKind,
)
from sources.config_values import snake_name, suggestion
from sources.errors import ConfigError

Values = dict[str, Any]
Table = TypeVar("Table", Config, SourceConfig, EntityConfig)

# To make one takes longer than to check a whole file with it.
_ADAPTERS: dict[type, TypeAdapter[Any]] = {
    table: TypeAdapter(table) for table in (Config, SourceConfig, EntityConfig)
}

TOP_KEYS = (
    "bookkeeping_schema",
    "mask_values",
    "warehouse_block",
    "page_storage",
    "health",
    "retention",
    "webhooks_public_url",
)
SOURCE_KEYS = (
    "kind",
    "rate_limit",
    "retry_attempts",
    "timeout",
    "reserve",
    "share_limits",
    "data_sensitivity",
    "only",
    "without",
    "webhook",
)
ENTITY_KEYS = tuple(f.name for f in fields(EntityConfig) if f.name != "options")
LONGEST_SOURCE = 50  # what the bookkeeping tables hold


def contents(path: Path) -> Values:
    """The file's tables; raises ConfigError with file and line where it is not TOML."""
    # Only who has a file pays for the import.
    from pydantic_settings import BaseSettings, TomlConfigSettingsSource

    if not path.expanduser().is_file():
        raise ConfigError(f"there is no file {path}")
    try:
        return TomlConfigSettingsSource(BaseSettings, path)()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is not TOML in UTF-8: {error}") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None


@dataclass(slots=True)
class Reader:
    """Turns tables into settings and notes what is wrong on the way."""

    kinds: Mapping[str, SourceKind]
    mistakes: list[str] = field(default_factory=list)

    def config(self, tables: Values) -> Config:
        """All of a file's settings."""
        top = {key: value for key, value in tables.items() if key in TOP_KEYS}
        config = self._checked(Config, "", top)
        sources = {}
        for name, table in tables.items():
            if name in TOP_KEYS:
                continue
            if not isinstance(table, dict):
                self._unknown("", name, TOP_KEYS)
            elif kind := self._kind(name, table):
                sources[name] = self._source(name, kind, table)
        return replace(config, sources=sources)

    def _kind(self, name: str, table: Values) -> str | None:
        known = ", ".join(sorted(self.kinds))
        kind = table.get("kind", name)
        if isinstance(kind, str) and kind in self.kinds:
            return kind
        if "kind" in table:
            hint = suggestion(kind, self.kinds)
            self._wrong(name, f"kind = {shown(kind)}:", f"must be one of {known}{hint}")
        else:
            hint = suggestion(name, {*self.kinds, *TOP_KEYS})
            self._wrong(name, "", f"is no known source, so it needs a kind: one of {known}{hint}")
        return None

    def _source(self, name: str, kind: str, table: Values) -> SourceConfig:
        self._check_name(name, "", "source", LONGEST_SOURCE)
        takes = self.kinds[kind]
        own, rest = _split(table, SOURCE_KEYS)
        shared, rest = _split(rest, _entity_keys(takes))
        options, rest = _split(rest, takes.options)
        if "object_type" in shared:
            self._wrong(name, "object_type", "belongs in the table of one entity")
            del shared["object_type"]
        defaults = self._entity(name, EntityConfig(), shared, {})
        entities = {}
        for key, value in rest.items():
            if not isinstance(value, dict):
                self._not_an_entity(name, key, takes)
            elif self._known_entity(name, key, value, takes):
                entities[key] = self._entity_table(name, key, defaults, value, takes)
        source = self._checked(SourceConfig, name, {**own, "name": name, "kind": kind})
        return replace(source, entities=entities, defaults=defaults, options=options)

    def _not_an_entity(self, name: str, key: str, takes: SourceKind) -> None:
        if key in takes.entities:
            self._wrong(name, key, f"is an entity: write a table [{name}.{key}]")
        elif key in TOP_KEYS:
            self._wrong(name, key, "belongs at the top of the file, above the first [table]")
        else:
            self._unknown(name, key, (*SOURCE_KEYS, *_entity_keys(takes), *takes.options))

    def _known_entity(self, name: str, entity: str, table: Values, takes: SourceKind) -> bool:
        custom = takes.custom_objects and "object_type" in table
        if entity in takes.entities or takes.any_entity or custom:
            return self._check_name(entity, name, "entity")
        known = ", ".join(sorted(takes.entities))
        hint = suggestion(entity, {*takes.entities, *SOURCE_KEYS, *ENTITY_KEYS})
        other = "; an object of your own needs an object_type" if takes.custom_objects else ""
        self._wrong(f"{name}.{entity}", "", f"is no entity of {name} (known: {known}{other}){hint}")
        return False

    def _entity_table(
        self, name: str, entity: str, defaults: EntityConfig, table: Values, takes: SourceKind
    ) -> EntityConfig:
        place = f"{name}.{entity}"
        own, rest = _split(table, _entity_keys(takes))
        options, rest = _split(rest, takes.options)
        for key in rest:
            if key in SOURCE_KEYS:
                self._wrong(place, key, f"belongs in [{name}]")
            else:
                self._unknown(place, key, (*_entity_keys(takes), *takes.options))
        return self._entity(place, defaults, own, options)

    def _entity(
        self, place: str, defaults: EntityConfig, own: Values, options: Values
    ) -> EntityConfig:
        """What is said of an entity laid over what holds for all of its source."""
        said = self._checked(EntityConfig, place, own)
        changes = {key: getattr(said, key) for key in own}
        merged = {**defaults.fields, **said.fields}
        holders: dict[str, str] = {}
        for path, one in merged.items():
            other = holders.setdefault(one.name, path)
            if other != path:
                self._wrong(place, "fields", f'"{other}" and "{path}" are both named {one.name!r}')
        options = {**defaults.options, **options}
        return replace(defaults, **{**changes, "fields": merged, "options": options})

    def _checked(self, table: type[Table], place: str, values: Values) -> Table:
        """The values as a table of settings; wrong ones are noted and left at their defaults."""
        try:
            checked: Table = _ADAPTERS[table].validate_python(values)
        except ValidationError as error:
            problems = error.errors(include_url=False)
        else:
            return checked
        for problem in problems:
            self.mistakes.append(placed(place, told(problem)))
        wrong = {problem["loc"][0] for problem in problems}
        right = {key: value for key, value in values.items() if key not in wrong}
        rest: Table = _ADAPTERS[table].validate_python(right)
        return rest

    def _check_name(self, name: str, source: str, what: str, longest: int = 63) -> bool:
        place = f"{source}.{name}" if source else name
        try:
            snake_name(f"{what} name", longest)(name)
        except PydanticCustomError as error:
            self._wrong(place, "", error.message())
            return False
        if not source and (name.startswith("pg_") or name == "information_schema"):
            self._wrong(place, "", "is a schema of PostgreSQL's own; choose another name")
        return True

    def _unknown(self, place: str, key: str, allowed: Iterable[str]) -> None:
        self.mistakes.append(placed(place, unknown_key(key, set(allowed))))

    def _wrong(self, place: str, key: str, reason: str) -> None:
        self.mistakes.append(placed(place, f"{key} {reason}" if key else reason))


def _entity_keys(takes: SourceKind) -> list[str]:
    """The keys of an entity that this kind of source takes."""
    return [key for key in ENTITY_KEYS if key not in OF_SOME_KINDS - takes.options]


def _split(table: Values, keys: Collection[str]) -> tuple[Values, Values]:
    """The entries under `keys`, and the others."""
    chosen = {key: value for key, value in table.items() if key in keys}
    return chosen, {key: value for key, value in table.items() if key not in keys}
