from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.warehouse.mirror import CONTACTS, at, merge, stored
from warehouse import sweep
from warehouse.connection import Connection
from warehouse.keys import bounded, spelled
from warehouse.merge import note_failed
from warehouse.tables import Column, Table, ensure_table

PEOPLE = Table(
    "crm",
    "people",
    (Column("id", "bigint"), Column("merged", "text"), Column("updated_at", "timestamptz")),
    ("id",),
    losers="merged",
)
STAGES = Table(
    "crm", "stages", (Column("kind", "text"), Column("id", "text")), ("kind", "id"), None
)


@pytest.fixture
def contacts(warehouse: Connection) -> Connection:
    """Rows 1 to 9, stored by run 1."""
    ensure_table(warehouse, CONTACTS)
    merge(warehouse, CONTACTS, *({"id": key} for key in range(1, 10)))
    return warehouse


def keys(*numbers: int) -> list[dict[str, Any]]:
    return [{"id": number} for number in numbers]


def test_rows_that_no_run_of_the_chain_met_are_unseen(contacts: Connection) -> None:
    merge(contacts, CONTACTS, *keys(1, 2), run_id=2)
    merge(contacts, CONTACTS, *keys(2, 3), run_id=3)
    merge(contacts, CONTACTS, *keys(4), run_id=4)

    assert sweep.unseen(contacts, CONTACTS, [2, 3]) == ["4", "5", "6", "7", "8", "9"]
    assert sweep.unseen(contacts, CONTACTS, [2, 3, 4]) == ["5", "6", "7", "8", "9"]
    assert sweep.unseen(contacts, CONTACTS, [1]) == []
    assert len(sweep.unseen(contacts, CONTACTS, [])) == 9


def test_rejected_archived_and_asked_for_keys_are_seen(contacts: Connection) -> None:
    merge(contacts, CONTACTS, *keys(1), run_id=2, reading="deletes")
    merge(contacts, CONTACTS, *keys(2), run_id=2, reading="by_id")
    note_failed(contacts, 2, ["3"], {"listed": True, "archived": False})

    assert sweep.unseen(contacts, CONTACTS, [2]) == ["4", "5", "6", "7", "8", "9"]


def test_stale_copies_are_seen(contacts: Connection) -> None:
    merge(contacts, CONTACTS, {"id": 1, "updated_at": at(5)}, run_id=2)
    merge(contacts, CONTACTS, {"id": 1, "updated_at": at(4)}, run_id=3)

    assert "1" not in sweep.unseen(contacts, CONTACTS, [3])


def test_rows_are_removed_by_key(contacts: Connection) -> None:
    assert sweep.remove(contacts, CONTACTS, ["2", "3", "77"]) == 2

    assert stored(contacts, CONTACTS, "id") == [1, 4, 5, 6, 7, 8, 9]
    assert sweep.remove(contacts, CONTACTS, []) == 0
    assert sweep.total(contacts, CONTACTS) == 7


def test_deleted_rows_missing_in_the_archived_list_may_be_restored(contacts: Connection) -> None:
    gone = [{"id": key, "deleted_at": at(key)} for key in (1, 2, 3, 4)]
    merge(contacts, CONTACTS, *gone, run_id=2, reading="deletes")
    merge(contacts, CONTACTS, gone[1], run_id=3, reading="deletes")
    merge(contacts, CONTACTS, gone[2], run_id=4, reading="deletes")
    merge(contacts, CONTACTS, gone[3], run_id=4, reading="by_id")

    assert sweep.maybe_restored(contacts, CONTACTS, [3, 4], at(0)) == ["1", "4"]
    assert sweep.maybe_restored(contacts, CONTACTS, [3, 4], at(1)) == ["4"]
    assert sweep.maybe_restored(contacts, CONTACTS, [2], at(0)) == []
    assert sweep.maybe_restored(contacts, CONTACTS, [3], at(3)) == ["4"]


def test_merged_records_are_not_asked_for_again(warehouse: Connection) -> None:
    ensure_table(warehouse, PEOPLE)
    merge(warehouse, PEOPLE, {"id": 1, "merged": "2", "updated_at": at(5)}, {"id": 2})
    merge(warehouse, PEOPLE, {"id": 3, "deleted_at": at(5)})

    assert sweep.maybe_restored(warehouse, PEOPLE, [9], at(0)) == ["3"]


PARTS = st.text("ab:\\%🎈", min_size=1, max_size=3) | st.just("long" * 200)


@settings(
    max_examples=25,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    stages=st.lists(st.tuples(PARTS, PARTS), unique=True, min_size=1, max_size=6),
    seen=st.integers(0, 6),
)
def test_composite_and_long_keys_are_met_and_spelled_as_in_python(
    warehouse: Connection, stages: list[tuple[str, str]], seen: int
) -> None:
    ensure_table(warehouse, STAGES)
    warehouse.execute("truncate crm.stages, ingestion_seen_key, ingestion_created_keys")
    records = [{"kind": kind, "id": key} for kind, key in stages]
    merge(warehouse, STAGES, *records, run_id=1)
    if records[:seen]:
        merge(warehouse, STAGES, *records[:seen], run_id=2)

    missing = sweep.unseen(warehouse, STAGES, [2])

    assert sorted(missing) == sorted(map(spelled, stages[seen:]))
    noted = warehouse.execute(
        "select unnest(keys) from ingestion_created_keys where sync_history_id = 1"
    ).fetchall()
    assert {key for (key,) in noted} == {bounded(spelled(stage)) for stage in stages}
    assert sweep.remove(warehouse, STAGES, missing) == len(missing)
    assert len(stored(warehouse, STAGES)) == len(stages[:seen])
