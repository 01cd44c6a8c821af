"""Let the invented records belong together; equal seeds, equal links."""

import random

from sandbox.hubspot.association_types import PRIMARY
from sandbox.hubspot.definitions import Definition
from sandbox.hubspot.links import associate
from sandbox.hubspot.records import Link, Shelf
from sandbox.hubspot.store import Store

# From each record of a type to so many of another, at least and at most.
PARTNERS: tuple[tuple[str, str, int, int], ...] = (
    ("contacts", "companies", 0, 3),
    ("companies", "companies", 0, 1),
    ("deals", "contacts", 0, 3),
    ("deals", "companies", 0, 1),
    ("tickets", "contacts", 0, 2),
    ("tickets", "companies", 0, 1),
    ("tickets", "deals", 0, 1),
    ("line_items", "deals", 1, 1),
    ("quotes", "deals", 1, 1),
    ("quotes", "contacts", 0, 2),
    ("appointments", "contacts", 1, 2),
    ("leads", "contacts", 1, 1),
    ("leads", "companies", 0, 1),
    *(
        (name, other, least, 1)
        for name in ("calls", "emails", "meetings", "notes", "tasks")
        for other, least in (("contacts", 1), ("companies", 0), ("deals", 0), ("tickets", 0))
    ),
)
LABELLED = 0.1  # of the links carry a label beside what every link has
BIG_CUSTOMER = 0.3  # of the contacts belong to one company, more than one answer holds


def fill(store: Store, seed: int) -> None:
    """Link the live records of every two types that go together."""
    for ours, theirs, least, most in PARTNERS:
        chance = random.Random(f"{seed} {ours} {theirs}")
        source, target = store.shelf(ours), store.shelf(theirs)
        for record_id in source.live_ids:
            partners = _partners(chance, source, target, chance.randint(least, most))
            for place, other in enumerate(one for one in partners if one != record_id):
                _link(store, chance, (source, record_id), (target, other), first=place == 0)


def _partners(chance: random.Random, source: Shelf, target: Shelf, count: int) -> list[int]:
    ids = target.live_ids
    drawn = chance.sample(ids, min(count, len(ids)))
    people_of_firms = (source.kind.name, target.kind.name) == ("contacts", "companies")
    if drawn and people_of_firms and chance.random() < BIG_CUSTOMER:
        return [ids[0], *(one for one in drawn if one != ids[0])]
    return drawn


def _link(
    store: Store,
    chance: random.Random,
    source: tuple[Shelf, int],
    target: tuple[Shelf, int],
    *,
    first: bool,
) -> None:
    """Link two records in both directions: the plain way, as primary, and here and there by a label."""
    (ours, from_id), (theirs, to_id) = source, target
    for one in store.definitions.between(ours.kind.name, theirs.kind.name):
        by_label = one.label is not None and one.label != PRIMARY
        chosen = chance.random() < LABELLED if by_label else first or one.label is None
        if chosen and one.back is not None:
            back = _back(store, ours, theirs, one)
            there = Link(to_id, one.type_id, one.label, one.category)
            associate(store.definitions, ours, from_id, theirs, there)
            here = Link(from_id, back.type_id, back.label, back.category)
            associate(store.definitions, theirs, to_id, ours, here)


def _back(store: Store, ours: Shelf, theirs: Shelf, one: Definition) -> Definition:
    names = theirs.kind.name, ours.kind.name
    found = store.definitions.find(*names, one.back or 0, one.category)
    assert found is not None
    return found
