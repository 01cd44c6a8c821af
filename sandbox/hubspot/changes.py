"""What happens to the records of a sandbox: the day's work of its invented people."""

from collections.abc import Mapping
from datetime import datetime

from sandbox.hubspot import links
from sandbox.hubspot import seed as seed_store
from sandbox.hubspot.association_types import HUBSPOT
from sandbox.hubspot.moments import to_ms
from sandbox.hubspot.records import BY_HAND, Link
from sandbox.hubspot.store import Id, Store


class Changes:
    """Every way to change records; `type` is any name of an object type."""

    store: Store

    def create(
        self,
        type: str,
        properties: Mapping[str, str],
        *,
        id: Id | None = None,
        created: datetime | None = None,
        updated: datetime | None = None,
        source: str = BY_HAND,
    ) -> str:
        """Create a record and return its id; id and stamps may be given."""
        stamps = {"created": created, "updated": updated}
        return self.store.create(type, properties, id=id, source=source, **stamps)

    def update(
        self,
        type: str,
        id: Id,
        properties: Mapping[str, str],
        *,
        updated: datetime | None = None,
        bump: bool = True,
        source: str | None = None,
    ) -> None:
        """Change properties; `bump=False` leaves the modified stamp alone, as calculating does."""
        self.store.update(type, id, properties, updated=updated, bump=bump, source=source)

    def archive(self, type: str, id: Id) -> None:
        """Archive a record."""
        self.store.archive(type, id)

    def restore(self, type: str, id: Id, *, bump: bool = False) -> None:
        """Bring an archived record back."""
        self.store.restore(type, id, bump=bump)

    def merge(self, type: str, winner: Id, loser: Id) -> None:
        """Let one record disappear into another, which inherits its associations."""
        self.store.merge(type, winner, loser)

    def gdpr_delete(self, type: str, id: Id) -> None:
        """Remove a record from both lists."""
        self.store.gdpr_delete(type, id)

    def touch(self, type: str, count: int) -> list[str]:
        """Change a property of some records, spread over all of them, as a day's work would."""
        with self.store.lock:
            shelf = self.store.shelf(type)
            step = max(1, len(shelf.live_ids) // max(1, count))
            ids = [str(number) for number in shelf.live_ids[::step][:count]]
            first = (*shelf.kind.defaults, *shelf.kind.searchable)[0]
            for number, touched in enumerate(ids):
                self.store.update(type, touched, {first: f"Touched {number}"})
            return ids

    def bulk_import(self, type: str, count: int, *, updated: datetime | None = None) -> list[str]:
        """Create many records at once, all with the very same stamp, as an import does."""
        stamp = self.store.now_ms() if updated is None else to_ms(updated)
        return seed_store.bulk_import(self.store, type, count, stamp)

    def associate(
        self,
        from_type: str,
        from_id: Id,
        to_type: str,
        to_id: Id,
        *,
        type_id: int,
        label: str | None = None,
        category: str = HUBSPOT,
    ) -> None:
        """Associate two records in one direction, without touching their stamps."""
        with self.store.lock:
            ours, theirs = self.store.shelf(from_type), self.store.shelf(to_type)
            link = Link(int(to_id), type_id, label, category)
            links.associate(self.store.definitions, ours, int(from_id), theirs, link)

    def dissociate(
        self,
        from_type: str,
        from_id: Id,
        to_type: str,
        to_id: Id,
        type_id: int | None = None,
        *,
        category: str | None = None,
    ) -> None:
        """Part two records, in both directions; `type_id` ends one of several associations."""
        with self.store.lock:
            ours, theirs = self.store.shelf(from_type), self.store.shelf(to_type)
            one, other = int(from_id), int(to_id)
            links.dissociate(self.store.definitions, ours, one, theirs, other, type_id, category)
