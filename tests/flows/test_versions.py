"""Parts that have versions: what is read again, what is noted, and which rows are gone."""

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sources.entity import Field
from sources.errors import Unavailable
from sources.page import GONE, Page, Unreadable
from sources.registry import KINDS
from sources.rows import Rows
from tests.flows.invented import THINGS
from tests.flows.test_rules import Held, held

__all__ = ["held"]

FILED = replace(
    THINGS,
    fields=(*THINGS.fields, Field("source_file", at="_file")),
    deleted="",
    asks_by_id=False,
    flat=True,
    versioned=True,
    group="source_file",
)


class Shelf:
    """A folder of files: each a version and the ids in it; what was asked of it."""

    def __init__(self, held: Held, **how) -> None:
        self.files: dict[str, tuple[str, list[int]]] = {}
        self.damaged: set[str] = set()
        self.left_out: dict[str, str] = {}
        self.hidden: set[str] = set()
        self.fails_at: str = ""
        self.before_reading = lambda: None
        self.asked: list[tuple] = []
        held.vendor.entity = replace(FILED, **how)
        held.vendor.serve = self.serve

    def serve(self, reading, window, cursor, keys) -> Page | None:
        if reading == "versions":
            self.asked.append(("versions", [dict(part) for part in window.versions]))
            return Page([{"part": name, "version": v} for name, (v, _) in self.files.items()])
        if reading != "changes":
            return None
        self.before_reading()
        names = sorted(window.parts if window.parts is not None else self.files)
        names = [name for name in names if name in self.files and name >= (cursor or "")]
        if not names:
            return Page([])
        name, *later = names
        if name == self.fails_at:
            raise Unavailable("gone for lunch")
        if name in self.hidden:
            return Page([], later[0] if later else None, left_out={name: GONE})
        self.asked.append((name, name in window.new, window.since is None))
        ids = list(map(str, self.files[name][1]))
        frame = pl.DataFrame(
            {"id": ids, "name": ids, "_file": [name] * len(ids)},
            schema=dict.fromkeys(("id", "name", "_file"), pl.String),
        )
        bad = [Unreadable(f"{name}, line 9", "x", "has 1 field", name)]
        return Page(
            Rows(frame),
            later[0] if later else None,
            unreadable=bad if name in self.damaged else (),
            left_out={name: self.left_out[name]} if name in self.left_out else {},
            pause=True,
        )

    def read(self) -> list[str]:
        """The files that were read since this was asked last."""
        names = [asked[0] for asked in self.asked if asked[0] != "versions"]
        self.asked.clear()
        return names


@pytest.fixture
def shelf(held: Held, monkeypatch) -> Shelf:
    shelf = Shelf(held)
    monkeypatch.setitem(KINDS, "invented", held.vendor.kind())
    return shelf


def snapshot(held: Held, monkeypatch) -> Shelf:
    shelf = Shelf(held, whole=True)
    monkeypatch.setitem(KINDS, "invented", held.vendor.kind())
    return shelf


def configuration(result) -> Mapping:
    return result.row["configuration"]


def test_what_is_as_it_was_is_not_read_again(held, shelf):
    shelf.files = {"a": ("1", [1, 2]), "b": ("1", [3])}
    first = held.run()
    assert shelf.read() == ["a", "b"]
    shelf.files |= {"b": ("2", [3, 4]), "c": ("1", [5])}

    held.later()
    second = held.run()
    read, new = shelf.asked[1:], shelf.read()
    held.later()
    third = held.run()

    assert read == [("b", False, False), ("c", True, False)]
    assert new == ["b", "c"]
    assert shelf.read() == []
    assert third.outcome == "success"
    assert configuration(third)["anchor"]
    assert held.alive() == {1, 2, 3, 4, 5}
    assert {p["part"]: p["version"] for p in configuration(second)["versions"]["parts"]} == {
        "a": "1",
        "b": "2",
        "c": "1",
    }
    assert configuration(first)["pinned"] is None


def test_the_source_is_told_what_the_last_good_run_noted(held, shelf):
    shelf.files = {"a": ("1", [1])}
    held.run()

    held.later()
    held.run()

    asked = [what for name, what in shelf.asked[:1] + shelf.asked[2:] if name == "versions"]
    assert asked == [[], [{"part": "a", "version": "1"}]]


@pytest.mark.parametrize(
    "change",
    [
        "[invented.things.fields]\nname = 'label'",
        "[invented.things]\nexclude = ['x*']",
    ],
)
def test_another_way_to_read_reads_everything(held, shelf, change):
    shelf.files = {"a": ("1", [1]), "b": ("1", [2])}
    held.run()
    shelf.read()
    held.settings(change)

    held.later()
    result = held.run()

    assert [asked[2] for asked in shelf.asked[1:]] == [True, True]
    assert shelf.read() == ["a", "b"]
    assert result.outcome == "success"


