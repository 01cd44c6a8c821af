"""Killed at any moment, on an emptied disk, several times in a row: the next run goes on and all is right."""

import math
import random
import signal
from typing import Any

import pytest

from tests.flows.harness import Bench
from tests.flows.runner import Killer, Nursery
from tests.flows.truth import Asked, assert_adds_up, assert_right, history, people, unhurried
from warehouse.history import ORPHANED

PAGE, CHUNK = 10, 30
KILLS = 4
# Four requests before the first page; the fourth chunk is asked for only when the first has landed.
LATE = 4 + 3 * CHUNK // PAGE + 1
FULL = {"full": True}
REPLACE = {"full": True, "force_overwrite": True}


def live_through(bench: Bench, children: Nursery, chance: random.Random, **options: Any) -> None:
    """Some runs that are killed at random moments, one of them late enough to have a checkpoint."""
    moments = [chance.randint(LATE, LATE + 3), *(chance.randint(2, LATE) for _ in range(KILLS - 1))]
    chance.shuffle(moments)
    for requests in moments:
        bench.sandbox.before_request = killer = Killer(requests, chance.uniform(0, 0.03))
        run = children.start("contacts", chunk=CHUNK, batch_size=PAGE, **options)
        killer.aim(run)
        assert run.wait() == -signal.SIGKILL, children.errors()
    bench.sandbox.before_request = None


def busy_account(bench: Bench, archived: int = 120) -> list[str]:
    made = people(bench, 400)
    for key in made[:archived]:
        bench.sandbox.archive("contacts", key)
    return made[archived:]


@pytest.mark.parametrize(
    ("name", "options"), [("first", {}), ("delta", {}), ("full", FULL), ("replacement", REPLACE)]
)
def test_a_run_killed_again_and_again_is_finished_by_the_next(
    bench: Bench, children: Nursery, name: str, options: dict[str, Any]
):
    chance = random.Random(name)
    unhurried(bench)
    made = busy_account(bench)
    if name != "first":
        bench.sync("contacts")
        for key in made[:150]:
            bench.sandbox.update("contacts", key, {"lastname": f"N{key}"})
        bench.sandbox.merge("contacts", made[1], made[2])
        bench.sandbox.restore("contacts", next(iter(bench.sandbox.archived("contacts"))))
        bench.execute(
            "insert into hubspot.contacts (id) values (1), (2)" if name == "replacement" else ""
        )
    before = len(history(bench))

    live_through(bench, children, chance, **options)
    bench.sandbox.before_request = asked = Asked()
    status = children.run("contacts", chunk=CHUNK, batch_size=PAGE, **options)
    bench.sandbox.before_request = None

    rows = history(bench)[before:]
    assert status == 0, children.errors()
    assert_right(bench)
    assert_told(rows)
    assert_only_the_rest_was_asked(bench, rows, asked)
    if name == "first":
        assert sum(row["records_created"] for row in rows) == 400
    if name == "replacement":
        assert bench.one("select count(*) from hubspot.contacts where id < 3") == 0


def test_a_run_killed_in_its_sweep_of_archived_records_goes_on_there(
    bench: Bench, children: Nursery
):
    unhurried(bench)
    busy_account(bench, archived=300)
    for requests in (23, 13, 13):
        bench.sandbox.before_request = killer = Killer(requests, 0.01)
        killer.aim(run := children.start("contacts", chunk=CHUNK, batch_size=PAGE))
        assert run.wait() == -signal.SIGKILL, children.errors()

    bench.sandbox.before_request = asked = Asked()
    status = children.run("contacts", chunk=CHUNK, batch_size=PAGE)
    bench.sandbox.before_request = None

    rows = history(bench)
    assert status == 0, children.errors()
    assert_right(bench)
    assert_told(rows)
    assert_only_the_rest_was_asked(bench, rows, asked)
    assert asked.changes == []
    assert rows[-1]["configuration"]["swept"] == rows[0]["configuration"]["window"]["until"]


def test_an_interrupted_run_says_so_itself_and_the_next_goes_on(bench: Bench, children: Nursery):
    unhurried(bench)
    people(bench, 200)
    bench.sandbox.before_request = killer = Killer(15, 0.01, signal.SIGINT)
    killer.aim(run := children.start("contacts", chunk=CHUNK, batch_size=PAGE))
    run.wait()
    bench.sandbox.before_request = asked = Asked()

    status = children.run("contacts", chunk=CHUNK, batch_size=PAGE)

    interrupted, resumed = history(bench)
    assert status == 0, children.errors()
    assert interrupted["status"] == "failed"
    assert interrupted["error_message"] == "the run was cancelled or interrupted"
    assert interrupted["end_time"] is not None
    assert resumed["configuration"]["resumes"] == interrupted["id"]
    assert_only_the_rest_was_asked(bench, [interrupted, resumed], asked)
    assert_right(bench)


def assert_told(rows: list[dict[str, Any]]) -> None:
    """Killed runs are closed as failed; a run with a checkpoint behind it resumes it in the same window."""
    *killed, last = rows
    assert {row["status"] for row in killed} == {"failed"}
    assert {row["error_message"] for row in killed} == {ORPHANED}
    assert last["status"] == "success"
    assert last["configuration"]["strategy"] == "resumed"
    assert last["configuration"]["anchor"] is True
    for earlier, later in zip(rows, rows[1:], strict=False):
        assert_adds_up(earlier)
        if earlier["configuration"].get("checkpoint"):
            assert later["configuration"]["resumes"] == earlier["id"]
            assert later["configuration"]["window"] == earlier["configuration"]["window"]
        else:
            assert "resumes" not in later["configuration"]
    assert_adds_up(last)


def assert_only_the_rest_was_asked(bench: Bench, rows: list[dict[str, Any]], asked: Asked) -> None:
    """The last run's pages begin at the checkpoint and are as many as the rest needs."""
    checkpoint = rows[-2]["configuration"]["checkpoint"]
    since = rows[-1]["configuration"]["window"]["since"]
    for name, kept in (
        ("changes", bench.sandbox.truth("contacts")),
        ("deletes", bench.sandbox.archived("contacts")),
    ):
        began = getattr(asked, name)
        if name in checkpoint["done"]:
            assert began == []
            continue
        cursor = checkpoint["cursor"] if checkpoint["pass"] == name else None
        # A list's cursor is where the next page begins; a search goes on behind it.
        passed = int(cursor or 0) + (since is not None and name == "changes" and cursor is not None)
        left = sum(int(key) >= passed for key in kept)
        assert began[0] == (cursor or "")
        assert len(began) == max(1, math.ceil(left / PAGE)), (name, checkpoint, began)
