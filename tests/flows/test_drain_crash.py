"""A drain killed at any moment: the next one does the rest, and what was done twice does no harm."""

import random
import signal
from typing import Any

import pytest

from tests.flows.harness import Bench
from tests.flows.hooked import drained, posted, runs, said, statuses
from tests.flows.runner import Killer, Nursery
from tests.flows.truth import assert_adds_up, assert_right, people, unhurried
from warehouse.history import ORPHANED

DRAIN: dict[str, Any] = {"work": "drain", "chunk": 20}


def told(bench: Bench) -> list[dict[str, Any]]:
    """An account in which much has happened, and the events that tell of it."""
    unhurried(bench)
    made = people(bench, 400)
    bench.sync("contacts")
    crm, events = bench.sandbox, []
    for key in made[:150]:
        crm.update("contacts", key, {"lastname": f"N{key}"})
        events.append(said("propertyChange", key))
    for key in made[150:250]:
        crm.archive("contacts", key)
        events.append(said("deletion", key))
    for winner, loser in zip(made[250:280], made[280:310], strict=True):
        crm.merge("contacts", winner, loser)
        merged = {"primaryObjectId": int(winner), "mergedObjectIds": [int(loser)]}
        events.append(said("merge", winner, **merged))
    for _ in range(60):
        key = crm.create("contacts", {"email": "new@example.org", "lastname": "Li"})
        events.append(said("creation", key))
    return events


@pytest.mark.parametrize("seed", range(3))
def test_a_drain_killed_again_and_again_is_finished_by_the_next(
    bench: Bench, children: Nursery, seed: int
):
    chance = random.Random(seed)
    events = told(bench)
    chance.shuffle(events)
    store(posted(*events))
    before = bench.rows("select configuration -> 'anchor' as anchor from ingestion_sync_history")

    for _ in range(3):
        bench.sandbox.before_request = killer = Killer(
            chance.randint(4, 9), chance.uniform(0, 0.03)
        )
        killer.aim(run := children.start(**DRAIN))
        assert run.wait() == -signal.SIGKILL, children.errors()
    bench.sandbox.before_request = None
    status = children.run(**DRAIN)

    assert status == 0, children.errors()
    assert set(statuses(bench)) == {"done"}
    assert_right(bench)
    *killed, last = runs(bench)
    assert {row["error_message"] for row in killed} == {ORPHANED}
    assert last["status"] == "success"
    for row in (*killed, last):
        assert_adds_up(row)
    anchors = bench.rows("select configuration -> 'anchor' as anchor from ingestion_sync_history")
    assert [row for row in anchors if row["anchor"]] == [row for row in before if row["anchor"]]


def test_events_whose_records_have_landed_may_be_drained_again(bench: Bench):
    events = told(bench)
    drained(*events)
    bench.execute("update ingestion_webhook_event set status = 'pending', attempts = 0")

    [again] = drained()

    assert set(statuses(bench)) == {"done"}
    assert (again.row["records_created"], again.row["records_updated"]) == (0, 0)
    assert again.row["performance_metrics"]["deleted"] == 0
    assert_right(bench)


def test_an_interrupted_drain_says_so_and_leaves_its_events(bench: Bench, children: Nursery):
    store(posted(*told(bench)))
    bench.sandbox.before_request = killer = Killer(5, 0.0, signal.SIGINT)
    killer.aim(run := children.start(**DRAIN))
    run.wait()
    bench.sandbox.before_request = None

    status = children.run(**DRAIN)

    interrupted, last = runs(bench)
    assert status == 0, children.errors()
    assert interrupted["status"] == "failed"
    assert "wait for the next" in interrupted["error_message"]
    assert last["status"] == "success"
    assert_right(bench)


def store(given: dict[str, Any]) -> None:
    """Put events into the inbox without draining it."""
    import os

    from flows.drain_events import receive
    from flows.forget import Place
    from sources.privacy import Privacy
    from sources.registry import configured

    config = configured()
    place = Place(os.environ["WAREHOUSE_URL"], config.bookkeeping_schema, Privacy())
    receive(config, place, given)
