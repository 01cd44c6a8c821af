import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.warehouse.mirror import (
    CONTACTS,
    at,
    counts,
    merge,
    quoted,
    stored,
)
from warehouse.connection import Connection
from warehouse.tables import Column, Table, ensure_table

FEW = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def contact(key: int, name: str | None, minute: int | None = 0, **more: Any) -> dict[str, Any]:
    stamp = None if minute is None else at(minute)
    return {"id": key, "name": name, "amount": None, "updated_at": stamp, **more}


@pytest.fixture
def contacts(warehouse: Connection) -> Connection:
    ensure_table(warehouse, CONTACTS)
    return warehouse


# Values

TEXTS = st.text(
    st.one_of(
        st.sampled_from(
            ['"', "'", ",", "\\", "\n", "\r", ".", " ", "\t", "\u2028", "\u0085", "🎈", "ä"]
        ),
        st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"),
    ),
    max_size=12,
)
ODD_TEXTS = st.sampled_from(
    [
        "",
        "\\.",
        "\n\\.\n",
        "a\n\\.",
        "\\N",
        "NULL",
        '"',
        '""',
        '","',
        "\r\n",
        "\r",
        " x ",
        "\\",
        "\ufeff",
        "\ufeffid",
    ]
)
NOTES = Table(
    "crm",
    "notes",
    (Column("id", "text"), Column("a", "text"), Column("b", "text"), Column("doc", "jsonb")),
    ("id",),
    None,
)


@FEW
@given(
    notes=st.dictionaries(
        (TEXTS | ODD_TEXTS).filter(bool),
        st.tuples(st.none() | TEXTS | ODD_TEXTS, st.none() | TEXTS | ODD_TEXTS, TEXTS),
        min_size=1,
        max_size=12,
    )
)
def test_any_text_comes_through_as_it_is(
    warehouse: Connection, notes: dict[str, tuple[str | None, str | None, str]]
) -> None:
    ensure_table(warehouse, NOTES)
    warehouse.execute("truncate crm.notes")
    records = [
        {
            "id": key,
            "a": a,
            "b": b,
            "doc": json.dumps({"t": doc}, ensure_ascii=False),
            "extra": {doc: a},
        }
        for key, (a, b, doc) in notes.items()
    ]

    merged = merge(warehouse, NOTES, *records)

    assert merged.refused == []
    found = {row[0]: row[1:] for row in stored(warehouse, NOTES, "id", "a", "b", "doc", "extra")}
    assert found == {
        key: (a or None, b or None, {"t": doc}, {doc: a} if a is not None else {})
        for key, (a, b, doc) in notes.items()
    }
    merge(warehouse, NOTES, *records, run_id=2)
    assert set(stored(warehouse, NOTES, "sync_history_id")) == {1}


def test_the_empty_text_is_null(contacts: Connection) -> None:
    merge(contacts, CONTACTS, contact(1, "x"), contact(2, ""))

    merge(contacts, CONTACTS, contact(1, ""))

    assert stored(contacts, CONTACTS, "name") == [None, None]


@FEW
@given(
    moment=st.datetimes(timezones=st.just(UTC)),
    day=st.dates(),
    number=st.integers(-(2**63), 2**63 - 1),
    amount=st.decimals(allow_nan=False, allow_infinity=False),
    flag=st.none() | st.booleans(),
)
def test_any_value_of_a_kind_comes_through_as_it_is(warehouse: Connection, **values: Any) -> None:
    columns = (
        Column("id", "bigint"),
        Column("moment", "timestamptz"),
        Column("day", "date"),
        Column("number", "bigint"),
        Column("amount", "numeric"),
        Column("flag", "boolean"),
    )
    table = Table("crm", "values", columns, ("id",), None)
    ensure_table(warehouse, table)
    warehouse.execute('truncate crm."values"')
    record = {"id": values["number"], **values, "amount": str(values["amount"])}

    merge(warehouse, table, record)

    assert stored(warehouse, table, *(column.name for column in columns)) == [
        (
            values["number"],
            *(values[name] for name in ("moment", "day", "number", "amount", "flag")),
        )
    ]


def test_the_first_and_the_last_moment_come_through(contacts: Connection) -> None:
    first = datetime(1, 1, 1, tzinfo=UTC)
    last = datetime(9999, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)

    merge(contacts, CONTACTS, *({"id": n, "updated_at": m} for n, m in enumerate((first, last))))

    assert stored(contacts, CONTACTS, "updated_at") == [first, last]


# Keys and names


def test_the_parts_of_a_key_stay_apart(warehouse: Connection) -> None:
    table = Table(
        "crm",
        "stages",
        (Column("kind", "text"), Column("id", "text"), Column("name", "text")),
        ("kind", "id"),
        None,
    )
    ensure_table(warehouse, table)
    keys = [("a:b", "c"), ("a", "b:c"), ("a:", ":c"), ("a::", "c"), ("a", "::c")]
    records = [{"kind": kind, "id": key, "name": "x"} for kind, key in keys]

    first = merge(warehouse, table, *records)
    again = merge(warehouse, table, *records)

    assert counts(first) == (5, 0, 0, 0)
    assert counts(again) == (0, 0, 0, 0)
    seen = warehouse.execute("select count(distinct key) from ingestion_seen_key").fetchone()
    assert seen == (5,)


ODD_NAMES = [
    "Capital Letters",
    'quo"te',
    "it's",
    "select",
    "growth %",
    "%s",
    "%(name)s",
    "{}",
    "a.b",
    "größe",
    "n" * 63,
    "outcome",
    "gone",
    "s",
    "t",
    "j",
    "p",
    "covered",
    "row\nbreak",
]


@pytest.mark.parametrize("name", ODD_NAMES)
def test_any_column_and_table_name_works(warehouse: Connection, name: str) -> None:
    columns = (Column("id", "text"), Column(name, "text"), Column("changed", "timestamptz"))
    table = Table(name, name, columns, ("id",), "changed")
    keyed = Table(
        "crm", f"k{name}"[:63], (Column(name, "text"), Column("v", "text")), (name,), None
    )
    for each in (table, keyed):
        ensure_table(warehouse, each)
    merge(warehouse, table, {"id": "1", name: "old"}, {"id": "2", name: "kept", "extra": {name: 1}})

    merge(warehouse, table, {"id": "1", name: "new"}, {"id": "2", "changed": at(1)})
    merge(warehouse, keyed, {name: "1", "v": "a"}, {name: "2", "v": "x"})
    again = merge(warehouse, keyed, {name: "1", "v": "b"}, {name: "2"}, run_id=2)

    assert stored(warehouse, table, name) == ["new", "kept"]
    assert stored(warehouse, keyed, name, "v") == [("1", "b"), ("2", "x")]
    assert counts(again) == (0, 1, 1, 0)
    assert ensure_table(warehouse, table) == ([], [])


def test_a_wide_table_is_merged(warehouse: Connection) -> None:
    wide = Table(
        "crm",
        "wide",
        (Column("id", "bigint"), *(Column(f"c{n}", "text") for n in range(500))),
        ("id",),
        None,
    )
    ensure_table(warehouse, wide)
    record = {f"c{n}": str(n) for n in range(500)}
    merge(warehouse, wide, *({"id": key, **record} for key in range(50)))

    merged = merge(
        warehouse,
        wide,
        *({"id": k, **record, "c499": "new" if k == 7 else "499"} for k in range(50)),
    )

    assert counts(merged) == (0, 0, 0, 0)
    changed = f"select id from crm.wide where {quoted('c499')} = 'new'"
    assert warehouse.execute(changed.encode()).fetchall() == [(7,)]
