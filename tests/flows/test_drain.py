"""Pushed events as hints: what they are about is read again by id, and merged as by any run."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from flows.drain import drain
from tasks.steps import PLAIN
from tests.flows.harness import Bench
from tests.flows.hooked import drained, posted, runs, said, statuses
from tests.flows.test_associations import assert_linked_as_there, join, part, people_at_work
from tests.flows.test_custom_objects import a_boat_type
from warehouse import inbox, locks, past
from warehouse.connection import connect


def person(bench: Bench, name: str = "Li") -> str:
    return bench.sandbox.create("contacts", {"email": "li@example.org", "lastname": name})


def row(bench: Bench, key: str, table: str = "hubspot.contacts") -> dict[str, Any]:
    return bench.rows(f"select * from {table} where id = %s", int(key))[0]


def asked_for(bench: Bench, after: int = 0) -> int:
    """In how many questions contacts were asked for by id."""
    return sum(r[1].endswith("/contacts/batch/read") for r in bench.sandbox.requests[after:])


def test_changed_and_created_records_are_read_again_by_id(bench: Bench):
    old = person(bench)
    bench.sync("contacts")
    bench.sandbox.update("contacts", old, {"lastname": "Chen"})
    new = person(bench, "Nowak")
    before = len(bench.sandbox.requests)

    [result] = drained(said("propertyChange", old), said("creation", new))

    assert result.outcome == "success"
    assert (result.row["records_created"], result.row["records_updated"]) == (1, 1)
    assert row(bench, old)["last_name"] == "Chen"
    assert bench.live() == bench.truth()
    assert statuses(bench) == ["done", "done"]
    assert asked_for(bench, before) == 1


def test_many_events_of_one_record_cost_one_question(bench: Bench):
    key = person(bench)
    bench.sync("contacts")
    before = len(bench.sandbox.requests)

    drained(*(said("propertyChange", key) for _ in range(50)))

    assert asked_for(bench, before) == 1
    assert set(statuses(bench)) == {"done"}


def test_more_records_than_fit_one_question_are_asked_for_in_slices(bench: Bench):
    bench.sync("contacts")
    keys = [person(bench) for _ in range(130)]
    before = len(bench.sandbox.requests)

    [result] = drained(*(said("creation", key) for key in keys))

    assert asked_for(bench, before) == 2
    assert bench.live() == bench.truth()
    assert result.row["configuration"]["drain"] == {
        "events": 130,
        "records": 130,
        "done": 130,
        "ignored": 0,
        "later": 0,
        "dead": 0,
    }


def test_an_event_older_than_the_stored_copy_changes_nothing(bench: Bench):
    key = person(bench)
    bench.sync("contacts")
    bench.execute(
        "update hubspot.contacts set last_name = 'newer', updated_at = now() + interval '1 day'"
    )

    [result] = drained(said("propertyChange", key))

    assert result.row["records_updated"] == 0
    assert row(bench, key)["last_name"] == "newer"


def test_a_deleted_record_gets_the_moment_that_its_event_tells(bench: Bench):
    key = person(bench)
    bench.sync("contacts")
    bench.sandbox.archive("contacts", key)

    [result] = drained(said("deletion", key))

    assert result.row["performance_metrics"]["deleted"] == 1
    assert row(bench, key)["deleted_at"] == datetime(2026, 2, 3, 10, 3, 20, tzinfo=UTC)
    assert row(bench, key)["sync_history_id"] == result.row["id"]


def test_a_deletion_that_the_source_contradicts_deletes_nothing(bench: Bench):
    key = person(bench)
    bench.sync("contacts")

    drained(said("deletion", key))

    assert bench.live() == {int(key)}
    assert statuses(bench) == ["done"]


def test_a_changed_record_that_the_source_denies_is_gone(bench: Bench):
    key, other = person(bench), person(bench)
    bench.sync("contacts")
    bench.sandbox.archive("contacts", key)

    drained(said("propertyChange", key), said("propertyChange", other))

    assert bench.live() == {int(other)}


def test_a_restored_record_is_alive_again(bench: Bench):
    key = person(bench)
    bench.sandbox.archive("contacts", key)
    bench.sync("contacts")
    bench.execute("update hubspot.contacts set deleted_at = now()")
    bench.sandbox.restore("contacts", key)

    drained(said("restore", key))

    assert bench.live() == {int(key)}


@pytest.mark.parametrize("told", ["both", "winner", "loser"])
def test_merged_records_point_at_their_survivor(bench: Bench, told: str):
    winner, loser = person(bench, "Li"), person(bench, "Lee")
    bench.sync("contacts")
    bench.sandbox.merge("contacts", winner, loser)
    events = {
        "both": said("merge", winner, primaryObjectId=int(winner), mergedObjectIds=[int(loser)]),
        "winner": said("propertyChange", winner),
        "loser": said("propertyChange", loser),
    }

    drained(events[told])

    assert row(bench, loser)["merged_into"] == int(winner)
    assert bench.live() == {int(winner)}


def test_links_are_read_again_from_both_sides(bench: Bench):
    contacts, company = people_at_work(bench)
    bench.sync("contacts", "companies")
    part(bench.sandbox, contacts[0], company)
    other = bench.sandbox.create("companies", {"name": "New Mill"})
    join(bench.sandbox, contacts[1], other)

    drained(
        *(
            said(
                "associationChange",
                contact,
                associationType="CONTACT_TO_COMPANY",
                fromObjectId=int(contact),
                toObjectId=int(place),
            )
            for contact, place in ((contacts[0], company), (contacts[1], other))
        )
    )

    assert_linked_as_there(bench, "contacts", "companies")
    assert set(statuses(bench)) == {"done"}


def test_links_and_histories_of_drained_records_are_read_by_the_next_sync(bench: Bench):
    bench.config(deletes_every="0s", contacts={"history": ["lastname"]})
    contacts, company = people_at_work(bench)
    bench.sync("contacts", "companies")
    part(bench.sandbox, contacts[0], company)
    bench.sandbox.update("contacts", contacts[0], {"lastname": "Chen"})
    drained(said("propertyChange", contacts[0]))

    [synced, _] = bench.sync("contacts", "companies")

    assert synced.row["records_updated"] == 0
    assert synced.row["performance_metrics"]["beside"]["associations"]["asked"] == 1
    assert_linked_as_there(bench, "contacts")
    values = bench.rows(
        "select value from hubspot.contacts_history where id = %s", int(contacts[0])
    )
    assert {"N0", "Chen"} <= {one["value"] for one in values}


def test_a_drain_is_no_anchor_and_hides_no_interrupted_run(bench: Bench):
    key = person(bench)
    bench.sync("contacts")
    with connect(bench.url) as conn:
        before = past.anchor(conn, "hubspot", "contacts"), past.latest(conn, "hubspot", "contacts")

        [result] = drained(said("propertyChange", key))

        after = past.anchor(conn, "hubspot", "contacts"), past.latest(conn, "hubspot", "contacts")
    assert before == after
    assert result.row["configuration"]["anchor"] is False
    assert "window" not in result.row["configuration"]


def test_a_drain_leaves_the_keys_of_an_interrupted_run_alone(bench: Bench):
    key = person(bench)
    bench.sync("contacts")
    bench.execute(
        "insert into ingestion_seen_key (sync_history_id, key, outcome) values (1, '7', 'c')"
    )

    drained(said("propertyChange", key))

    assert bench.rows("select sync_history_id, key from ingestion_seen_key") == [
        {"sync_history_id": 1, "key": "7"}
    ]


def test_a_busy_entity_is_left_alone_and_its_events_wait(bench: Bench):
    key = person(bench)
    bench.sync("contacts")
    with connect(bench.url) as other:
        assert locks.lock(other, "hubspot", "contacts")

        [result] = drained(said("propertyChange", key))

    assert result.outcome == "skipped"
    assert statuses(bench) == ["pending"]
    assert runs(bench) == []


def test_without_events_nothing_is_asked_and_nothing_is_written(bench: Bench):
    bench.sync("contacts")
    before = len(bench.sandbox.requests)

    assert drained() == []

    assert len(bench.sandbox.requests) == before
    assert runs(bench) == []


def test_an_event_that_comes_while_its_record_is_read_waits_for_the_next_drain(bench: Bench):
    key = person(bench)
    bench.sync("contacts")

    def meanwhile(call: Any) -> None:
        if call.path.endswith("/contacts/batch/read"):
            bench.sandbox.before_request = None
            later = bench.rows("select * from ingestion_webhook_event")[0] | {"event_key": "later"}
            names = ("crm_source", "event_key", "event_type", "entity", "record_key", "action")
            bench.execute(
                f"insert into ingestion_webhook_event ({', '.join(names)})"
                " values (%s, %s, %s, %s, %s, %s)",
                *(later[name] for name in names),
            )

    bench.sandbox.before_request = meanwhile
    drained(said("propertyChange", key))
    first = statuses(bench)
    bench.sandbox.update("contacts", key, {"lastname": "Chen"})
    drained()

    assert first == ["done", "pending"]
    assert statuses(bench) == ["done", "done"]
    assert row(bench, key)["last_name"] == "Chen"


def test_an_entity_that_was_never_synced_is_left_to_its_first_sync(bench: Bench):
    key = person(bench)

    [result] = drained(said("creation", key))

    assert result.outcome == "success"
    assert statuses(bench) == ["ignored"]
    assert bench.one("select to_regclass('hubspot.contacts')") is None


def test_an_entity_that_is_not_chosen_is_ignored_and_says_why(bench: Bench):
    key = person(bench)
    bench.sync("contacts")
    bench.config(only=["companies"])

    drained(said("propertyChange", key))

    assert statuses(bench) == ["ignored"]
    assert "does not choose" in bench.one("select error from ingestion_webhook_event")


def test_lists_that_can_only_be_read_whole_wait_for_their_next_sync(bench: Bench):
    bench.sync("owners")
    before = len(bench.sandbox.requests)
    bench.execute(
        "insert into ingestion_webhook_event (crm_source, event_key, event_type, entity, record_key, action)"
        " values ('hubspot', 'o', 'owner.change', 'owners', '1', 'changed')"
    )

    drained()

    assert statuses(bench) == ["ignored"]
    assert "next sync reads them" in bench.one("select error from ingestion_webhook_event")
    assert len(bench.sandbox.requests) == before


def test_an_event_without_a_key_or_of_another_account_is_ignored(bench: Bench):
    key = person(bench)
    bench.sync("contacts")
    bench.execute(
        "insert into ingestion_webhook_event (crm_source, event_key, event_type, entity, action)"
        " values ('hubspot', 'n', 'x', 'contacts', 'changed')"
    )
    bench.sandbox.archive("contacts", key)

    drained(said("deletion", key, portalId=99))

    assert statuses(bench) == ["ignored", "ignored"]
    assert bench.live() == {int(key)}


def test_what_passes_leaves_events_pending_with_one_more_attempt(bench: Bench):
    key = person(bench)
    bench.sync("contacts")
    bench.config(retry_attempts=0)
    bench.sandbox.fault("unavailable", path="/batch/read", times=None)

    [failed] = drained(said("propertyChange", key))
    [event] = bench.rows("select status, attempts, error from ingestion_webhook_event")
    bench.sandbox.faults.clear()
    too_soon = drained()
    bench.execute("update ingestion_webhook_event set processed_at = now() - interval '2 minutes'")
    [cured] = drained()

    assert failed.outcome == "failed"
    assert failed.row["status"] == "failed"
    assert (event["status"], event["attempts"]) == ("pending", 1)
    assert event["error"]
    assert too_soon == []
    assert cured.outcome == "success"
    assert statuses(bench) == ["done"]


@pytest.mark.parametrize(
    ("fault", "path"),
    [("unauthorized", ""), ("unauthorized", "/batch/read"), ("rate_limit", "/batch/read")],
)
def test_what_is_no_fault_of_the_events_costs_them_no_attempt(bench: Bench, fault: str, path: str):
    key = person(bench)
    bench.sync("contacts")
    more = {"policy": "DAILY"} if fault == "rate_limit" else {}
    bench.sandbox.fault(fault, path=path, times=None, **more)

    [result] = drained(said("propertyChange", key))

    assert result.outcome == "failed"
    assert bench.rows("select status, attempts from ingestion_webhook_event") == [
        {"status": "pending", "attempts": 0}
    ]


def test_one_record_that_is_refused_does_not_hold_up_the_others(bench: Bench, monkeypatch):
    keys = [person(bench) for _ in range(5)]
    bench.sync("contacts")
    for key in keys:
        bench.sandbox.update("contacts", key, {"lastname": "Chen"})
    bench.execute(
        "insert into ingestion_webhook_event (crm_source, event_key, event_type, entity, record_key, action)"
        " values ('hubspot', 'n', 'x', 'contacts', %s, 'changed')",
        "x" * 70_000,
    )
    from sources.errors import Refused
    from sources.hubspot import objects

    asking = objects.by_id

    async def by_id(api: Any, entity: Any, some: Any, **how: Any) -> Any:
        if any(len(key) > 100 for key in some):
            raise Refused("HubSpot refused the request: no such id", 400)
        return await asking(api, entity, some, **how)

    monkeypatch.setattr(objects, "by_id", by_id)

    [result] = drained(*(said("propertyChange", key) for key in keys))

    assert result.outcome == "partial"
    assert sorted(statuses(bench)) == ["done"] * 5 + ["pending"]
    assert {r["last_name"] for r in bench.rows("select last_name from hubspot.contacts")} == {
        "Chen"
    }


def test_an_event_that_fails_too_often_is_given_up_and_seen_until_someone_retries(bench: Bench):
    key = person(bench)
    bench.sync("contacts")
    bench.config(retry_attempts=0)
    bench.sandbox.fault("unavailable", path="/batch/read", times=None)
    drained(said("propertyChange", key))
    bench.execute(
        "update ingestion_webhook_event set attempts = 9, processed_at = now() - interval '7 hours'"
    )

    [last] = drained()
    dead = statuses(bench)
    bench.sandbox.faults.clear()
    nothing = drained()
    with connect(bench.url) as conn:
        inbox.revive(conn)
    drained()

    assert last.outcome == "failed"
    assert dead == ["dead"]
    assert nothing == []
    assert statuses(bench) == ["done"]


def test_a_source_that_suddenly_denies_many_records_deletes_none(bench: Bench):
    keys = [person(bench) for _ in range(40)]
    bench.sync("contacts")
    for key in keys:
        bench.sandbox.archive("contacts", key)

    [result] = drained(*(said("propertyChange", key) for key in keys))
    kept = bench.live()
    bench.execute("update ingestion_webhook_event set processed_at = now() - interval '1 hour'")
    drained(*(said("deletion", key) for key in keys))

    assert result.outcome == "partial"
    assert len(kept) == 40
    assert bench.live() == set()


def test_records_that_are_rejected_are_kept_with_their_reason_and_their_events_are_done(
    bench: Bench,
):
    bench.sync("deals")
    bench.config(deals={"strict": True})
    key = bench.sandbox.create("deals", {"dealname": "Roof", "amount": "not a number"})

    [result] = drained(said("creation", key, "deals"))

    assert result.outcome == "partial"
    assert statuses(bench) == ["done"]
    assert bench.one("select record_key from ingestion_rejected_record") == key


def test_a_limit_leaves_the_later_events_for_the_next_drain(bench: Bench):
    bench.sync("contacts")
    keys = [person(bench) for _ in range(5)]

    drained(*(said("creation", key) for key in keys), limit=2)

    assert statuses(bench) == ["done", "done", "pending", "pending", "pending"]


def test_some_entities_of_one_source_may_be_drained_alone(bench: Bench):
    contact, company = person(bench), bench.sandbox.create("companies", {"name": "Old Mill"})
    bench.sync("contacts", "companies")

    drained(
        said("propertyChange", contact),
        said("propertyChange", company, "companies"),
        source="hubspot",
        entities=["companies"],
    )

    assert statuses(bench) == ["pending", "done"]


def test_the_same_event_posted_again_is_not_read_again(bench: Bench):
    key = person(bench)
    bench.sync("contacts")
    event = said("propertyChange", key)
    drained(event)
    before = len(bench.sandbox.requests)

    assert drained(event) == []

    assert statuses(bench) == ["done"]
    assert len(bench.sandbox.requests) == before


def test_two_drains_at_once_read_each_event_once(bench: Bench):
    key = person(bench)
    bench.sync("contacts")
    before = len(bench.sandbox.requests)

    async def both() -> list[Any]:
        await asyncio.to_thread(lambda: None)
        first = drain(events=posted(said("propertyChange", key)), steps=PLAIN)
        return await asyncio.gather(first, drain(steps=PLAIN), drain(steps=PLAIN))

    asyncio.run(both())

    assert statuses(bench) == ["done"]
    assert asked_for(bench, before) == 1


def test_records_of_objects_that_only_the_account_knows_are_read_and_erased(bench: Bench):
    type_id = a_boat_type(bench)
    bench.sync("boat")
    [key] = bench.sandbox.truth(type_id)
    bench.sandbox.update(type_id, key, {"boat_name": "Gull"})
    about = {"objectTypeId": type_id}

    event = said("propertyChange", key) | about | {"subscriptionType": "object.propertyChange"}
    [changed] = drained(event)
    name = bench.one("select boat_name from hubspot.boat")
    drained(said("x", key) | about | {"subscriptionType": "object.privacyDeletion"})

    assert (changed.entity, changed.outcome, name) == ("boat", "success", "Gull")
    assert bench.one("select count(*) from hubspot.boat") == 0
    assert bench.one("select entity from ingestion_tombstone") == "boat"


def test_events_of_a_source_that_is_configured_no_more_hold_up_no_other(bench: Bench):
    key = person(bench)
    bench.sync("contacts")
    bench.execute(
        "insert into ingestion_webhook_event (crm_source, event_key, event_type, entity, record_key, action)"
        " values ('former', 'x', 'x', 'contacts', '1', 'changed')"
    )

    former, ours = drained(said("propertyChange", key))

    assert (former.source, former.outcome) == ("former", "failed")
    assert "former" in (former.error or "")
    assert ours.outcome == "success"
    assert statuses(bench) == ["pending", "done"]
