import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from tests.warehouse.mirror import CONTACTS, NOON, at, merge, stored
from warehouse import history, locks, past, seen
from warehouse.connection import Connection, connect
from warehouse.history import Fenced
from warehouse.merged import Merged
from warehouse.past import Anchor
from warehouse.tables import ensure_table

CONTACT_RUN = ("hubspot", "contacts")


def opened(conn: Connection, entity: str = "contacts", **configuration: Any) -> int:
    return history.open_run(conn, "hubspot", entity, configuration)


def closed(conn: Connection, run_id: int, status: str = "success", **configuration: Any) -> None:
    history.close_run(conn, run_id, status, error=None, metrics={}, configuration=configuration)


def wrote(conn: Connection, status: str, start: int, end: int | None, configuration: Any) -> int:
    """A row as anybody may have written it."""
    row = conn.execute(
        """
        insert into ingestion_sync_history
            (crm_source, sync_type, status, start_time, end_time, configuration)
        values ('hubspot', 'contacts', %s, %s, %s, %s) returning id
        """,
        (status, at(start), None if end is None else at(end), Jsonb(configuration)),
    ).fetchone()
    assert row is not None
    return int(row[0])


def window(until: int) -> dict[str, Any]:
    return {"since": None, "until": at(until).isoformat().replace("+00:00", "Z")}


def wait_until_blocked(conn: Connection, pid: int) -> None:
    """Wait until a backend waits for a lock."""
    for _ in range(500):
        if conn.execute("select cardinality(pg_blocking_pids(%s)) > 0", [pid]).fetchone() == (
            True,
        ):
            return
        time.sleep(0.01)
    raise AssertionError("nobody waits")


# A run's row


def test_a_run_opens_as_running_and_closes_with_what_it_learned(warehouse: Connection) -> None:
    run_id = opened(warehouse, full=True, window=window(5))

    begun = history.run(warehouse, run_id) or {}
    row = history.close_run(
        warehouse,
        run_id,
        "partial",
        error="it did not add up",
        metrics={"api_calls": 3},
        configuration={"anchor": False},
    )

    assert begun["status"] == "running"
    assert begun["end_time"] is None
    assert begun["records_processed"] == 0
    assert row is not None
    assert row == history.run(warehouse, run_id)
    assert row["status"] == "partial"
    assert row["error_message"] == "it did not add up"
    assert row["performance_metrics"] == {"api_calls": 3}
    assert row["configuration"] == {"full": True, "window": window(5), "anchor": False}
    assert row["start_time"] < row["end_time"]


def test_a_run_closes_once(warehouse: Connection) -> None:
    run_id = opened(warehouse)
    closed(warehouse, run_id, "failed")

    again = history.close_run(
        warehouse, run_id, "success", error=None, metrics={}, configuration={"anchor": True}
    )

    assert again is None
    row = history.run(warehouse, run_id) or {}
    assert (row["status"], row["configuration"]) == ("failed", {})


def test_a_message_with_a_nul_does_not_keep_a_run_from_closing(warehouse: Connection) -> None:
    row = history.close_run(
        warehouse, opened(warehouse), "failed", error="a\0b", metrics={}, configuration={}
    )

    assert row is not None
    assert row["error_message"] == "ab"


def test_a_run_that_does_not_exist_is_nothing(warehouse: Connection) -> None:
    assert history.run(warehouse, 4711) is None


def test_advancing_adds_to_the_counters_and_replaces_the_checkpoint(warehouse: Connection) -> None:
    run_id = opened(warehouse, window=window(5))
    for cursor in ("a", "b"):
        history.advance(
            warehouse,
            run_id,
            Merged(created=5, updated=3, unchanged=7, failed=2, deleted=1, refreshed=4),
            {"pass": "changes", "cursor": cursor},
        )

    history.advance(warehouse, run_id, Merged(created=-1, failed=1), {"pass": None})

    row = history.run(warehouse, run_id) or {}
    names = ("processed", "created", "updated", "failed")
    assert [row[f"records_{name}"] for name in names] == [34, 9, 6, 5]
    assert row["performance_metrics"] == {"unchanged": 14, "deleted": 2, "refreshed": 8}
    assert row["configuration"] == {"window": window(5), "checkpoint": {"pass": None}}


