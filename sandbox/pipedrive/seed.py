"""Fill a company with invented people, firms, deals and the rest; equal seeds, equal companies."""

import random
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import TYPE_CHECKING, Any

from sandbox.pipedrive import people, sales
from sandbox.pipedrive.records import Key

if TYPE_CHECKING:
    from sandbox.pipedrive.sandbox import PipedriveSandbox

FIRST = datetime(2023, 1, 2, 9, 0, tzinfo=UTC)
LAST = datetime(2026, 10, 30, 18, 0, tzinfo=UTC)
ARCHIVED, DELETED = 0.05, 0.02
ATTACHED = 3  # products a deal has at most

Invent = Callable[["Chance"], Mapping[str, Any]]


class Chance(random.Random):
    """Dice that know what there is to choose from, and when the record at hand was created."""

    def __init__(self, seed: str, sandbox: "PipedriveSandbox") -> None:
        super().__init__(seed)
        self.sandbox = sandbox
        self.number = 0
        self.created = FIRST

    def any_of(self, kind: str, share: float = 1.0) -> Key | None:
        """The id of some living record, or none."""
        ids = [one.id for one in self.sandbox.store.living(kind)]
        return self.choice(ids) if ids and self.random() < share else None

    def next_record(self, number: int) -> None:
        """Turn to another record."""
        self.number = number
        self.created = FIRST + timedelta(
            seconds=self.randrange(int((LAST - FIRST).total_seconds()))
        )

    def later(self) -> datetime:
        """A moment after the record was created."""
        left = max(1, int((LAST - self.created).total_seconds()))
        return self.created + timedelta(seconds=self.randrange(left))


INVENTIONS: dict[str, Invent] = {
    "organizations": people.organization,
    "persons": people.person,
    "products": sales.product,
    "deals": sales.deal,
    "leads": sales.lead,
    "activities": people.activity,
    "notes": people.note,
    "files": people.file,
}
COUNTED = tuple(INVENTIONS)
CUSTOM: dict[str, Callable[[Chance], Mapping[str, Any]]] = {
    "deals": sales.deal_fields,
    "leads": sales.deal_fields,
    "persons": people.person_fields,
    "organizations": people.organization_fields,
    "products": sales.product_fields,
}


def fill(sandbox: "PipedriveSandbox", counts: Mapping[str, int], seed: int) -> None:
    """Create so many living records of each kind, and archived and deleted ones beside them."""
    small_lists(sandbox)
    for name in INVENTIONS:
        chance = Chance(f"{seed} {name}", sandbox)
        keys = [_invent(chance, name, number) for number in range(counts.get(name, 0))]
        if name in ("deals", "leads"):
            for key in chance.sample(keys, round(len(keys) * ARCHIVED)):
                sandbox.archive(name, key, bump=False)
        for number in range(round(len(keys) * DELETED)):
            sandbox.delete(name, _invent(chance, name, len(keys) + number))
        if name == "deals":
            _attach(chance, keys)


def small_lists(sandbox: "PipedriveSandbox") -> None:
    """Users, pipelines with their stages, types of activities, labels, currencies, filters."""
    for number, name in enumerate(("Bea Birch", "Carl Cliff", "Dora Dale"), 26):
        email = f"{name.split()[0].lower()}@example.org"
        sandbox.create("users", {"name": name, "email": email}, id=number, created=FIRST)
    sandbox.delete("users", 28)
    numbers = count(1)
    for number, (pipeline, stages) in enumerate(sales.PIPELINES.items(), 1):
        named = {"name": pipeline, "order_nr": number}
        sandbox.create("pipelines", named, id=number, created=FIRST)
        for place, (stage, probability) in enumerate(stages, 1):
            values: dict[str, Any] = {"name": stage, "order_nr": place, "pipeline_id": number}
            values["deal_probability"] = probability
            sandbox.create("stages", values, id=next(numbers), created=FIRST)
    for place, name in enumerate(("Call", "Meeting", "Task", "Email"), 1):
        values = {"name": name, "key_string": name.lower(), "order_nr": place}
        sandbox.create("activity_types", values, created=FIRST)
    for name, color in (("Hot", "red"), ("Warm", "yellow"), ("Cold", "blue")):
        sandbox.create("lead_labels", {"name": name, "color": color}, created=FIRST)
    for code, name, symbol in (("USD", "US Dollar", "$"), ("EUR", "Euro", "€")):
        sandbox.create("currencies", {"code": code, "name": name, "symbol": symbol})
    sandbox.create("filters", {"name": "All open deals"}, created=FIRST)


def _invent(chance: Chance, name: str, number: int) -> Key:
    chance.next_record(number)
    custom = CUSTOM.get(name)
    return chance.sandbox.create(
        name,
        INVENTIONS[name](chance),
        custom=custom(chance) if custom else {},
        created=chance.created,
        updated=chance.later(),
    )


def _attach(chance: Chance, deals: Sequence[Key]) -> None:
    """Attach some products to most deals."""
    for deal in deals:
        for _ in range(chance.randrange(ATTACHED + 1)):
            product = chance.any_of("products")
            if product is not None:
                price, quantity = chance.randrange(5, 900), chance.randrange(1, 9)
                amounts = {"item_price": price, "quantity": quantity, "sum": price * quantity}
                chance.sandbox.attach(deal, product, **amounts)
