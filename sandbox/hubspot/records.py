"""Records: what the sandbox keeps of one CRM object. Never changed, only replaced."""

from bisect import bisect_left, insort
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, NamedTuple

from sandbox.hubspot.moments import from_ms, iso
from sandbox.hubspot.objects import ObjectType
from sandbox.hubspot.pipelines import Pipeline
from sandbox.hubspot.properties import Property

BY_HAND = "CRM_UI"


class Change(NamedTuple):
    """A value a property got."""

    name: str
    value: str
    when_ms: int
    source: str = BY_HAND


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One CRM object; `properties` holds the stored values only, not the ones always added."""

    id: int
    created_ms: int
    updated_ms: int
    properties: Mapping[str, str]
    archived_ms: int | None = None
    # Oldest first, and only of properties that changed: an unchanged one's history is its value.
    history: tuple[Change, ...] = ()
    source: str = BY_HAND  # what created it

    @property
    def created(self) -> datetime:
        """When it was created."""
        return from_ms(self.created_ms)

    @property
    def updated(self) -> datetime:
        """When it was last modified; archiving does not count."""
        return from_ms(self.updated_ms)

    @property
    def archived_at(self) -> datetime | None:
        """When it was archived, if it is."""
        return None if self.archived_ms is None else from_ms(self.archived_ms)

    def but(self, **changes: Any) -> "Record":
        """The same record, with some things different."""
        return replace(self, **changes)


class Index:
    """The copy of the live records that searches see: it lags behind the writes."""

    def __init__(self) -> None:
        self.seen: dict[int, Record] = {}
        self.answers: dict[Any, list[int]] = {}  # remembered until the index moves on
        self._waiting: deque[tuple[int, Record]] = deque()

    def write(self, record: Record, now_ms: int) -> None:
        """A record changed; searches will notice later."""
        self._waiting.append((now_ms, record))

    def plant(self, records: Iterable[Record]) -> None:
        """Make records visible at once, as if written long ago."""
        self.seen |= {record.id: record for record in records}
        self.answers.clear()

    def forget(self, record_id: int) -> None:
        """Archived, merged and deleted records never appear, so they go without a lag."""
        if self.seen.pop(record_id, None):
            self.answers.clear()

    def catch_up(self, visible_ms: int, live: Mapping[int, Record]) -> None:
        """Take in what was written up to a moment."""
        while self._waiting and self._waiting[0][0] <= visible_ms:
            record = self._waiting.popleft()[1]
            if record.id in live:
                self.seen[record.id] = record
                self.answers.clear()


@dataclass(frozen=True)
class Link:
    """One labelled direction of an association between two records."""

    to_id: int
    type_id: int
    label: str | None = None
    category: str = "HUBSPOT_DEFINED"


@dataclass
class Shelf:
    """The records of one object type."""

    kind: ObjectType
    properties: dict[str, Property]
    pipelines: dict[str, Pipeline] = field(default_factory=dict)
    declared_ms: int = 0
    live: dict[int, Record] = field(default_factory=dict)
    archived: dict[int, Record] = field(default_factory=dict)
    merged: dict[int, int] = field(default_factory=dict)  # loser → winner
    index: Index = field(default_factory=Index)
    live_ids: list[int] = field(default_factory=list)  # ascending
    drawn: set[int] = field(default_factory=set)  # ids are never given twice

    # From one record to another type's: (our id, their type) → links.
    links: dict[tuple[int, str], list[Link]] = field(default_factory=dict)

    def add(self, record: Record) -> None:
        """Put a record among the live ones."""
        if record.id not in self.live:
            insort(self.live_ids, record.id)
        self.live[record.id] = record

    def drop(self, record_id: int) -> Record:
        """Take a record from the live ones, out of sight of searches too."""
        record = self.live.pop(record_id)
        del self.live_ids[bisect_left(self.live_ids, record_id)]
        self.index.forget(record_id)
        return record

    def survivor(self, record_id: int) -> int:
        """The id that answers for an id, which may have been merged away."""
        while record_id in self.merged:
            record_id = self.merged[record_id]
        return record_id

    def taken(self, record_id: int) -> bool:
        """Whether an id is or was in use."""
        places = (self.live, self.archived, self.merged, self.drawn)
        return any(record_id in place for place in places)

    def value(self, record: Record, name: str) -> str | None:
        """A property of a record as the API gives it, None when it has no value."""
        if name == "hs_object_id":
            return str(record.id)
        if name == self.kind.created:
            return iso(record.created_ms)
        if name == self.kind.modified:
            return iso(record.updated_ms)
        return record.properties.get(name)
