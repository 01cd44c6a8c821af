from typing import Any

import pytest

from tests.warehouse.mirror import (
    at,
    merge,
    prepared,
    stored,
    versions,
)
from warehouse.connection import Connection
from warehouse.merge import merge_rows
from warehouse.merge_spec import Merge, Shape
from warehouse.tables import Column, Table, ensure_table


def survivors(kind: str) -> Table:
    columns = (
        Column("id", kind),
        Column("name", "text"),
        Column("merged", "text"),
        Column("updated_at", "timestamptz"),
    )
    return Table("crm", "contacts", columns, ("id",), "updated_at", "merged")


def person(key: Any, merged: str | None = None, minute: int = 0, **more: Any) -> dict[str, Any]:
    return {"id": key, "name": "x", "merged": merged, "updated_at": at(minute), **more}


@pytest.mark.parametrize(
    "listed", ["2;3", "2; 3", ";;2;;3;", " 2 ;3 ", "2;x;3;4x;-5;9999999999999999999;1", "3;2;2;77"]
)
def test_losers_point_at_their_survivor_and_count_as_deleted(
    warehouse: Connection, listed: str
) -> None:
    table = survivors("bigint")
    ensure_table(warehouse, table)
    merge(warehouse, table, *(person(key) for key in (1, 2, 3, 4)))

    merged = merge(warehouse, table, person(1, listed, 5), run_id=2)

    assert merged.deleted == 2
    assert stored(warehouse, table, "id", "merged_into", "deleted_at", "sync_history_id") == [
        (1, None, None, 2),
        (2, 1, at(5), 2),
        (3, 1, at(5), 2),
        (4, None, None, 1),
    ]


def test_losers_with_text_keys_are_found(warehouse: Connection) -> None:
    table = survivors("text")
    ensure_table(warehouse, table)
    merge(warehouse, table, *(person(key) for key in ("a", "b-1", "c")))

    merged = merge(warehouse, table, person("a", "b-1;;nobody; ", 5), run_id=2)

    assert merged.deleted == 1
    assert stored(warehouse, table, "merged_into") == [None, "a", None]


def test_a_stale_alive_copy_does_not_bring_a_loser_back(warehouse: Connection) -> None:
    table = survivors("bigint")
    ensure_table(warehouse, table)
    merge(warehouse, table, person(2), person(1, "2", 5))

    merge(warehouse, table, person(2, None, 9) | {"name": "late"}, run_id=2)
    merge(warehouse, table, person(2, None, 9), run_id=3, overwrite=True)

    assert stored(warehouse, table, "id", "merged_into", "deleted_at") == [
        (1, None, None),
        (2, 1, at(5)),
    ]


def test_pointing_again_changes_nothing(warehouse: Connection) -> None:
    table = survivors("bigint")
    ensure_table(warehouse, table)
    rows = [person(1, "2;3", 5), person(2), person(3, deleted_at=at(2))]
    first = merge(warehouse, table, *rows)
    before = versions(warehouse, table)

    again = merge(warehouse, table, *rows)

    assert first.deleted == 1  # 3 was deleted already
    assert again.deleted == 0
    assert versions(warehouse, table) == before
    assert stored(warehouse, table, "deleted_at") == [None, at(5), at(2)]


def test_a_survivor_that_was_merged_itself_does_not_win_its_losers_back(
    warehouse: Connection,
) -> None:
    table = survivors("bigint")
    ensure_table(warehouse, table)
    merge(warehouse, table, person(1), person(2, "1", 3), person(3))
    middle = stored(warehouse, table, "merged_into")

    merge(warehouse, table, person(3, "1;2", 5), run_id=2)
    merge(warehouse, table, person(2, "1", 6), run_id=3)

    assert middle == [2, None, None]
    assert stored(warehouse, table, "merged_into") == [3, 3, None]


def test_a_chain_of_mergers_in_one_batch_leads_to_its_end(warehouse: Connection) -> None:
    table = survivors("bigint")
    ensure_table(warehouse, table)

    merge(warehouse, table, person(1), person(2, "1", 9), person(3, "1;2", 5))

    assert stored(warehouse, table, "merged_into") == [3, 3, None]


def test_an_archived_survivor_still_tells_whom_it_took_in(warehouse: Connection) -> None:
    table = survivors("bigint")
    ensure_table(warehouse, table)

    merge(warehouse, table, person(1, "2", 5, deleted_at=at(5)), person(2))

    assert stored(warehouse, table, "merged_into") == [None, 1]


def test_losers_are_found_where_the_rows_bring_no_stamp(warehouse: Connection) -> None:
    table = survivors("bigint")
    ensure_table(warehouse, table)
    merge(warehouse, table, person(1), person(2))
    how, rows = prepared(table, [{"id": 1, "merged": "2"}])
    narrow = Merge(table, ("id", "merged"), (Shape(frozenset(), ("merged",)),), 2)

    merged = merge_rows(warehouse, narrow, rows)

    assert merged.deleted == 1
    assert stored(warehouse, table, "merged_into") == [None, 1]
    assert how.shapes
