"""Invented people, companies and deals. Any likeness to real ones is by accident."""

import random
from collections.abc import Sequence
from datetime import timedelta

from sandbox.hubspot.moments import from_ms, iso
from sandbox.hubspot.words import (
    DEAL_STAGES,
    FIRM_KINDS,
    FIRM_WORDS,
    FIRST_NAMES,
    LAST_NAMES,
    MATERIALS,
    PLACES,
    REAL_TLDS,
    SOURCES,
    STAGES,
    STREETS,
    TITLES,
    TRADES,
)

FIRST_OWNER, OWNERS = 41_629_779, 5


def contact(chance: random.Random, number: int, created: int) -> dict[str, str]:
    """A person; about half of the optional fields are known."""
    first, last = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)
    domain = f"example.{chance.choice(REAL_TLDS)}"
    city, state, zip_code = chance.choice(PLACES)
    certain = {
        "firstname": first,
        "lastname": last,
        "email": f"{plain(first)}.{plain(last)}{number}@{domain}",
        "hs_email_domain": domain,
        "hs_full_name_or_email": f"{first} {last}",
        "lifecyclestage": chance.choice(STAGES),
        "hs_analytics_source": chance.choice(SOURCES),
        "hs_analytics_num_page_views": str(chance.randrange(60)),
        "num_associated_deals": str(chance.randrange(3)),
    }
    perhaps = {
        "phone": f"(555) 01{chance.randrange(10)}-{chance.randrange(10_000):04d}",
        "mobilephone": f"+1555010{chance.randrange(10_000):04d}",
        "company": firm(chance),
        "jobtitle": chance.choice(TITLES),
        "address": f"{chance.randrange(1, 999)} {chance.choice(STREETS)} Street",
        "city": city,
        "state": state,
        "zip": zip_code,
        "country": "United States",
        "website": f"https://www.{domain}/{number}",
        "hs_lead_status": chance.choice(("NEW", "OPEN", "IN_PROGRESS", "CONNECTED")),
        "hs_email_optout": chance.choice(("true", "false")),
        "hs_analytics_first_timestamp": iso(created),
        "hs_timezone": "us_slash_central",
        "total_revenue": money(chance, 40_000),
        "favorite_color": chance.choice(("red", "green", "blue", "yellow", "Dark_Violet")),
        "lifetime_value": money(chance, 90_000),
        "newsletter": chance.choice(("true", "false")),
        "birthday": day(chance, 1946, 60),
        "last_demo_at": iso(created + chance.randrange(10**9)),
        "imported_at": str(created),
        "interests": several(chance, TRADES),
        "notes_html": f"<p>Met {first} at the <b>fair</b>.</p>",
        "referral_code": f"REF-{number:06d}",
        "ssn": f"900-{chance.randrange(100):02d}-{chance.randrange(10_000):04d}",
        "hubspot_owner_id": owner(chance),
    }
    return certain | some(chance, perhaps)


def company(chance: random.Random, number: int, created: int) -> dict[str, str]:
    """A firm."""
    city, state, zip_code = chance.choice(PLACES)
    name = firm(chance)
    domain = f"{plain(name.split()[0])}{number}.example.{chance.choice(REAL_TLDS)}"
    perhaps = {
        "website": f"https://{domain}",
        "phone": f"555-01{chance.randrange(10)}-{chance.randrange(10_000):04d}",
        "city": city,
        "state": state,
        "zip": zip_code,
        "country": "United States",
        "industry": chance.choice(("CONSTRUCTION", "RETAIL", "FINANCIAL_SERVICES")),
        "type": chance.choice(("PROSPECT", "PARTNER", "VENDOR")),
        "founded_year": str(chance.randrange(1900, 2026)),
        "numberofemployees": str(chance.randrange(1, 5000)),
        "annualrevenue": money(chance, 9_000_000),
        "is_public": chance.choice(("true", "false")),
        "account_tier": chance.choice(("gold", "silver", "bronze")),
        "contract_value": money(chance, 200_000),
        "contract_signed_on": day(chance, 2015, 11),
        "last_visit_at": iso(created + chance.randrange(10**9)),
        "service_areas": several(chance, ["north", "south", "east", "west"]),
        "tax_number": f"99-{chance.randrange(10**7):07d}",
        "hs_analytics_source": chance.choice(SOURCES),
    }
    return {"name": name, "domain": domain} | some(chance, perhaps)


def deal(chance: random.Random, number: int, created: int) -> dict[str, str]:
    """A piece of business."""
    stage = chance.choice(DEAL_STAGES)
    won = stage == "closedwon"
    perhaps = {
        "closedate": iso(created + chance.randrange(1, 120) * 86_400_000),
        "dealtype": chance.choice(("newbusiness", "existingbusiness")),
        "description": f"Offer {number} for {firm(chance)}",
        "deal_currency_code": chance.choice(("USD", "EUR")),
        "hs_priority": chance.choice(("low", "medium", "high")),
        "hs_is_closed": str(stage.startswith("closed")).lower(),
        "hs_is_closed_won": str(won).lower(),
        "hs_deal_stage_probability": "1.0" if won else "0.4",
        "roof_area": f"{chance.randrange(20, 900)}.5",
        "install_on": day(chance, 2024, 4),
        "inspected_at": iso(created + chance.randrange(10**9)),
        "financing": chance.choice(("true", "false")),
        "materials": several(chance, MATERIALS),
        "permit_number": f"P-{number:05d}",
        "hubspot_owner_id": owner(chance),
    }
    certain = {
        "dealname": f"{chance.choice(FIRM_KINDS)} {number}",
        "amount": money(chance, 60_000),
        "pipeline": "default",
        "dealstage": stage,
    }
    return certain | some(chance, perhaps)


def some(chance: random.Random, fields: dict[str, str]) -> dict[str, str]:
    """Most of the fields; the others were never filled in, a few were cleared."""
    kept = {name: value for name, value in fields.items() if chance.random() < 0.7}
    return {name: "" if chance.random() < 0.02 else value for name, value in kept.items()}


def owner(chance: random.Random) -> str:
    """One of the account's owners; the last of them has left."""
    return str(FIRST_OWNER + chance.randrange(OWNERS))


def firm(chance: random.Random) -> str:
    """A firm's name."""
    return f"{chance.choice(FIRM_WORDS)} {chance.choice(FIRM_KINDS)}"


def money(chance: random.Random, most: int) -> str:
    """An amount, written as it was typed."""
    whole = chance.randrange(most)
    return chance.choice((f"{whole}.{chance.randrange(100):02d}", f"{whole}", f"{whole}.5"))


def day(chance: random.Random, year: int, years: int) -> str:
    """A date."""
    first = from_ms(0).replace(year=year)
    return f"{first + timedelta(days=chance.randrange(years * 365)):%Y-%m-%d}"


def several(chance: random.Random, options: Sequence[str]) -> str:
    """Ticks of a multi-checkbox."""
    return ";".join(chance.sample(options, chance.randrange(1, len(options))))


def plain(text: str) -> str:
    """A name as it goes into an address."""
    return (
        "".join(letter for letter in text.lower() if letter.isascii() and letter.isalpha()) or "x"
    )
