import random
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl
import psycopg
import pytest

from tests.warehouse.mirror import (
    CONTACTS,
    at,
    counts,
    merge,
    prepared,
    stored,
    versions,
)
from warehouse.connection import Connection, connect
from warehouse.merge import compare_rows, merge_rows, newest_in_key_order, note_failed
from warehouse.tables import Column, Table, ensure_table


def contact(key: int, name: str | None, minute: int | None = 0, **more: Any) -> dict[str, Any]:
    stamp = None if minute is None else at(minute)
    return {"id": key, "name": name, "amount": None, "updated_at": stamp, **more}


@pytest.fixture
def contacts(warehouse: Connection) -> Connection:
    ensure_table(warehouse, CONTACTS)
    return warehouse


# Which copy wins


@pytest.mark.parametrize(
    ("have", "comes", "winner"),
    [
        (10, 9, "stored"),
        (10, 10, "incoming"),
        (10, 11, "incoming"),
        (10, None, "incoming"),
        (None, 10, "incoming"),
        (None, None, "incoming"),
    ],
)
def test_only_a_strictly_newer_stored_row_wins(
    contacts: Connection, have: int | None, comes: int | None, winner: str
) -> None:
    merge(contacts, CONTACTS, contact(1, "stored", have))

    merged = merge(contacts, CONTACTS, contact(1, "incoming", comes), run_id=2)

    assert stored(contacts, CONTACTS, "name") == [winner]
    assert counts(merged) == ((0, 1, 0, 0) if winner == "incoming" else (0, 0, 1, 0))


def test_a_millionth_of_a_second_decides(contacts: Connection) -> None:
    merge(contacts, CONTACTS, contact(1, "stored") | {"updated_at": at(0).replace(microsecond=2)})

    merge(contacts, CONTACTS, contact(1, "older") | {"updated_at": at(0).replace(microsecond=1)})

    assert stored(contacts, CONTACTS, "name") == ["stored"]


def test_overwriting_ignores_the_stamps(contacts: Connection) -> None:
    merge(contacts, CONTACTS, contact(1, "stored", 10))

    merge(contacts, CONTACTS, contact(1, "source", 5), overwrite=True)

    assert stored(contacts, CONTACTS, "name", "updated_at") == [("source", at(5))]


def test_an_absent_stamp_neither_wins_nor_loses_and_is_kept(contacts: Connection) -> None:
    merge(contacts, CONTACTS, contact(1, "stored", 10))

    merge(contacts, CONTACTS, {"id": 1, "name": "incoming"})

    assert stored(contacts, CONTACTS, "name", "updated_at") == [("incoming", at(10))]


def test_a_table_without_a_stamp_takes_what_comes(warehouse: Connection) -> None:
    plain = Table("crm", "tags", (Column("id", "bigint"), Column("name", "text")), ("id",), None)
    ensure_table(warehouse, plain)
    merge(warehouse, plain, {"id": 1, "name": "old"})

    merge(warehouse, plain, {"id": 1, "name": "new"})

    assert stored(warehouse, plain, "name") == ["new"]


def test_of_two_copies_in_a_batch_the_newest_is_kept_and_of_equals_the_later() -> None:
    rows = pl.DataFrame(
        {
            "id": [3, 1, 1, 1, 2, 2, 3],
            "changed": [None, 5, 9, 7, 4, 4, 1],
            "name": ["none", "a", "newest", "b", "first", "later", "some"],
        }
    )

    kept = newest_in_key_order(rows, ("id",), "changed")

    assert kept["name"].to_list() == ["newest", "later", "some"]


def test_without_a_stamp_the_later_copy_is_kept() -> None:
    rows = pl.DataFrame({"a": [1, 1], "b": ["x", "x"], "name": ["first", "later"]})

    assert newest_in_key_order(rows, ("a", "b"), None)["name"].to_list() == ["later"]
    assert newest_in_key_order(rows, ("a", "b"), "absent")["name"].to_list() == ["later"]