def test_marking_notes_something_in_a_running_run_alone(warehouse: Connection) -> None:
    run_id = opened(warehouse, full=True)

    history.mark(warehouse, run_id, {"swept": "2026-03-01T12:00:00Z"})

    row = history.run(warehouse, run_id) or {}
    assert row["configuration"] == {"full": True, "swept": "2026-03-01T12:00:00Z"}
    closed(warehouse, run_id, "failed")
    with pytest.raises(Fenced, match=f"run {run_id} was closed"):
        history.mark(warehouse, run_id, {"swept": "2026-03-02T12:00:00Z"})
    assert row["configuration"] == (history.run(warehouse, run_id) or {})["configuration"]


def test_runs_are_listed_newest_first(warehouse: Connection) -> None:
    first, second = opened(warehouse), opened(warehouse, "deals")
    other = history.open_run(warehouse, "salesforce", "accounts", {})

    assert [row["id"] for row in past.runs(warehouse)] == [other, second, first]
    assert [row["id"] for row in past.runs(warehouse, "hubspot", limit=1)] == [second]


# One writer


def test_one_connection_at_a_time_holds_an_entitys_lock(warehouse_url: str) -> None:
    with connect(warehouse_url) as one, connect(warehouse_url) as other:
        assert locks.lock(one, *CONTACT_RUN)

        assert not locks.lock(other, *CONTACT_RUN)
        assert locks.lock(other, "hubspot", "deals")
        assert locks.lock(other, "hubspot_emea", "contacts")

        locks.unlock_all(one)
        assert locks.lock(other, *CONTACT_RUN)


def test_the_lock_goes_when_its_connection_dies(warehouse_url: str) -> None:
    with connect(warehouse_url) as other:
        doomed = connect(warehouse_url)
        assert locks.lock(doomed, *CONTACT_RUN)

        other.execute("select pg_terminate_backend(%s, 5000)", [doomed.info.backend_pid])

        assert locks.lock(other, *CONTACT_RUN)
        doomed.close()


def test_the_lock_outlives_transactions(warehouse_url: str) -> None:
    with connect(warehouse_url) as one, connect(warehouse_url) as other:
        with one.transaction():
            assert locks.lock(one, *CONTACT_RUN)

        assert not locks.lock(other, *CONTACT_RUN)


def test_the_locks_number_is_the_same_in_every_version_of_the_program() -> None:
    assert locks.lock_key("hubspot", "contacts") == LOCK_OF_CONTACTS
    assert locks.lock_key("ab", "c") != locks.lock_key("a", "bc")


LOCK_OF_CONTACTS = 6488003777560560650


def test_orphans_are_closed_for_their_entity_alone(warehouse: Connection) -> None:
    orphans = [opened(warehouse), opened(warehouse)]
    done = opened(warehouse)
    closed(warehouse, done)
    others = [opened(warehouse, "deals"), history.open_run(warehouse, "other", "contacts", {})]

    assert sorted(history.close_orphans(warehouse, *CONTACT_RUN)) == orphans

    rows = {row["id"]: row for row in past.runs(warehouse)}
    assert all(rows[run_id]["status"] == "failed" for run_id in orphans)
    assert all(rows[run_id]["error_message"] == history.ORPHANED for run_id in orphans)
    assert all(rows[run_id]["end_time"] is not None for run_id in orphans)
    assert rows[done]["status"] == "success"
    assert all(rows[run_id]["status"] == "running" for run_id in others)
    assert history.close_orphans(warehouse, *CONTACT_RUN) == []


# The fence


