"""Fill an account with invented people, firms, deals and the rest; equal seeds, equal accounts."""

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

from sandbox.hubspot import activities, dirt, people, sales, service
from sandbox.hubspot.history import IMPORT
from sandbox.hubspot.moments import to_ms
from sandbox.hubspot.records import Record, Shelf
from sandbox.hubspot.store import Store

FIRST = to_ms(datetime(2023, 1, 2, 9, 0, tzinfo=UTC))
LAST = to_ms(datetime(2026, 10, 30, 18, 0, tzinfo=UTC))
ARCHIVED, MERGED = 0.02, 0.01  # beside the live ones
DIRTY = 0.025  # of the live ones

Invent = Callable[[random.Random, int, int], dict[str, str]]

INVENTIONS: dict[str, Invent] = {
    "contacts": people.contact,
    "companies": people.company,
    "deals": people.deal,
    "tickets": service.ticket,
    "products": sales.product,
    "line_items": sales.line_item,
    "quotes": sales.quote,
    "calls": activities.call,
    "emails": activities.email,
    "meetings": activities.meeting,
    "notes": activities.note,
    "tasks": activities.task,
    "appointments": service.appointment,
    "leads": sales.lead,
}


def fill(store: Store, counts: dict[str, int], seed: int) -> None:
    """Plant so many live records of each type, and archived and merged ones beside them."""
    for name, count in counts.items():
        chance = random.Random(f"{seed} {name}")
        shelf = store.shelf(name)
        live = [_invent(store, shelf, chance, number) for number in range(count)]
        gone = [_invent(store, shelf, chance, count + n) for n in range(round(count * ARCHIVED))]
        live = _soil(name, live, chance)
        live = _merge(store, shelf, live, chance)
        shelf.archived |= {one.id: _archived(store, one, chance) for one in gone}
        store.plant(name, live)


def invention(shelf: Shelf) -> Invent:
    """How a record of a type is invented; the account's own types have nothing but their name."""
    name = next(iter(shelf.kind.searchable))
    return INVENTIONS.get(shelf.kind.name, lambda chance, number, created: {name: f"No. {number}"})


def bulk_import(store: Store, name: str, count: int, stamp: int) -> list[str]:
    """Plant many new records created and modified in the same millisecond."""
    with store.lock:
        shelf, chance = store.shelf(name), random.Random(stamp)
        invent = invention(shelf)
        first = len(shelf.drawn)  # keeps e-mails apart from those of earlier records
        made = [
            Record(
                id=store.free_id(shelf),
                created_ms=stamp,
                updated_ms=stamp,
                properties=invent(chance, first + number, stamp),
                source=IMPORT,
            )
            for number in range(count)
        ]
        store.plant(name, made)
        return [str(record.id) for record in made]


def _invent(store: Store, shelf: Shelf, chance: random.Random, number: int) -> Record:
    created = chance.randrange(FIRST, LAST)
    return Record(
        id=store.free_id(shelf),
        created_ms=created,
        updated_ms=chance.randrange(created, LAST),
        properties=INVENTIONS[shelf.kind.name](chance, number, created),
    )


def _soil(name: str, records: list[Record], chance: random.Random) -> list[Record]:
    """Spoil some records, each kind of dirt at least once where there are enough."""
    kinds = dirt.KINDS[name]
    spoiled = chance.sample(range(len(records)), round(len(records) * DIRTY))
    for turn, place in enumerate(spoiled):
        record = records[place]
        dirty = kinds[turn % len(kinds)](record.created_ms)
        records[place] = replace(record, properties=dict(record.properties) | dirty)
    return records


def _merge(
    store: Store, shelf: Shelf, records: list[Record], chance: random.Random
) -> list[Record]:
    """Note on some records that another one was merged into them long ago."""
    for place in chance.sample(range(len(records)), round(len(records) * MERGED)):
        loser = store.free_id(shelf)
        shelf.merged[loser] = records[place].id
        known = dict(records[place].properties) | {"hs_merged_object_ids": str(loser)}
        records[place] = replace(records[place], properties=known)
    return records


def _archived(store: Store, record: Record, chance: random.Random) -> Record:
    """Archived within the last weeks by the sandbox's clock, so that it can still be seen."""
    days = chance.randrange(1, 60)
    return replace(record, archived_ms=store.now_ms() - days * 24 * 3600 * 1000)
