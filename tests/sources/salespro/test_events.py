"""Ids of rows that have none: nothing is lost, nothing doubled, however the rows come."""

import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from sources.salespro.entities import EVENT, USER_ACTIVITIES
from sources.salespro.events import MADE_OF, ORDINAL, with_ids

ROW = {
    "created_at": "2026-02-03T04:05:06.384Z",
    "user_id": "Rep9ZZyyX1",
    "activity_identifier": "app.opened",
    "price": "12500.10",
    "original_row_num": "17",
}
few = st.one_of(st.none(), st.sampled_from(["", "a", "A", "ab", "b", '"', "null", "\x1f"]))
events = st.lists(
    st.fixed_dictionaries(dict.fromkeys(("user_id", "activity_note", "key_metric"), few)),
    max_size=12,
)


def frame(*rows: dict[str, str | None]) -> pl.DataFrame:
    names = dict.fromkeys(field.path for field in MADE_OF)
    return pl.DataFrame([{**names, **row} for row in rows], schema=dict.fromkeys(names, pl.String))


def ids(*rows: dict[str, str | None]) -> list[str]:
    return with_ids(frame(*rows))[EVENT].to_list()


def test_an_id_is_what_it_always_was():
    """Stored rows have it: another way to make it would double every row."""
    assert ids(ROW) == ["8e77b34e2567a11e95531fd1765d6f98"]


def test_it_is_made_of_every_declared_column_and_of_nothing_else():
    [plain] = ids(ROW)

    for field in MADE_OF:
        assert ids(ROW | {field.path: "77"}) != [plain], field
    more = frame(ROW).with_columns(pl.lit("new").alias("a_column_of_tomorrow"))
    assert with_ids(more)[EVENT].to_list() == [plain]
    assert {field.path for field in USER_ACTIVITIES.fields} == {f.path for f in MADE_OF} | {EVENT}


def test_the_same_row_has_the_same_id_however_a_database_spells_it():
    spelled = [
        ROW,
        ROW | {"created_at": "2026-02-03 04:05:06.384", "price": "12500.1"},
        ROW | {"created_at": "2026-02-02T22:05:06.384000-06:00", "price": "1.25001E4"},
        ROW | {"original_row_num": "17.0", "activity_note": ""},
    ]

    assert len({ids(row)[0] for row in spelled}) == 1


def test_what_no_kind_understands_counts_as_it_is():
    assert ids(ROW | {"price": "call us"}) != ids(ROW | {"price": "ask us"}) != ids(ROW)


def test_a_column_the_table_lacks_counts_as_empty():
    assert with_ids(frame(ROW).drop("key_metric"))[EVENT].to_list() == ids(ROW)


def test_ordinals_of_the_source_come_before_ours():
    rows = frame(ROW, ROW).with_columns(pl.Series(ORDINAL, ["1", "0"]))

    assert with_ids(rows)[EVENT].to_list() == ids(ROW, ROW)[::-1]
    assert ORDINAL not in with_ids(rows).columns


def test_no_rows_are_no_trouble():
    assert with_ids(frame()).height == 0


@given(events)
def test_every_row_has_an_id_of_its_own(rows: list[dict[str, str | None]]):
    assert len(set(ids(*rows))) == len(rows)


@given(events, st.randoms())
def test_the_ids_are_the_same_in_whatever_order_the_rows_come(rows, shuffle):
    before = sorted(ids(*rows))
    shuffle.shuffle(rows)

    assert sorted(ids(*rows)) == before
