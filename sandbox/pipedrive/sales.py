"""Invented business: products, deals, leads. Any likeness to real ones is by accident."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sandbox.pipedrive.people import OWNERS, Values, firm, money, some_of
from sandbox.pipedrive.words import GOODS, LOST_REASONS

if TYPE_CHECKING:
    from sandbox.pipedrive.seed import Chance

# Stages with how probable a sale is in each, by pipeline.
PIPELINES = {
    "Roofs": (("Qualified", 10), ("Offer", 40), ("Negotiation", 80)),
    "Service": (("Request", 20), ("Visit", 60)),
}
STAGES = ((1, 1), (2, 1), (3, 1), (4, 2), (5, 2))  # the stage, and the pipeline it is in


def product(chance: "Chance") -> Values:
    """Something to sell."""
    prices = [{"price": money(chance, 900), "currency": code} for code in ("USD", "EUR")]
    return {
        "name": f"{chance.choice(GOODS)} {chance.number}",
        "code": f"P-{chance.number:04d}",
        "unit": chance.choice(("piece", "m²", None)),
        "prices": prices[: chance.randrange(3)],
        "owner_id": chance.choice(OWNERS),
    }


def product_fields(chance: "Chance") -> Values:
    """What the account keeps of products beside."""
    return some_of(chance, "products", {"Warranty years": lambda options: chance.randrange(1, 30)})


def deal(chance: "Chance") -> Values:
    """A piece of business: open, won or lost."""
    stage, pipeline = chance.choice(STAGES)
    values: dict[str, Any] = {
        "title": f"{firm(chance)} {chance.number}",
        "value": money(chance, 60_000),
        "currency": chance.choice(("USD", "USD", "EUR")),
        "owner_id": chance.choice(OWNERS),
        "person_id": chance.any_of("persons", 0.8),
        "org_id": chance.any_of("organizations", 0.6),
        "stage_id": stage,
        "pipeline_id": pipeline,
        "status": chance.choice(("open", "open", "won", "lost")),
        "label_ids": [chance.choice((1, 2, 3))] if chance.random() < 0.4 else [],
        "expected_close_date": f"{chance.created + timedelta(days=60):%Y-%m-%d}",
    }
    if values["status"] == "open":
        return values
    # Some people close what has not begun.
    closed = chance.later() if chance.random() < 0.97 else chance.created - timedelta(days=3)
    values |= {"close_time": closed, f"{values['status']}_time": closed}
    values[f"local_{values['status']}_date"] = values["local_close_date"] = f"{closed:%Y-%m-%d}"
    if values["status"] == "lost":
        values["lost_reason"] = chance.choice(LOST_REASONS)
    return values


def deal_fields(chance: "Chance") -> Values:
    """What the account keeps of deals and leads beside."""
    day = f"{chance.created + timedelta(days=30):%Y-%m-%d}"
    return some_of(
        chance,
        "deals",
        {
            "Priority": chance.choice,
            "Materials": lambda options: sorted(chance.sample(options, chance.randrange(1, 4))),
            "Referral code": lambda options: f"REF-{chance.number:06d}",
            "Roof area (m²)": lambda options: chance.randrange(20, 900) + 0.5,
            "Crew size": lambda options: chance.randrange(2, 9),
            "Budget": lambda options: {"value": money(chance, 90_000), "currency": "EUR"},
            "Install on": lambda options: day,
            "Site visit": lambda options: {"value": day, "until": day},
            "Call at": lambda options: {
                "value": "10:00:00",
                "timezone_id": 1,
                "timezone_name": "America/Chicago",
            },
            "Site address": lambda options: {"value": "1 Elm Street", "locality": "Clinton"},
            "Gate phone": lambda options: f"555-01{chance.randrange(10)}-0000",
            "Inspector": lambda options: chance.choice(OWNERS),
        },
    )


def lead(chance: "Chance") -> Values:
    """Something that may become business."""
    value = {"amount": money(chance, 30_000), "currency": "USD"}
    return {
        "title": f"Lead {chance.number}",
        "owner_id": chance.choice(OWNERS),
        "person_id": chance.any_of("persons"),
        "value": value if chance.random() < 0.6 else None,
        "label_ids": [str(chance.any_of("lead_labels"))] if chance.random() < 0.5 else [],
        "was_seen": chance.random() < 0.5,
    }
