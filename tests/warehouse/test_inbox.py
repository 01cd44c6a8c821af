from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from warehouse import arrivals, inbox, retention
from warehouse.arrivals import Incoming, Unstorable
from warehouse.connection import Connection, connect
from warehouse.errors import WarehouseError, WarehouseUnavailable
from warehouse.intake import Intake

MOMENT = datetime(2026, 2, 3, 10, 20, 30, tzinfo=UTC)


def event(key: str = "a", **changes: Any) -> Incoming:
    usual = Incoming("hubspot", key, "contact.creation", "contacts", "5", "changed", MOMENT, b"P{}")
    return usual._replace(**changes)


def stored(conn: Connection, columns: str = "event_key, status") -> list[tuple[Any, ...]]:
    return conn.execute(f"select {columns} from ingestion_webhook_event order by id").fetchall()


def ids(conn: Connection) -> list[int]:
    return [row[0] for row in stored(conn, "id")]


def test_an_event_is_stored_once(warehouse: Connection):
    assert arrivals.store(warehouse, [event()]) == 1

    assert arrivals.store(warehouse, [event(record_key="other"), event("b")]) == 1

    assert stored(warehouse, "event_key, record_key") == [("a", "5"), ("b", "5")]


def test_the_same_event_twice_in_a_batch_is_stored_once(warehouse: Connection):
    assert arrivals.store(warehouse, [event(), event()]) == 1


def test_sources_have_keys_of_their_own(warehouse: Connection):
    assert arrivals.store(warehouse, [event(), event(crm_source="hubspot_emea")]) == 2


def test_all_that_is_known_of_an_event_is_kept(warehouse: Connection):
    bare = event("b", entity=None, record_key=None, occurred_at=None, status="dead", error="why")
    payload = bytes(range(256))

    arrivals.store(warehouse, [event(payload=payload), bare])

    columns = (
        "crm_source, event_type, entity, record_key, action, occurred_at, payload, status, error"
    )
    assert stored(warehouse, columns) == [
        (
            "hubspot",
            "contact.creation",
            "contacts",
            "5",
            "changed",
            MOMENT,
            payload,
            "pending",
            None,
        ),
        ("hubspot", "contact.creation", None, None, "changed", None, b"P{}", "dead", "why"),
    ]
    [received] = warehouse.execute(
        "select now() - max(received_at) from ingestion_webhook_event"
    ).fetchone() or [None]
    assert received is not None
    assert received < timedelta(minutes=1)


def test_columns_that_are_empty_in_every_row_are_stored(warehouse: Connection):
    bare = event(entity=None, record_key=None, occurred_at=None)

    assert arrivals.store(warehouse, [bare, bare._replace(event_key="b")]) == 2


@pytest.mark.parametrize(
    "changes", [{"record_key": "a\0b"}, {"entity": "e" * 101}, {"crm_source": "s" * 51}]
)
def test_what_postgresql_cannot_hold_is_refused_with_all_that_is_beside_it(
    warehouse: Connection, changes: dict[str, Any]
):
    with pytest.raises(Unstorable):
        arrivals.store(warehouse, [event("before"), event(**changes)])

    assert stored(warehouse) == []


def test_events_keep_the_order_they_came_in(warehouse: Connection):
    arrivals.store(warehouse, [event(key) for key in "cab"])

    assert [row.event_key for row in inbox.pending(warehouse, "hubspot", "contacts", 10)] == [
        *"cab"
    ]


def test_several_writers_store_each_event_once(warehouse: Connection, warehouse_url: str):
    events = [event(str(n)) for n in range(200)]

    def write(order: int) -> int:
        with connect(warehouse_url) as conn:
            new = 0
            for begin in range(0, 200, 20):
                some = events[begin : begin + 20][::order]
                while True:
                    try:
                        new += arrivals.store(conn, some)
                        break
                    except WarehouseUnavailable:
                        continue  # a deadlock, told to one of the two
            return new

    with ThreadPoolExecutor(4) as threads:
        new = sum(threads.map(write, [1, -1, 1, -1]))

    assert new == 200
    assert len(stored(warehouse)) == 200


