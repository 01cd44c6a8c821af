"""Whatever happens between any two requests, and whenever it is committed: a later delta has it right."""

import random
from datetime import UTC, datetime

import pytest

from sandbox.salesforce import Call, ManualClock
from sources.salesforce import results
from tests.flows.salesforce.truth import assert_right, stored
from tests.flows.vendor import VendorBench

LONG_AGO = datetime(2026, 1, 5, tzinfo=UTC)
ROUNDS = 3
LATEST = 500  # seconds until a transaction commits: less than the lookback


class Life:
    """A hook that lets something happen before some requests."""

    def __init__(self, bench: VendorBench, clock: ManualClock, chance: random.Random) -> None:
        self.sandbox = bench.sandbox
        self.clock = clock
        self.chance = chance
        self.happened: set[str] = set()
        self.purged: set[str] = set()

    def __call__(self, call: Call) -> None:
        while self.chance.random() < 0.7:
            self.clock.advance(self.chance.choice((0, 0, 1, 7)))
            self.happen(self.chance.choice(("create", "update", "delete", "undelete", "merge")))

    def happen(self, what: str) -> None:
        # Who changes a record locks it until that is committed.
        locked = {str(one["Id"]) for _, one in self.sandbox.store.shelves["Contact"].late}
        living = sorted(self.sandbox.truth("Contact").keys() - locked)
        binned = sorted(self.sandbox.deleted("Contact"))
        late = self.chance.choice((0, 0, 0, self.chance.randrange(1, LATEST)))
        told = {"LastName": f"Name {self.chance.randrange(1000)}", "Newsletter__c": True}
        if what == "create":
            self.sandbox.create("Contact", told, commits_in=late)
        elif what == "update":
            self.sandbox.update("Contact", self.chance.choice(living), told, commits_in=late)
        elif what == "delete" and len(living) > 20:
            key = self.chance.choice(living)
            self.sandbox.delete("Contact", key)
            if self.chance.random() < 0.3:
                self.sandbox.purge("Contact", key)
                self.purged.add(key)
        elif what == "undelete" and binned:
            key = self.chance.choice(binned)
            if not self.sandbox.deleted("Contact")[key]["MasterRecordId"]:
                self.sandbox.undelete("Contact", key)
        elif what == "merge" and len(living) > 20:
            self.sandbox.merge("Contact", *self.chance.sample(living, 2))
        else:
            return
        self.happened.add(what)


@pytest.mark.parametrize("way", ["rest", "bulk"])
@pytest.mark.parametrize("seed", range(4))
def test_a_later_delta_has_it_right(
    bench: VendorBench,
    clock: ManualClock,
    way: str,
    seed: int,
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(results, "FEWEST_ROWS", 9)
    monkeypatch.setattr(results, "MOST_ROWS", 9)
    bench.config(api=way)
    bench.sandbox.bulk_import("Contact", 60, updated=LONG_AGO)
    life = Life(bench, clock, random.Random(f"{seed} {way}"))

    for _ in range(ROUNDS):
        bench.sandbox.before_request = life
        bench.sync("contacts", batch_size=10)
        bench.sandbox.before_request = None
        clock.advance(random.Random(seed).choice((30, 700, 4000)))
    clock.advance(LATEST)
    [last] = bench.sync("contacts")

    assert last.outcome == "success"
    assert len(life.happened) > 2
    assert_right(bench, "contacts")
    rows = stored(bench, "contacts")
    assert all(rows[key]["deleted_at"] for key in life.purged & rows.keys())
