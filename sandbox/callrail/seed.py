"""Fill an account with invented callers; equal seeds, equal accounts but for the clock."""

import random
from datetime import datetime, timedelta
from typing import Any

from sandbox.callrail.store import Store
from sandbox.hubspot.words import FIRM_KINDS, FIRM_WORDS, FIRST_NAMES, LAST_NAMES, PLACES

SOURCES = ("Google Ads", "Google My Business", "Direct", "Facebook", "Bing Organic")
COMPANIES, USERS, TAGS = 3, 5, 4
HISTORY = timedelta(days=600)
DIRTY = 0.02
# As people and telephone networks enter them.
SPOILED: tuple[dict[str, Any], ...] = (
    {"value": "about 300"},
    {"customer_phone_number": "anonymous"},
    {"recording_duration": "n/a"},
    {"note": 'First line\nsecond "quoted" line\ttab, \\N \u0000 and 🏚️'},
)
TEXTS = ("Hi, do you fix gutters?", "Yes, we do!", "When could someone come?", "Tomorrow at 9")


def fill(store: Store, account: str, counts: dict[str, int], seed: int) -> None:
    """Companies with their trackers, users, tags, then what people did over the last 600 days."""
    chance = random.Random(seed)
    begun = store.clock() - HISTORY
    companies = [
        store.put("companies", {"name": _firm(chance)}, account, None, begun)
        for _ in range(COMPANIES)
    ]
    trackers = [
        (company, store.put("trackers", _tracker(store, company, place), account, None, begun))
        for company in companies
        for place in range(len(SOURCES))
    ]
    for number in range(USERS):
        store.put("users", _user(chance, number), account, None, begun)
    for number in range(TAGS):
        store.put("tags", {"name": f"Tag {number}"}, account, None, begun)
    for number in range(counts.get("calls", 0)):
        made = call(chance, number, *chance.choice(trackers))
        if chance.random() < DIRTY:
            made |= chance.choice(SPOILED)
        store.put("calls", made, account, None, _moment(chance, begun, HISTORY))
    for number in range(counts.get("form_submissions", 0)):
        made = form(chance, number, chance.choice(companies))
        store.put("form_submissions", made, account, None, _moment(chance, begun, HISTORY))
    for number in range(counts.get("text_messages", 0)):
        _conversation(store, account, chance, number, trackers, begun)


def call(chance: random.Random, number: int, company: str, tracker: str) -> dict[str, Any]:
    """Somebody called; most are inbound, and some ended on the machine."""
    city, state, zip_code = chance.choice(PLACES)
    answered = chance.random() > 0.25
    return {
        "answered": answered,
        "voicemail": not answered and chance.random() > 0.4,
        "direction": "inbound" if chance.random() > 0.1 else "outbound",
        "duration": chance.randrange(600) if answered else 0,
        "recording_duration": str(chance.randrange(600)) if answered else None,
        "customer_name": _person(chance).upper(),
        "customer_phone_number": f"+1937555{number % 10_000:04d}",
        "customer_city": city,
        "customer_state": state,
        "customer_country": "US",
        "zip_code": zip_code,
        "business_phone_number": "+15135550100",
        "tracking_phone_number": "+19375550177",
        "company_id": company,
        "tracker_id": tracker,
        "source": chance.choice(SOURCES),
        "first_call": chance.random() > 0.5,
        "lead_status": chance.choice(("good_lead", "not_a_lead", None)),
        "value": f"{chance.randrange(100, 9000)}.00" if chance.random() > 0.8 else None,
        "note": "Wants a quote" if chance.random() > 0.8 else None,
    }


def form(chance: random.Random, number: int, company: str) -> dict[str, Any]:
    """Somebody filled in a form."""
    name = _person(chance)
    return {
        "company_id": company,
        "person_id": f"PER{number:08x}",
        "form_data": {"your-name": name, "message": 'leak, "kitchen"'},
        "form_url": "https://x.example.org/contact",
        "customer_name": name,
        "formatted_customer_name": name,
        "customer_email": f"c{number}@example.org",
        "source": chance.choice(SOURCES),
    }


def _conversation(
    store: Store,
    account: str,
    chance: random.Random,
    number: int,
    trackers: list[tuple[str, str]],
    begun: datetime,
) -> None:
    company, tracker = chance.choice(trackers)
    name = _person(chance)
    values = {
        "company_id": company,
        "initial_tracker_id": tracker,
        "current_tracker_id": tracker,
        "customer_name": name,
        "customer_phone_number": f"+1937556{number % 10_000:04d}",
    }
    key = store.put("text_messages", values, account, None, begun)
    moment = _moment(chance, begun, HISTORY - timedelta(days=1))
    for place in range(1 + chance.randrange(len(TEXTS))):
        direction = "outgoing" if place % 2 else "incoming"
        store.say(key, TEXTS[place], moment + timedelta(minutes=7 * place), direction)


def _tracker(store: Store, company: str, place: int) -> dict[str, Any]:
    name = store.shelves["companies"][company].values["name"]
    return {
        "name": SOURCES[place],
        "source": {"type": SOURCES[place].lower().replace(" ", "_")},
        "tracking_numbers": [f"+1937555{place:04d}"],
        "destination_number": "+15135550100",
        "company": {"id": company, "name": name},
    }


def _user(chance: random.Random, number: int) -> dict[str, Any]:
    first, last = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)
    names = {"first_name": first, "last_name": last, "name": f"{first} {last}"}
    return {**names, "email": f"user{number}@example.org"}


def _person(chance: random.Random) -> str:
    return f"{chance.choice(FIRST_NAMES)} {chance.choice(LAST_NAMES)}"


def _firm(chance: random.Random) -> str:
    return f"{chance.choice(FIRM_WORDS)} {chance.choice(FIRM_KINDS)}"


def _moment(chance: random.Random, first: datetime, span: timedelta) -> datetime:
    return first + timedelta(milliseconds=chance.randrange(int(span.total_seconds() * 1000)))
