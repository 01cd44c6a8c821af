"""Records as the entities are declared: one shape for what the versions spell differently."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from sources.entity import Entity, Field
from sources.page import Record
from sources.pipedrive.shapes import DELETED

CUSTOM = "custom_fields"
# A custom field of version 1, and what it has beside it: its currency, the end of a span, …
_OLD_CUSTOM = re.compile(r"([0-9a-f]{40})(?:_(\w+))?")
_IDS = re.compile(r"[0-9]+(,[0-9]+)*")


def prepared(
    entity: Entity, records: Iterable[Record], until: datetime, *, gone: bool = False
) -> list[Record]:
    """Records with what the declarations expect; `until` is when one was deleted that does not say.

    `gone`: they come from a list of deleted ones, whatever they show of it themselves.
    """
    shape = _SHAPES.get(entity.name)
    found = []
    for record in records:
        # What is no record is rejected later, with the others.
        if isinstance(record, dict):
            if shape:
                shape(entity, record)
            if entity.deleted and (gone or is_gone(record)) and not record.get(DELETED):
                record[DELETED] = _last_change(entity, record) or until.isoformat()
        found.append(record)
    return found


def living(records: Iterable[Any]) -> list[Record]:
    """The records that are not shown as deleted."""
    return [one for one in records if isinstance(one, dict) and not is_gone(one)]


def is_gone(record: Mapping[str, Any]) -> bool:
    """Whether a record is shown although it is deleted."""
    if record.get("is_deleted") is True or record.get("active_flag") is False:
        return True
    return record.get("status") == "deleted"


def _last_change(entity: Entity, record: Mapping[str, Any]) -> Any:
    """What comes nearest to when a record was deleted, which is not told."""
    return next((record.get(f.path) for f in entity.fields if f.name == entity.changed), None)


def _person(_entity: Entity, record: Record) -> None:
    record["primary_email"] = _primary(record.get("emails"))
    record["primary_phone"] = _primary(record.get("phones"))


def _primary(entries: Any) -> Any:
    """The value of the entry that is marked, else of the first that has any."""
    if not isinstance(entries, list):
        return None
    filled = [entry for entry in entries if isinstance(entry, dict) and entry.get("value")]
    marked = (entry["value"] for entry in filled if entry.get("primary") is True)
    return next(marked, filled[0]["value"] if filled else None)


def _lead(entity: Entity, record: Record) -> None:
    """Custom fields in the form that deals have them in version 2; those that are not set are null there."""
    plain: Record = {}
    beside: dict[str, Record] = {}
    for name in list(record):
        if found := _OLD_CUSTOM.fullmatch(name):
            code, member = found.groups()
            value = record.pop(name)
            if member is None:
                plain[code] = value
            else:
                beside.setdefault(code, {})[member] = value
    columns = dict(_custom_columns(entity))
    spoken_of = {**dict.fromkeys(columns), **dict.fromkeys(beside), **plain}
    record[CUSTOM] = {
        code: _as_in_deals(columns.get(code), value, beside.get(code))
        for code, value in spoken_of.items()
    }


def _custom_columns(entity: Entity) -> Iterator[tuple[str, Field]]:
    """The custom fields that are columns, by their codes."""
    for field in entity.fields:
        container, _, rest = field.path.partition(".")
        if container == CUSTOM:
            yield rest.partition(".")[0], field


def _as_in_deals(field: Field | None, value: Any, beside: Record | None) -> Any:
    if value is None:
        return None
    if beside:
        return {"value": value, **beside}
    if field is None:
        return value
    if field.path.count(".") > 1:
        return {"value": value}
    if field.kind == "integer" and isinstance(value, dict):
        # A user, person or organization, with its name.
        return value.get("value", value.get("id"))
    if field.kind == "json" and isinstance(value, str) and _IDS.fullmatch(value):
        return [int(part) for part in value.split(",")]
    return value


_SHAPES: Mapping[str, Callable[[Entity, Record], None]] = {"persons": _person, "leads": _lead}