@pytest.mark.parametrize("keys", [["1", "\\\\.", "a"], ["\\\\."], ['"', "\\\\.", "\\\\N"]])
def test_whatever_a_key_looks_like_it_is_noted(warehouse: Connection, keys: list[str]) -> None:
    words = Table("crm", "words", (Column("id", "text"), Column("name", "text")), ("id",), None)
    ensure_table(warehouse, words)

    merged = merge(warehouse, words, *({"id": key, "name": "x"} for key in keys))

    noted = warehouse.execute("select unnest(keys) from ingestion_created_keys").fetchall()
    assert counts(merged) == (len(keys), 0, 0, 0)
    assert {key for (key,) in noted} == set(keys) == set(stored(warehouse, words, "id"))


def test_a_rule_is_heeded_by_new_rows_too(contacts: Connection) -> None:
    contacts.execute("create table crm.log (id bigint)")
    contacts.execute(
        "create rule r as on insert to crm.contacts do also insert into crm.log values (new.id)"
    )

    merge(contacts, CONTACTS, contact(1, "a"), contact(2, "b"))

    logged = contacts.execute("select id from crm.log order by id").fetchall()
    assert logged == [(1,), (2,)]


def test_a_mirror_may_be_a_view(contacts: Connection) -> None:
    contacts.execute("alter table crm.contacts rename to base")
    contacts.execute("create view crm.contacts as select * from crm.base")

    merged = merge(contacts, CONTACTS, contact(1, "a"))

    assert counts(merged) == (1, 0, 0, 0)
    assert stored(contacts, CONTACTS, "name") == ["a"]


def test_keys_without_value_are_in_no_order() -> None:
    rows = pl.DataFrame({"id": [3, None, 1]})

    assert newest_in_key_order(rows, ("id",), None)["id"].to_list() == [None, 1, 3]


@pytest.mark.parametrize("guarded", [False, True])
def test_new_rows_take_the_short_way_only_where_copy_may_go(
    contacts: Connection, guarded: bool
) -> None:
    contacts.execute("create role loader")
    try:
        contacts.execute("grant usage on schema crm, public to loader")
        contacts.execute("grant all on crm.contacts to loader")
        contacts.execute("grant all on all tables in schema public to loader")
        if guarded:
            contacts.execute("alter table crm.contacts enable row level security")
            contacts.execute("create policy everybody on crm.contacts using (true)")
        contacts.execute("set role loader")

        merged = merge(contacts, CONTACTS, contact(1, "a"), contact(2, "b"))

        assert counts(merged) == (2, 0, 0, 0)
        assert stored(contacts, CONTACTS, "name") == ["a", "b"]
    finally:
        contacts.execute("reset role")
        contacts.execute("drop owned by loader")
        contacts.execute("drop role loader")


def test_rows_land_in_key_order(contacts: Connection) -> None:
    shuffled = random.Random(7).sample(range(500), 500)
    how, rows = prepared(CONTACTS, [contact(key, "x") for key in shuffled])

    merge_rows(contacts, how, newest_in_key_order(rows, ("id",), "changed"))

    by_place = contacts.execute("select id from crm.contacts order by ctid").fetchall()
    assert [key for (key,) in by_place] == list(range(500))


# What is left alone


def test_equal_rows_are_neither_rewritten_nor_counted_as_updated(contacts: Connection) -> None:
    rows = [
        contact(1, "Ann", extra={"a": 1, "b": {"c": [1, None]}}),
        contact(2, None, None, amount="1.50"),
        contact(3, "gone", deleted_at=at(1)),
    ]
    merge(contacts, CONTACTS, *rows)
    before = versions(contacts, CONTACTS)

    again = merge(contacts, CONTACTS, *rows, run_id=2)
    overwritten = merge(contacts, CONTACTS, *rows, run_id=3, overwrite=True)

    assert counts(again) == counts(overwritten) == (0, 0, 3, 0)
    assert again.deleted == 0
    assert versions(contacts, CONTACTS) == before
    assert stored(contacts, CONTACTS, "sync_history_id") == [1, 1, 1]


