"""Ranges of one reading, read side by side: nothing is lost, and a run goes on in each of them."""

import asyncio
import json
from dataclasses import replace
from unittest.mock import MagicMock

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows import fetching, passes
from flows.ranges import SIDE_BY_SIDE, Ranges
from sources.errors import Unavailable
from sources.page import Page
from sources.registry import KINDS
from sources.rows import Rows
from tasks.batch import Chunk
from tests.flows.invented import NOW, THINGS
from tests.flows.test_rules import Held, held

__all__ = ["held"]


class Cut:
    """A vendor whose things are read by ranges of ids, a page of `size` at a time."""

    def __init__(self, held: Held, bounds: list[tuple[int, int]], size: int = 2) -> None:
        self.held, self.bounds, self.size = held, bounds, size
        self.fails_after: dict[int, int] = {}
        self.asked: list[tuple[int, int]] = []
        held.vendor.entity = replace(THINGS, splits=True, flat=True, deleted="")
        held.vendor.serve = self.serve

    def serve(self, reading, window, cursor, keys) -> Page | None:
        if reading == "ranges":
            return Page([{"cursor": json.dumps([low, high])} for low, high in self.bounds])
        if reading != "changes":
            return None
        low, high = json.loads(cursor) if cursor else (0, 10**9)
        self.asked.append((low, high))
        if high in self.fails_after and low >= self.fails_after[high]:
            raise Unavailable("gone for lunch")
        keys = sorted(key for key in self.held.vendor.things if low <= key < high)
        page, more = keys[: self.size], keys[self.size :]
        frame = pl.DataFrame(
            {
                "id": list(map(str, page)),
                "name": ["x"] * len(page),
                "updated_at": [NOW.isoformat()] * len(page),
            },
            schema=dict.fromkeys(("id", "name", "updated_at"), pl.String),
        )
        return Page(Rows(frame), json.dumps([more[0], high]) if more else None, pause=True)


@pytest.fixture
def cut(held: Held, monkeypatch) -> Cut:
    cut = Cut(held, [(0, 10), (10, 20), (20, 30), (30, 40), (40, 50)])
    monkeypatch.setitem(KINDS, "invented", held.vendor.kind())
    held.vendor.add(*range(3, 47))
    return cut


def test_ranges_are_read_side_by_side_and_land_whole(held, cut):
    result = held.run()

    assert result.outcome == "success"
    assert held.alive() == set(range(3, 47))
    # Range after range would ask for all of the first before any of the third.
    asked = [high for _, high in cut.asked]
    assert asked.index(30) < len(asked) - asked[::-1].index(10)


def test_an_interrupted_run_goes_on_in_every_range(held, cut):
    cut.fails_after = {20: 14, 40: 36}
    failed = held.run()
    landed = held.alive()
    cut.fails_after = {}
    cut.asked.clear()

    held.later()
    resumed = held.run()

    assert failed.outcome == "failed"
    assert resumed.row["configuration"]["resumes"] == failed.row["id"]
    assert held.alive() == set(range(3, 47))
    assert landed
    # What had landed is not asked for again.
    asked = {key for low, high in cut.asked for key in range(low, min(low + 2, high))}
    assert not asked & landed
    assert resumed.row["records_created"] == 44 - len(landed)


async def test_where_source_and_warehouse_fail_at_once_the_run_ends(monkeypatch):
    """One range fails, another takes its time to end, a third has filled the queue, and nothing loads any more."""

    async def fetch(run, reading, cursor, *_, **__):
        if cursor == "fails":
            await asyncio.sleep(0.02)
            raise Unavailable("gone for lunch")
        if cursor == "lingers":
            try:
                await asyncio.sleep(60)
            finally:
                await asyncio.sleep(0.05)
        return Chunk([{}], start=cursor, cursor=f"{cursor}.")

    async def made(*_):
        return MagicMock()

    async def land(*_):
        await asyncio.sleep(0.05)
        raise ConnectionError("the warehouse is lost")

    monkeypatch.setattr(fetching, "fetch", fetch)
    monkeypatch.setattr(passes, "_batch", made)
    monkeypatch.setattr(passes, "_land", land)
    cursor = SIDE_BY_SIDE + json.dumps(["fails", "lingers", "reads"])
    running = asyncio.create_task(
        passes.run_pass(MagicMock(total=None, pages=0), fetching.Pass("changes", "changes"), cursor)
    )

    ended, _ = await asyncio.wait([running], timeout=5)

    assert ended
    assert isinstance(running.exception(), ConnectionError)


def test_one_range_is_read_as_any_list(held, cut):
    cut.bounds = [(0, 50)]

    held.run()

    assert held.alive() == set(range(3, 47))
    assert cut.asked[0] == (0, 10**9)


def test_a_limited_run_reads_its_records_one_after_the_other(held, cut):
    result = held.run(max_records=5)

    assert result.row["records_processed"] == 5
    assert {high for _, high in cut.asked} == {10**9}


@given(st.data())
def test_whatever_was_read_last_the_checkpoint_holds_what_is_left(data):
    """Any order of chunks, an interruption after any of them: no range is forgotten, none begun anew."""
    lengths = data.draw(st.lists(st.integers(1, 4), min_size=1, max_size=5))
    starts = [f"{number}.0" for number in range(len(lengths))] if len(lengths) > 1 else [None]
    ranges, cursor, read = Ranges(starts), None, [0] * len(lengths)
    for _ in range(sum(lengths)):
        if data.draw(st.booleans()) and any(read):
            ranges = Ranges.resumed(cursor)
        number, place = data.draw(st.sampled_from(ranges.waiting))
        own, at = map(int, place.split(".")) if place else (0, 0)
        assert at == read[own]
        read[own] += 1
        after = f"{own}.{at + 1}" if read[own] < lengths[own] else None
        cursor = ranges.after(number, after)

    assert read == lengths
    assert cursor is None
