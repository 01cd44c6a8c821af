"""Invented tickets and appointments."""

import random

from sandbox.hubspot.moments import iso
from sandbox.hubspot.people import day, money, owner, several, some
from sandbox.hubspot.words import LAST_NAMES, PLACES, STREETS

HOUR = 3_600_000  # ms
TICKET_STAGES = ("1", "2", "3", "4")
CLOSED = "4"


def ticket(chance: random.Random, number: int, created: int) -> dict[str, str]:
    """Something is wrong with a roof."""
    stage = chance.choice(TICKET_STAGES)
    took = chance.randrange(HOUR, 900 * HOUR)
    certain = {
        "subject": f"Leak {number}",
        "content": f"It drips since {day(chance, 2024, 2)}.",
        "hs_pipeline": "0",
        "hs_pipeline_stage": stage,
    }
    perhaps = {
        "hs_ticket_priority": chance.choice(("LOW", "MEDIUM", "HIGH", "URGENT")),
        "hs_ticket_category": several(chance, ("PRODUCT_ISSUE", "BILLING_ISSUE", "OTHER")),
        "source_type": chance.choice(("CHAT", "EMAIL", "FORM", "PHONE")),
        "first_agent_reply_date": iso(created + chance.randrange(HOUR)),
        "time_to_first_agent_reply": str(chance.randrange(HOUR)),
        "hs_num_times_contacted": str(chance.randrange(9)),
        "damage_kinds": several(chance, ("leak", "loose_tile", "gutter", "storm")),
        "under_warranty": chance.choice(("true", "false")),
        "repair_cost": money(chance, 4_000),
        "visit_on": day(chance, 2024, 3),
        "policy_number": f"PN-{chance.randrange(10**6):06d}",
        "hubspot_owner_id": owner(chance),
    }
    if stage == CLOSED:
        certain |= {"closed_date": iso(created + took), "time_to_close": str(took)}
    return certain | some(chance, perhaps)


def appointment(chance: random.Random, number: int, created: int) -> dict[str, str]:
    """Somebody comes to measure or to mend."""
    city, state, zip_code = chance.choice(PLACES)
    start = created + chance.randrange(1, 900) * HOUR
    length = chance.choice((1, 2, 8)) * HOUR
    certain = {
        "hs_appointment_name": f"Visit {number} at {chance.choice(LAST_NAMES)}",
        "hs_appointment_start": iso(start),
        "hs_appointment_end": iso(start + length),
        "hs_pipeline": "default",
        "hs_pipeline_stage": chance.choice(("1", "2", "3")),
        "hs_duration": str(length),
    }
    perhaps = {
        "hs_appointment_status": chance.choice(("SCHEDULED", "COMPLETED", "NO_SHOW")),
        "hs_appointment_type": chance.choice(("INSPECTION", "MEASUREMENT", "INSTALLATION")),
        "hs_address": f"{chance.randrange(1, 999)} {chance.choice(STREETS)} Street",
        "hs_city": city,
        "hs_state": state,
        "hs_zip": zip_code,
        "hs_notes": "<p>Ring twice.</p>",
        "crew_size": str(chance.randrange(1, 6)),
        "gate_code": f"{chance.randrange(10_000):04d}",
        "equipment": several(chance, ("ladder", "drone", "lift")),
        "rain_date": day(chance, 2024, 3),
        "hubspot_owner_id": owner(chance),
    }
    return certain | some(chance, perhaps)
