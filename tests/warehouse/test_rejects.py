import json
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from warehouse import rejects
from warehouse.connection import Connection
from warehouse.keys import LONGEST, bounded, spelled

CONTACTS = ("hubspot", "contacts")


@dataclass
class Reject:
    key: str
    raw: str = "{}"
    reason: str = "bad"
    field: str | None = None


def record(conn: Connection, run_id: int, *rejected: Reject) -> None:
    rejects.record(conn, *CONTACTS, run_id, rejected)


def kept(conn: Connection, *columns: str) -> list[tuple[Any, ...]]:
    statement = f"select {', '.join(columns)} from ingestion_rejected_record order by record_key"
    return conn.execute(statement.encode()).fetchall()


def test_a_rejected_record_is_kept_with_what_is_known_of_it(warehouse: Connection) -> None:
    record(warehouse, 7, Reject("1", '{"a": 1}', "Field 'a': not an email address", "a"))

    (row,) = rejects.open_rejects(warehouse)
    assert row["raw"] == '{"a": 1}'
    assert (row["crm_source"], row["entity"], row["record_key"]) == (*CONTACTS, "1")
    assert (row["reason"], row["field"]) == ("Field 'a': not an email address", "a")
    assert (row["attempts"], row["first_sync_history_id"], row["sync_history_id"]) == (1, 7, 7)
    assert row["first_seen_at"] == row["last_seen_at"]
    assert rejects.one(warehouse, row["id"]) == row
    assert rejects.one(warehouse, row["id"] + 1) is None


def test_a_record_is_kept_once_and_each_run_counts_one_attempt(warehouse: Connection) -> None:
    for run_id in (1, 1, 2, 2, 3):
        record(warehouse, run_id, Reject("1", f'{{"run": {run_id}}}', f"reason {run_id}"))

    assert kept(warehouse, "attempts", "first_sync_history_id", "sync_history_id", "reason") == [
        (3, 1, 3, "reason 3")
    ]
    assert kept(warehouse, "raw") == [({"run": 3},)]
    assert kept(warehouse, "first_seen_at < last_seen_at") == [(True,)]


def test_twice_in_a_chunk_is_one_attempt_and_the_later_form_is_kept(warehouse: Connection) -> None:
    record(warehouse, 1, Reject("1", "1"), Reject("2"), Reject("1", "2"))

    assert kept(warehouse, "record_key", "attempts", "raw") == [("1", 1, 2), ("2", 1, {})]


def test_sources_and_entities_are_kept_apart(warehouse: Connection) -> None:
    for source, entity in (CONTACTS, ("hubspot", "deals"), ("pipedrive", "contacts")):
        rejects.record(warehouse, source, entity, 1, [Reject("1")])

    assert rejects.close_landed(warehouse, *CONTACTS, 2, lambda: ["1"]) == 1
    assert len(rejects.open_rejects(warehouse)) == 2
    assert [row["entity"] for row in rejects.open_rejects(warehouse, "hubspot")] == ["deals"]
    assert [row["crm_source"] for row in rejects.open_rejects(warehouse, entity="contacts")] == [
        "pipedrive"
    ]


def test_a_good_copy_closes_a_reject_and_a_bad_one_opens_it_again(warehouse: Connection) -> None:
    record(warehouse, 1, Reject("1"), Reject("2"))

    closed = rejects.close_landed(warehouse, *CONTACTS, 2, lambda: ["1", "3"])
    after_closing = kept(warehouse, "record_key", "resolved_by", "resolved_at is null")
    record(warehouse, 3, Reject("1"))

    assert closed == 1
    assert after_closing == [("1", 2, False), ("2", None, True)]
    assert kept(warehouse, "record_key", "attempts", "resolved_by", "resolved_at is null") == [
        ("1", 2, None, True),
        ("2", 1, None, True),
    ]


def test_a_closed_reject_keeps_who_closed_it_first(warehouse: Connection) -> None:
    record(warehouse, 1, Reject("1"))
    rejects.close_landed(warehouse, *CONTACTS, 2, lambda: ["1"])

    assert rejects.close_landed(warehouse, *CONTACTS, 3, lambda: ["1"]) == 0
    assert kept(warehouse, "resolved_by") == [(2,)]


def test_landed_keys_are_asked_for_only_where_a_reject_is_open(warehouse: Connection) -> None:
    def landed() -> list[str]:
        raise AssertionError("nothing is open")

    assert rejects.close_landed(warehouse, *CONTACTS, 1, landed) == 0


def test_no_rejects_are_no_work(warehouse: Connection) -> None:
    record(warehouse, 1)

    assert rejects.open_rejects(warehouse) == []


def test_the_latest_come_first_and_as_many_as_wanted(warehouse: Connection) -> None:
    for key in ("1", "2", "3"):
        record(warehouse, 1, Reject(key))

    assert [row["record_key"] for row in rejects.open_rejects(warehouse, limit=2)] == ["3", "2"]


@pytest.mark.parametrize(
    "raw",
    [
        '{"a": "\\u0000"}',
        '{"a": 1e999999, "a": 0.10}',
        '{"a": "\\ud800"}',
        '{"  %s": "%(x)s", "\u2028": "🎈", "q": "\\"\\\\"}',
        json.dumps({"long": "x" * 3_000_000}),
        json.dumps([[]] * 10_000),
        "null",
        '"text"',
        "12345678901234567890.12345678901234567890",
    ],
)
def test_the_raw_form_is_kept_to_the_letter(warehouse: Connection, raw: str) -> None:
    record(warehouse, 1, Reject("1", raw))

    assert kept(warehouse, "raw::text") == [(raw,)]


@pytest.mark.parametrize("length", [LONGEST, LONGEST + 1, 3000, 200_000])
@pytest.mark.parametrize("letter", ["a", "ä", "🎈"])
def test_a_key_of_any_length_is_kept_once(warehouse: Connection, letter: str, length: int) -> None:
    key, twin = letter * length, letter * (length - 1) + "b"
    for run_id in (1, 2):
        record(warehouse, run_id, Reject(key), Reject(twin))

    assert kept(warehouse, "attempts") == [(2,), (2,)]
    assert rejects.close_landed(warehouse, *CONTACTS, 3, lambda: [key]) == 1


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    one=st.lists(st.text("ab:\\", max_size=3), min_size=2, max_size=2),
    other=st.lists(st.text("ab:\\", max_size=3), min_size=2, max_size=2),
)
def test_composite_keys_are_spelled_alike_only_if_they_are_equal(
    one: list[str], other: list[str]
) -> None:
    assert (spelled(one) == spelled(other)) == (one == other)


def test_a_short_key_is_spelled_as_it_is() -> None:
    assert bounded("0-1:default") == "0-1:default"
    assert spelled(["a:b\\"]) == "a:b\\"
    assert spelled(["0-1", "default"]) == "0-1:default"