def test_what_waits_is_counted_and_read_by_entity(warehouse: Connection):
    arrivals.store(
        warehouse,
        [
            event("a"),
            event("b", record_key="6"),
            event("c", entity="deals"),
            event("d", crm_source="pipedrive", entity="deals"),
            event("e", status="ignored", entity=None),
            event("f", status="dead", entity=None),
        ],
    )

    groups = {("hubspot", "contacts"): 2, ("hubspot", "deals"): 1, ("pipedrive", "deals"): 1}
    assert inbox.groups(warehouse) == groups
    assert inbox.groups(warehouse, "pipedrive") == {("pipedrive", "deals"): 1}
    assert inbox.groups(warehouse, "hubspot", "deals") == {("hubspot", "deals"): 1}
    first, second = inbox.pending(warehouse, "hubspot", "contacts", 10)
    assert (first.event_key, first.record_key, first.payload) == ("a", "5", b"P{}")
    assert inbox.pending(warehouse, "hubspot", "contacts", 1) == [first]
    assert inbox.pending(warehouse, "hubspot", "contacts", 10, after=first.id) == [second]


def test_what_was_dealt_with_waits_no_longer(warehouse: Connection):
    arrivals.store(warehouse, [event(key) for key in "abcd"])
    a, b, c, _ = ids(warehouse)

    assert inbox.mark_done(warehouse, [a], 7) == 1
    assert inbox.mark_ignored(warehouse, [b], "nobody's\0", 7) == 1
    assert inbox.mark_dead(warehouse, [c], "hopeless") == 1

    assert stored(warehouse, "status, error, sync_history_id, attempts, processed_at is null") == [
        ("done", None, 7, 1, False),
        ("ignored", "nobody's", 7, 1, False),
        ("dead", "hopeless", None, 1, False),
        ("pending", None, None, 0, True),
    ]
    assert inbox.mark_dead(warehouse, [a, b], "too late") == 0


def test_an_attempt_that_failed_is_followed_by_a_pause(warehouse: Connection):
    arrivals.store(warehouse, [event()])

    assert inbox.retry_later(warehouse, ids(warehouse), "away", 7) == 0

    assert stored(warehouse, "status, attempts, error, sync_history_id") == [
        ("pending", 1, "away", 7)
    ]
    assert inbox.pending(warehouse, "hubspot", "contacts", 10) == []
    assert inbox.groups(warehouse) == {}
    age(warehouse, "59 seconds")
    assert inbox.groups(warehouse) == {}
    age(warehouse, "2 seconds")
    assert inbox.groups(warehouse) == {("hubspot", "contacts"): 1}
    assert len(inbox.pending(warehouse, "hubspot", "contacts", 10)) == 1


def age(conn: Connection, span: str) -> None:
    conn.execute(
        f"update ingestion_webhook_event set processed_at = processed_at - interval '{span}'"
    )


def test_a_pause_is_never_longer_than_six_hours(warehouse: Connection):
    arrivals.store(warehouse, [event()])
    inbox.retry_later(warehouse, ids(warehouse), "away")
    warehouse.execute("update ingestion_webhook_event set attempts = 1000")

    age(warehouse, "6 hours")

    assert inbox.groups(warehouse) == {("hubspot", "contacts"): 1}


def test_after_enough_attempts_an_event_is_given_up_until_someone_revives_it(warehouse: Connection):
    arrivals.store(warehouse, [event(), event("nobody", entity=None, status="dead")])
    own = ids(warehouse)[:1]

    assert [inbox.retry_later(warehouse, own, "no", most=3) for _ in range(4)] == [0, 0, 1, 0]

    assert stored(warehouse, "status, attempts")[0] == ("dead", 3)
    assert inbox.revive(warehouse, "pipedrive") == 0
    assert inbox.revive(warehouse, ids=[]) == 0
    assert inbox.revive(warehouse) == 1
    assert stored(warehouse, "status, attempts, error")[0] == ("pending", 0, None)