def test_only_the_rows_that_differ_are_rewritten(contacts: Connection) -> None:
    merge(contacts, CONTACTS, *(contact(key, "x") for key in range(5)))
    before = versions(contacts, CONTACTS)

    merged = merge(
        contacts, CONTACTS, *(contact(k, "y" if k == 3 else "x") for k in range(5)), run_id=2
    )

    assert counts(merged) == (0, 1, 4, 0)
    changed = [n for n, pair in enumerate(versions(contacts, CONTACTS)) if pair != before[n]]
    assert changed == [3]
    assert stored(contacts, CONTACTS, "sync_history_id") == [1, 1, 1, 2, 1]


def test_volatile_columns_are_stored_but_do_not_count_as_a_change(warehouse: Connection) -> None:
    columns = (
        Column("id", "bigint"),
        Column("name", "text"),
        Column("seen", "text", compared=False),
    )
    table = Table("crm", "users", columns, ("id",), None)
    ensure_table(warehouse, table)
    merge(warehouse, table, {"id": 1, "name": "Ann", "seen": "monday"})

    first = merge(warehouse, table, {"id": 1, "name": "Ann", "seen": "tuesday"}, run_id=2)
    kept = stored(warehouse, table, "name", "seen")
    second = merge(warehouse, table, {"id": 1, "name": "Anna", "seen": "friday"}, run_id=2)

    assert counts(first) == (0, 0, 1, 0)
    assert kept == [("Ann", "monday")]
    assert counts(second) == (0, 1, -1, 0)
    assert stored(warehouse, table, "name", "seen") == [("Anna", "friday")]


def test_encrypted_columns_are_compared_by_their_hash_alone(warehouse: Connection) -> None:
    columns = (
        Column("id", "bigint"),
        Column("ssn", "text", compared=False),
        Column("ssn_hmac", "text"),
    )
    table = Table("crm", "people", columns, ("id",), None)
    ensure_table(warehouse, table)
    merge(warehouse, table, {"id": 1, "ssn": "token 1", "ssn_hmac": "h"})

    same = merge(warehouse, table, {"id": 1, "ssn": "token 2", "ssn_hmac": "h"}, run_id=2)
    kept = stored(warehouse, table, "ssn")
    other = merge(warehouse, table, {"id": 1, "ssn": "token 3", "ssn_hmac": "i"}, run_id=3)

    assert counts(same) == (0, 0, 1, 0)
    assert kept == ["token 1"]
    assert counts(other) == (0, 1, 0, 0)
    assert stored(warehouse, table, "ssn", "ssn_hmac") == [("token 3", "i")]


# Absent fields and extra


def test_a_field_absent_from_an_answer_keeps_its_value_record_by_record(
    contacts: Connection,
) -> None:
    merge(contacts, CONTACTS, *(contact(key, "name", amount="5") for key in (1, 2, 3)))

    merge(
        contacts,
        CONTACTS,
        {"id": 1, "name": "new", "updated_at": at(1)},
        {"id": 2, "amount": "6", "updated_at": at(1)},
        {"id": 3, "name": None, "amount": None, "updated_at": at(1)},
    )

    assert [(n, a and int(a)) for n, a in stored(contacts, CONTACTS, "name", "amount")] == [
        ("new", 5),
        ("name", 6),
        (None, None),
    ]


@pytest.mark.parametrize(
    ("before", "comes", "after"),
    [
        ({"a": 1, "b": 2}, {"a": 3}, {"a": 3, "b": 2}),
        ({"a": 1, "b": 2}, {"a": None}, {"b": 2}),
        ({"a": 1}, {}, {"a": 1}),
        ({}, {"a": None}, {}),
        ({"a": {"b": 1}}, {"a": {"c": 2}}, {"a": {"c": 2}}),
        ({"a": 1}, {"a": 1, "b": 2}, {"a": 1, "b": 2}),
    ],
)
def test_extra_keeps_what_an_answer_does_not_speak_of(
    contacts: Connection, before: dict[str, Any], comes: dict[str, Any], after: dict[str, Any]
) -> None:
    merge(contacts, CONTACTS, contact(1, "x", extra=before), contact(2, "x", extra={"z": 1}))

    merge(contacts, CONTACTS, contact(1, "x", extra=comes), contact(2, "x", extra={"z": None}))

    assert stored(contacts, CONTACTS, "extra") == [after, {}]


