"""Deleting, and what comes with it: the recycle bin, the list of deletions, mergers."""

from collections.abc import Iterator
from typing import Any

from sandbox.salesforce.ids import whole
from sandbox.salesforce.objects import SYSTEM
from sandbox.salesforce.store import Shelf, Store
from sandbox.salesforce.values import Values


def delete(store: Store, name: str, id: str) -> None:
    """Move a record to the recycle bin, and with it those that belong to it."""
    with store.lock:
        shelf = store.shelf(name)
        if not shelf.definition.deletable:
            raise ValueError(f"Records of {name} cannot be deleted")
        key = str(store.living(shelf, id)["Id"])
        _throw_away(store, shelf, key)
        for other, child in _children(store, name, key):
            _throw_away(store, other, child)


def undelete(store: Store, name: str, id: str) -> None:
    """Bring a record back from the bin."""
    with store.lock:
        shelf, key = store.shelf(name), whole(id)
        record = shelf.records[key]
        if not record.get("IsDeleted"):
            raise ValueError(f"{id} is not deleted")
        shelf.log.pop(key, None)
        store.put(shelf, record | {"IsDeleted": False, **_stamps(store)})


def purge(store: Store, name: str, id: str) -> None:
    """Delete a record for good; only the list of deletions still knows of it."""
    with store.lock:
        shelf, key = store.shelf(name), whole(id)
        record = shelf.records.pop(key)
        if not record.get("IsDeleted"):
            shelf.log[key] = store.now()


def merge(store: Store, name: str, winner: str, loser: str) -> None:
    """Let one record take another in, with all that refers to it."""
    with store.lock:
        shelf = store.shelf(name)
        kept, gone = store.living(shelf, winner), store.living(shelf, loser)
        if kept is gone or "MasterRecordId" not in shelf.definition.by_name:
            raise ValueError(f"{loser} cannot be merged into {winner}")
        _throw_away(store, shelf, str(gone["Id"]), MasterRecordId=kept["Id"])
        gained = {
            field: value
            for field, value in gone.items()
            if value is not None and kept.get(field) is None and field not in SYSTEM
        }
        store.update(name, str(kept["Id"]), gained)
        for other, field in _references(store, name):
            for record in list(other.records.values()):
                if record.get(field) == gone["Id"] and not record.get("IsDeleted"):
                    store.put(other, record | {field: kept["Id"], **_stamps(store)})


def _throw_away(store: Store, shelf: Shelf, key: str, **more: Any) -> None:
    shelf.log[key] = store.now()
    store.put(shelf, shelf.records[key] | {"IsDeleted": True, **_stamps(store), **more})


def _stamps(store: Store) -> Values:
    return {"SystemModstamp": store.now(), "LastModifiedDate": store.now()}


def _children(store: Store, name: str, key: str) -> Iterator[tuple[Shelf, str]]:
    """What goes when a record goes."""
    for shelf in store.shelves.values():
        for parent in shelf.definition.parents:
            if name in shelf.definition.by_name[parent].to:
                for child, record in list(shelf.records.items()):
                    if record.get(parent) == key and not record.get("IsDeleted"):
                        yield shelf, child


def _references(store: Store, name: str) -> Iterator[tuple[Shelf, str]]:
    for shelf in store.shelves.values():
        for one in shelf.definition.fields:
            if name in one.to and one.name != "MasterRecordId":
                yield shelf, one.name
