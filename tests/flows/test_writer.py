"""One writer per entity: a busy one is left alone, one who lost its place cannot write, repetition is harmless."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from flows.sync import conclude
from tasks.steps import PLAIN
from tests.flows.harness import Bench
from tests.flows.runner import Nursery
from tests.flows.truth import (
    After,
    assert_adds_up,
    assert_right,
    history,
    people,
    sync_with,
    unhurried,
)
from warehouse.connection import connect
from warehouse.history import ORPHANED
from warehouse.locks import lock

WAITING = """
    select count(*) from pg_stat_activity
    where application_name = 'crm-sync' and datname = current_database() and wait_event_type = 'Lock'
"""
END_LOCKS = """
    select pg_terminate_backend(pid) from pg_locks
    where locktype = 'advisory' and database = (select oid from pg_database where datname = current_database())
"""


@pytest.fixture
def account(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> Bench:
    """120 contacts in pages of 10 and chunks of 20."""
    monkeypatch.setattr("tasks.fetch.CHUNK_RECORDS", 20)
    unhurried(bench)
    people(bench, 120)
    return bench


def test_a_busy_entity_is_skipped_while_others_run(account: Bench):
    account.sandbox.create("deals", {"dealname": "Roof"})
    with connect(account.url) as another:
        assert lock(another, "hubspot", "contacts")

        skipped, ran = account.sync("contacts", "deals")
        [alone] = account.sync("contacts")

    assert (skipped.outcome, ran.outcome, alone.outcome) == ("skipped", "success", "skipped")
    assert history(account) == []
    assert not account.requests("contacts")
    assert conclude([alone]).name == "Skipped"
    assert conclude([skipped, ran]).is_completed()
    [freed] = account.sync("contacts")
    assert freed.outcome == "success"


def test_two_runs_at_once_are_one_run_and_one_that_stands_back(account: Bench, children: Nursery):
    status = []
    account.sandbox.before_request = After(5, lambda: status.append(children.run("contacts")))

    [result] = account.sync("contacts", batch_size=10)

    assert status == [0], children.errors()
    assert result.outcome == "success"
    assert len(history(account)) == 1
    assert_right(account)


@pytest.mark.parametrize("page", [3, 12])
def test_a_run_that_lost_its_lock_to_another_cannot_write_any_more(
    account: Bench, children: Nursery, page: int
):
    status: list[int] = []
    then: list[dict[str, Any]] = []

    def usurp() -> None:
        account.execute(END_LOCKS)
        status.append(children.run("contacts", batch_size=10, chunk=20))
        then.extend(history(account))

    account.sandbox.before_request = After(page, usurp)

    [result] = account.sync("contacts", batch_size=10)

    assert status == [0], children.errors()
    first, second = history(account)
    assert [first, second] == then
    assert result.outcome == "failed"
    assert "closed by another run" in (result.error or "")
    assert (first["status"], first["error_message"]) == ("failed", ORPHANED)
    assert (second["status"], second["configuration"]["anchor"]) == ("success", True)
    assert first["records_created"] + second["records_created"] == 120
    for row in (first, second):
        assert_adds_up(row)
    assert_right(account)
    assert account.one("select count(*) from hubspot.contacts where sync_history_id is null") == 0


def test_a_lost_lock_that_nobody_took_changes_nothing(account: Bench):
    account.sandbox.before_request = After(3, lambda: account.execute(END_LOCKS))

    [result] = account.sync("contacts", batch_size=10)

    assert result.outcome == "success"
    assert_right(account)


def test_a_database_error_while_looking_for_the_anchor_fails_the_run_and_reads_nothing(
    account: Bench,
):
    account.sync("contacts")
    account.execute(
        "update ingestion_sync_history set configuration ="
        """ jsonb_set(configuration, '{window,until}', '"the day before yesterday"')"""
    )
    before = len(account.requests("contacts"))

    [result] = account.sync("contacts")

    row = history(account)[-1]
    assert result.outcome == row["status"] == "failed"
    assert "PostgreSQL refused a statement: invalid input syntax" in row["error_message"]
    assert "window" not in row["configuration"]
    assert len(account.requests("contacts")) == before


@pytest.mark.parametrize("options", [{}, {"full": True, "force_overwrite": True}])
def test_a_load_repeated_after_a_lost_answer_changes_no_count(
    account: Bench, options: dict[str, Any]
):
    async def twice(*args: Any, **how: Any) -> Any:
        await PLAIN.load(*args, **how)
        return await PLAIN.load(*args, **how)

    keys = sorted(account.truth())
    account.sandbox.create("contacts", {"email": "not an address"})
    account.sandbox.archive("contacts", keys[0])
    steps = replace(PLAIN, load=twice)

    [first] = sync_with(account, steps, "contacts", batch_size=10, strict=True)
    account.sandbox.update("contacts", keys[1], {"lastname": "Ng"})
    account.sandbox.archive("contacts", keys[2])
    [second] = sync_with(account, steps, "contacts", batch_size=10, strict=True, **options)

    counts = ("records_processed", "records_created", "records_updated", "records_failed")
    assert [first.row[name] for name in counts] == [121, 120, 0, 1]
    assert [second.row[name] for name in counts] == [121, 0, 2, 1]
    assert second.row["performance_metrics"]["deleted"] == 1
    assert account.one("select sum(attempts) from ingestion_rejected_record") == 2
    assert_adds_up(second.row)


async def test_a_run_cancelled_while_it_loads_lets_the_statement_end_and_is_closed(account: Bench):
    loop, merging = asyncio.get_running_loop(), asyncio.Event()

    def block(blocker: psycopg.Connection) -> None:
        blocker.execute("lock table hubspot.contacts in access exclusive mode")
        loop.call_soon_threadsafe(merging.set)

    with psycopg.connect(account.url) as blocker:
        account.sandbox.before_request = After(6, lambda: block(blocker))
        run = asyncio.create_task(account.sync_async("contacts", batch_size=10))
        await merging.wait()
        await until(lambda: account.one(WAITING) == 1)
        run.cancel()
        await asyncio.sleep(0.2)
    with pytest.raises(asyncio.CancelledError):
        await run
    account.sandbox.before_request = None

    [cancelled] = history(account)
    assert cancelled["status"] == "failed"
    assert cancelled["error_message"] == "the run was cancelled or interrupted"
    assert_adds_up(cancelled)
    assert account.one("select count(*) from hubspot.contacts") == cancelled["records_created"]
    [result] = await account.sync_async("contacts", batch_size=10)
    assert result.row["configuration"]["resumes"] == cancelled["id"]
    assert_right(account)


async def until(holds: Callable[[], bool]) -> None:
    """Wait for something to happen."""
    while not await asyncio.to_thread(holds):
        await asyncio.sleep(0.01)
