"""Records that come as columns must land as the same records would that come one by one."""

import json
from dataclasses import replace

import polars as pl
import pytest
from cryptography.fernet import Fernet
from hypothesis import given
from hypothesis import strategies as st

from sources.entity import Entity, Field
from sources.page import Unreadable
from sources.privacy import Privacy
from sources.rows import Rows
from tasks import pages
from tasks.batch import Chunk
from tasks.fetch import joined
from tasks.pages import ChunkSerializer
from tasks.report import Reporter
from tasks.transform import transform
from tasks.validate import validate

THINGS = Entity(
    "things",
    "things",
    (
        Field("id", "integer", at="Id", required=True),
        Field("name", at="Full.Name"),
        Field("price", "decimal"),
        Field("born", "date"),
        Field("about", "json"),
        Field("updated_at", "datetime"),
    ),
    flat=True,
    ignore=("_line",),
    deleted="gone",
)
PLACES = ("Id", "Full.Name", "price", "born", "about", "updated_at", "gone", "_line", "Other.One")
TEXTS = st.none() | st.sampled_from(
    ["", " ", "7", "1.50", "x", "2026-02-03", "2026-02-03T04:05:06Z", '{"a": 1}', "a\0b", "Zoë"]
)


@st.composite
def frames(draw):
    columns = draw(st.sets(st.sampled_from(PLACES), min_size=1).map(sorted))
    height = draw(st.integers(1, 4))
    return pl.DataFrame(
        {
            name: draw(st.lists(TEXTS, min_size=height, max_size=height).map(list))
            for name in columns
        },
        schema=dict.fromkeys(columns, pl.String),
    )


def without_nul(value):
    return value.replace("\0", "") if isinstance(value, str) else value


@given(st.lists(frames(), min_size=1, max_size=3))
def test_columns_become_what_the_same_records_one_by_one_become(some):
    records = [
        {name: without_nul(value) for name, value in record.items()} for record in Rows(*some)
    ]

    columns = transform(THINGS, joined([Rows(*some)]))
    one_by_one = transform(THINGS, records)

    assert columns.rows.drop("_shape").equals(one_by_one.rows.drop("_shape"))
    assert shapes_of(columns) == shapes_of(one_by_one)
    assert [(p.row, p.column, without_nul(p.value)) for p in columns.problems] == [
        (p.row, p.column, p.value) for p in sorted(one_by_one.problems, key=order(columns))
    ]


def shapes_of(batch):
    return [batch.shapes[number] for number in batch.rows["_shape"]]


def order(batch):
    places = {(p.row, p.column): place for place, p in enumerate(batch.problems)}
    return lambda problem: places[problem.row, problem.column]


@pytest.mark.parametrize("name", ["*", "^a$", "^.*$"])
def test_a_column_is_called_what_it_is_called(name):
    frame = pl.DataFrame({"Id": ["1"], name: ["x"], "a": ["y"]})

    rows = transform(THINGS, Rows(frame)).rows

    assert json.loads(rows["extra"][0]) == {name: "x", "a": "y"}


def test_pages_of_columns_stay_columns_and_mixed_ones_become_records():
    frame = pl.DataFrame({"Id": ["1"]})

    assert isinstance(joined([Rows(frame), Rows(frame)]), Rows)
    assert joined([Rows(frame), [{"Id": 2}]]) == [{"Id": "1"}, {"Id": 2}]
    assert joined([]) == []


def test_a_chunk_of_columns_is_the_same_after_the_cache():
    before = Chunk(
        Rows(pl.DataFrame({"Id": ["1", None]}), pl.DataFrame({"Id": ["ü"], "name": ["a\nb"]})),
        start=None,
        cursor="next",
        unreadable=[Unreadable("a.csv, line 3", "x;y", "has 2 fields")],
        meter={"api_calls": 2.0},
    )
    kept = pages.privacy.set(Privacy([Fernet.generate_key().decode()]))

    try:
        after = ChunkSerializer().loads(ChunkSerializer().dumps(before))
    finally:
        pages.privacy.reset(kept)

    assert list(after.records) == list(before.records)
    assert [frame.columns for frame in after.records.frames] == [["Id"], ["Id", "name"]]
    assert after.unreadable == before.unreadable
    assert (after.cursor, after.meter, after.cached) == ("next", {"api_calls": 2.0}, True)


def test_what_cannot_be_taken_apart_is_a_reject_of_its_own(lines):
    batch = transform(THINGS, Rows(pl.DataFrame({"Id": ["1", ""], "_line": ["2", "3"]})))
    batch.unreadable = [
        Unreadable("a.csv, line 4", "x", "has 1 field"),
        Unreadable("a.csv, line 5", "x", "has 1 field"),
    ]

    validated = validate(batch, Reporter("price_list", "things"))

    assert validated.rows["id"].to_list() == [1]
    assert [reject.reason for reject in validated.rejects] == [
        "record has no id, which is its key",
        "a.csv, line 4: has 1 field",
        "a.csv, line 5: has 1 field",
    ]
    assert '"_line":"3"' in validated.rejects[0].raw
    assert len({reject.key for reject in validated.rejects}) == 3
    assert ("ERROR", "Error processing things a.csv, line 4: has 1 field") in lines()


def test_read_again_a_protected_piece_is_the_same_reject():
    privacy = Privacy.from_keys([Fernet.generate_key().decode()])
    batch = transform(THINGS, Rows(pl.DataFrame({"Id": ["1"]})))
    batch.unreadable = [
        Unreadable("a.csv, line 4", privacy.protected_text("x"), "has 1 field", "a.csv")
        for _ in range(2)
    ]

    first, again = validate(batch, Reporter("price_list", "things")).rejects

    assert first.raw != again.raw
    assert first.key == again.key


def test_a_dot_in_the_name_of_a_flat_column_is_part_of_the_name():
    nested = replace(THINGS, flat=False)

    flat = transform(THINGS, [{"Id": "1", "Full.Name": "Ana"}])
    deep = transform(nested, [{"Id": "1", "Full": {"Name": "Ana"}}])

    assert flat.rows["name"].to_list() == deep.rows["name"].to_list() == ["Ana"]
