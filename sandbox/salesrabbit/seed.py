"""Fill an account with invented people who were knocked at; equal seeds, equal accounts."""

import random
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.hubspot.words import FIRST_NAMES, LAST_NAMES, PLACES, STREETS
from sandbox.salesrabbit.store import FIRST_STATUS, FIRST_USER, STATUSES, Store

FIRST, LAST = datetime(2024, 1, 8, 9, tzinfo=UTC), datetime(2026, 10, 30, 18, tzinfo=UTC)
DELETED, DIRTY = 0.02, 0.02
# As people enter them at the door.
SPOILED: tuple[dict[str, Any], ...] = (
    {"phonePrimary": "call after five, or never"},
    {"email": "two@@example.org"},
    {"zip": "ABC", "state": "?"},
    {"dateOfBirth": "0000-00-00"},
    {"notes": 'First line\nsecond "quoted" line\ttab, \\N \u0000 and 🏚️'},
)
TEAMS = ("North", "South", "Inbound")


def fill(store: Store, leads: int, users: int, seed: int) -> None:
    """Users first, then leads with zero to four visits each; a few are deleted."""
    chance = random.Random(seed)
    for number in range(users):
        store.put("users", user(chance, number), None, FIRST, FIRST + timedelta(days=number))
    for number in range(leads):
        created = _moment(chance, FIRST, LAST - timedelta(days=1))
        rep = FIRST_USER + chance.randrange(max(1, users))
        spoiled = chance.choice(SPOILED) if chance.random() < DIRTY else {}
        values = lead(chance, number, rep) | spoiled
        key = store.put("leads", values, None, created, created)
        visited = created
        for _ in range(chance.randrange(5)):
            visited = _moment(chance, visited, LAST)
            status = FIRST_STATUS + chance.randrange(len(STATUSES))
            # Now and then a status is newer than its lead.
            store.visit(
                key, status, visited, rep, bump=chance.random() > 0.01, active=chance.random() > 0.1
            )
        if chance.random() < DELETED:
            store.delete(key)


def user(chance: random.Random, number: int) -> dict[str, Any]:
    """Someone who knocks at doors; every sixth has left."""
    first, last = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)
    return {
        "firstName": first,
        "lastName": last,
        "fullName": f"{first} {last}",
        "email": f"rep{number}@example.org",
        "phone": f"+1555010{number:04d}",
        "active": number % 6 != 5,
        "hireDate": f"2023-{1 + number % 12:02d}-15",
        "role": "Sales Rep",
        "office": "Main",
        "team": TEAMS[number % len(TEAMS)],
        "orgId": 7,
        "supervisorId": "" if number == 0 else FIRST_USER,
    }


def lead(chance: random.Random, number: int, rep: int) -> dict[str, Any]:
    """A house and who lives there, as far as anyone knows."""
    city, state, zip_code = chance.choice(PLACES)
    known = chance.random() > 0.3
    fields = {"Roof age": str(chance.randrange(1, 40)), "Ins. Co.": "Acorn Mutual"}
    return {
        "userId": rep,
        "userName": f"Rep {rep}",
        "firstName": chance.choice(FIRST_NAMES) if known else "",
        "lastName": chance.choice(LAST_NAMES) if known else "",
        "phonePrimary": f"937555{number % 10_000:04d}" if known else "",
        "email": f"lead{number}@example.org" if chance.random() > 0.6 else "",
        "street1": f"{chance.randrange(1, 999)} {chance.choice(STREETS)} St",
        "city": city,
        "state": state,
        "zip": zip_code,
        "country": "US",
        "latitude": round(39 + chance.random(), 7),
        "longitude": round(-84 - chance.random(), 7),
        "customFields": fields if chance.random() > 0.5 else {},
        "notes": "Call before coming" if chance.random() > 0.8 else "",
    }


def _moment(chance: random.Random, first: datetime, last: datetime) -> datetime:
    span = max(1, int((last - first).total_seconds()))
    return first + timedelta(seconds=chance.randrange(span))
