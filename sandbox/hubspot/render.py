"""Records as JSON: which properties a record comes with, and the bytes of a page of them."""

from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from sandbox.hubspot.clock import iso
from sandbox.hubspot.packed import PackedRecord
from sandbox.hubspot.records import Record, Shelf


def visible(shelf: Shelf, asked: Iterable[str], hidden: frozenset[str]) -> list[str]:
    """The properties to show: those asked for that exist, or the defaults, and the stamps."""
    wanted = set(asked) or set(shelf.kind.defaults)
    known = (wanted & shelf.properties.keys()) - hidden
    return sorted(known | shelf.kind.always)


def document(
    shelf: Shelf, record: Record, names: Sequence[str], history: Sequence[str] = ()
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
        shown["propertiesWithHistory"] = {name: past(shelf, record, name) for name in history}
    return shown


def past(shelf: Shelf, record: Record, name: str) -> list[dict[str, Any]]:
    """The values a property had, newest first."""
    entries = [(value, when) for changed, value, when in record.history if changed == name]
    if not entries:
        value = shelf.value(record, name)
        entries = [] if value is None else [(value, record.created_ms)]
    return [
        {"value": value, "timestamp": iso(when), "sourceType": "CRM_UI"}
        for value, when in reversed(entries)
    ]


def row(
    shelf: Shelf,
    record: Record,
    names: Sequence[str],
    *,
    portal_id: int | None = None,
    history: Sequence[str] = (),
) -> bytes:
    """One record as bytes; with `portal_id`, with the link to its page that lists carry."""
    link = _link(shelf, record, portal_id) if portal_id else b"}"
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
