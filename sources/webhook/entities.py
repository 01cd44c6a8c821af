"""Entities of a source that only pushes, as crm-sync.toml declares them: which events hold their records."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from sources.config import SourceConfig
from sources.config_tables import EntityConfig
from sources.entity import Entity, Field
from sources.errors import ConfigError
from sources.hooks import at

KEY, UPDATED, RECORDS, WHEN = "key", "updated_at", "records", "when"
OPTIONS = frozenset({KEY, UPDATED, RECORDS, WHEN})
# In `when`: not a place of the body, but the event's type, wherever that is told.
TYPE = "@type"

Patterns = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Pushed:
    """An entity, where in a body its records are, and which events have any."""

    entity: Entity
    records: str
    when: Patterns

    def is_in(self, body: Any, kind: str) -> bool:
        """Whether a body holds records of this entity."""
        return all(
            _fits(kind if place == TYPE else at(body, place), patterns)
            for place, patterns in self.when.items()
        )


def pushed_entities(config: SourceConfig) -> list[Pushed]:
    """What a source's tables in crm-sync.toml declare; raises ConfigError."""
    if config.options:
        key = min(config.options)
        raise ConfigError(
            f"[{config.name}] {key} belongs in the table of an entity, such as [{config.name}.orders]"
        )
    if not config.entities:
        raise ConfigError(
            f"{config.name} has no entities: write a table for each, such as [{config.name}.orders] with"
            ' key = "id"'
        )
    return [_pushed(config.name, name, said) for name, said in config.entities.items()]


def _pushed(source: str, name: str, said: EntityConfig) -> Pushed:
    place = f"{source}.{name}"
    places = _places(place, said.options.get(KEY))
    updated = _place(place, UPDATED, said.options.get(UPDATED, ""))
    stamp = (Field("updated_at", "datetime", at=updated),) if updated else ()
    key = tuple(_key_field(said, one) for one in places)
    _refuse_twins(place, key)
    entity = Entity(
        name=name,
        path=name,
        fields=(*key, *stamp),
        about="its records come as webhooks",
        key=tuple(field.name for field in key),
        changed="updated_at" if updated else "",
        asks_by_id=False,
        forgets=True,
    )
    records = _place(place, RECORDS, said.options.get(RECORDS, ""))
    return Pushed(entity, records, _patterns(place, said.options.get(WHEN, {})))


def _key_field(said: EntityConfig, place: str) -> Field:
    """The key's column: what the table of fields says of it, else text under its own name."""
    if place in said.fields:
        return said.fields[place].onto(place, Field("", required=True))
    name = re.sub(r"[^a-z0-9]+", "_", place.lower()).strip("_")
    return Field(f"_{name}" if name[:1].isdigit() else name, at=place, required=True)


def _refuse_twins(place: str, fields: Iterable[Field]) -> None:
    holders: dict[str, str] = {}
    for field in fields:
        other = holders.setdefault(field.name, field.path)
        if not field.name or other != field.path:
            raise ConfigError(
                f"{place}: {KEY} {field.path!r} needs a column name of its own: give it one under"
                f" [{place}.fields]"
            )


def _places(place: str, value: Any) -> tuple[str, ...]:
    found = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, list) else ()
    if not found or not all(isinstance(one, str) and one.strip() for one in found):
        told = "is missing" if value is None else f"= {value!r}"
        raise ConfigError(
            f"{place}: {KEY} {told}: it must name the place of the key in a record, such as"
            f' {KEY} = "id", or a list of places'
        )
    return tuple(dict.fromkeys(found))


def _place(place: str, key: str, value: Any) -> str:
    if not isinstance(value, str):
        raise ConfigError(f'{place}: {key} = {value!r} must be a dotted place such as "data.items"')
    return value.strip()


def _patterns(place: str, value: Any) -> Patterns:
    wrong = not isinstance(value, dict)
    found = {} if wrong else {name: _alternatives(one) for name, one in value.items()}
    if wrong or not all(found.values()):
        raise ConfigError(
            f'{place}: {WHEN} = {value!r} must be a table such as {{ "type" = "order.*" }}, whose values'
            " are texts or lists of texts"
        )
    return found


def _alternatives(value: Any) -> tuple[str, ...]:
    found = value if isinstance(value, list) else [value]
    return tuple(found) if all(isinstance(one, str) for one in found) else ()


def _fits(value: Any, patterns: Iterable[str]) -> bool:
    if isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, str | int):
        text = str(value)
    else:
        return False
    return any(fnmatchcase(text, pattern) for pattern in patterns)
