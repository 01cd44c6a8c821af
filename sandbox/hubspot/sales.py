"""Invented leads, products, line items and quotes."""

import random

from sandbox.hubspot.moments import iso
from sandbox.hubspot.people import day, firm, money, owner, plain, several, some
from sandbox.hubspot.words import FIRST_NAMES, GOODS, LAST_NAMES, LEAD_STAGES, MATERIALS

DAY = 86_400_000  # ms


def lead(chance: random.Random, number: int, created: int) -> dict[str, str]:
    """Somebody who may become a customer."""
    first, last = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)
    stage = chance.choice(LEAD_STAGES)
    lost = stage == "unqualified-stage-id"
    certain = {
        "hs_lead_name": f"{first} {last} {number}",
        "hs_lead_type": chance.choice(("NEW_BUSINESS", "UPSELL", "RE_ATTEMPTING")),
        "hs_pipeline": "lead-pipeline-id",
        "hs_pipeline_stage": stage,
        "hs_lead_is_open": str(not lost).lower(),
    }
    perhaps = {
        "hs_lead_label": chance.choice(("WARM", "HOT", "COLD")),
        "hs_lead_source": chance.choice(("ORGANIC_SEARCH", "REFERRALS", "OFFLINE")),
        "hs_lead_disqualification_reason": chance.choice(("NO_BUDGET", "NOT_A_FIT")),
        "hs_lead_associated_contact_email": f"{plain(first)}{number}@example.org",
        "hs_lead_time_to_first_touch": str(chance.randrange(DAY)),
        "hs_lead_last_activity_date": iso(created + chance.randrange(DAY)),
        "roof_kind": chance.choice(("pitched", "flat", "mansard")),
        "estimated_value": money(chance, 40_000),
        "heard_at_fair": chance.choice(("true", "false")),
        "call_back_on": day(chance, 2024, 3),
        "hubspot_owner_id": owner(chance),
    }
    if not lost:
        del perhaps["hs_lead_disqualification_reason"]
    return certain | some(chance, perhaps)


def product(chance: random.Random, number: int, created: int) -> dict[str, str]:
    """Something on the price list."""
    price = money(chance, 2_000)
    certain = {"name": f"{chance.choice(GOODS)} {number}", "price": price}
    perhaps = {
        "description": f"Sold by {firm(chance)}",
        "hs_sku": f"SKU-{number:05d}",
        "hs_cost_of_goods_sold": money(chance, 1_000),
        "hs_recurring_billing_period": chance.choice(("P12M", "P24M")),
        "recurringbillingfrequency": chance.choice(("monthly", "annually")),
        "hs_product_type": chance.choice(("inventory", "non_inventory", "service")),
        "hs_status": chance.choice(("active", "inactive")),
        "hs_price_usd": price,
        "hs_url": f"https://shop.example.com/{number}",
        "hs_num_line_items": str(chance.randrange(9)),
        "material": chance.choice(MATERIALS),
        "colours": several(chance, ("red", "grey", "black", "brown")),
        "warranty_years": str(chance.randrange(2, 30)),
        "in_stock": chance.choice(("true", "false")),
    }
    return certain | some(chance, perhaps)


def line_item(chance: random.Random, number: int, created: int) -> dict[str, str]:
    """A line of an offer."""
    quantity, cents = chance.randrange(1, 40), chance.randrange(100, 90_000)
    amount = quantity * cents
    certain = {
        "name": f"{chance.choice(GOODS)} {number}",
        "price": f"{cents // 100}.{cents % 100:02d}",
        "quantity": str(quantity),
        "amount": f"{amount // 100}.{amount % 100:02d}",
        "hs_line_item_currency_code": chance.choice(("USD", "EUR")),
    }
    perhaps = {
        "hs_product_id": str(chance.randrange(10**4, 10**9)),
        "hs_sku": f"SKU-{chance.randrange(300):05d}",
        "discount": money(chance, 20),
        "description": f"As agreed with {firm(chance)}",
        "hs_recurring_billing_start_date": day(chance, 2024, 3),
        "hs_term_in_months": str(chance.choice((12, 24, 36))),
        "hs_position_on_quote": str(chance.randrange(12)),
        "hs_margin": money(chance, 400),
        "roof_side": chance.choice(("north", "south", "east", "west")),
        "cut_to_size": chance.choice(("true", "false")),
        "deliver_on": day(chance, 2024, 3),
        "hubspot_owner_id": owner(chance),
    }
    return certain | some(chance, perhaps)


def quote(chance: random.Random, number: int, created: int) -> dict[str, str]:
    """An offer in writing."""
    first, last = chance.choice(FIRST_NAMES), chance.choice(LAST_NAMES)
    slug = f"{created % 10**8:08d}{number}"
    certain = {
        "hs_title": f"Offer {number} of {firm(chance)}",
        "hs_status": chance.choice(("DRAFT", "APPROVAL_NOT_NEEDED", "APPROVED", "REJECTED")),
        "hs_quote_amount": money(chance, 60_000),
        "hs_currency": chance.choice(("USD", "EUR")),
        "hs_expiration_date": iso(created + chance.randrange(1, 90) * DAY),
        "hs_quote_number": slug,
    }
    perhaps = {
        "hs_quote_link": f"https://offers.example.com/{slug}",
        "hs_language": chance.choice(("en", "es")),
        "hs_terms": "<p>Payable within <b>30</b> days.</p>",
        "hs_sender_email": f"{plain(first)}.{plain(last)}@example.com",
        "hs_sender_firstname": first,
        "hs_sender_lastname": last,
        "hs_esign_enabled": chance.choice(("true", "false")),
        "hs_esign_num_signers_required": str(chance.randrange(3)),
        "hs_payment_enabled": chance.choice(("true", "false")),
        "hs_last_published_date": iso(created + chance.randrange(DAY)),
        "hs_locked": chance.choice(("true", "false")),
        "includes_scaffolding": chance.choice(("true", "false")),
        "payment_plan": chance.choice(("all_at_once", "thirds", "monthly")),
        "start_by": day(chance, 2024, 3),
        "hubspot_owner_id": owner(chance),
    }
    return certain | some(chance, perhaps)
