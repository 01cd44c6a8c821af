"""What the people of a sandbox set up: properties, object types, owners, pipelines, labels."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sandbox.hubspot.association_types import USER, Pair
from sandbox.hubspot.auth import Tokens
from sandbox.hubspot.errors import not_found
from sandbox.hubspot.fields import custom_object_properties
from sandbox.hubspot.moments import iso
from sandbox.hubspot.objects import ObjectType
from sandbox.hubspot.pipelines import Pipeline, Stage
from sandbox.hubspot.properties import Property
from sandbox.hubspot.records import Shelf
from sandbox.hubspot.store import Id, Store

FIRST_TYPE_ID = 1_000_001


class Declarations:
    """Every way to change what records are made of; `type` is any name of an object type."""

    store: Store
    tokens: Tokens

    def add_property(self, type: str, /, name: str, **how: Any) -> None:
        """Declare one more custom property: `add_property("deals", "crew", type="number")`."""
        usual: dict[str, Any] = {"custom": True, "changed_at": iso(self.store.now_ms())}
        self._put(type, Property(name, **usual | how))

    def archive_property(self, type: str, name: str) -> None:
        """Archive a property: records stop showing it."""
        now = iso(self.store.now_ms())
        prop = self._property(type, name)
        self._put(type, replace(prop, archived=True, archived_at=now, changed_at=now))

    def rename_label(self, type: str, name: str, label: str) -> None:
        """Give a property another label; its name stays."""
        now = iso(self.store.now_ms())
        self._put(type, replace(self._property(type, name), label=label, changed_at=now))

    def add_object_type(
        self,
        name: str,
        plural_label: str,
        properties: Iterable[Property],
        primary: str,
        *,
        associated: Sequence[str] = (),
    ) -> str:
        """Declare an object type that may be associated with some others; its id, `2-…`."""
        with self.store.lock:
            own = [shelf for shelf in self.store.shelves.values() if shelf.kind.custom]
            full_name = f"p{self.tokens.portal_id}_{name}"
            kind = ObjectType(
                name=full_name,
                singular=name,
                type_id=f"2-{FIRST_TYPE_ID + len(own)}",
                searchable=(primary,),
                label=name.replace("_", " ").capitalize(),
                plural_label=plural_label,
                full_name=full_name,
            )
            shared = custom_object_properties(kind)
            self.store.declare(kind, (*shared, *(replace(one, custom=True) for one in properties)))
            for other in associated:
                self.add_association_type(kind.type_id, other)
            return kind.type_id

    def add_association_type(
        self, from_type: str, to_type: str, label: str | None = None, back_label: str | None = None
    ) -> int:
        """Let two types be associated, or in one more way, in both directions; the number."""
        with self.store.lock:
            ours, theirs = (self.store.shelf(name).kind.name for name in (from_type, to_type))
            number = self.store.definitions.free_number()
            back_label = label if back_label is None else back_label
            self.store.definitions.add(
                Pair(ours, theirs, number, number + 1, label, back_label, USER)
            )
            return number

    def add_owner(self, **how: Any) -> str:
        """Hire somebody: `add_owner(email=…, first_name=…, teams=("North",))`; the id."""
        with self.store.lock:
            now = self.store.now_ms()
            return str(self.store.owners.add(**{"created_ms": now, "updated_ms": now} | how).id)

    def archive_owner(self, id: Id) -> None:
        """Let an owner leave."""
        with self.store.lock:
            self.store.owners.archive(int(id), self.store.now_ms())

    def remove_owner(self, id: Id) -> None:
        """Take an owner from both lists."""
        with self.store.lock:
            del self.store.owners.known[int(id)]

    def add_pipeline(
        self,
        type: str,
        id: str,
        label: str,
        stages: Iterable[Stage | Mapping[str, Any] | Sequence[Any]] = (),
    ) -> None:
        """Add or replace a pipeline; a stage is `(id, label)` or `{"id", "label", "metadata"}`."""
        with self.store.lock:
            shelf, now = self.store.shelf(type), iso(self.store.now_ms())
            known = shelf.pipelines.get(id)
            made = known.created_at if known else now
            told = tuple(Stage.of(stage) for stage in stages)
            shelf.pipelines[id] = Pipeline(id, label, told, made, now)

    def remove_pipeline(self, type: str, id: str) -> None:
        """Remove a pipeline; records that are in it keep its id."""
        with self.store.lock:
            del self.store.shelf(type).pipelines[id]

    def remove_stage(self, type: str, pipeline: str, stage: str) -> None:
        """Remove a stage; records that are in it keep its id."""
        with self.store.lock:
            pipelines = self.store.shelf(type).pipelines
            kept = tuple(one for one in pipelines[pipeline].stages if one.id != stage)
            now = iso(self.store.now_ms())
            pipelines[pipeline] = replace(pipelines[pipeline], stages=kept, updated_at=now)

    def _property(self, type: str, name: str) -> Property:
        found = self.store.shelf(type).properties.get(name)
        if found is None:
            raise not_found(f"There is no property {name}")
        return found

    def _put(self, type: str, prop: Property) -> None:
        with self.store.lock:
            shelf: Shelf = self.store.shelf(type)
            shelf.properties[prop.name] = prop
            shelf.index.answers.clear()
