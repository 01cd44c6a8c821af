"""What the shared body promises for any source: deletes without a trace, pages that shift, and long work."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from flows import progress
from flows.options import SyncOptions
from flows.result import Result
from flows.sync import sync_source
from sources.entity import Field
from sources.errors import Refused
from sources.page import Page
from sources.registry import KINDS
from tasks.steps import PLAIN
from tests.flows.harness import Bench, Collector
from tests.flows.invented import THINGS, Invented, thing


class Held(Bench):
    """A bench whose CRM is invented."""

    vendor: Invented

    def run(self, **options: Any) -> Result:
        collector = Collector()
        with progress.listening(collector):
            asyncio.run(sync_source("invented", None, SyncOptions(**options), PLAIN))
        [result] = collector.results
        return result

    def settings(self, text: str) -> None:
        Path(self.home, "crm-sync.toml").write_text(f"[invented]\n{text}\n")

    def alive(self) -> set[int]:
        return self.live("invented.things")

    def later(self, span: timedelta = timedelta(minutes=15)) -> None:
        self.vendor.now += span


@pytest.fixture
def held(pg18_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Held:
    monkeypatch.setenv("CRM_SYNC_CONFIG", str(tmp_path / "crm-sync.toml"))
    monkeypatch.setenv("WAREHOUSE_URL", pg18_url)
    held = Held(None, pg18_url, str(tmp_path))  # type: ignore[arg-type]
    held.vendor = Invented()
    held.settings("")
    monkeypatch.setitem(KINDS, "invented", held.vendor.kind())
    return held


def becomes(held: Held, monkeypatch: pytest.MonkeyPatch, **how: Any) -> Invented:
    """The vendor with another kind of entity."""
    held.vendor.entity = replace(THINGS, **how)
    monkeypatch.setitem(KINDS, "invented", held.vendor.kind())
    return held.vendor


def test_what_vanishes_is_found_missing_once_a_day(held: Held, monkeypatch):
    vendor = becomes(held, monkeypatch, vanishes=True)
    vendor.add(*range(1, 11))
    held.run()
    del vendor.things[3]

    held.later()
    soon = held.run()
    before = held.alive()
    held.later(timedelta(days=1))
    late = held.run()

    assert soon.row["configuration"]["strategy"] == "incremental"
    assert 3 in before
    assert late.row["configuration"]["strategy"] == "full"
    assert held.alive() == set(range(1, 11)) - {3}
    assert late.row["performance_metrics"]["deleted"] == 1
    assert [reading for reading, _, _ in vendor.asked].count("by_id") == 1


def test_what_a_reading_missed_and_the_source_still_has_stays(held: Held, monkeypatch):
    vendor = becomes(held, monkeypatch, vanishes=True)
    vendor.add(1, 2, 3)
    held.run()
    vendor.serve = lambda reading, window, _cursor, _keys: (
        Page([thing(1), thing(2)]) if reading == "changes" and window.since is None else None
    )

    held.run(full=True)

    assert held.alive() == {1, 2, 3}


def test_too_many_missing_ones_are_left_alone_and_said(held: Held, monkeypatch):
    vendor = becomes(held, monkeypatch, vanishes=True)
    vendor.add(*range(1, 101))
    held.run()
    for key in range(1, 41):
        del vendor.things[key]

    result = held.run(full=True)

    assert result.outcome == "unreconciled"
    assert "nothing was removed" in (result.error or "")
    assert len(held.alive()) == 100
    assert "census" not in result.row["configuration"]


def test_where_nobody_can_be_asked_a_second_reading_decides(held: Held, monkeypatch):
    vendor = becomes(held, monkeypatch, vanishes=True, asks_by_id=False)
    vendor.add(*range(1, 11))
    held.run()
    del vendor.things[3]
    vendor.asked.clear()

    held.run(full=True)

    assert held.alive() == set(range(1, 11)) - {3}
    readings = [reading for reading, _, _ in vendor.asked if reading != "count"]
    assert readings == ["changes", "changes"]


def test_a_vanished_one_that_returns_is_alive_again(held: Held, monkeypatch):
    vendor = becomes(held, monkeypatch, vanishes=True)
    vendor.add(*range(1, 11))
    held.run()
    gone = vendor.things.pop(3)
    held.run(full=True)
    vendor.things[3] = gone

    held.run(full=True)

    assert held.alive() == set(range(1, 11))


def test_a_complete_replacement_removes_what_vanished(held: Held, monkeypatch):
    vendor = becomes(held, monkeypatch, vanishes=True)
    vendor.add(*range(1, 11))
    held.run()
    del vendor.things[3]

    held.run(full=True, force_overwrite=True)

    assert held.one("select count(*) from invented.things") == 9


def shifting_pages(vendor: Invented, readings: list[list[list[int]]]) -> None:
    """The n-th reading of the window shows these pages; the last one shows for ever."""
    begun = 0

    def serve(reading: str, _window: Any, cursor: str | None, _keys: Any) -> Page | None:
        nonlocal begun
        if reading != "changes":
            return None
        begun += cursor is None
        pages = readings[min(begun, len(readings)) - 1]
        at = int(cursor or 0)
        following = str(at + 1) if at + 1 < len(pages) else None
        return Page([thing(key) for key in pages[at]], following)

    vendor.serve = serve


def test_pages_that_shift_are_read_until_nothing_new_shows(held: Held, monkeypatch):
    vendor = becomes(held, monkeypatch, shifting=1)
    # Record 3 slipped from the second page to the first while the second was asked for.
    shifting_pages(vendor, [[[1, 2], [4, 5]], [[1, 2], [3, 4, 5]]])

    result = held.run()

    assert result.outcome == "success"
    assert held.alive() == {1, 2, 3, 4, 5}


def test_what_is_new_while_pages_are_read_again_is_no_unrest(held: Held, monkeypatch):
    made = (*THINGS.fields, Field("created_at", "datetime"))
    vendor = becomes(held, monkeypatch, fields=made, shifting=1)
    newest = 3

    def serve(reading: str, _window: Any, cursor: str | None, _keys: Any) -> Page | None:
        nonlocal newest
        if reading != "changes":
            return None
        if cursor is None:
            return Page([thing(1) | {"created_at": "2026-10-01"}, thing(2)], "1")
        newest += 1
        late = vendor.now + timedelta(seconds=newest)
        new = [thing(n, at=late) | {"created_at": late.isoformat()} for n in range(4, newest + 1)]
        return Page([thing(3), *new])

    vendor.serve = serve

    result = held.run()

    assert result.outcome == "success"
    assert held.alive() == {1, 2, 3, 4, 5}
    assert result.row["configuration"]["anchor"] is True


def test_pages_that_never_come_to_rest_are_said(held: Held, monkeypatch):
    vendor = becomes(held, monkeypatch, shifting=1)
    shifting_pages(vendor, [[[n], [n + 100]] for n in range(1, 20)])

    result = held.run()

    assert result.outcome == "unreconciled"
    assert "kept shifting" in (result.error or "")
    assert result.row["configuration"]["anchor"] is False


def test_a_single_page_is_not_read_twice(held: Held, monkeypatch):
    vendor = becomes(held, monkeypatch, shifting=1)
    vendor.add(1, 2)

    held.run()

    assert [reading for reading, _, _ in vendor.asked].count("changes") == 1


def test_what_the_source_says_is_gone_is_marked_and_nothing_is_invented(held: Held):
    held.vendor.add(1, 2)
    held.run()
    held.later()
    held.vendor.serve = lambda reading, *_: (
        Page([thing(2, "y")], gone=["1", "77"]) if reading == "changes" else None
    )

    result = held.run()

    assert held.alive() == {2}
    assert held.one("select count(*) from invented.things") == 2
    assert result.row["performance_metrics"]["deleted"] == 1
    assert result.row["records_processed"] == 1


def test_a_pause_puts_the_cursor_into_the_checkpoint_at_once(held: Held):
    """A job that takes its time is found again after a crash, by its id."""
    down = True

    def serve(reading: str, _window: Any, cursor: str | None, _keys: Any) -> Page | None:
        if reading != "changes":
            return None
        if cursor is None:
            return Page([], "job:1", pause=True)
        if down:
            raise Refused("the machine went away", 400)
        return Page([thing(1)])

    held.vendor.serve = serve
    failed = held.run()
    down = False
    held.vendor.asked.clear()
    result = held.run()

    assert failed.row["configuration"]["checkpoint"]["cursor"] == "job:1"
    assert result.row["configuration"]["resumes"] == failed.row["id"]
    assert [cursor for reading, _, cursor in held.vendor.asked if reading == "changes"] == ["job:1"]
    assert held.alive() == {1}


def test_a_limited_run_tells_the_source_how_much_is_wanted(held: Held):
    limits = []

    def serve(reading: str, window: Any, *_: Any) -> Page | None:
        if reading == "changes":
            limits.append(window.limit)
        return None

    held.vendor.serve = serve
    held.vendor.add(1, 2, 3)

    held.run(max_records=2)

    assert limits == [2]
    assert len(held.alive()) == 2


def test_a_loser_may_name_its_survivor(held: Held, monkeypatch):
    becomes(
        held,
        monkeypatch,
        fields=(*THINGS.fields, Field("merged_into", "integer", at="master")),
    )
    held.vendor.things = {
        1: {**thing(1), "deleted": "2026-10-01T00:00:00Z", "master": "2"},
        2: {**thing(2), "deleted": None, "master": None},
    }

    held.run()

    rows = held.rows(
        "select id, merged_into, deleted_at is null as alive from invented.things order by 1"
    )
    assert [tuple(row.values()) for row in rows] == [(1, 2, False), (2, None, True)]


def test_a_total_that_stayed_and_was_met_spares_the_second_reading(held: Held, monkeypatch):
    vendor = becomes(held, monkeypatch, shifting=1)
    pages = [[1, 2], [3, 4]]

    def serve(reading: str, _window: Any, cursor: str | None, _keys: Any) -> Page | None:
        at = int(cursor or 0)
        if reading == "count":
            return Page([], None, 4)
        if reading != "changes":
            return None
        return Page([thing(key) for key in pages[at]], None if at else "1", 4)

    vendor.serve = serve

    result = held.run()

    assert result.outcome == "success"
    assert [reading for reading, _, _ in vendor.asked].count("changes") == 2


def test_what_a_forgetful_source_lacks_is_not_gone(held: Held, monkeypatch):
    vendor = becomes(held, monkeypatch, forgets=True)
    vendor.add(1, 2, 3)
    held.run()
    del vendor.things[3]

    held.run(full=True, force_overwrite=True)

    assert held.alive() == {1, 2, 3}
