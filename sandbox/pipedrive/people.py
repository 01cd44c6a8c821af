"""Invented people and firms, and what is done for them. Any likeness to real ones is by accident."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sandbox.pipedrive.kind import ADMIN
from sandbox.pipedrive.words import (
    AWKWARD,
    FIRM_KINDS,
    FIRM_WORDS,
    FIRST_NAMES,
    LAST_NAMES,
    PLACES,
    STREETS,
)

if TYPE_CHECKING:
    from sandbox.pipedrive.seed import Chance

Values = Mapping[str, Any]
OWNERS = (ADMIN, 26, 27, 28)


def person(chance: "Chance") -> Values:
    """A person; a few have no way to be reached, or a bad one."""
    first, last = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)
    name = f"{plain(first)}.{plain(last)}{chance.number}"
    dirt = chance.random()
    emails = [{"value": f"{name}@example.org", "primary": True, "label": "work"}]
    if dirt < 0.02:
        emails = [{"value": "", "primary": True, "label": "work"}]
    elif dirt < 0.03:
        emails = [{"value": "not an address", "primary": True, "label": "work"}]
    elif dirt < 0.2:
        second = {"value": f"{name}@example.com", "primary": False, "label": "home"}
        emails = [second, *emails]
    number = f"555-01{chance.randrange(10)}-{chance.randrange(10_000):04d}"
    phones = [{"value": number, "primary": True, "label": "work"}]
    return {
        "name": f"{first} {last}",
        "first_name": first,
        "last_name": last,
        "owner_id": chance.choice(OWNERS),
        "org_id": chance.any_of("organizations", 0.7),
        "emails": emails,
        "phones": phones if chance.random() < 0.7 else [],
        "label_ids": [chance.choice((5, 6))] if chance.random() < 0.3 else [],
    }


def person_fields(chance: "Chance") -> Values:
    """What the account keeps of persons beside."""
    return some_of(
        chance,
        "persons",
        {
            "Favorite color": chance.choice,
            "Interests": lambda options: sorted(chance.sample(options, 2)),
            "Tax number": lambda options: f"99-{chance.randrange(10**7):07d}",
        },
    )


def organization(chance: "Chance") -> Values:
    """A firm."""
    city, state, code = chance.choice(PLACES)
    street, number = f"{chance.choice(STREETS)} Street", str(chance.randrange(1, 999))
    address = {
        "value": f"{number} {street}, {city}, {state} {code}",
        "country": "United States",
        "admin_area_level_1": state,
        "admin_area_level_2": None,
        "locality": city,
        "sublocality": None,
        "route": street,
        "street_number": number,
        "subpremise": None,
        "postal_code": code,
    }
    return {
        "name": firm(chance),
        "owner_id": chance.choice(OWNERS),
        "address": address if chance.random() < 0.8 else None,
        "website": f"https://firm{chance.number}.example.org",
        "employee_count": chance.randrange(1, 900),
    }


def organization_fields(chance: "Chance") -> Values:
    """What the account keeps of firms beside."""
    return some_of(
        chance,
        "organizations",
        {
            "Tier": chance.choice,
            "Contract value": lambda options: {"value": money(chance, 90_000), "currency": "EUR"},
        },
    )


def activity(chance: "Chance") -> Values:
    """Something to do, or done."""
    due = chance.created + timedelta(days=chance.randrange(60))
    done = chance.random() < 0.6
    return {
        "subject": f"Call {chance.number}",
        "type": chance.choice(("call", "meeting", "task", "email")),
        "owner_id": chance.choice(OWNERS),
        "deal_id": chance.any_of("deals", 0.8),
        "person_id": chance.any_of("persons", 0.7),
        "due_date": f"{due:%Y-%m-%d}",
        "due_time": f"{due:%H:%M:%S}" if chance.random() < 0.5 else None,
        "duration": chance.choice(("00:30", "01:00:00", None)),
        "done": done,
        "marked_as_done_time": chance.later() if done else None,
    }


def note(chance: "Chance") -> Values:
    """Something somebody wrote down."""
    odd = chance.random() < 0.03
    return {
        "content": AWKWARD if odd else f"<p>Spoke about the roof, {chance.number}</p>",
        "deal_id": chance.any_of("deals", 0.8),
        "person_id": chance.any_of("persons", 0.5),
        "user_id": chance.choice(OWNERS),
    }


def file(chance: "Chance") -> Values:
    """A drawing."""
    name = f"plan-{chance.number}.pdf"
    size = chance.randrange(10**6)
    return {"name": name, "file_name": name, "file_size": size, "deal_id": chance.any_of("deals")}


def firm(chance: "Chance") -> str:
    """A firm's name."""
    return f"{chance.choice(FIRM_WORDS)} {chance.choice(FIRM_KINDS)}"


def money(chance: "Chance", most: int) -> float | int:
    """An amount, with or without cents."""
    whole = chance.randrange(most)
    return chance.choice((whole, whole + 0.5, whole + 0.25))


def plain(text: str) -> str:
    """A name as it goes into an address."""
    letters = (letter for letter in text.lower() if letter.isascii() and letter.isalpha())
    return "".join(letters) or "x"


def some_of(chance: "Chance", kind: str, inventions: Mapping[str, Any]) -> Values:
    """Values for most of the account's fields of a kind, by their codes."""
    found = {}
    for code, field in chance.sandbox.store.fields.custom(kind).items():
        options = [option.id for option in field.options]
        if field.name in inventions and chance.random() < 0.7:
            found[code] = inventions[field.name](options)
    return found
