import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.rows import Rows

FRAMES = st.lists(
    st.tuples(st.sampled_from([("id",), ("id", "name")]), st.integers(0, 4)), max_size=4
).map(
    lambda shapes: [
        pl.DataFrame({name: [f"{name}{row}" for row in range(height)] for name in columns})
        for columns, height in shapes
    ]
)


@given(FRAMES)
def test_rows_are_a_sequence_of_records(frames):
    records = [record for frame in frames for record in frame.to_dicts()]

    rows = Rows(*frames)

    assert len(rows) == len(records)
    assert list(rows) == records
    assert [rows[index] for index in range(len(rows))] == records
    assert [rows[-index] for index in range(1, len(rows) + 1)] == records[::-1]


@given(FRAMES, st.integers(-3, 20), st.integers(-3, 20))
def test_a_slice_holds_the_records_of_the_slice(frames, begin, end):
    rows = Rows(*frames)

    assert list(rows[begin:end]) == list(rows)[begin:end]


@given(FRAMES, FRAMES)
def test_one_after_the_other_nothing_is_lost(one, other):
    both = Rows(*one) + Rows(*other)

    assert list(both) == [*Rows(*one), *Rows(*other)]


def test_frames_of_the_same_columns_become_one():
    frame = pl.DataFrame({"id": ["1"]})

    both = Rows(frame) + Rows(frame) + Rows(pl.DataFrame({"id": ["1"], "name": ["x"]}))

    assert [joined.height for joined in both.frames] == [2, 1]


def test_what_is_not_there_cannot_be_asked_for():
    with pytest.raises(IndexError, match="no record 1 among 1"):
        Rows(pl.DataFrame({"id": ["1"]}))[1]
