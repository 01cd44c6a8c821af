"""What happens to the records of a sandbox: the day's work of its invented people."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sandbox.salesforce import recycling
from sandbox.salesforce import seed as seed_store
from sandbox.salesforce.fields import Field
from sandbox.salesforce.objects import custom_object
from sandbox.salesforce.store import Store
from sandbox.salesforce.values import to_the_second


class Changes:
    """Every way to change records and objects; `type` is an object's API name."""

    store: Store

    def create(
        self,
        type: str,
        fields: Mapping[str, Any],
        *,
        id: str | None = None,
        created: datetime | None = None,
        updated: datetime | None = None,
        commits_in: float = 0,
    ) -> str:
        """Create a record and return its id; with `commits_in` it shows up so many seconds late."""
        how = {"id": id, "created": created, "updated": updated, "commits_in": commits_in}
        return self.store.create(type, fields, **how)  # type: ignore[arg-type]

    def update(
        self,
        type: str,
        id: str,
        fields: Mapping[str, Any],
        *,
        updated: datetime | None = None,
        bump: bool = True,
        commits_in: float = 0,
    ) -> None:
        """Change fields; `bump=False` leaves the stamps alone, as formulas do."""
        self.store.update(type, id, fields, updated=updated, bump=bump, commits_in=commits_in)

    def delete(self, type: str, id: str) -> None:
        """Move a record to the recycle bin."""
        recycling.delete(self.store, type, id)

    def undelete(self, type: str, id: str) -> None:
        """Bring it back."""
        recycling.undelete(self.store, type, id)

    def purge(self, type: str, id: str) -> None:
        """Delete it for good, from the bin or past it."""
        recycling.purge(self.store, type, id)

    def merge(self, type: str, winner: str, loser: str) -> None:
        """Let one record take another in."""
        recycling.merge(self.store, type, winner, loser)

    def touch(self, type: str, count: int) -> list[str]:
        """Change some records, spread over all of them, as a day's work would."""
        with self.store.lock:
            shelf = self.store.shelf(type)
            ids = [key for key, one in shelf.records.items() if not one.get("IsDeleted")]
            touched = ids[:: max(1, len(ids) // max(1, count))][:count]
            fields = shelf.definition.fields
            text = next(one.name for one in fields if one.type in ("string", "picklist"))
            for number, key in enumerate(touched):
                self.store.update(type, key, {text: f"Touched {number}"})
            return touched

    def bulk_import(self, type: str, count: int, *, updated: datetime | None = None) -> list[str]:
        """Create many records at once, all with the very same stamp, as a data load does."""
        stamp = self.store.now() if updated is None else to_the_second(updated)
        return seed_store.bulk_import(self.store, type, count, stamp)

    def add_object(self, name: str, fields: Iterable[Field] = (), label: str = "") -> None:
        """Give the org an object of its own, whose name ends in `__c`."""
        if not name.endswith("__c"):
            raise ValueError(f"{name} does not end in __c")
        prefix = f"a{len(self.store.shelves):02d}"
        self.store.declare(custom_object(name, prefix, fields, label))

    def add_field(self, type: str, name: str, kind: str = "string", **how: Any) -> None:
        """Give an object a field; records have nothing in it yet."""
        with self.store.lock:
            shelf = self.store.shelf(type)
            custom = name.endswith(("__c", "__s"))
            shelf.definition = shelf.definition.having(Field(name, kind, custom=custom, **how))

    def hide(self, type: str, name: str, *, hidden: bool = True) -> None:
        """Take the right to see a field from the user who asks, or give it back."""
        shelf = self.store.shelves[type]
        shelf.hidden = shelf.hidden | {name} if hidden else shelf.hidden - {name}

    def hide_object(self, type: str, *, hidden: bool = True) -> None:
        """The same for a whole object."""
        self.store.shelves[type].forbidden = hidden
