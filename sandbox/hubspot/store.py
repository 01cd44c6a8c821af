"""The account's records in memory, and every way they can change."""

import random
from collections.abc import Iterable, Mapping
from datetime import datetime
from threading import RLock

from sandbox.clock import Clock, utc_now
from sandbox.hubspot.catalogue import OBJECT_TYPES
from sandbox.hubspot.definitions import Definitions
from sandbox.hubspot.errors import not_found, unknown_type
from sandbox.hubspot.fields import PROPERTIES
from sandbox.hubspot.history import CALCULATED, MERGE, changes
from sandbox.hubspot.links import inherit
from sandbox.hubspot.moments import to_ms
from sandbox.hubspot.objects import ObjectType
from sandbox.hubspot.owners import Owners
from sandbox.hubspot.people import FIRST_OWNER
from sandbox.hubspot.pipelines import PIPELINES
from sandbox.hubspot.properties import Property
from sandbox.hubspot.records import BY_HAND, Record, Shelf

RESTORABLE_MS = 90 * 24 * 3600 * 1000
SHORTEST_ID, LONGEST_ID = 3, 11  # digits

Id = str | int


class Store:
    """All records of one account, behind one lock."""

    def __init__(self, clock: Clock = utc_now, seed: int = 7) -> None:
        self.lock = RLock()
        self.clock = clock
        self.index_lag = 0.0  # seconds until a search sees a write
        self._random = random.Random(seed)
        self.definitions = Definitions()
        self.owners = Owners(FIRST_OWNER)
        self.shelves: dict[str, Shelf] = {}
        self._named: dict[str, Shelf] = {}
        for kind in OBJECT_TYPES:
            self.declare(kind, PROPERTIES[kind.name])

    def declare(self, kind: ObjectType, properties: Iterable[Property]) -> None:
        """Add an object type to the account, or replace what is known of one."""
        pipelines = {one.id: one for one in PIPELINES.get(kind.name, ())}
        shelf = Shelf(
            kind, {one.name: one for one in properties}, pipelines, declared_ms=self.now_ms()
        )
        self.shelves[kind.name] = shelf
        self._named |= dict.fromkeys(kind.names, shelf)

    def shelf(self, name: str) -> Shelf:
        """The records of a type, by any of its names."""
        found = self._named.get(name.lower())
        if found is None:
            raise unknown_type(name)
        return found

    def now_ms(self) -> int:
        """The sandbox's time."""
        return to_ms(self.clock())

    def free_id(self, shelf: Shelf) -> int:
        """Draw an id nobody had; of any length, and in no relation to the time."""
        while True:
            digits = self._random.randint(SHORTEST_ID, LONGEST_ID)
            drawn = self._random.randrange(10 ** (digits - 1), 10**digits)
            if not shelf.taken(drawn):
                shelf.drawn.add(drawn)
                return drawn

    def plant(self, name: str, records: Iterable[Record]) -> None:
        """Put finished records in place, known to searches at once."""
        with self.lock:
            shelf = self.shelf(name)
            planted = {record.id: record for record in records}
            shelf.live |= planted
            shelf.live_ids = sorted(shelf.live)
            shelf.index.plant(planted.values())

    def create(
        self,
        name: str,
        properties: Mapping[str, str],
        *,
        id: Id | None = None,
        created: datetime | None = None,
        updated: datetime | None = None,
        source: str = BY_HAND,
    ) -> str:
        """Create a record and return its id; id and stamps may be given."""
        with self.lock:
            shelf, now = self.shelf(name), self.now_ms()
            _check_declared(shelf, properties)
            made = to_ms(created) if created else now
            changed = to_ms(updated) if updated else made
            record = Record(
                id=self.free_id(shelf) if id is None else int(id),
                created_ms=made,
                updated_ms=changed,
                properties=dict(properties),
                source=source,
            )
            self._put(shelf, record, now)
            return str(record.id)

    def update(
        self,
        name: str,
        id: Id,
        properties: Mapping[str, str],
        *,
        updated: datetime | None = None,
        bump: bool = True,
        source: str | None = None,
    ) -> Record:
        """Change properties; without `bump` the stamp stays, as with calculated ones."""
        with self.lock:
            shelf, now = self.shelf(name), self.now_ms()
            _check_declared(shelf, properties)
            old = self.live_record(shelf, id)
            when = to_ms(updated) if updated else now
            changed = when if bump or updated else old.updated_ms
            source = source or (BY_HAND if bump else CALCULATED)
            record = old.but(
                properties={**old.properties, **properties},
                updated_ms=changed,
                history=old.history + changes(old, properties, when, source),
            )
            self._put(shelf, record, now)
            return record

    def archive(self, name: str, id: Id) -> None:
        """Move a record to the archived list; its modified stamp stays as it was."""
        with self.lock:
            shelf = self.shelf(name)
            record = shelf.drop(self.live_record(shelf, id).id)
            shelf.archived[record.id] = record.but(archived_ms=self.now_ms())

    def restore(self, name: str, id: Id, *, bump: bool = False) -> None:
        """Bring an archived record back, unchanged unless told to bump its stamp."""
        with self.lock:
            shelf, now = self.shelf(name), self.now_ms()
            record = self.archived_record(shelf, id)
            del shelf.archived[record.id]
            stamp = now if bump else record.updated_ms
            self._put(shelf, record.but(archived_ms=None, updated_ms=stamp), now)

    def merge(self, name: str, winner: Id, loser: Id) -> Record:
        """Let one record disappear into another, which remembers it and is bumped."""
        with self.lock:
            shelf = self.shelf(name)
            kept = self.live_record(shelf, winner)
            gone = self.live_record(shelf, loser)
            if kept.id == gone.id:
                raise not_found("A record cannot be merged into itself")
            shelf.drop(gone.id)
            shelf.merged[gone.id] = kept.id
            inherit(self.shelves, shelf, kept.id, gone.id)
            before = kept.properties.get("hs_merged_object_ids", "").split(";")
            theirs = gone.properties.get("hs_merged_object_ids", "").split(";")
            ids = ";".join(part for part in (*before, str(gone.id), *theirs) if part)
            # Which values win is not documented; assumed: the winner's, gaps filled from the loser.
            filled = {k: v for k, v in gone.properties.items() if not kept.properties.get(k)}
            return self.update(name, kept.id, filled | {"hs_merged_object_ids": ids}, source=MERGE)

    def gdpr_delete(self, name: str, id: Id) -> None:
        """Remove a record from both lists, leaving nothing."""
        with self.lock:
            shelf = self.shelf(name)
            if int(id) in shelf.archived:
                del shelf.archived[int(id)]
            else:
                shelf.drop(self.live_record(shelf, id).id)

    def live_record(self, shelf: Shelf, id: Id) -> Record:
        """A live record by its id, or by the id of one merged into it."""
        found = shelf.live.get(shelf.survivor(int(id))) if str(id).isdecimal() else None
        if found is None:
            raise not_found()
        return found

    def archived_record(self, shelf: Shelf, id: Id) -> Record:
        """An archived record by its id, while it can still be restored."""
        found = self.archived_shelf(shelf).get(int(id)) if str(id).isdecimal() else None
        if found is None:
            raise not_found()
        return found

    def archived_shelf(self, shelf: Shelf) -> dict[int, Record]:
        """The archived records; after 90 days they are gone."""
        limit = self.now_ms() - RESTORABLE_MS
        for record in [r for r in shelf.archived.values() if (r.archived_ms or 0) < limit]:
            del shelf.archived[record.id]
        return shelf.archived

    def refresh_index(self, shelf: Shelf) -> None:
        """Let the search index see what is old enough."""
        shelf.index.catch_up(self.now_ms() - round(self.index_lag * 1000), shelf.live)

    def _put(self, shelf: Shelf, record: Record, now: int) -> None:
        shelf.add(record)
        shelf.index.write(record, now)


def _check_declared(shelf: Shelf, properties: Mapping[str, str]) -> None:
    if unknown := properties.keys() - shelf.properties.keys():
        raise ValueError(f"{shelf.kind.name} have no property {', '.join(sorted(unknown))}")