@pytest.mark.parametrize("flags", [{"full": True}, {"force_overwrite": True}])
def test_asked_for_everything_it_reads_everything(held, shelf, flags):
    shelf.files = {"a": ("1", [1])}
    held.run()
    shelf.read()

    held.later()
    held.run(**flags)

    assert shelf.read() == ["a"]


def test_a_table_that_was_dropped_is_filled_again(held, shelf):
    shelf.files = {"a": ("1", [1])}
    held.run()
    held.execute("drop table invented.things")

    held.later()
    held.run()

    assert held.alive() == {1}


def test_what_changes_while_it_is_read_is_read_again(held, shelf):
    shelf.files = {"a": ("1", [1])}

    def rewritten():
        shelf.files["a"] = ("2", [1, 2])
        shelf.before_reading = lambda: None

    shelf.before_reading = rewritten
    held.run()
    shelf.read()
    shelf.files["a"] = ("2", [1, 2, 3])
    shelf.files["a"] = ("2", [1, 2])

    held.later()
    held.run()

    assert shelf.read() == ["a"]


def test_a_run_that_resumes_keeps_to_the_versions_of_the_interrupted_one(held, shelf):
    shelf.files = {"a": ("1", [1]), "b": ("1", [2]), "c": ("1", [3])}
    shelf.fails_at = "b"
    failed = held.run()
    shelf.fails_at = ""
    shelf.files["a"] = ("2", [1, 9])
    shelf.read()

    held.later()
    resumed = held.run()
    read_then = shelf.read()
    held.later()
    held.run()

    assert failed.outcome == "failed"
    assert configuration(resumed)["resumes"] == failed.row["id"]
    assert read_then == ["b", "c"]
    assert shelf.read() == ["a"]
    assert held.alive() == {1, 2, 3, 9}


def test_a_run_that_resumes_one_that_was_only_not_closed_notes_what_that_one_read(
    held, shelf, monkeypatch
):
    async def cut_off(*_):
        raise ConnectionError("the connection is lost")

    shelf.files = {"a": ("1", [1]), "b": ("1", [2])}
    with monkeypatch.context() as broken:
        broken.setattr("flows.entity.conclude", cut_off)
        failed = held.run()
    shelf.files["a"] = ("2", [1, 9])

    held.later()
    resumed = held.run()
    held.later()
    held.run()

    assert failed.outcome == "failed"
    assert configuration(resumed)["resumes"] == resumed.row["id"] - 1
    assert configuration(resumed)["pinned"] is None
    assert held.alive() == {1, 2, 9}


def test_a_run_since_a_day_leaves_it_to_the_next_one_to_read_a_new_file_whole(held, shelf):
    shelf.files = {"a": ("1", [1])}
    held.run()
    shelf.files["b"] = ("1", [2])
    held.later()
    asked = held.run(since=held.vendor.now - timedelta(days=30))
    shelf.asked.clear()

    held.later()
    held.run()

    assert "versions" not in configuration(asked)
    assert shelf.asked[1:] == [("b", True, False)]


def test_a_file_that_was_not_there_when_it_was_read_is_read_when_it_comes_back(held, shelf):
    shelf.files = {"a": ("1", [1]), "b": ("1", [2])}
    shelf.before_reading = lambda: shelf.hidden.add("b")
    held.run()
    before = held.alive()
    shelf.before_reading = shelf.hidden.clear

    held.later()
    held.run()

    assert before == {1}
    assert held.alive() == {1, 2}


def test_limited_and_dry_runs_note_nothing(held, shelf):
    shelf.files = {"a": ("1", [1, 2])}
    dry = held.run(dry_run=True)
    limited = held.run(max_records=1)
    shelf.read()

    held.later()
    held.run()

    assert dry.row["records_created"] == 2
    assert "versions" not in configuration(limited)
    assert shelf.read() == ["a"]


def test_rows_that_left_a_file_or_whose_file_left_are_gone(held, monkeypatch):
    shelf = snapshot(held, monkeypatch)
    shelf.files = {"a": ("1", list(range(1, 11))), "b": ("1", [11, 12]), "c": ("1", [13])}
    held.run()
    shelf.files["a"] = ("2", list(range(1, 10)))
    del shelf.files["c"]

    held.later()
    result = held.run()

    assert held.alive() == {*range(1, 10), 11, 12}
    assert result.row["performance_metrics"]["deleted"] == 2


def test_a_row_that_another_file_still_has_stays(held, monkeypatch):
    shelf = snapshot(held, monkeypatch)
    shelf.files = {"a": ("1", [1, 2, 3, 4, 7]), "b": ("1", [7, 8])}
    held.run()
    shelf.files["b"] = ("2", [8])

    held.later()
    held.run()

    assert held.alive() == {1, 2, 3, 4, 7, 8}