def test_a_value_that_fits_its_column_again_leaves_extra(contacts: Connection) -> None:
    merge(contacts, CONTACTS, contact(1, "x", extra={"amount": "a lot"}))

    merge(contacts, CONTACTS, contact(1, "x", amount="12.5"))

    assert stored(contacts, CONTACTS, "extra") == [{}]


def test_thousands_of_shapes_in_one_batch_are_told_apart(pg18_url: str) -> None:
    wide = Table(
        "crm",
        "sparse",
        (Column("id", "bigint"), *(Column(f"c{n}", "text") for n in range(60))),
        ("id",),
        None,
    )
    shapes = random.Random(1)
    records = [
        {"id": key, "extra": {f"x{key}": key, f"y{key}": None}}
        | {f"c{n}": "v" for n in shapes.sample(range(60), 30)}
        for key in range(2000)
    ]
    with connect(pg18_url) as conn:
        ensure_table(conn, wide)
        merge(
            conn,
            wide,
            *({"id": r["id"], "c1": "old", "extra": {f"y{r['id']}": 1}} for r in records),
        )

        merged = merge(conn, wide, *records, run_id=2)

        kept = stored(conn, wide, "c1")
        extras = stored(conn, wide, "extra")
    assert counts(merged) == (0, 2000, 0, 0)
    assert kept == ["v" if "c1" in record else "old" for record in records]
    assert extras == [{f"x{key}": key} for key in range(2000)]


# Refresh: columns filled in rows that exist


def test_a_refresh_writes_its_columns_into_rows_that_exist_and_counts_nothing(
    contacts: Connection,
) -> None:
    merge(contacts, CONTACTS, contact(1, "Ann", 5, extra={"amount": "7", "z": 1}, deleted_at=at(3)))

    merged = merge(
        contacts,
        CONTACTS,
        {"id": 1, "amount": "7"},
        {"id": 2, "amount": "8"},
        refresh=True,
        run_id=2,
    )

    assert counts(merged) == (0, 0, 0, 0)
    assert merged.refreshed == 1
    assert stored(contacts, CONTACTS, "id", "name", "deleted_at", "extra", "sync_history_id") == [
        (1, "Ann", at(3), {"z": 1}, 2)
    ]
    assert contacts.execute(
        "select count(*) from ingestion_seen_key where sync_history_id = 2"
    ).fetchone() == (0,)


# Counters


def test_a_key_counts_once_however_often_a_run_reads_it(contacts: Connection) -> None:
    merge(contacts, CONTACTS, contact(2, "x"), contact(3, "x"), run_id=1)

    moves = [
        counts(merge(contacts, CONTACTS, *(contact(k, name, m) for k in (1, 2, 3)), run_id=2))
        for m, name in enumerate(("x", "x", "y", "y"), start=1)
    ]

    assert moves[0] == (1, 2, 0, 0)
    assert moves[1:] == [(0, 0, 0, 0)] * 3


def test_an_unchanged_key_that_changes_later_in_the_run_moves_over(contacts: Connection) -> None:
    merge(contacts, CONTACTS, contact(1, "x"), run_id=1)

    first = merge(contacts, CONTACTS, contact(1, "x"), run_id=2)
    second = merge(contacts, CONTACTS, contact(1, "y"), run_id=2)

    assert counts(first) == (0, 0, 1, 0)
    assert counts(second) == (0, 1, -1, 0)
    assert second.processed == 0


def test_failed_keys_move_over_and_back(contacts: Connection) -> None:
    flags = {"listed": True, "archived": False}
    merge(contacts, CONTACTS, contact(1, "x"), run_id=1)

    failed = note_failed(contacts, 1, ["1", "2", "2"], flags)
    again = note_failed(contacts, 1, ["2", "1"], flags)
    landed = merge(contacts, CONTACTS, contact(1, "x"), contact(2, "x"), run_id=1)

    assert counts(failed) == (-1, 0, 0, 2)
    assert counts(again) == (0, 0, 0, 0)
    assert counts(landed) == (1, 0, 1, -2)
    assert note_failed(contacts, 1, [], flags).processed == 0