def test_what_waits_for_another_attempt_can_be_hurried(warehouse: Connection):
    arrivals.store(warehouse, [event()])
    inbox.retry_later(warehouse, ids(warehouse), "away")

    assert inbox.revive(warehouse, "hubspot", ids(warehouse)) == 1

    assert inbox.groups(warehouse) == {("hubspot", "contacts"): 1}


def test_what_an_event_said_can_be_forgotten(warehouse: Connection):
    arrivals.store(warehouse, [event("a"), event("b"), event("c", record_key="6")])
    inbox.mark_done(warehouse, ids(warehouse)[:1], 7)

    assert inbox.erase_record(warehouse, "hubspot", "contacts", "5") == 2
    assert inbox.erase_record(warehouse, "hubspot", "deals", "6") == 0

    assert stored(warehouse, "event_key, payload") == [("a", None), ("b", None), ("c", b"P{}")]
    assert inbox.erase_payloads(warehouse, ids(warehouse)) == 1
    assert inbox.pending(warehouse, "hubspot", "contacts", 1)[0].payload is None


def test_only_what_was_dealt_with_is_removed_when_it_is_old(warehouse: Connection):
    arrivals.store(warehouse, [event(key) for key in "abcd"])
    a, b, c, _ = ids(warehouse)
    inbox.mark_done(warehouse, [a], 7)
    inbox.mark_ignored(warehouse, [b], "no")
    inbox.mark_dead(warehouse, [c], "no")

    hour = timedelta(hours=1)
    assert retention.forget_events(warehouse, datetime.now(UTC) - hour) == 0
    assert retention.forget_events(warehouse, datetime.now(UTC) + hour, dry=True) == 2
    assert retention.forget_events(warehouse, datetime.now(UTC) + hour) == 2

    assert stored(warehouse) == [("c", "dead"), ("d", "pending")]


def test_an_intake_waits_for_the_disk_whatever_the_server_s_settings(warehouse_url: str):
    # The tests' servers are set to forget what they wrote last.
    with connect(warehouse_url) as conn:
        assert conn.execute("show synchronous_commit").fetchone() == ("off",)

        arrivals.keep_durable(conn)

        assert conn.execute("show synchronous_commit").fetchone() == ("on",)
        conn.execute("set synchronous_commit = remote_apply")
        arrivals.keep_durable(conn)
        assert conn.execute("show synchronous_commit").fetchone() == ("remote_apply",)


def test_an_intake_stores_events_of_any_source(warehouse: Connection, warehouse_url: str):
    intake = Intake(warehouse_url, "public")

    assert intake.store([]) == 0
    assert intake.store([event(), event(crm_source="pipedrive")]) == 2

    intake.close()
    intake.close()
    assert intake.store([event()]) == 0
    intake.close()
    assert len(stored(warehouse)) == 2


def test_an_intake_survives_the_loss_of_its_connection(warehouse: Connection, warehouse_url: str):
    intake = Intake(warehouse_url, "public")
    intake.store([event("a")])
    warehouse.execute(
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where application_name = 'crm-sync webhooks'"
    )

    with pytest.raises(WarehouseUnavailable):
        intake.store([event("b")])

    assert intake.store([event("b")]) == 1
    intake.close()


def test_an_intake_that_reaches_nobody_says_so():
    intake = Intake("postgresql://nobody@127.0.0.1:9/none", "public")

    with pytest.raises(WarehouseUnavailable):
        intake.store([])


def test_an_intake_of_a_database_without_an_inbox_says_so(empty_url: str):
    intake = Intake(empty_url, "public")

    for events in ([], [event()]):
        with pytest.raises(WarehouseError, match="ingestion_webhook_event"):
            intake.store(events)
    intake.close()


def test_the_inbox_may_be_in_another_schema(empty_url: str):
    from warehouse.upgrade import upgrade

    upgrade(empty_url, "Books")
    intake = Intake(empty_url, "Books")

    assert intake.store([event()]) == 1
    intake.close()
