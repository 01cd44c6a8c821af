"""An account with a past, and what happens in it between two syncs."""

import random
from datetime import UTC, datetime, timedelta

from sandbox.hubspot import HubspotSandbox

COUNTS = {
    "contacts": 250, "companies": 40, "deals": 180, "tickets": 80, "products": 20, "quotes": 20,
    "line_items": 150, "calls": 90, "emails": 80, "meetings": 60, "notes": 30, "tasks": 30,
}  # fmt: skip
ROAD = (
    "appointmentscheduled", "qualifiedtobuy", "presentationscheduled", "contractsent", "closedwon",
    "closedlost",
)  # fmt: skip
RENEWALS = ("94720561", "94720562", "94720563")
REMOVED_STAGES = (("default", "presentationscheduled"), ("renewals", "94720562"))
INES, TOMAS, YUKI = range(41_629_779, 41_629_782)  # owners
DAY = timedelta(days=1)
LONG_AGO = datetime(2025, 6, 1, tzinfo=UTC)


def an_account() -> HubspotSandbox:
    """Deals that went through stages, line items of products, tickets old and new, and much that is odd."""
    sandbox = HubspotSandbox.seeded(links=True, limits=None, **COUNTS)
    chance = random.Random(11)
    for turn, key in enumerate(sorted(sandbox.truth("deals"), key=int)):
        if turn % 9 == 0:
            sandbox.update(
                "deals", key, {"pipeline": "renewals", "dealstage": RENEWALS[turn // 9 % 3]}
            )
        elif turn % 3 == 0:
            _travel(sandbox, key, chance)
    products = sorted(sandbox.truth("products"))
    for turn, key in enumerate(sandbox.truth("line_items")):
        if turn % 3:
            sandbox.update("line_items", key, {"hs_product_id": chance.choice(products)})
    for key in list(sandbox.truth("contacts"))[::17]:
        sandbox.update("contacts", key, {"hs_analytics_source": ""})
    _add_odd_deals(sandbox)
    _add_tickets(sandbox)
    _plan_a_visit(sandbox)
    return sandbox


def pass_time(sandbox: HubspotSandbox) -> None:
    """What happens between two syncs: mergers, archived records, owners who leave or change teams."""
    for name, count in (("contacts", 6), ("deals", 4)):
        keys = sorted(sandbox.truth(name))
        for winner, loser in zip(keys[:count], keys[count : 2 * count], strict=True):
            sandbox.merge(name, winner, loser)
    for name in ("contacts", "companies", "deals", "tickets", "line_items", "products", "calls"):
        for key in sorted(sandbox.truth(name))[-5:]:
            sandbox.archive(name, key)
    sandbox.archive_owner(TOMAS)
    sandbox.add_owner(id=INES, first_name="Ines", last_name="Marlow", teams=("South", "North"))
    sandbox.add_owner(id=YUKI, first_name="Yuki", last_name="Ardent", teams=("North",))
    for pipeline, stage in REMOVED_STAGES:
        sandbox.remove_stage("deals", pipeline, stage)


def _travel(sandbox: HubspotSandbox, key: str, chance: random.Random) -> None:
    when = sandbox.truth("deals")[key].created
    for _ in range(chance.randrange(1, 6)):
        when += timedelta(hours=chance.randrange(1, 400))
        sandbox.update("deals", key, {"dealstage": chance.choice(ROAD)}, updated=when)


def _add_odd_deals(sandbox: HubspotSandbox) -> None:
    """Of two people of one name, in a stage nobody knows, and won when it is another month elsewhere."""
    twins = sandbox.create("deals", {"dealname": "Twins", "dealstage": "contractsent"})
    for _ in range(2):
        person = sandbox.create("contacts", {"firstname": "Ana", "lastname": "Twin"})
        sandbox.associate("deals", twins, "contacts", person, type_id=3)
        sandbox.associate("contacts", person, "deals", twins, type_id=4)
    sandbox.create("deals", {"dealname": "Lost in the woods", "dealstage": "woods"})
    for closed in ("2026-02-01T03:00:00Z", "2026-04-30T18:00:00Z"):
        told = {"dealname": "Late", "dealstage": "closedwon", "closedate": closed}
        sandbox.create("deals", told, created=LONG_AGO)


def _add_tickets(sandbox: HubspotSandbox) -> None:
    """Young ones, one in a stage nobody knows; and stages called like those of deals."""
    for days in (1, 3, 7.5, 10, 20, 29):
        told = {"subject": "New", "hs_pipeline": "0", "hs_pipeline_stage": "1"}
        sandbox.create("tickets", told, created=datetime.now(UTC) - days * DAY)
    told = {"subject": "?", "hs_pipeline_stage": "woods", "hs_ticket_category": ";OTHER"}
    sandbox.create("tickets", told, created=LONG_AGO)
    sandbox.add_pipeline("tickets", "default", "Repairs", [(name, "Mended") for name in ROAD])


def _plan_a_visit(sandbox: HubspotSandbox) -> None:
    """A meeting with somebody nobody met so far."""
    person = sandbox.create("contacts", {"firstname": "Una", "lastname": "Seen"})
    soon = f"{datetime.now(UTC) + 30 * DAY:%Y-%m-%dT%H:%M:%SZ}"
    visit = sandbox.create("meetings", {"hs_meeting_title": "Visit", "hs_timestamp": soon})
    sandbox.associate("meetings", visit, "contacts", person, type_id=200)
    sandbox.associate("contacts", person, "meetings", visit, type_id=199)
