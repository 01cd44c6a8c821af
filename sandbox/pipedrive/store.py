"""The account's records in memory, and every way they can change."""

import random
import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from threading import RLock
from typing import Any

from sandbox.clock import Clock, utc_now
from sandbox.pipedrive.definitions import Fields
from sandbox.pipedrive.kind import ADMIN, Kind
from sandbox.pipedrive.kinds import KINDS
from sandbox.pipedrive.moments import fine, whole_milliseconds, whole_seconds
from sandbox.pipedrive.records import Key, Record

KEPT = timedelta(days=30)  # how long deleted deals can be asked for
UUIDS = ("leads", "lead_labels")


class Store:
    """All records of one company, behind one lock."""

    def __init__(self, clock: Clock = utc_now, seed: int = 7) -> None:
        self.lock = RLock()
        self.clock = clock
        self.changes = 0
        self.fields = Fields(seed)
        self.shelves: dict[str, dict[Key, Record]] = {name: {} for name in KINDS}
        self._random = random.Random(seed)
        self._last = dict.fromkeys(KINDS, 0)

    def kind(self, name: str) -> Kind:
        """A kind of record by its name."""
        if name not in KINDS:
            raise ValueError(f"No kind of record is called {name!r}; there are {', '.join(KINDS)}")
        return KINDS[name]

    def free_id(self, name: str) -> Key:
        """The next id; a lead's is no number and in no order."""
        if name in UUIDS:
            return str(uuid.UUID(int=self._random.getrandbits(128), version=4))
        self._last[name] += self._random.choice((1, 1, 1, 2, 5))  # ids have holes
        return self._last[name]

    def stamp(self, kind: Kind, moment: datetime | None = None) -> datetime:
        """A moment (now, when unsaid) as precisely as records of a kind keep it."""
        precise = whole_milliseconds if kind.write is fine else whole_seconds
        return precise(moment or self.clock())

    def put(self, name: str, records: Iterable[Record]) -> None:
        """Put finished records in place."""
        with self.lock:
            for record in records:
                self.shelves[name][record.id] = record
                if isinstance(record.id, int):
                    self._last[name] = max(self._last[name], record.id)
            self.changes += 1

    def create(
        self,
        name: str,
        values: Mapping[str, Any],
        custom: Mapping[str, Any],
        *,
        id: Key | None = None,
        created: datetime | None = None,
        updated: datetime | None = None,
    ) -> Key:
        """Create a record and return its id; id and stamps may be given."""
        with self.lock:
            kind = self.kind(name)
            self._check(kind, values, custom)
            added = self.stamp(kind, created)
            changed = self.stamp(kind, updated) if updated else added
            key = self.free_id(name) if id is None else id
            one = Record(
                id=key, values=dict(values), custom=dict(custom), added=added, updated=changed
            )
            self.put(name, [one])
            return key

    def change(
        self,
        name: str,
        id: Key,
        *,
        bump: bool = True,
        updated: datetime | None = None,
        **changes: Any,
    ) -> Record:
        """Replace a record by a changed one; without `bump` its stamp stays."""
        with self.lock:
            kind, old = self.kind(name), self.found(name, id)
            self._check(kind, changes.get("values", {}), changes.get("custom", {}))
            if bump or updated:
                changes["updated"] = self.stamp(kind, updated)
            new = old.but(**changes)
            self.put(name, [new])
            return new

    def strip(self, code: str) -> None:
        """Take what records hold in a custom field that is no more."""
        for shelf in self.shelves.values():
            for record in [one for one in shelf.values() if code in one.custom]:
                left = {name: value for name, value in record.custom.items() if name != code}
                shelf[record.id] = record.but(custom=left)

    def found(self, name: str, id: Key) -> Record:
        """A record by id, whatever became of it."""
        shelf = self.shelves[self.kind(name).name]
        key = id if id in shelf or name in UUIDS else int(id)
        if key not in shelf:
            raise KeyError(f"{name} {id}")
        return shelf[key]

    def forget(self, name: str, id: Key) -> None:
        """Let a record vanish without a trace."""
        with self.lock:
            del self.shelves[name][self.found(name, id).id]
            self.changes += 1

    def living(self, name: str, *, archived: bool | None = None) -> Iterator[Record]:
        """The records that are not deleted: all, or only those that are archived, or not."""
        for record in self.shelves[name].values():
            here = archived is None or (record.archived is not None) == archived
            if record.deleted is None and here:
                yield record

    def lately_deleted(self, name: str, *, archived: bool) -> Iterator[Record]:
        """The deleted records that can still be asked for."""
        oldest = self.clock() - KEPT
        for record in self.shelves[name].values():
            here = (record.archived is not None) == archived
            if here and record.deleted is not None and record.deleted > oldest:
                yield record

    def user(self, id: Key) -> Mapping[str, Any]:
        """What is known of a user."""
        known = self.shelves["users"].get(id)
        return known.values if known else {"name": "Unknown", "email": None}

    def _check(self, kind: Kind, values: Mapping[str, Any], custom: Mapping[str, Any]) -> None:
        """Refuse what no record of this kind could hold."""
        known = {*kind.blank, *kind.optional, "active_flag"}
        if strange := values.keys() - known:
            raise ValueError(f"{kind.name} have no {', '.join(sorted(strange))}")
        if lost := custom.keys() - self.fields.custom(kind.name).keys():
            raise ValueError(f"{kind.name} have no custom field {', '.join(sorted(lost))}")

    def populate(self) -> None:
        """What every account begins with."""
        self.put("users", [_founder(self.stamp(KINDS["users"]))])


def _founder(now: datetime) -> Record:
    values = {"name": "Ada Admin", "email": "ada@example.org", "is_admin": 1}
    return Record(id=ADMIN, values=values, added=now, updated=now)
