"""What an account holds: leads with the visits that gave them their statuses, users, statuses."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from threading import RLock
from typing import Any

from sandbox.clock import Clock

FIRST_LEAD, FIRST_USER, FIRST_STATUS, FIRST_VISIT = 40_112, 911_700_001, 204, 74_601
STATUSES = (
    ("Not Home", "NH"),
    ("No Damage ", "ND"),  # trailing blanks are the vendor's
    ("Appointment Set", "AS"),
    ("Do Not Knock", "DNK"),
    ("Sold", "S"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A lead or a user; `values` are members as the API calls them, without ids and stamps."""

    id: int
    created: datetime
    modified: datetime
    values: Mapping[str, Any]
    status_modified: datetime | None = None
    deleted: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A lead got a status."""

    number: int
    lead: int
    status: int
    at: datetime
    by: int
    active: bool = True


@dataclass(frozen=True, slots=True)
class Status:
    """One of the account's statuses."""

    id: int
    name: str
    abbreviation: str


@dataclass
class Store:
    """All of an account; stamps have whole seconds, as the API shows them."""

    clock: Clock
    leads: dict[int, Row] = field(default_factory=dict)
    users: dict[int, Row] = field(default_factory=dict)
    visits: dict[int, list[Visit]] = field(default_factory=dict)  # by lead
    statuses: dict[int, Status] = field(default_factory=dict)
    lock: RLock = field(default_factory=RLock)
    _visited: int = 0

    def __post_init__(self) -> None:
        for place, (name, short) in enumerate(STATUSES):
            self.statuses[FIRST_STATUS + place] = Status(FIRST_STATUS + place, name, short)

    def now(self) -> datetime:
        """The account's time, to the second."""
        return seconds(self.clock())

    def shelf(self, kind: str) -> dict[int, Row]:
        """Leads or users."""
        shelves = {"leads": self.leads, "users": self.users}
        return shelves[kind]

    def put(
        self,
        kind: str,
        values: Mapping[str, Any],
        id: int | None,
        created: datetime | None,
        updated: datetime | None,
    ) -> int:
        """Take in a new row."""
        with self.lock:
            shelf = self.shelf(kind)
            lowest = FIRST_LEAD if kind == "leads" else FIRST_USER
            number = max(shelf, default=lowest - 1) + 1 if id is None else id
            made = seconds(created or updated or self.now())
            changed = seconds(updated or made)
            shelf[number] = Row(id=number, created=made, modified=changed, values=dict(values))
            return number

    def change(
        self, kind: str, id: int, values: Mapping[str, Any], updated: datetime | None, *, bump: bool
    ) -> None:
        """Change some members; without `bump`, the stamp stays as it is."""
        with self.lock:
            row = self.shelf(kind)[id]
            stamp = seconds(updated or self.now()) if bump else row.modified
            merged = {**row.values, **values}
            self.shelf(kind)[id] = replace(row, values=merged, modified=stamp)

    def visit(
        self,
        lead: int,
        status: int,
        at: datetime | None,
        by: int,
        *,
        bump: bool,
        active: bool = True,
    ) -> int:
        """Give a lead a status; without `bump`, only the status's own stamp moves."""
        with self.lock:
            moment = seconds(at or self.now())
            number = FIRST_VISIT + self._visited
            self._visited += 1
            made = Visit(number=number, lead=lead, status=status, at=moment, by=by, active=active)
            self.visits.setdefault(lead, []).append(made)
            row = self.leads[lead]
            values = {**row.values, "status": self.statuses[status].name}
            latest = max(moment, row.status_modified or moment)
            modified = max(moment, row.modified) if bump else row.modified
            self.leads[lead] = replace(
                row, values=values, status_modified=latest, modified=modified
            )
            return number

    def delete(self, lead: int) -> None:
        """Mark a lead as deleted."""
        with self.lock:
            row, now = self.leads[lead], self.now()
            self.leads[lead] = replace(row, deleted=now, modified=max(now, row.modified))

    def remove(self, kind: str, id: int) -> None:
        """Leave nothing of a row."""
        with self.lock:
            del self.shelf(kind)[id]
            if kind == "leads":
                self.visits.pop(id, None)


def seconds(moment: datetime) -> datetime:
    """A moment in UTC, cut to the second."""
    return moment.astimezone(UTC).replace(microsecond=0)


def iso(moment: datetime | None) -> str | None:
    """A moment as the API writes it: `2026-02-03T21:14:05+00:00`."""
    return None if moment is None else moment.isoformat()
