"""What is erased of a record: every row that is about it, and no other."""

from typing import Any

from psycopg.types.json import Jsonb

from warehouse import history
from warehouse.beside import Scope
from warehouse.by_key import stored_table
from warehouse.connection import Connection
from warehouse.forget import Erased, erase, family
from warehouse.tables import Column, Table, ensure_table

LINKS = Table(
    "crm",
    "links",
    (
        Column("from_type", "text"),
        Column("from_id", "bigint"),
        Column("to_type", "text"),
        Column("to_id", "bigint"),
    ),
    ("from_type", "from_id", "to_type", "to_id"),
    None,
)
FROM_CONTACTS = Scope(
    LINKS,
    "from_id",
    {"from_type": "contacts"},
    "to_type",
    (),
    (("from_type", "to_type"), ("from_id", "to_id")),
)


def contacts(warehouse: Connection) -> Table:
    columns = (Column("id", "bigint"), Column("merged_object_ids", "text"))
    ensure_table(
        warehouse, Table("crm", "contacts", columns, ("id",), None, losers="merged_object_ids")
    )
    found = stored_table(warehouse, "crm", "contacts", "merged_object_ids")
    assert found is not None
    return found


def rows(warehouse: Connection, table: str) -> list[tuple[Any, ...]]:
    return warehouse.execute(f"select * from {table} order by 1, 2, 3, 4").fetchall()


def test_a_table_is_taken_as_it_is_stored(warehouse: Connection):
    table = contacts(warehouse)

    assert table.key == ("id",)
    assert table.losers == "merged_object_ids"
    assert {"merged_into", "extra"} <= {column.name for column in table.columns}
    assert stored_table(warehouse, "crm", "contacts", "no_such_column").losers == ""
    assert stored_table(warehouse, "crm", "deals") is None


def test_a_family_is_all_that_was_merged_into_a_record(warehouse: Connection):
    table = contacts(warehouse)
    warehouse.execute(
        "insert into crm.contacts (id, merged_into, merged_object_ids) values"
        " (1, null, '2; 3'), (2, 1, null), (4, 2, '5'), (6, null, null), (7, 6, null)"
    )

    assert set(family(warehouse, table, ["1"])) == {"1", "2", "3", "4", "5"}
    assert family(warehouse, table, ["9", "x"]) == ["9", "x"]


def test_links_go_from_either_side_and_those_of_others_with_the_same_number_stay(
    warehouse: Connection,
):
    table = contacts(warehouse)
    ensure_table(warehouse, LINKS)
    with warehouse.cursor() as cursor:
        cursor.executemany(
            "insert into crm.links (from_type, from_id, to_type, to_id) values (%s, %s, %s, %s)",
            [
                ("contacts", 1, "deals", 9),
                ("deals", 9, "contacts", 1),
                ("deals", 1, "contacts", 2),
                ("companies", 1, "deals", 1),
            ],
        )

    said = erase(warehouse, "crm", "contacts", table, [FROM_CONTACTS], ["1"])

    assert said == Erased(rows=0, beside=2, rejects=0, payloads=0)
    assert [row[:4] for row in rows(warehouse, "crm.links")] == [
        ("companies", 1, "deals", 1),
        ("deals", 1, "contacts", 2),
    ]


def test_rejected_copies_and_events_of_the_record_go_and_those_of_others_stay(
    warehouse: Connection,
):
    table = contacts(warehouse)
    run = history.open_run(warehouse, "crm", "contacts", {})
    rejected = [
        ("contacts", "1"),
        ("contacts", "11"),
        ("deals", "1"),
        ("links", "contacts:1:deals:9"),
        ("links", "deals:9:contacts:1"),
        ("links", "deals:1:contacts:9"),
    ]
    with warehouse.cursor() as cursor:
        cursor.executemany(
            "insert into ingestion_rejected_record (crm_source, entity, record_key, raw, reason, attempts)"
            " values ('crm', %s, %s, %s, 'no', 1)",
            [(*one, Jsonb({})) for one in rejected],
        )
        cursor.executemany(
            "insert into ingestion_webhook_event (crm_source, event_key, event_type, entity, record_key,"
            " action, payload) values (%s, %s, 'x', 'contacts', %s, 'changed', 'P')",
            [("crm", "a", "1"), ("crm", "b", "2"), ("other", "a", "1")],
        )
    warehouse.execute(
        "insert into ingestion_seen_key values (%s, '1', 'c'), (%s, '2', 'c')", (run, run)
    )

    said = erase(warehouse, "crm", "contacts", table, [FROM_CONTACTS], ["1"])

    assert said == Erased(rows=0, beside=0, rejects=3, payloads=1)
    query = "select entity, record_key from ingestion_rejected_record order by 1, 2"
    assert warehouse.execute(query).fetchall() == [
        ("contacts", "11"),
        ("deals", "1"),
        ("links", "deals:1:contacts:9"),
    ]
    query = "select event_key, record_key from ingestion_webhook_event where payload is null"
    assert warehouse.execute(query).fetchall() == [("a", "1")]
    assert warehouse.execute("select key from ingestion_seen_key").fetchall() == [("2",)]