def test_a_row_counts_as_deleted_once_when_it_goes(contacts: Connection) -> None:
    gone = [contact(key, "x", 5, deleted_at=at(4)) for key in (1, 2, 3)]
    merge(contacts, CONTACTS, contact(1, "x", 1), contact(2, "x", 9))

    first = merge(contacts, CONTACTS, *gone, run_id=2, reading="deletes")
    second = merge(contacts, CONTACTS, *gone, run_id=3, reading="deletes")

    assert first.deleted == 1  # 2 is newer here and stays, 3 was never alive
    assert second.deleted == 0
    assert stored(contacts, CONTACTS, "deleted_at") == [at(4), None, at(4)]


def test_a_restored_row_loses_its_deletion(contacts: Connection) -> None:
    merge(contacts, CONTACTS, contact(1, "x", deleted_at=at(1)))

    merged = merge(contacts, CONTACTS, contact(1, "x"), run_id=2)

    assert counts(merged) == (0, 1, 0, 0)
    assert stored(contacts, CONTACTS, "deleted_at") == [None]


@pytest.mark.parametrize(
    ("reading", "refresh", "flags"),
    [
        ("changes", False, [(True, False)]),
        ("deletes", False, [(False, True)]),
        ("by_id", False, [(False, False)]),
        ("changes", True, []),
    ],
)
def test_seen_keys_know_in_which_list_they_were(
    contacts: Connection, reading: str, refresh: bool, flags: list[tuple[bool, bool]]
) -> None:
    merge(contacts, CONTACTS, contact(1, "x"), run_id=1)

    merge(contacts, CONTACTS, contact(1, "x"), run_id=2, reading=reading, refresh=refresh)

    found = "select listed, archived from ingestion_seen_key where sync_history_id = 2"
    assert contacts.execute(found).fetchall() == flags


def test_a_key_met_in_both_lists_has_both_flags(contacts: Connection) -> None:
    merge(contacts, CONTACTS, contact(1, "x"))
    merge(contacts, CONTACTS, contact(1, "x"), reading="deletes")

    merge(contacts, CONTACTS, contact(1, "x"), reading="by_id")

    found = "select outcome, listed, archived from ingestion_seen_key"
    assert contacts.execute(found).fetchall() == [("c", True, True)]


# Refusals


def test_rows_that_postgresql_refuses_stand_alone_and_the_rest_lands(contacts: Connection) -> None:
    bad = {7: "1" + "0" * 140_000, 40: "12,5", 41: "abc", 99: "--1"}
    rows = [contact(key, "x", amount=bad.get(key, "1")) for key in range(100)]

    merged = merge(contacts, CONTACTS, *rows)

    assert [refusal.row for refusal in merged.refused] == sorted(bad)
    assert counts(merged) == (96, 0, 0, 0)
    assert stored(contacts, CONTACTS, "id") == [k for k in range(100) if k not in bad]
    assert not any(refusal.too_big for refusal in merged.refused)


def test_a_refusal_gives_the_reason_but_not_the_value(contacts: Connection) -> None:
    contacts.execute("alter table crm.contacts add constraint polite check (name <> 'rude secret')")

    (refusal,) = merge(contacts, CONTACTS, contact(1, "rude secret")).refused

    assert refusal.reason.startswith("PostgreSQL refused the row: new row")
    assert refusal.reason.endswith("(23514)")
    assert "secret" not in refusal.reason


