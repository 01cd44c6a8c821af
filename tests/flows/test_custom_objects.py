"""Objects of the account's own: found through schemas or named by hand, and never lost in silence."""

import pytest

from sandbox.hubspot import Property
from sources.errors import UnknownEntity
from tests.flows.harness import Bench

NAME = Property("boat_name", custom=True)
LENGTH = Property("length", "number", "number", custom=True)


def a_boat_type(bench: Bench, name: str = "boat") -> str:
    type_id = bench.sandbox.add_object_type(
        name, "Boats", (NAME, LENGTH), "boat_name", associated=("contacts",)
    )
    bench.sandbox.create(type_id, {"boat_name": "Swan", "length": "12.5"})
    return type_id


def outcomes(bench: Bench, *entities: str) -> dict[str, str]:
    return {result.entity: result.outcome for result in bench.sync(*entities)}


def test_every_object_of_the_account_is_synced_with_its_own_columns(bench: Bench):
    a_boat_type(bench)

    found = outcomes(bench)

    assert found["boat"] == "success"
    assert bench.rows("select boat_name, length::text from hubspot.boat") == [
        {"boat_name": "Swan", "length": "12.5"}
    ]


def test_it_can_be_asked_for_by_its_name_and_read_by_delta_and_sweep(bench: Bench):
    type_id = a_boat_type(bench)
    second = bench.sandbox.create(type_id, {"boat_name": "Gull"})
    bench.sync("boat")
    bench.sandbox.archive(type_id, second)
    bench.sandbox.update(type_id, next(iter(bench.sandbox.truth(type_id))), {"length": "13"})

    [result] = bench.sync("boat")

    assert result.row["configuration"]["strategy"] == "incremental"
    rows = bench.rows(
        "select boat_name, length::int, deleted_at is null as alive from hubspot.boat"
    )
    assert {tuple(row.values()) for row in rows} == {("Swan", 13, True), ("Gull", None, False)}


def test_a_name_of_ones_own_comes_before_hubspots(bench: Bench):
    type_id = a_boat_type(bench)
    bench.config(boats={"object_type": type_id})

    found = outcomes(bench)

    assert found["boats"] == "success"
    assert "boat" not in found


def test_an_object_whose_name_is_taken_gets_a_number_and_keeps_it(bench: Bench):
    first = a_boat_type(bench, "tasks")

    found = outcomes(bench)
    a_boat_type(bench, "Tasks")
    again = outcomes(bench)

    assert {"tasks", "tasks_2"} <= found.keys()
    assert {"tasks_2", "tasks_3"} <= again.keys()
    assert bench.one("select count(*) from hubspot.tasks_2") == 1
    assert first == bench.one(
        "select source_path from ingestion_column_name where entity = '*'"
        " and column_name = 'tasks_2'"
    )


def test_a_refused_look_at_the_schemas_is_said_and_objects_named_by_hand_are_read(
    bench: Bench, caplog
):
    type_id = a_boat_type(bench)
    bench.config(boats={"object_type": type_id})
    bench.sandbox.fault("missing_scope", times=None, path="/schemas")

    found = outcomes(bench, "boats", "contacts")

    assert found == {"boats": "success", "contacts": "success"}
    assert "not synced: custom objects" in caplog.text


def test_an_object_found_before_is_not_forgotten_when_schemas_are_refused(bench: Bench):
    type_id = a_boat_type(bench)
    bench.sync("boat")
    bench.sandbox.create(type_id, {"boat_name": "Gull"})
    bench.sandbox.fault("missing_scope", times=None, path="/schemas")

    found = outcomes(bench)

    assert found["boat"] == "success"
    assert bench.one("select count(*) from hubspot.boat") == 2


def test_an_object_that_may_not_be_read_fails_by_itself(bench: Bench):
    type_id = a_boat_type(bench)
    bench.sandbox.fault("missing_scope", times=None, path=f"/objects/{type_id}")

    found = outcomes(bench, "boat", "contacts")

    assert found == {"boat": "failed", "contacts": "success"}


def test_its_associations_are_read_from_both_sides(bench: Bench):
    type_id = a_boat_type(bench)
    contact = bench.sandbox.create("contacts", {"lastname": "Li"})
    boat = next(iter(bench.sandbox.truth(type_id)))
    bench.sandbox.associate(type_id, boat, "contacts", contact, type_id=12, category="USER_DEFINED")
    bench.sandbox.associate("contacts", contact, type_id, boat, type_id=13, category="USER_DEFINED")

    bench.sync("boat", "contacts")

    rows = bench.rows(
        "select from_type, from_id, to_type, to_id, type_id from hubspot.associations order by 1"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("boat", int(boat), "contacts", int(contact), 12),
        ("contacts", int(contact), "boat", int(boat), 13),
    ]


def test_an_object_that_no_longer_exists_is_said_and_its_table_stays(bench: Bench, caplog):
    bench.execute(
        "insert into ingestion_column_name (crm_source, entity, source_path, column_name, kind)"
        " values ('hubspot', '*', '2-99', 'ship', 'entity')"
        if outcomes(bench, "contacts")
        else ""
    )

    outcomes(bench, "contacts")

    assert "ship (2-99) is no longer an object of the account" in caplog.text


def test_a_name_that_nobody_has_is_told_with_those_there_are(bench: Bench):
    a_boat_type(bench)

    with pytest.raises(UnknownEntity, match=r"no entity boot; it has: contacts.*boat"):
        bench.sync("boot")

    assert bench.one("select count(*) from ingestion_sync_history") == 0


def test_an_object_called_like_a_table_beside_others_gets_a_number(bench: Bench):
    a_boat_type(bench, "associations")

    found = outcomes(bench)

    assert found["associations_2"] == "success"


def test_an_object_may_not_be_named_like_a_table_beside_others(bench: Bench):
    type_id = a_boat_type(bench)
    bench.config(contacts_history={"object_type": type_id})

    results = bench.sync()

    assert {result.outcome for result in results} == {"failed"}
    assert "contacts_history is both" in (results[0].error or "")


def test_two_objects_of_one_name_are_told_apart_or_refused(bench: Bench):
    a_boat_type(bench)
    bench.sync("boat")
    ship = a_boat_type(bench, "ship")
    bench.config(boat={"object_type": ship})

    results = bench.sync()

    assert {result.outcome for result in results} == {"failed"}
    assert "boat is both" in (results[0].error or "")


def test_another_object_under_the_same_name_is_refused(bench: Bench):
    first, second = a_boat_type(bench), a_boat_type(bench, "ship")
    bench.config(vessels={"object_type": first})
    bench.sync("vessels")

    bench.config(vessels={"object_type": second})
    [result] = bench.sync("vessels")

    assert result.outcome == "failed"
    assert f"holds records of {first}, but is configured as {second}" in (result.error or "")


def test_schemas_that_cannot_be_read_for_a_passing_reason_fail_the_run(bench: Bench):
    a_boat_type(bench)
    bench.sandbox.fault("bad_gateway", times=None, path="/schemas")

    results = bench.sync()

    assert {result.outcome for result in results} == {"failed"}
