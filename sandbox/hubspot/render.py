"""Records as JSON: which properties a record comes with, and the bytes of a page of them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec

from sandbox.hubspot.history import document as history_entry
from sandbox.hubspot.history import past
from sandbox.hubspot.moments import iso
from sandbox.hubspot.packed import PackedRecord
from sandbox.hubspot.records import Record, Shelf


def visible(shelf: Shelf, asked: Iterable[str], hidden: frozenset[str]) -> list[str]:
    """The properties to show: those asked for that exist, or the defaults, and the stamps."""
    wanted = set(asked) or set(shelf.kind.defaults)
    return sorted(existing(shelf, wanted, hidden) | shelf.kind.always)


def existing(shelf: Shelf, asked: Iterable[str], hidden: frozenset[str]) -> set[str]:
    """Of some names, those of properties that are there and may be seen."""
    known = (shelf.properties.get(name) for name in asked)
    return {one.name for one in known if one is not None and not one.archived} - hidden


def document(
    shelf: Shelf, record: Record, names: Sequence[str], history: Iterable[str] = ()
) -> dict[str, Any]:
    """One record as the API shows it."""
    shown: dict[str, Any] = {
        "id": str(record.id),
        "properties": {name: shelf.value(record, name) for name in names},
        "createdAt": iso(record.created_ms),
        "updatedAt": iso(record.updated_ms),
        "archived": record.archived_ms is not None,
    }
    if record.archived_ms is not None:
        shown["archivedAt"] = iso(record.archived_ms)
    if history:
        shown["propertiesWithHistory"] = {
            name: [history_entry(change) for change in past(shelf, record, name)]
            for name in sorted(history)
        }
    return shown


def row(
    shelf: Shelf,
    record: Record,
    names: Sequence[str],
    *,
    portal_id: int | None = None,
    history: Iterable[str] = (),
    associations: Mapping[str, Any] | None = None,
) -> bytes:
    """One record as bytes; with `portal_id`, with the link to its page that lists carry."""
    link = _link(shelf, record, portal_id) if portal_id else b"}"
    if associations:
        link = b',"associations":' + msgspec.json.encode(associations) + link
    if isinstance(record, PackedRecord) and record.names == names and not history:
        return record.packed + link
    return msgspec.json.encode(document(shelf, record, names, history))[:-1] + link


def _link(shelf: Shelf, record: Record, portal_id: int) -> bytes:
    type_id = shelf.kind.type_id
    page = f"https://app.hubspot.com/contacts/{portal_id}/record/{type_id}/{record.id}"
    return b',"url":"' + page.encode() + b'"}'


def collection(rows: Iterable[bytes], **more: Any) -> bytes:
    """A body with `results`, and whatever else comes beside them."""
    rest = msgspec.json.encode({name: part for name, part in more.items() if part is not None})
    head = b'{"results":[' + b",".join(rows) + b"]"
    return head + (b"}" if rest == b"{}" else b"," + rest[1:])