KINDS = Table(
    "crm",
    "kinds",
    (
        Column("id", "text"),
        Column("doc", "jsonb"),
        Column("day", "date"),
        Column("number", "numeric"),
    ),
    ("id",),
    None,
)


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        ({"doc": '{"a": '}, "22P02"),
        ({"doc": '"\\u0000"'}, "22P05"),
        ({"doc": "[" * 20_000 + "]" * 20_000}, "54001"),
        ({"number": "1e200000"}, "22003"),
        ({"id": "".join(random.Random(3).choices("0123456789abcdef", k=9000))}, "54000"),
        ({"id": None}, "23502"),
    ],
)
def test_each_kind_of_bad_row_is_refused_alone(
    warehouse: Connection, bad: dict[str, Any], code: str
) -> None:
    ensure_table(warehouse, KINDS)
    good = {"id": "good", "doc": '{"a": 1}', "day": date(2026, 1, 1), "number": "1"}

    merged = merge(warehouse, KINDS, good, good | {"id": "bad"} | bad)

    assert stored(warehouse, KINDS, "id") == ["good"]
    assert [(r.row, r.too_big) for r in merged.refused] == [(1, code == "54000")]
    assert code in merged.refused[0].reason


def test_a_date_that_postgresql_does_not_know_is_refused_alone(warehouse: Connection) -> None:
    ensure_table(warehouse, KINDS)
    how, rows = prepared(KINDS, [{"id": "a"}, {"id": "b", "day": date(2026, 1, 1)}])
    year_zero = pl.Series("day", ["0000-01-01", "2026-01-01"])

    merged = merge_rows(warehouse, how, rows.with_columns(year_zero))

    assert [refusal.row for refusal in merged.refused] == [0]
    assert stored(warehouse, KINDS, "id") == ["b"]


def test_a_row_too_big_for_a_page_is_refused_alone(warehouse: Connection) -> None:
    wide = Table(
        "crm",
        "wide",
        (Column("id", "bigint"), *(Column(f"c{n}", "text") for n in range(400))),
        ("id",),
        None,
    )
    ensure_table(warehouse, wide)
    # Values that stay in the row: too short for another place, and not compressible.
    big = {f"c{n}": "".join(random.Random(n).choices("0123456789abcdef", k=22)) for n in range(400)}

    merged = merge(warehouse, wide, {"id": 1, "c1": "x"}, {"id": 2, **big}, {"id": 3, "c399": "y"})

    assert [(refusal.row, refusal.too_big) for refusal in merged.refused] == [(1, True)]
    assert stored(warehouse, wide, "id") == [1, 3]


def test_a_key_that_the_seen_keys_alone_could_not_index_lands(warehouse: Connection) -> None:
    ensure_table(warehouse, KINDS)
    longest = "".join(random.Random(3).choices("0123456789abcdef", k=2690))

    first = merge(warehouse, KINDS, {"id": longest})
    again = merge(warehouse, KINDS, {"id": longest})

    assert counts(first) == (1, 0, 0, 0)
    assert counts(again) == (0, 0, 0, 0)


def test_a_refused_key_too_long_for_an_index_is_counted(warehouse: Connection) -> None:
    ensure_table(warehouse, KINDS)
    long = "".join(random.Random(3).choices("0123456789abcdef", k=20_000))

    failed = note_failed(warehouse, 1, [long], {"listed": True, "archived": False})

    assert counts(failed) == (0, 0, 0, 1)


def test_a_merge_with_refusals_is_undone_as_a_whole(contacts: Connection) -> None:
    how, rows = prepared(CONTACTS, [contact(1, "x"), contact(2, "x", amount="abc")])

    with contacts.transaction() as outer:
        merge_rows(contacts, how, rows)
        raise psycopg.Rollback(outer)

    assert stored(contacts, CONTACTS, "id") == []
    assert contacts.execute("select count(*) from ingestion_seen_key").fetchone() == (0,)


def test_errors_that_no_row_is_to_blame_for_are_raised(contacts: Connection) -> None:
    contacts.execute("alter table crm.contacts drop column extra")

    with pytest.raises(psycopg.errors.UndefinedColumn):
        merge(contacts, CONTACTS, contact(1, "x"), contact(2, "x"))