def load(conn: Connection, run_id: int, name: str) -> None:
    with conn.transaction():
        history.fence(conn, run_id)
        merged = merge(conn, CONTACTS, {"id": 1, "name": name}, run_id=run_id)
        history.advance(conn, run_id, merged, {"cursor": name})


def test_a_run_that_another_closed_cannot_write(warehouse: Connection) -> None:
    ensure_table(warehouse, CONTACTS)
    run_id = opened(warehouse)
    load(warehouse, run_id, "first")
    history.close_orphans(warehouse, *CONTACT_RUN)

    with pytest.raises(Fenced, match=f"run {run_id}"):
        load(warehouse, run_id, "late")
    with pytest.raises(Fenced):
        load(warehouse, 4711, "nobody's")

    assert stored(warehouse, CONTACTS, "name") == ["first"]
    row = history.run(warehouse, run_id) or {}
    assert row["records_processed"] == 1
    assert row["configuration"]["checkpoint"] == {"cursor": "first"}


def close_orphans(conn: Connection) -> list[int]:
    return history.close_orphans(conn, *CONTACT_RUN)


def close(conn: Connection, run_id: int) -> Any:
    return history.close_run(conn, run_id, "failed", error=None, metrics={}, configuration={})


@pytest.mark.parametrize("closing", ["orphans", "run"])
def test_closing_waits_for_a_merge_in_flight_and_the_two_never_deadlock(
    warehouse_url: str, closing: str
) -> None:
    with (
        connect(warehouse_url) as writer,
        connect(warehouse_url) as closer,
        connect(warehouse_url) as watcher,
        ThreadPoolExecutor(1) as pool,
    ):
        ensure_table(writer, CONTACTS)
        run_id = opened(writer)
        waiting: Future[Any]
        with writer.transaction():
            history.fence(writer, run_id)
            arguments = (close_orphans, closer) if closing == "orphans" else (close, closer, run_id)
            waiting = pool.submit(*arguments)
            wait_until_blocked(watcher, closer.info.backend_pid)
            merged = merge(writer, CONTACTS, {"id": 1, "name": "in time"}, run_id=run_id)
            # Here the fence's share lock becomes an exclusive one while another waits for the row.
            history.advance(writer, run_id, merged, {"cursor": "x"})
            assert not waiting.done()
        result = waiting.result(timeout=10)

        assert result == [run_id] if closing == "orphans" else result["id"] == run_id
        row = history.run(watcher, run_id) or {}
        assert (row["status"], row["records_created"]) == ("failed", 1)
        assert row["configuration"] == {"checkpoint": {"cursor": "x"}}
        with pytest.raises(Fenced):
            load(writer, run_id, "late")


def test_a_merge_that_waits_for_a_closing_is_fenced(warehouse_url: str) -> None:
    with (
        connect(warehouse_url) as writer,
        connect(warehouse_url) as closer,
        connect(warehouse_url) as watcher,
        ThreadPoolExecutor(1) as pool,
    ):
        ensure_table(writer, CONTACTS)
        run_id = opened(writer)
        with closer.transaction():
            close(closer, run_id)
            waiting = pool.submit(load, writer, run_id, "late")
            wait_until_blocked(watcher, writer.info.backend_pid)

        with pytest.raises(Fenced):
            waiting.result(timeout=10)
        assert stored(watcher, CONTACTS) == []


def test_many_merges_and_closings_at_once_never_deadlock(pg18_url: str) -> None:
    with connect(pg18_url) as conn:
        ensure_table(conn, CONTACTS)
        run_ids = [opened(conn) for _ in range(12)]

    def write(run_id: int) -> int:
        landed = 0
        with connect(pg18_url) as conn:
            try:
                for chunk in range(20):
                    load(conn, run_id, f"{run_id} {chunk}")
                    landed += 1
            except Fenced:
                pass
        return landed

    def end() -> None:
        with connect(pg18_url) as conn:
            for run_id in run_ids:
                time.sleep(0.01)
                close(conn, run_id)

    with ThreadPoolExecutor(4) as pool:
        ending = pool.submit(end)
        landed = dict(zip(run_ids, pool.map(write, run_ids), strict=True))
        ending.result()

    with connect(pg18_url) as conn:
        for row in past.runs(conn):
            done = landed[row["id"]]
            cursor = row["configuration"].get("checkpoint", {}).get("cursor")
            assert cursor == (f"{row['id']} {done - 1}" if done else None)


