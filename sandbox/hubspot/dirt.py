"""Values as bad as people and imports make them; each kind spoils a few fields of a record."""

from collections.abc import Callable

from sandbox.hubspot.moments import iso

LONG_TEXT = "All work and no rain makes a dry roof. " * 103
AWKWARD = 'First line\nsecond "quoted" line\r\n\\. and C:\\new\\table\ttab, comma; \\N 100% {x}'

Dirt = Callable[[int], dict[str, str]]  # from when the record was created


def _same(**values: str) -> Dirt:
    return lambda created: values


CONTACTS: tuple[Dirt, ...] = (
    _same(email="not an address"),
    _same(email="two@@example.org"),
    _same(email="  Padded.Person@Example.ORG "),
    _same(phone="call after five, or never"),
    _same(phone="555-0100 ext. 12 / 555-0199"),
    _same(lifetime_value="not a number"),
    _same(lifetime_value="1.5E7"),
    _same(lifetime_value="1,234.50"),
    _same(lifetime_value="123456789012345678901234567890.12"),
    _same(birthday="2021-02-30"),
    _same(birthday="0000-00-00"),
    _same(birthday="1767225600000"),
    _same(last_demo_at="1767225600123"),
    _same(last_demo_at="2026-02-03T10:00:00Z"),
    _same(last_demo_at="yesterday"),
    _same(newsletter="yes, please"),
    _same(company="Nul\x00Character & Sons"),
    _same(firstname="Zoë 🦊", jobtitle="👩‍🔧 fitter"),
    _same(message=AWKWARD),
    _same(notes_html=LONG_TEXT),
    _same(firstname="", lastname=""),
    _same(email="", phone="", mobilephone=""),
    _same(interests=";roofing;solar"),
    _same(interests="roofing;carpentry"),
    _same(website="htp:/broken"),
    _same(zip="ABC", state="Somewhere"),
    _same(favorite_color="infrared"),
)
COMPANIES: tuple[Dirt, ...] = (
    _same(name=""),
    _same(domain="not a domain"),
    _same(numberofemployees="1.5E7"),
    _same(annualrevenue="not a number"),
    _same(contract_signed_on="2023-13-45"),
    _same(last_visit_at="1767225600000"),
    _same(service_areas=";north;west"),
    _same(description=AWKWARD),
    _same(description=LONG_TEXT, address="Nul\x00 Street"),
)
DEALS: tuple[Dirt, ...] = (
    lambda created: {"closedate": iso(created - 30 * 86_400_000)},
    _same(amount="not a number"),
    _same(amount="1.5E7"),
    _same(amount="-0.00"),
    _same(closedate="1767225600000"),
    _same(closedate="2026-02-31T00:00:00Z"),
    _same(install_on="soon"),
    _same(materials=";tile"),
    _same(dealname=AWKWARD),
    _same(description=LONG_TEXT),
    _same(dealname="", description="Nul\x00 and 🏚️"),
    _same(financing="maybe"),
)
TICKETS: tuple[Dirt, ...] = (
    _same(subject="", content=AWKWARD),
    _same(repair_cost="about 300"),
    _same(closed_date="1767225600000"),
    _same(damage_kinds=";leak;storm"),
    _same(hs_pipeline_stage="99"),
    _same(content=LONG_TEXT, hubspot_owner_id="12"),
)
GOODS: tuple[Dirt, ...] = (
    _same(price="1.5E3"),
    _same(price="call us"),
    _same(name="", description=AWKWARD),
    _same(description="Nul\x00 and 🏚️"),
)
QUOTES: tuple[Dirt, ...] = (
    _same(hs_expiration_date="1767225600000"),
    _same(hs_quote_amount="1.5E5"),
    _same(hs_title=AWKWARD, start_by="soon"),
)
ACTIVITIES: tuple[Dirt, ...] = (
    _same(hs_timestamp="1767225600123"),
    _same(hs_timestamp="2026-02-03T10:00:00Z"),
    _same(hs_body_preview="Nul\x00 and " + AWKWARD),
    _same(hs_timestamp=""),
)
APPOINTMENTS: tuple[Dirt, ...] = (
    _same(hs_appointment_start="2026-02-31T00:00:00Z"),
    _same(crew_size="two"),
    _same(hs_notes=LONG_TEXT),
)
LEADS: tuple[Dirt, ...] = (
    _same(estimated_value="a lot"),
    _same(hs_lead_label="LUKEWARM"),
    _same(hs_lead_name=AWKWARD),
)

KINDS: dict[str, tuple[Dirt, ...]] = {
    "contacts": CONTACTS,
    "companies": COMPANIES,
    "deals": DEALS,
    "tickets": TICKETS,
    "products": GOODS,
    "line_items": GOODS,
    "quotes": QUOTES,
    "calls": ACTIVITIES,
    "emails": ACTIVITIES,
    "meetings": ACTIVITIES,
    "notes": ACTIVITIES,
    "tasks": ACTIVITIES,
    "appointments": APPOINTMENTS,
    "leads": LEADS,
}
