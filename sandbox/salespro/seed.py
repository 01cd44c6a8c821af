"""Fill a company's tables with invented people and what was offered to them; equal seeds, equal tables."""

import json
import random
import string
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from sandbox.hubspot.words import FIRST_NAMES, LAST_NAMES, PLACES, STREETS

FIRST, LAST = datetime(2024, 1, 8, 9, tzinfo=UTC), datetime(2026, 10, 30, 18, tzinfo=UTC)
COMPANY = {"company_id": "Lm3Nk8PqR1", "company_name": "Larkspur Exteriors"}
JOBS = ("Roof", "Gutters", "Windows", "Siding", "Roof & Gutters")
RESULTS = ("Sold", "No sale", "Call back", "Not home")
NOBODY, DIRTY = 0.002, 0.01
# As an export has them now and then.
SPOILED: tuple[dict[str, Any], ...] = (
    {"sale_amount": "call us"},
    {"zip_code": "?", "state": "7"},
    {"document_count": "a few"},
)

Row = dict[str, Any]


def rows(customers: int, seed: int) -> Mapping[str, list[Row]]:
    """Customers, an estimate for most, and what became of it; a few customers have no id."""
    chance = random.Random(seed)
    found: dict[str, list[Row]] = {
        name: []
        for name in (
            "customer", "estimate", "credit_applications", "lead_results", "payments", "user_activity",
        )
    }  # fmt: skip
    for number in range(customers):
        met = FIRST + (LAST - FIRST) * chance.random()
        person = _person(chance, met)
        found["customer"].append(person)
        if chance.random() < NOBODY:
            person["customer_id"] = ""
            continue
        found["user_activity"] += [_activity(chance, person, met, number)] * chance.choice(
            (1, 1, 2)
        )
        if chance.random() < 0.8:
            _offered(chance, person, met + timedelta(days=chance.randrange(20)), found)
    return found


def _person(chance: random.Random, met: datetime) -> Row:
    return {
        "customer_id": _id(chance),
        **COMPANY,
        "customer_first_name": chance.choice(FIRST_NAMES),
        "customer_last_name": chance.choice(LAST_NAMES),
        "crm_source": chance.choice(("MarketSharp", "HubSpot", "")),
        **_stamps(met),
    }


def _offered(chance: random.Random, person: Row, at: datetime, found: dict[str, list[Row]]) -> None:
    """An estimate, how the visit ended, and the money."""
    estimate = _estimate(chance, person, at)
    person["estimate_id"] = estimate["estimate_id"]
    found["estimate"].append(estimate)
    result = "Sold" if estimate["is_sale"] else chance.choice(RESULTS[1:])
    answers = [
        {"title": "Result ", "value": result},
        {"title": "Job Type 1", "value": estimate["job_type"]},
    ]
    found["lead_results"].append(
        {
            "estimate_id": estimate["estimate_id"],
            "company_id": COMPANY["company_id"],
            "lead_results": json.dumps(answers),
            **_stamps(at),
        }
    )
    shared = {**COMPANY, "customer_id": person["customer_id"], **_stamps(at)}
    if estimate["has_credit_app"]:
        found["credit_applications"].append(
            {
                "leap_credit_app_id": _id(chance),
                "sales_rep_id": estimate["sales_rep_id"],
                "credit_app_vendor": "First Prairie",
                "credit_app_amount": estimate["finance_amount"],
                "credit_app_status": chance.choice(("approved", "declined")),
                **shared,
            }
        )
    if estimate["is_sale"]:
        found["payments"].append(
            {
                "payment_id": _id(chance),
                "payment_amount": estimate["down_payment"],
                "payment_type": chance.choice(("card", "check")),
                "payment_description": "Down payment",
                "payment_success": chance.random() < 0.95,
                **shared,
            }
        )


def _estimate(chance: random.Random, person: Row, at: datetime) -> Row:
    city, state, zip_code, *_ = chance.choice(PLACES)
    amount, sold = chance.randrange(200_000, 4_000_000) / 100, chance.random() < 0.4
    row = {
        "estimate_id": _id(chance),
        **COMPANY,
        "office_id": "OfC1aaBB22",
        "office_name": "Columbus",
        "sales_rep_id": f"Rep{chance.randrange(9)}ZZyyX1",
        "customer_id": person["customer_id"],
        "customer_first_name": person["customer_first_name"],
        "customer_last_name": person["customer_last_name"],
        "street_address": f"{chance.randrange(1, 900)} {chance.choice(STREETS)}",
        "city": city,
        "state": state,
        "zip_code": zip_code,
        "sale_amount": f"{amount:.2f}",
        "is_sale": sold,
        "job_type": chance.choice(JOBS),
        "finance_amount": f"{amount * 0.8:.2f}",
        "down_payment": f"{amount * 0.2:.2f}",
        "has_credit_app": chance.random() < 0.3,
        "document_count": chance.randrange(6),
        **_stamps(at),
    }
    return row | (chance.choice(SPOILED) if chance.random() < DIRTY else {})


def _activity(chance: random.Random, person: Row, at: datetime, number: int) -> Row:
    return {
        "created_at": _stamp(at),
        "user_id": f"Rep{chance.randrange(9)}ZZyyX1",
        **COMPANY,
        "customer_id": person["customer_id"],
        "activity_note": "Price shown",
        "activity_identifier": "estimate.price.shown",
        "price_type": "retail",
        "price": f"{chance.randrange(200_000, 4_000_000) / 100:.2f}",
        "original_row_num": number,
    }


def _id(chance: random.Random) -> str:
    """As Parse makes them: ten characters, upper and lower case apart."""
    return "".join(chance.choices(string.ascii_letters + string.digits, k=10))


def _stamps(moment: datetime) -> Row:
    return {"created_at": _stamp(moment), "updated_at": _stamp(moment)}


def _stamp(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
