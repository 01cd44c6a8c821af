"""Rows chosen by their keys as text, whatever type the columns have."""

from datetime import UTC, datetime

import pytest

from warehouse import by_key
from warehouse.connection import Connection
from warehouse.tables import Column, Table, ensure_table

THEN = datetime(2026, 2, 3, tzinfo=UTC)
LATER = datetime(2026, 2, 4, tzinfo=UTC)


def table_of(warehouse: Connection, *key: tuple[str, str]) -> Table:
    """A mirror with this key, and a row for each of three values."""
    columns = tuple(Column(name, kind) for name, kind in key)
    made = Table("crm", "things", columns, tuple(name for name, _ in key), None)
    ensure_table(warehouse, made)
    return made


def left(warehouse: Connection) -> list[str]:
    return [key for (key,) in warehouse.execute("select id::text from crm.things order by 1")]


@pytest.mark.parametrize(
    ("kind", "values", "others"),
    [
        ("bigint", ["1", "22", "-3"], ["x", "1.5", "9" * 30, "", "٣"]),
        ("text", ["a", "B:c", "100%"], ["b", ""]),
        ("numeric", ["1.5", "2", "3.25"], ["x"]),
        ("boolean", ["true", "false"], ["perhaps"]),
    ],
)
def test_rows_are_found_by_what_their_keys_look_like(
    warehouse: Connection, kind: str, values: list[str], others: list[str]
):
    things = table_of(warehouse, ("id", kind))
    for value in values:
        warehouse.execute("insert into crm.things (id) values (%s)", (value,))

    assert set(by_key.living(warehouse, things, [*values, *others])) == set(values)
    moments = dict.fromkeys(others, THEN) | {values[0]: THEN, values[1]: LATER}
    assert by_key.bury_each(warehouse, things, moments, 7) == 2
    assert set(by_key.living(warehouse, things, values)) == set(values[2:])
    query = "select deleted_at, sync_history_id from crm.things where id::text = %s"
    assert warehouse.execute(query, (values[1],)).fetchone() == (LATER, 7)
    assert by_key.delete(warehouse, things, [values[0], *others]) == 1
    assert left(warehouse) == sorted(values[1:])


def test_a_deleted_row_keeps_its_moment(warehouse: Connection):
    things = table_of(warehouse, ("id", "bigint"))
    warehouse.execute("insert into crm.things (id, deleted_at) values (1, %s)", (THEN,))

    assert by_key.bury_each(warehouse, things, {"1": LATER}, 7) == 0
    assert by_key.bury_each(warehouse, things, {}, 7) == 0
    assert warehouse.execute("select deleted_at from crm.things").fetchone() == (THEN,)


def test_keys_of_several_parts_are_found_as_they_are_spelled(warehouse: Connection):
    things = table_of(warehouse, ("kind", "text"), ("id", "bigint"))
    warehouse.execute("insert into crm.things (kind, id) values ('a:b', 1), ('a', 2)")

    assert by_key.stored_key(warehouse, "crm", "things") == ("kind", "id")
    assert by_key.living(warehouse, things, ["a\\:b:1", "a:b:1"]) == ["a\\:b:1"]
    assert by_key.delete(warehouse, things, ["a:2"]) == 1


def test_a_table_that_is_not_there_has_no_key(warehouse: Connection):
    assert by_key.stored_key(warehouse, "crm", "nothing") == ()


@pytest.mark.parametrize(
    ("key", "number"),
    [("1", True), ("-1", True), (str(2**63), False), ("1e3", False), (" 1", False), ("", False)],
)
def test_only_what_a_bigint_holds_counts_as_a_number(key: str, number: bool):
    assert by_key.is_number(key) is number
