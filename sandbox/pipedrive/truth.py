"""What a sandbox really holds, for comparing with what a client made of it."""

from typing import Any

from sandbox.pipedrive.definitions import Definition
from sandbox.pipedrive.records import Record
from sandbox.pipedrive.render import document
from sandbox.pipedrive.store import Store


class Truth:
    """Every way to look behind the API; `type` is a kind of record, such as `deals`."""

    store: Store

    def truth(self, type: str) -> dict[str, dict[str, Any]]:
        """The records that are not deleted, archived ones included, as the API shows them, by id."""
        return self._shown(type, deleted=False)

    def deleted(self, type: str) -> dict[str, dict[str, Any]]:
        """The records that are deleted, by id."""
        return self._shown(type, deleted=True)

    def record(self, type: str, id: int | str) -> Record:
        """One record as it is kept, whatever became of it."""
        with self.store.lock:
            return self.store.found(type, id)

    def keys(self, type: str) -> set[str]:
        """The ids of all records that are kept, deleted ones included."""
        with self.store.lock:
            return set(map(str, self.store.shelves[self.store.kind(type).name]))

    def fields(self, type: str) -> dict[str, Definition]:
        """The definitions of a kind, by code."""
        with self.store.lock:
            return {one.code: one for one in self.store.fields.shown(type)}

    def code(self, type: str, name: str) -> str:
        """The code of the field that is called so now."""
        with self.store.lock:
            return self.store.fields.code_of("deals" if type == "leads" else type, name)

    def _shown(self, type: str, *, deleted: bool) -> dict[str, dict[str, Any]]:
        with self.store.lock:
            kind = self.store.kind(type)
            found = self.store.shelves[kind.name].values()
            chosen = [one for one in found if (one.deleted is not None) == deleted]
            return {
                str(one.id): document(self.store, kind, one, include=tuple(kind.optional))
                for one in sorted(chosen, key=lambda one: str(one.id))
            }
