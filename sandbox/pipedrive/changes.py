"""What happens to the records of a sandbox: the day's work of its invented people."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sandbox.pipedrive.kind import Kind
from sandbox.pipedrive.records import Key, Record
from sandbox.pipedrive.store import Store

NOTHING: Mapping[str, Any] = {}


class Changes:
    """Every way to change records; `type` is a kind of record, such as `deals`."""

    store: Store

    def create(
        self,
        type: str,
        values: Mapping[str, Any] = NOTHING,
        *,
        custom: Mapping[str, Any] = NOTHING,
        id: Key | None = None,
        created: datetime | None = None,
        updated: datetime | None = None,
    ) -> Key:
        """Create a record and return its id; `custom` goes by the codes of the account's fields."""
        return self.store.create(type, values, custom, id=id, created=created, updated=updated)

    def update(
        self,
        type: str,
        id: Key,
        values: Mapping[str, Any] = NOTHING,
        *,
        custom: Mapping[str, Any] = NOTHING,
        updated: datetime | None = None,
        bump: bool = True,
    ) -> None:
        """Change fields; `bump=False` leaves the stamp alone, as counters do."""
        with self.store.lock:
            old = self.store.found(type, id)
            both = {
                "values": {**old.values, **values},
                "custom": {**old.custom, **custom},
            }
            self.store.change(type, id, bump=bump, updated=updated, **both)

    def delete(self, type: str, id: Key) -> None:
        """Delete a record; whether that leaves a trace depends on its kind."""
        with self.store.lock:
            kind = self.store.kind(type)
            if kind.ending == "vanishes" and kind.version == 1:
                self.store.forget(type, id)
                return
            self.store.change(type, id, deleted=self.store.stamp(kind))

    def restore(self, type: str, id: Key) -> None:
        """Bring a deleted record back."""
        self.store.change(type, id, deleted=None)

    def archive(self, type: str, id: Key, *, bump: bool = True) -> None:
        """Take a deal or lead out of its list, into the archived one."""
        with self.store.lock:
            moment = self.store.stamp(_archivable(self.store.kind(type)))
            self.store.change(type, id, archived=moment, bump=bump)

    def unarchive(self, type: str, id: Key, *, bump: bool = True) -> None:
        """Put a deal or lead back into its list."""
        _archivable(self.store.kind(type))
        self.store.change(type, id, archived=None, bump=bump)

    def merge(self, type: str, winner: Key, loser: Key) -> None:
        """Let one record disappear into another, which is touched."""
        with self.store.lock:
            kept, gone = self.store.found(type, winner), self.store.found(type, loser)
            # Which values win is not documented; assumed: the winner's, gaps filled from the loser.
            filled = {**gone.values, **{k: v for k, v in kept.values.items() if v is not None}}
            self.delete(type, loser)
            self.store.change(type, winner, values=filled)

    def touch(self, type: str, count: int) -> list[Key]:
        """Change some records, spread over all living ones, as a day's work would."""
        with self.store.lock:
            living = sorted((one.id for one in self.store.living(type)), key=str)
            step = max(1, len(living) // max(1, count))
            name = _naming(self.store.kind(type))
            touched = living[::step][:count]
            for number, key in enumerate(touched):
                self.update(type, key, {name: f"Touched {number}"})
            return touched

    def bulk_import(self, type: str, count: int, *, updated: datetime | None = None) -> list[Key]:
        """Create many records with the very same stamp, as an import does."""
        with self.store.lock:
            kind = self.store.kind(type)
            stamp, name = self.store.stamp(kind, updated), _naming(kind)
            made = [
                Record(
                    id=self.store.free_id(type),
                    values={name: f"Imported {number}"},
                    added=stamp,
                    updated=stamp,
                )
                for number in range(count)
            ]
            self.store.put(type, made)
            return [record.id for record in made]

    def attach(self, deal: Key, product: Key, **values: Any) -> Key:
        """Attach a product to a deal; returns the attachment's id."""
        with self.store.lock:
            name = self.store.found("products", product).values.get("name")
            said = {"deal_id": deal, "product_id": product, "name": name, **values}
            return self.create("deal_products", said)

    def detach(self, id: Key) -> None:
        """Take a product off a deal again."""
        self.store.forget("deal_products", id)

    def add_field(self, type: str, name: str, field_type: str, options: Sequence[str] = ()) -> str:
        """Add a field of the account's own and return its code."""
        with self.store.lock:
            return self.store.fields.add(type, name, field_type, options)

    def rename_field(self, type: str, code: str, name: str) -> None:
        """Call a field something else; its code stays."""
        with self.store.lock:
            self.store.fields.rename(type, code, name)

    def remove_field(self, type: str, code: str) -> None:
        """Remove a field; its values are gone from every answer."""
        with self.store.lock:
            self.store.fields.remove(type, code)
            self.store.strip(code)

    def remove_option(self, type: str, code: str, option: int | str) -> None:
        """Remove a choice that records may still hold."""
        with self.store.lock:
            self.store.fields.remove_option(type, code, option)


def _archivable(kind: Kind) -> Kind:
    if kind.name not in ("deals", "leads"):
        raise ValueError(f"{kind.name} cannot be archived")
    return kind


def _naming(kind: Kind) -> str:
    """The field that a person would read."""
    words = ("title", "name", "subject", "content")
    return next(name for name in words if name in kind.blank)
