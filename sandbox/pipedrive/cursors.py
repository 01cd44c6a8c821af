"""How a list of version 2 is sorted, and the markers that lead from page to page."""

import base64
import binascii
from dataclasses import dataclass
from typing import Any

import msgspec

from sandbox.pipedrive.answers import wrong
from sandbox.pipedrive.kind import Kind
from sandbox.pipedrive.records import Record

Place = tuple[Any, int]  # the value a list is sorted by, and the id


@dataclass(frozen=True)
class Order:
    """How a list is sorted."""

    field: str
    direction: str

    def place(self, kind: Kind, record: Record) -> Place:
        """Where a record stands, as a cursor spells it."""
        if self.field == "id":
            return record.id, int(record.id)
        if self.field in (kind.added, kind.changed):
            moment = record.added if self.field == kind.added else record.updated
            return kind.write(moment), int(record.id)
        return record.values.get(self.field, kind.blank.get(self.field)), int(record.id)

    def cursor(self, place: Place, turn: int = 0) -> str:
        """A marker of the place behind a record: unpadded base64 of JSON."""
        said = {
            "field": self.field,
            "fieldValue": place[0],
            "sortDirection": self.direction,
            "id": place[1],
        }
        if turn:
            said["turn"] = turn
        return base64.b64encode(msgspec.json.encode(said)).decode().rstrip("=")

    def read(self, cursor: str) -> tuple[Place, int]:
        """The place a marker of this very order means."""
        try:
            said = msgspec.json.decode(base64.b64decode(cursor + "=" * (-len(cursor) % 4)))
            same = (said["field"], said["sortDirection"]) == (self.field, self.direction)
            place = (said["fieldValue"], int(said["id"])), int(said.get("turn", 0))
        except (binascii.Error, msgspec.DecodeError, KeyError, TypeError, ValueError):
            raise wrong("cursor is not valid") from None
        if not same:
            raise wrong("cursor does not fit sort_by and sort_direction")
        return place


def sortable(place: Place) -> tuple[bool, Any, int]:
    """A place as it can be compared with others; nothing comes before everything."""
    return place[0] is not None, place[0] if place[0] is not None else "", place[1]