# The anchor


@pytest.mark.parametrize(
    ("status", "configuration", "until"),
    [
        ("success", {"anchor": True, "window": window(3)}, 3),
        ("partial", {"anchor": True, "window": window(3)}, 3),
        ("success", {"anchor": False, "window": window(3)}, None),
        ("success", {"window": window(3)}, None),
        ("success", {"anchor": "true", "window": window(3)}, None),
        ("failed", {"anchor": False, "window": window(3)}, None),
        ("success", {"anchor": False, "strategy": None}, None),
        ("success", {"flow_run_id": "x"}, None),
        ("success", {}, 1),
        ("completed", {}, 1),
        ("partial", {}, 1),
        ("failed", {}, None),
        ("running", {}, None),
        ("success", {"batch_size": 100, "full": True}, 1),
        ("success", None, 1),
        ("success", [], 1),
        ("success", ["anchor?"], 1),
        ("success", "text", 1),
        ("success", {"anchor": True}, 1),
        ("success", {"anchor": True, "window": None}, 1),
    ],
)
def test_which_runs_anchor_and_where(
    warehouse: Connection, status: str, configuration: Any, until: int | None
) -> None:
    run_id = wrote(warehouse, status, 1, 2, configuration)

    found = past.anchor(warehouse, *CONTACT_RUN)

    assert found == (None if until is None else Anchor(run_id, at(until)))


def test_the_latest_anchor_by_end_time_counts(warehouse: Connection) -> None:
    wrote(warehouse, "success", 0, 8, {"anchor": True, "window": window(7)})
    latest = wrote(warehouse, "success", 1, 9, {"anchor": True, "window": window(4)})
    wrote(warehouse, "success", 2, 5, {"anchor": True, "window": window(8)})
    wrote(warehouse, "failed", 10, 11, {"anchor": False, "window": window(11)})
    wrote(warehouse, "success", 12, None, {"anchor": True, "window": window(12)})

    assert past.anchor(warehouse, *CONTACT_RUN) == Anchor(latest, at(4))


def test_an_older_systems_run_and_ours_are_compared_by_end_time(warehouse: Connection) -> None:
    wrote(warehouse, "success", 0, 5, {"anchor": True, "window": window(0)})
    foreign = wrote(warehouse, "completed", 2, 6, {"legacy": 1})

    assert past.anchor(warehouse, *CONTACT_RUN) == Anchor(foreign, at(2))


def test_of_two_that_ended_at_once_the_later_row_anchors(warehouse: Connection) -> None:
    wrote(warehouse, "success", 0, 5, {"anchor": True, "window": window(0)})
    later = wrote(warehouse, "success", 0, 5, {"anchor": True, "window": window(1)})

    assert past.anchor(warehouse, *CONTACT_RUN) == Anchor(later, at(1))


def test_other_entities_do_not_anchor(warehouse: Connection) -> None:
    wrote(warehouse, "success", 0, 5, {})

    assert past.anchor(warehouse, "hubspot", "deals") is None
    assert past.anchor(warehouse, "salesforce", "contacts") is None


def test_a_window_keeps_its_microseconds(warehouse: Connection) -> None:
    moment = NOON + timedelta(microseconds=123457)
    spelled = moment.isoformat().replace("+00:00", "Z")
    wrote(warehouse, "success", 0, 5, {"anchor": True, "window": {"until": spelled}})

    found = past.anchor(warehouse, *CONTACT_RUN)

    assert found is not None
    assert found.until == moment


