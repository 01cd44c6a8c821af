"""Records to columns of text: values at their places, absent fields, and what is left for `extra`."""

from collections.abc import Sequence
from contextlib import suppress
from operator import itemgetter
from typing import Any, NamedTuple

import polars as pl

from sources.entity import Entity, mac_of
from sources.errors import BadAnswer
from sources.exact_json import decode_json, encode_json
from sources.page import Record
from tasks.places import ABSENT, ALL, place_of, rest_of, taken_places, walk
from warehouse.merge_spec import Shape


class LeftOver(NamedTuple):
    """A key that no column takes, or not whole: in which holder, its name in `extra`, what is taken."""

    holder: int
    key: str
    name: str
    taken: Any


Values = Sequence[Any] | pl.Series


class Taken(NamedTuple):
    """Raw values by column, what is left for `extra`, each record's shape by its number, and all shapes."""

    values: dict[str, Values]
    extras: list[Record | None]
    numbers: list[int]
    shapes: list[Shape]


Holders = dict[str, list[Record]]
_TEXT_OR_NULL = {str, type(None)}


class Mapping:
    """How an entity's records are taken apart; built once per chunk, from the declaration alone."""

    def __init__(self, entity: Entity) -> None:
        self.entity = entity
        self.places = {field.name: place_of(entity, field.path) for field in entity.fields}
        if entity.deleted:
            self.places["deleted_at"] = place_of(entity, entity.deleted)
        self.taken = taken_places(
            entity, (*self.places.values(), *(place_of(entity, path) for path in entity.ignore))
        )
        self.encrypted = {field.name for field in entity.fields if field.encrypt}
        self.names = self._names()

    def _names(self) -> dict[str, str]:
        """The name in `extra` of each column's value: the source's own, kept apart from the others'."""
        names: dict[str, str] = {}
        taken: set[str] = set()
        for column, place in self.places.items():
            names[column] = _free_name(".".join((place.key, *place.steps)), taken)
        return names

    def columns(self, records: list[Any]) -> Taken:
        """What the records say, column by column."""
        holders = self._holders([_members(record) for record in records])
        nested = {
            name: [walk(record, place) for record in holders[place.container]]
            for name, place in self.places.items()
            if place.steps
        }
        numbers, shapes, extras = self._apart(holders, list(nested.values()))
        values: dict[str, Values] = {"deleted_at": [None] * len(records)}
        for container, holder in holders.items():
            values |= self._picked(container, holder)
        for name, found in nested.items():
            values[name] = [None if value is ABSENT else value for value in found]
        for name in self.encrypted:
            protected = values[name]
            values[name] = [value and value["token"] for value in protected]
            values[mac_of(name)] = [value and value["mac"] for value in protected]
        return Taken(values, extras, numbers, shapes)

    def _picked(self, container: str, parts: list[Record]) -> dict[str, list[Any]]:
        """The values right in a container, by column."""
        keys = {
            name: place.key
            for name, place in self.places.items()
            if place.container == container and not place.steps
        }
        if len(keys) > 1 and parts:
            # Where every record has every key, as in nearly all answers, one call takes a whole record.
            with suppress(KeyError):
                rows = list(map(itemgetter(*keys.values()), parts))
                return dict(zip(keys, map(list, zip(*rows, strict=True)), strict=True))
        return {name: [part.get(key) for part in parts] for name, key in keys.items()}

    def _holders(self, records: list[Record]) -> Holders:
        """The record itself last, so that members of containers come first to a name in `extra`."""
        inner = {
            name: [_members(record.get(name)) for record in records] for name in self.entity.flatten
        }
        return {**inner, "": records}

    def _apart(
        self, holders: Holders, nested: list[list[Any]]
    ) -> tuple[list[int], list[Shape], list[Record | None]]:
        """Each record's shape and left-overs; records of one CRM nearly all have the same keys."""
        numbers: list[int] = []
        extras: list[Record | None] = []
        known: dict[Any, tuple[int, list[LeftOver]]] = {}
        shapes: dict[Shape, int] = {}
        for index, parts in enumerate(zip(*holders.values(), strict=True)):
            absent = tuple(column[index] is ABSENT for column in nested)
            signature = (*map(tuple, parts), absent)
            found = known.get(signature)
            if found is None:
                by_container = dict(zip(holders, parts, strict=True))
                left_over = self._left_over(by_container)
                shape = self._shape(by_container, left_over)
                found = known[signature] = shapes.setdefault(shape, len(shapes)), left_over
            number, left_over = found
            numbers.append(number)
            extras.append(_extra(left_over, parts))
        return numbers, list(shapes), extras

    def _shape(self, parts: dict[str, Record], left_over: list[LeftOver]) -> Shape:
        absent = {
            name
            for name, place in self.places.items()
            if walk(parts[place.container], place) is ABSENT
        }
        spoken_of = {name for column, name in self.names.items() if column not in absent}
        spoken_of.update(left.name for left in left_over)
        macs = {mac_of(name) for name in absent & self.encrypted}
        return Shape(frozenset(absent - {"deleted_at"} | macs), tuple(sorted(spoken_of)))

    def _left_over(self, parts: dict[str, Record]) -> list[LeftOver]:
        names = set(self.names.values())
        return [
            LeftOver(holder, key, _free_name(key, names), self.taken[container].get(key))
            for holder, (container, part) in enumerate(parts.items())
            for key in sorted(part)
            if self.taken[container].get(key) is not ALL
        ]


def _free_name(name: str, taken: set[str]) -> str:
    """The name, with dots in front where other values have it; taken from now on."""
    while name in taken:
        name = f".{name}"
    taken.add(name)
    return name


def _extra(left_over: list[LeftOver], parts: Sequence[Record]) -> Record | None:
    """What no column holds of one record, without the empty values."""
    rest = {}
    for holder, key, name, taken in left_over:
        value = parts[holder][key]
        if taken is not None:
            value = rest_of(value, taken)
        if value is not None and value != "" and value is not ABSENT:
            rest[name] = value
    return rest or None


def text_series(name: str, values: Values) -> pl.Series:
    """Any JSON values as a column of text; an empty text is NULL."""
    if isinstance(values, pl.Series):
        series = values.alias(name)
    else:
        if not set(map(type, values)) <= _TEXT_OR_NULL:
            values = [as_text(value) for value in values]
        series = pl.Series(name, values, dtype=pl.String)
    return series.replace("", None) if (series == "").any() else series


def as_text(value: Any) -> str | None:
    """A JSON value as text: numbers and booleans as JSON spells them, objects and lists as JSON."""
    if value is None or isinstance(value, str):
        return value
    text = encode(value)
    # What JSON has no word for (a date, an id from a database) is spelled as a JSON text.
    return str(decode_json(text.encode())) if text.startswith('"') else text


def as_json(value: Any) -> str | None:
    """A value as JSON text; text that already is JSON stays so, other text becomes a JSON text."""
    if isinstance(value, str):
        if not value.strip():
            return None
        try:
            # Read and written again: PostgreSQL refuses some escapes that JSON allows.
            return encode(decode_json(value.encode()))
        except BadAnswer:
            return encode(value)
    return None if value is None else encode(value)


def encode(value: Any) -> str:
    """A value as JSON text, decimals as exact numbers."""
    return encode_json(value).decode()


def _members(value: Any) -> Record:
    return value if isinstance(value, dict) else {}