def test_a_file_left_out_or_damaged_loses_no_rows(held, monkeypatch):
    shelf = snapshot(held, monkeypatch)
    shelf.files = {"a": ("1", [1, 2, 3, 4, 5]), "b": ("1", [6, 7]), "c": ("1", [8, 9])}
    held.run()
    shelf.files |= {"b": ("2", []), "c": ("2", [8])}
    shelf.left_out = {"b": "is empty"}
    shelf.damaged = {"c"}

    held.later()
    result = held.run()

    assert held.alive() == set(range(1, 10))
    assert result.outcome == "partial"


def test_if_most_rows_would_go_none_does(held, monkeypatch):
    shelf = snapshot(held, monkeypatch)
    shelf.files = {"a": ("1", list(range(1, 101)))}
    held.run()
    shelf.files["a"] = ("2", list(range(1, 51)))

    held.later()
    result = held.run()

    assert len(held.alive()) == 100
    assert result.outcome == "unreconciled"
    assert "versions" not in configuration(result)


def test_a_line_that_is_mended_is_no_open_reject_any_more(held, shelf):
    shelf.files = {"a": ("1", [1]), "b": ("1", [2])}
    shelf.damaged = {"a", "b"}
    held.run()
    before = held.one("select count(*) from ingestion_rejected_record where resolved_at is null")
    shelf.damaged = set()
    shelf.files["a"] = ("2", [1, 3])

    held.later()
    held.run()

    waiting = held.rows("select raw from ingestion_rejected_record where resolved_at is null")
    assert before == 2
    assert [row["raw"]["_file"] for row in waiting] == ["b"]


def test_of_a_file_with_open_rejects_everything_is_wanted(held, shelf):
    shelf.files = {"a": ("1", [1]), "b": ("1", [2])}
    shelf.damaged = {"a"}
    held.run()
    shelf.damaged = set()
    shelf.read()
    shelf.files = {"a": ("2", [1, 3]), "b": ("2", [2])}

    held.later()
    held.run()

    assert shelf.asked[1:] == [("a", True, False), ("b", False, False)]
    assert held.one("select count(*) from ingestion_rejected_record where resolved_at is null") == 0


def test_a_complete_replacement_removes_what_no_file_holds(held, shelf):
    shelf.files = {"a": ("1", list(range(1, 11)))}
    held.run()
    shelf.files["a"] = ("2", list(range(1, 10)))
    held.later()
    held.run()
    before = held.alive()

    held.later()
    held.run(full=True, force_overwrite=True)

    assert before == set(range(1, 11))
    assert held.alive() == set(range(1, 10))


@pytest.mark.parametrize(("group", "outcome"), [("source_file", "partial"), ("", "unreconciled")])
def test_a_complete_replacement_removes_nothing_if_a_line_cannot_be_read(
    held, monkeypatch, group, outcome
):
    shelf = Shelf(held, group=group)
    monkeypatch.setitem(KINDS, "invented", held.vendor.kind())
    shelf.files = {"a": ("1", list(range(1, 11)))}
    held.run()
    shelf.files["a"] = ("2", list(range(1, 10)))
    shelf.damaged = {"a"}

    held.later()
    result = held.run(full=True, force_overwrite=True)

    assert held.alive() == set(range(1, 11))
    assert result.outcome == outcome


def test_a_source_that_tells_of_no_part_fails_the_run(held, shelf):
    result = held.run()

    assert result.outcome == "failed"
    assert "no part to read" in result.error


FILES = st.dictionaries(
    st.sampled_from("abc"),
    st.tuples(st.sampled_from("123"), st.lists(st.integers(1, 60), max_size=40, unique=True)),
)


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(FILES.filter(bool), min_size=1, max_size=4))
def test_whatever_becomes_of_the_files_the_living_rows_are_theirs(held, monkeypatch, ages):
    """With no guard: the table equals what the files hold, whichever of them are read."""
    held.execute("drop schema if exists invented cascade")
    for books in held.rows("select tablename from pg_tables where tablename like 'ingestion%%'"):
        held.execute(f"drop table {books['tablename']}")
    shelf = snapshot(held, monkeypatch)
    held.settings("max_removed = 1.0")
    texts: dict[str, tuple[str, list[int]]] = {}
    for age, files in enumerate(ages):
        # A version stands for a content: another content is another version.
        texts = {name: (json.dumps([v, ids]), ids) for name, (v, ids) in files.items()}
        shelf.files = texts
        held.later()
        held.run()
        assert age >= 0

        assert held.alive() == {key for _, ids in texts.values() for key in ids}
