"""What the values of a record were before: kept where they changed, made up from the record elsewhere."""

from collections.abc import Mapping
from typing import Any

from sandbox.hubspot.moments import iso
from sandbox.hubspot.records import Change, Record, Shelf

IMPORT, INTEGRATION = "IMPORT", "INTEGRATION"
CALCULATED, MERGE = "CALCULATED", "MERGE_OBJECTS"

# Who stands behind a kind of source, where that is known.
SOURCES: dict[str, dict[str, Any]] = {
    "CRM_UI": {"sourceId": "userId:9911", "updatedByUserId": 9911},
    IMPORT: {"sourceId": "88123", "sourceLabel": "Spring fair", "updatedByUserId": 9911},
    INTEGRATION: {"sourceId": "1160452", "sourceLabel": "Roofing app"},
    CALCULATED: {"sourceId": "CalculatedPropertyComputer"},
}


def changes(
    old: Record, properties: Mapping[str, str], when: int, source: str
) -> tuple[Change, ...]:
    """History entries of an update, with the first known value in front of a first change."""
    known = {change.name for change in old.history}
    found: list[Change] = []
    for name, value in properties.items():
        if old.properties.get(name) == value:
            continue
        if name not in known and name in old.properties:
            found.append(Change(name, old.properties[name], old.created_ms, old.source))
        found.append(Change(name, value, when, source))
    return tuple(found)


def past(shelf: Shelf, record: Record, name: str) -> list[Change]:
    """The values a property had, newest first."""
    found = [change for change in record.history if change.name == name]
    if not found:
        value = shelf.value(record, name)
        when = record.updated_ms if name == shelf.kind.modified else record.created_ms
        found = [] if value is None else [Change(name, value, when, record.source)]
    found.sort(key=lambda change: change.when_ms)
    return found[::-1]


def document(change: Change) -> dict[str, Any]:
    """A value as the API shows it among the earlier ones."""
    shown = {"value": change.value, "timestamp": iso(change.when_ms), "sourceType": change.source}
    return shown | SOURCES.get(change.source, {})