def test_a_merge_after_a_refusal_on_the_same_connection_works(contacts: Connection) -> None:
    for run in range(12):  # beyond the point where statements are prepared
        merged = merge(
            contacts, CONTACTS, contact(1, f"x{run}"), contact(2, "x", amount="abc"), run_id=run
        )
        assert len(merged.refused) == 1

    assert stored(contacts, CONTACTS, "id", "name") == [(1, "x11")]


def test_no_rows_are_no_work(contacts: Connection) -> None:
    how, rows = prepared(CONTACTS, [contact(1, "x")])

    assert merge_rows(contacts, replace(how, shapes=()), rows.clear()).processed == 0
    assert compare_rows(contacts, replace(how, shapes=()), rows.clear()).processed == 0


# Dry runs


def test_a_comparison_says_what_a_merge_would_do_and_writes_nothing(contacts: Connection) -> None:
    merge(contacts, CONTACTS, contact(1, "x", 5), contact(2, "x", 5), contact(3, "x", 5))
    before = versions(contacts, CONTACTS)
    how, rows = prepared(
        CONTACTS,
        [
            contact(1, "y", 6),
            contact(2, "y", 4),
            contact(3, "x", 6, deleted_at=at(7)),
            contact(4, "x"),
            contact(5, "x", amount="abc"),
        ],
        run_id=9,
    )

    said = compare_rows(contacts, how, rows)
    done = merge_rows(contacts, how, rows)

    assert counts(said) == counts(done) == (1, 2, 1, 0)
    assert said.deleted == done.deleted == 1
    assert [refusal.row for refusal in said.refused] == [4]
    assert len(before) == 3


def test_a_comparison_leaves_rows_and_seen_keys_alone(contacts: Connection) -> None:
    merge(contacts, CONTACTS, contact(1, "x"))
    before = versions(contacts, CONTACTS)
    how, rows = prepared(CONTACTS, [contact(1, "y"), contact(2, "x")], run_id=0)

    compare_rows(contacts, how, rows)

    assert versions(contacts, CONTACTS) == before
    assert contacts.execute("select count(*) from ingestion_seen_key").fetchone() == (0,)
    assert contacts.execute("select keys from ingestion_created_keys").fetchall() == [(["1"],)]


def test_without_a_stamp_the_first_moment_of_a_deletion_stays(warehouse: Connection) -> None:
    table = replace(CONTACTS, changed=None)
    ensure_table(warehouse, table)
    merge(warehouse, table, contact(1, "x"), contact(2, "x"))
    merge(warehouse, table, contact(1, "x", deleted_at=at(1)), run_id=2)
    before = versions(warehouse, table)

    again = merge(warehouse, table, contact(1, "x", deleted_at=at(5)), run_id=3)

    assert counts(again) == (0, 0, 1, 0)
    assert versions(warehouse, table) == before
    assert stored(warehouse, table, "deleted_at") == [at(1), None]


def test_without_a_stamp_a_restored_row_is_alive_again(warehouse: Connection) -> None:
    table = replace(CONTACTS, changed=None)
    ensure_table(warehouse, table)
    merge(warehouse, table, contact(1, "x", deleted_at=at(1)))

    merge(warehouse, table, contact(1, "x"), run_id=2)

    assert stored(warehouse, table, "deleted_at") == [None]


@pytest.mark.parametrize("kind", ["boolean", "bigint", "text", "date", "timestamptz", "numeric"])
def test_a_key_of_any_kind_is_added_and_then_found_again(warehouse: Connection, kind: str) -> None:
    values = {
        "boolean": [True, False],
        "bigint": [1, 2],
        "text": ["a", "B"],
        "date": [date(2026, 1, 1), date(2026, 1, 2)],
        "timestamptz": [at(1), at(2)],
        "numeric": ["1.5", "2"],
    }[kind]
    columns = (Column("id", kind), *CONTACTS.columns[1:])
    table = replace(CONTACTS, columns=columns)
    ensure_table(warehouse, table)
    records = [{**contact(0, "x"), "id": value} for value in values]

    first = merge(warehouse, table, *records)
    again = merge(warehouse, table, *records, run_id=2)

    assert counts(first) == (2, 0, 0, 0)
    assert counts(again) == (0, 0, 2, 0)
