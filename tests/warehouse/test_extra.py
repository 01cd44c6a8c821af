from decimal import Decimal

import pytest

from tests.warehouse.mirror import CONTACTS, merge
from warehouse.connection import Connection
from warehouse.extra import Key, rows_with
from warehouse.tables import Column, Table, ensure_table


def test_named_members_are_read_slice_by_slice_in_key_order(warehouse: Connection) -> None:
    ensure_table(warehouse, CONTACTS)
    records = [
        {"id": key, "extra": {"a": key, "b": 1} if key % 2 else {"b": 1}} for key in range(9)
    ]
    merge(warehouse, CONTACTS, *records)

    slices = []
    after: Key | None = None
    while found := rows_with(warehouse, CONTACTS, ["a", "z"], after, 3):
        slices.append(found)
        after = found[-1][0]

    assert slices == [[((1,), {"a": 1}), ((3,), {"a": 3}), ((5,), {"a": 5})], [((7,), {"a": 7})]]


def test_numbers_stay_exact(warehouse: Connection) -> None:
    ensure_table(warehouse, CONTACTS)
    warehouse.execute(
        """
        insert into crm.contacts (id, extra)
        values (1, '{"n": 0.12345678901234567890, "i": 12345678901234567890123, "x": [1.10, null]}')
        """
    )

    ((_, members),) = rows_with(warehouse, CONTACTS, ["n", "i", "x"], None, 10)

    assert str(members["n"]) == "0.12345678901234567890"
    assert members["i"] == 12345678901234567890123
    assert members["x"] == [Decimal("1.10"), None]


@pytest.mark.parametrize("odd", ["%s", "a:b", "it's", "100%", "{}", "?"])
def test_keys_and_names_of_any_text_are_found(warehouse: Connection, odd: str) -> None:
    table = Table("crm", odd, (Column(odd, "text"), Column("b", "bigint")), (odd, "b"), None)
    ensure_table(warehouse, table)
    merge(warehouse, table, *({odd: odd, "b": b, "extra": {odd: b}} for b in (1, 2)))

    found = rows_with(warehouse, table, [odd], (odd, 1), 10)

    assert found == [((odd, 2), {odd: 2})]
