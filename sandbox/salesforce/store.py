"""The org's records in memory, and every way they can change."""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from threading import RLock
from typing import Any

from sandbox.clock import Clock, utc_now
from sandbox.salesforce.errors import no_object
from sandbox.salesforce.fields import Field
from sandbox.salesforce.ids import make_id, whole
from sandbox.salesforce.objects import SObject, standard_objects
from sandbox.salesforce.values import Values, stored, to_the_second

RESTORABLE = timedelta(days=15)
INTEGRATION = "0055e0000000001AAM"  # the user who asks, and who creates what nobody else is said to


@dataclass
class Shelf:
    """The records of one object; `hidden` are fields this user may not see, or the whole object.

    `log` is the list of what was deleted when; `late` holds changes that are not committed yet.
    """

    definition: SObject
    records: dict[str, Values] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    forbidden: bool = False
    log: dict[str, datetime] = field(default_factory=dict)
    late: list[tuple[datetime, Values]] = field(default_factory=list)
    made: int = 0

    @property
    def visible(self) -> dict[str, Field]:
        """The fields this user sees."""
        return {
            name: one
            for name, one in self.definition.by_name.items()
            if name not in self.hidden and one.within not in self.hidden
        }

    def columns(self) -> dict[str, Field]:
        """The fields by their names in any case, as queries may spell them."""
        return {name.lower(): one for name, one in self.visible.items()}


class Store:
    """All records of one org, behind one lock."""

    def __init__(self, clock: Clock = utc_now, seed: int = 7) -> None:
        self.lock = RLock()
        self.clock = clock
        self.random = random.Random(seed)
        self.shelves: dict[str, Shelf] = {}
        for definition in standard_objects():
            self.declare(definition)

    def declare(self, definition: SObject) -> None:
        """Add an object to the org, or replace what is known of one."""
        shelf = self.shelves.setdefault(definition.name, Shelf(definition))
        shelf.definition = definition

    def shelf(self, name: str) -> Shelf:
        """The records of an object this user may see, everything committed by now among them."""
        found = next((s for key, s in self.shelves.items() if key.lower() == name.lower()), None)
        if found is None or found.forbidden:
            raise no_object(name)
        self._commit(found)
        return found

    def now(self) -> datetime:
        """The sandbox's time, to the second."""
        return to_the_second(self.clock())

    def new_id(self, shelf: Shelf) -> str:
        """The next id of an object; the vendor's leave gaps."""
        shelf.made += self.random.randrange(1, 40)
        return make_id(shelf.definition.prefix, shelf.made)

    def create(
        self,
        name: str,
        values: Mapping[str, Any],
        *,
        id: str | None = None,
        created: datetime | None = None,
        updated: datetime | None = None,
        commits_in: float = 0,
    ) -> str:
        """Create a record and return its id; it shows up only when it is committed."""
        with self.lock:
            shelf = self.shelf(name)
            made = to_the_second(created) if created else self.now()
            changed = to_the_second(updated) if updated else made
            record = _blank(shelf.definition) | _checked(shelf.definition, values)
            record |= {"Id": whole(id) if id else self.new_id(shelf)}
            record |= {"CreatedDate": made, "CreatedById": INTEGRATION}
            _stamp(shelf.definition, record, changed)
            self.put(shelf, record, commits_in)
            return str(record["Id"])

    def update(
        self,
        name: str,
        id: str,
        values: Mapping[str, Any],
        *,
        updated: datetime | None = None,
        bump: bool = True,
        commits_in: float = 0,
    ) -> None:
        """Change fields; without `bump` the stamp stays, as with formulas."""
        with self.lock:
            shelf = self.shelf(name)
            record = self.living(shelf, id) | _checked(shelf.definition, values)
            if bump or updated:
                _stamp(shelf.definition, record, to_the_second(updated) if updated else self.now())
            self.put(shelf, record, commits_in)

    def plant(self, name: str, records: Iterable[Values]) -> None:
        """Put finished records in place."""
        with self.lock:
            shelf = self.shelf(name)
            shelf.records |= {str(record["Id"]): record for record in records}

    def living(self, shelf: Shelf, id: str) -> Values:
        """A record that is not deleted; KeyError where there is none."""
        record = shelf.records[whole(id)]
        if record.get("IsDeleted"):
            raise KeyError(id)
        return record

    def put(self, shelf: Shelf, record: Values, commits_in: float = 0) -> None:
        """Store a record, or note it as a change that is not committed yet."""
        _name(shelf.definition, record)
        if commits_in:
            shelf.late.append((self.clock() + timedelta(seconds=commits_in), record))
        else:
            shelf.records[str(record["Id"])] = record

    def _commit(self, shelf: Shelf) -> None:
        """Let late changes be seen, with the stamps they got, and empty the bin of what is old."""
        now = self.clock()
        for moment, record in list(shelf.late):
            if moment <= now:
                shelf.late.remove((moment, record))
                shelf.records[str(record["Id"])] = record
        old = [key for key, moment in shelf.log.items() if now - moment > RESTORABLE]
        for key in old:
            del shelf.log[key]
            shelf.records.pop(key, None)


def _blank(definition: SObject) -> Values:
    """A record in which nothing is filled in; a checkbox is never empty."""
    return {one.name: stored(one, None) for one in definition.fields}


def _checked(definition: SObject, values: Mapping[str, Any]) -> Values:
    if unknown := values.keys() - definition.by_name.keys():
        raise ValueError(f"{definition.name} has no field {', '.join(sorted(unknown))}")
    return {name: stored(definition.by_name[name], value) for name, value in values.items()}


def _name(definition: SObject, record: Values) -> None:
    """What a person is called is put together from the parts."""
    if any(one.within == "Name" for one in definition.fields):
        parts = (record.get("FirstName"), record.get("LastName"))
        record["Name"] = " ".join(str(part) for part in parts if part) or None


def _stamp(definition: SObject, record: Values, moment: datetime) -> None:
    for name in ("LastModifiedDate", "SystemModstamp"):
        if name in definition.by_name:
            record[name] = moment
    if "LastModifiedById" in definition.by_name:
        record["LastModifiedById"] = INTEGRATION
