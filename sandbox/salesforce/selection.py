"""What a query selects: the columns, the records, their order."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.salesforce.conditions import compiled
from sandbox.salesforce.errors import invalid_field, no_column, refuse
from sandbox.salesforce.fields import Field
from sandbox.salesforce.soql import Select
from sandbox.salesforce.store import Shelf, Store
from sandbox.salesforce.values import Value, Values, as_json

LARGEST_OFFSET = 2000


@dataclass(frozen=True)
class Column:
    """A selected field, or one of a record that a reference leads to (`Owner.Name`)."""

    field: Field
    reference: Field | None = None


@dataclass(frozen=True)
class Selection:
    """A query made ready: its columns, and the keys of the records it found."""

    shelf: Shelf
    columns: tuple[Column, ...]
    keys: tuple[str, ...]


def select(store: Store, asked: Select, *, everything: bool) -> Selection:
    """Find what a query asks for; `everything` includes the recycle bin and archived activities."""
    shelf = store.shelf(asked.object)
    columns = tuple(column(store, shelf, name) for name in asked.fields)
    if asked.count_of:
        own_field(shelf, asked.count_of)
    if asked.offset > LARGEST_OFFSET:
        raise refuse(400, "NUMBER_OUTSIDE_VALID_RANGE", "Maximum SOQL offset allowed is 2000")
    holds = compiled(asked.where, lambda name: own_field(shelf, name))
    found = [
        record
        for record in shelf.records.values()
        if (everything or not (record.get("IsDeleted") or record.get("IsArchived")))
        and holds(record)
    ]
    for name, descending in reversed(asked.order):
        one = own_field(shelf, name)
        if not one.filterable:
            raise invalid_field(f"field '{name}' can not be sorted in a query call")
        found.sort(key=lambda record: _rank(record.get(one.name)), reverse=descending)
    last = None if asked.limit is None else asked.offset + asked.limit
    keys = tuple(str(record["Id"]) for record in found[asked.offset : last])
    return Selection(shelf, columns, keys)


def own_field(shelf: Shelf, name: str) -> Field:
    """A field of an object by its name in any case."""
    found = shelf.columns().get(name.lower())
    if found is None:
        raise no_column(name, shelf.definition.name)
    return found


def column(store: Store, shelf: Shelf, name: str) -> Column:
    """What a name in the list of fields stands for."""
    head, _, rest = name.partition(".")
    if not rest:
        return Column(own_field(shelf, name))
    for one in shelf.visible.values():
        if (one.relationship or "").lower() == head.lower():
            return Column(own_field(store.shelf(one.to[0]), rest), one)
    raise invalid_field(f"Didn't understand relationship '{head}' in field path.")


def row(store: Store, found: Selection, record: Values, version: str) -> dict[str, Any]:
    """A record as REST shows it."""
    shown: dict[str, Any] = {"attributes": attributes(found.shelf, record, version)}
    for one in found.columns:
        if one.reference is None:
            shown[one.field.name] = as_json(one.field, record)
        else:
            name = str(one.reference.relationship)
            shown[name] = _merged(shown.get(name), _parent(store, one, record, version))
    return shown


def rows(store: Store, found: Selection, keys: tuple[str, ...]) -> Iterator[Values]:
    """The records behind some keys, as they are now; those that are gone for good are passed over."""
    for key in keys:
        if key in found.shelf.records:
            yield found.shelf.records[key]


def attributes(shelf: Shelf, record: Mapping[str, Value], version: str) -> dict[str, str]:
    """What every row carries about itself."""
    name = shelf.definition.name
    return {"type": name, "url": f"/services/data/v{version}/sobjects/{name}/{record['Id']}"}


def _parent(store: Store, one: Column, record: Values, version: str) -> dict[str, Any] | None:
    assert one.reference is not None
    key = record.get(one.reference.name)
    for name in one.reference.to:
        shelf = store.shelf(name)
        if key in shelf.records:
            parent = shelf.records[str(key)]
            return {
                "attributes": attributes(shelf, parent, version),
                one.field.name: as_json(one.field, parent),
            }
    return None


def _merged(known: dict[str, Any] | None, more: dict[str, Any] | None) -> dict[str, Any] | None:
    return None if more is None else {**(known or {}), **more}


def _rank(value: Value) -> tuple[bool, Any]:
    """Nothing comes first."""
    return value is not None, value
