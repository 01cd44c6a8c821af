"""Fill an org with invented firms, people and business; equal seeds, equal orgs."""

import random
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

from sandbox.salesforce import business, inventions, recycling, stocks
from sandbox.salesforce.cast import Cast, Fields
from sandbox.salesforce.store import Store

Invent = Callable[[Cast, int, datetime], Fields]

# In this order: each refers to those before it.
INVENTIONS: dict[str, tuple[int, Invent]] = {
    "User": (8, stocks.user),
    "Campaign": (6, stocks.campaign),
    "Product2": (12, stocks.product),
    "Pricebook2": (2, stocks.pricebook),
    "PricebookEntry": (24, stocks.pricebook_entry),
    "Account": (60, inventions.account),
    "Contact": (150, inventions.contact),
    "Opportunity": (140, business.opportunity),
    "Lead": (90, inventions.lead),
    "OpportunityLineItem": (260, stocks.line_item),
    "OpportunityContactRole": (160, stocks.contact_role),
    "CampaignMember": (140, stocks.campaign_member),
    "Case": (100, business.case),
    "Task": (220, business.task),
    "Event": (80, business.event),
}
DELETED, MERGED = 0.03, 2
FIXED = ("User", "Pricebook2", "Product2", "PricebookEntry")


def fill(store: Store, scale: float, seed: int) -> None:
    """Invent everything, then delete and merge a little of it within the last days."""
    cast = Cast(random.Random(f"{seed} org"))
    for name, (count, invent) in INVENTIONS.items():
        for number in range(max(2, round(count * scale))):
            created = cast.moment()
            fields = invent(cast, number, created)
            key = _create(store, name, fields, created, cast.moment(created))
            cast.of(name)[key] = fields
    _tidy_up(store, cast)


def _create(store: Store, name: str, fields: Fields, created: datetime, updated: datetime) -> str:
    told: dict[str, Any] = {"created": created, "updated": updated}
    return store.create(name, fields, **told)


def _tidy_up(store: Store, cast: Cast) -> None:
    """Some records were deleted and merged between the last fortnight and yesterday."""
    real, now = store.clock, store.clock()
    try:
        for name in INVENTIONS:
            if name in FIXED:
                continue
            for key in cast.chance.sample(list(cast.of(name)), round(len(cast.of(name)) * DELETED)):
                moment = now - timedelta(hours=cast.chance.randrange(24, 24 * 13))
                store.clock = lambda at=moment: at  # type: ignore[misc]
                if not store.shelves[name].records[key].get("IsDeleted"):
                    recycling.delete(store, name, key)
        for name in ("Account", "Contact", "Lead"):
            living = [
                key for key, one in store.shelves[name].records.items() if not one["IsDeleted"]
            ]
            for winner, loser in zip(living[:MERGED], living[MERGED:], strict=False):
                moment = now - timedelta(hours=cast.chance.randrange(24, 24 * 13))
                store.clock = lambda at=moment: at  # type: ignore[misc]
                recycling.merge(store, name, winner, loser)
    finally:
        store.clock = real


def bulk_import(store: Store, name: str, count: int, stamp: datetime) -> list[str]:
    """Create many new records stamped in the same second."""
    with store.lock:
        shelf = store.shelf(name)
        cast = Cast(random.Random(f"{name} {stamp} {len(shelf.records)}"))
        for other in store.shelves.values():
            living = (one for one in other.records.items() if not one[1].get("IsDeleted"))
            cast.made[other.definition.name] = dict(islice(living, 50))
        invent = INVENTIONS.get(name, (0, lambda cast, number, created: {}))[1]
        first = len(shelf.records)
        return [
            _create(store, name, invent(cast, first + number, stamp), stamp, stamp)
            for number in range(count)
        ]