def test_a_database_error_is_raised_and_never_reads_as_no_anchor(warehouse: Connection) -> None:
    wrote(warehouse, "success", 0, 5, {"anchor": True, "window": {"until": "tomorrow-ish"}})
    with pytest.raises(psycopg.DataError):
        past.anchor(warehouse, *CONTACT_RUN)

    warehouse.execute("alter table ingestion_sync_history rename to elsewhere")
    with pytest.raises(psycopg.errors.UndefinedTable):
        past.anchor(warehouse, *CONTACT_RUN)

    warehouse.close()
    with pytest.raises(psycopg.OperationalError):
        past.anchor(warehouse, *CONTACT_RUN)


# What the next run asks


def test_the_latest_run_is_the_last_begun_that_reads_a_window(warehouse: Connection) -> None:
    wrote(warehouse, "success", 1, 9, {"window": window(1)})
    latest = wrote(warehouse, "failed", 3, 4, {"window": window(2)})
    wrote(warehouse, "success", 5, 6, {"strategy": None})
    wrote(warehouse, "success", 7, 8, {})

    row = past.latest(warehouse, *CONTACT_RUN)

    assert row is not None
    assert row["id"] == latest
    assert row["configuration"] == {"window": window(2)}
    assert past.latest(warehouse, "hubspot", "deals") is None


def test_swept_is_the_latest_moment_of_any_run(warehouse: Connection) -> None:
    moments: list[datetime | None] = [past.swept(warehouse, *CONTACT_RUN)]
    for status, minute in (("success", 5), ("failed", 7), ("success", 6)):
        wrote(warehouse, status, 1, 2, {"swept": at(minute).isoformat()})
        moments.append(past.swept(warehouse, *CONTACT_RUN))

    assert moments == [None, at(5), at(7), at(7)]
    assert past.swept(warehouse, "hubspot", "deals") is None


@pytest.mark.parametrize("odd", ["yes", 5, None, {"at": 1}])
def test_what_an_older_system_wrote_into_our_places_is_passed_over(
    warehouse: Connection, odd: Any
) -> None:
    run = wrote(warehouse, "success", 1, 2, {"swept": odd})
    for calls in (odd, 1e30):
        warehouse.execute(
            "update ingestion_sync_history set start_time = now(), performance_metrics = %s where id = %s",
            (Jsonb({"api_calls": calls}), run),
        )

        assert past.swept(warehouse, *CONTACT_RUN) is None
        assert all(number >= 0 for _, number in past.spent(warehouse, "hubspot"))


def test_seen_keys_count_once_over_a_run_and_those_it_resumes(warehouse: Connection) -> None:
    ensure_table(warehouse, CONTACTS)
    merge(warehouse, CONTACTS, {"id": 1}, {"id": 2}, run_id=1)
    merge(warehouse, CONTACTS, {"id": 2}, {"id": 3}, run_id=2)
    merge(warehouse, CONTACTS, {"id": 4}, run_id=2, reading="deletes")
    merge(warehouse, CONTACTS, {"id": 5}, run_id=3)

    assert seen.count_listed(warehouse, [1, 2]) == 3
    assert seen.count_listed(warehouse, [1]) == 2
    assert seen.count_listed(warehouse, []) == 0


def test_seen_keys_of_an_entitys_closed_runs_are_forgotten(warehouse: Connection) -> None:
    ensure_table(warehouse, CONTACTS)
    runs = [opened(warehouse), opened(warehouse), opened(warehouse), opened(warehouse, "deals")]
    for run_id in runs:
        merge(warehouse, CONTACTS, {"id": 1}, run_id=run_id)
    for run_id, status in zip(runs, ("failed", "success", "running", "success"), strict=True):
        if status != "running":
            closed(warehouse, run_id, status)

    seen.forget(warehouse, *CONTACT_RUN)

    kept = warehouse.execute("select sync_history_id from ingestion_seen_key order by 1").fetchall()
    assert [run_id for (run_id,) in kept] == runs[2:]
