from datetime import timedelta
from typing import Any

from warehouse import health, history, locks, past, zombies
from warehouse.connection import Connection, connect

OURS = {"strategy": "full", "window": {}}


def old(
    conn: Connection, entity: str, minutes: int = 60, configuration: dict[str, Any] = OURS
) -> int:
    """A run that says it is at work, and began so long ago."""
    run_id = history.open_run(conn, "crm", entity, configuration)
    conn.execute(
        "update ingestion_sync_history set start_time = %s where id = %s",
        (health.clock(conn) - timedelta(minutes=minutes), run_id),
    )
    return run_id


def test_killed_runs_are_closed_and_those_at_work_are_not(warehouse_url: str) -> None:
    with connect(warehouse_url) as conn, connect(warehouse_url) as other:
        killed, at_work = old(conn, "contacts"), old(conn, "deals")
        just_begun = old(conn, "tickets", minutes=0)
        assert locks.lock(other, "crm", "deals")

        assert zombies.find(conn) == {("crm", "contacts"): [killed]}
        assert zombies.close(conn) == {("crm", "contacts"): [killed]}

        states = {row["id"]: row["status"] for row in past.runs(conn)}
        assert states == {killed: "failed", at_work: "running", just_begun: "running"}
        assert locks.lock(other, "crm", "contacts"), "the lock was given back"
        assert zombies.close(conn, "crm") == {}
        assert zombies.find(conn, "other") == {}


def test_only_our_runs_are_closed(warehouse_url: str) -> None:
    with connect(warehouse_url) as conn:
        theirs = old(conn, "contacts", configuration={"batch": 5})
        assert zombies.close(conn) == {}

        ours = old(conn, "contacts", configuration={"strategy": None, "flow_run_id": "x"})
        assert zombies.close(conn) == {("crm", "contacts"): [ours]}

        states = {row["id"]: row["status"] for row in past.runs(conn)}
        assert states == {theirs: "running", ours: "failed"}


def test_every_lock_is_found_whatever_its_number(warehouse_url: str) -> None:
    names = [f"entity_{number}" for number in range(40)]
    assert {locks.lock_key("crm", name) < 0 for name in names} == {True, False}
    with connect(warehouse_url) as conn, connect(warehouse_url) as other:
        for name in names:
            old(conn, name)
            assert locks.lock(other, "crm", name)

        assert zombies.find(conn) == {}
