"""What a sandbox really holds, for comparing with what a client made of it."""

from datetime import datetime
from typing import Any

from sandbox.hubspot.history import past
from sandbox.hubspot.links import live_links
from sandbox.hubspot.metadata import pipelines_of
from sandbox.hubspot.moments import from_ms
from sandbox.hubspot.records import Record
from sandbox.hubspot.store import Store

# From which id; to which type and id; category, number and label.
TrueLink = tuple[int, str, int, str, int, str | None]
# Of which record; the value, since when, and where from.
TrueValue = tuple[int, str, datetime, str]


class Truth:
    """Every way to look behind the API; `type` is any name of an object type."""

    store: Store

    def truth(self, type: str) -> dict[str, Record]:
        """The live records, by id."""
        with self.store.lock:
            shelf = self.store.shelf(type)
            return {str(number): shelf.live[number] for number in shelf.live_ids}

    def archived(self, type: str) -> dict[str, Record]:
        """The archived records, by id."""
        with self.store.lock:
            kept = self.store.archived_shelf(self.store.shelf(type))
            return {str(number): kept[number] for number in sorted(kept)}

    def merged(self, type: str) -> dict[str, str]:
        """The ids merged away, each with the id that answers for it."""
        with self.store.lock:
            shelf = self.store.shelf(type)
            return {str(loser): str(shelf.survivor(loser)) for loser in shelf.merged}

    def links(self, from_type: str) -> set[TrueLink]:
        """Every link from a live record of a type to a live record, as the API shows them."""
        with self.store.lock:
            found = live_links(self.store.shelves, self.store.shelf(from_type))
            return {
                (record_id, theirs, link.to_id, link.category, link.type_id, link.label)
                for record_id, theirs, link in found
            }

    def history(self, type: str, property: str) -> list[TrueValue]:
        """The values a property had in each live record: by id, then the newest first."""
        with self.store.lock:
            shelf = self.store.shelf(type)
            return [
                (number, change.value, from_ms(change.when_ms), change.source)
                for number in shelf.live_ids
                for change in past(shelf, shelf.live[number], property)
            ]

    def owners(self) -> dict[str, dict[str, Any]]:
        """The owners as the API shows them, those who left among them, by id."""
        with self.store.lock:
            kept = self.store.owners
            return {str(number): kept.document(one) for number, one in sorted(kept.known.items())}

    def pipelines(self, type: str) -> list[dict[str, Any]]:
        """The pipelines of a type as the API shows them."""
        with self.store.lock:
            return pipelines_of(self.store.shelf(type))
