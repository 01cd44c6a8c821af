"""Whole syncs of CSV files: what lands, what is not read again, what is gone, and what is told."""

import gzip
import os
import time
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
import zstandard

from sources.csv_files.client import CsvFiles
from sources.errors import Unavailable
from sources.tabular import pages
from tests.flows.csv_bench import CsvBench, counts, csv_bench

PRICES = """
[list.prices]
path = "{files}/*.csv*"
key = "sku"
[list.prices.fields]
"Price" = { name = "price", kind = "decimal" }
"""
SNAPSHOT = PRICES.replace('key = "sku"', 'key = "sku"\nsnapshot = true')
STAMPED = """
[list.prices]
path = "{files}/a.csv"
key = "sku"
updated_at = "Changed"
fields = { Price = { name = "price", kind = "decimal" } }
"""


@pytest.fixture
def bench(pg18_url: str, tmp_path: Path) -> Iterator[CsvBench]:
    with csv_bench(pg18_url, tmp_path) as bench:
        bench.tables(PRICES)
        yield bench


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the files whose records are read."""
    names: list[str] = []
    inner = CsvFiles._page

    def page(self, entity, window, cursor):
        found = inner(self, entity, window, cursor)
        names.extend({Path(row["_file"]).name for row in found.records})
        return found

    monkeypatch.setattr(CsvFiles, "_page", page)
    return names


def table(rows: dict[str, str]) -> str:
    return "sku,Price\n" + "".join(f"{sku},{price}\n" for sku, price in rows.items())


def test_everything_lands(bench: CsvBench):
    bench.write("a.csv", 'sku,Price,In Stock,Zip\n0001,1.50,TRUE,02134\n0002,"2,5","yes, 1E5",\n')

    [result] = bench.sync()

    assert result.outcome == "success"
    rows = bench.rows(
        "select sku, price, in_stock, zip, extra, source_file from list.prices order by sku"
    )
    assert [tuple(row.values()) for row in rows] == [
        ("0001", Decimal("1.50"), "TRUE", "02134", {}, f"{bench.files}/a.csv"),
        ("0002", None, "yes, 1E5", None, {"Price": "2,5"}, f"{bench.files}/a.csv"),
    ]


def test_what_did_not_change_is_not_read_again(bench: CsvBench, opened: list[str]):
    bench.write("a.csv", table({"a1": "1"}))
    bench.write("b.csv", table({"b1": "2"}))
    bench.sync()
    opened.clear()

    [result] = bench.sync()

    assert result.outcome == "success"
    assert counts(result) == (0, 0, 0, 0)
    assert opened == []


def test_only_what_changed_or_is_new_is_read(bench: CsvBench, opened: list[str]):
    bench.write("a.csv", table({"a1": "1"}))
    bench.write("b.csv", table({"b1": "2"}))
    bench.sync()
    opened.clear()

    bench.write("b.csv", table({"b1": "3", "b2": "4"}), age=60)
    bench.write("c.csv", table({"c1": "5"}), age=60)
    [result] = bench.sync()

    assert opened == ["b.csv", "c.csv"]
    assert counts(result) == (3, 2, 1, 0)
    assert bench.prices() == [("a1", 1), ("b1", 3), ("b2", 4), ("c1", 5)]


def test_a_file_written_just_now_is_read_again(bench: CsvBench, opened: list[str]):
    path = bench.write("a.csv", table({"a1": "1"}), age=0)
    bench.sync()

    before = path.stat()
    path.write_text(table({"a1": "2"}))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    bench.sync()

    assert bench.prices() == [("a1", 2)]


def test_rows_that_are_gone_from_a_file_stay(bench: CsvBench):
    bench.write("a.csv", table({"a1": "1", "a2": "2"}))
    bench.sync()

    bench.write("a.csv", table({"a1": "1"}), age=60)
    bench.sync()

    assert bench.prices() == [("a1", 1), ("a2", 2)]


def test_of_a_snapshot_rows_are_gone_with_their_line_or_file(bench: CsvBench):
    bench.tables(SNAPSHOT)
    bench.write("a.csv", table({f"a{n}": "1" for n in range(10)}))
    bench.write("b.csv", table({"b0": "2"}))
    bench.sync()

    bench.write("a.csv", table({f"a{n}": "1" for n in range(9)}), age=60)
    (bench.files / "b.csv").unlink()
    [result] = bench.sync()

    assert result.outcome == "success"
    assert [sku for sku, _ in bench.prices()] == [f"a{n}" for n in range(9)]
    assert bench.prices("sku", where="deleted_at is not null") == [("a9",), ("b0",)]


def test_a_row_that_moved_to_another_file_lives(bench: CsvBench):
    bench.tables(SNAPSHOT)
    bench.write("a.csv", table({"x": "1", "a1": "1", "a2": "1", "a3": "1"}))
    bench.write("b.csv", table({"b1": "2"}))
    bench.sync()

    bench.write("a.csv", table({"a1": "1", "a2": "1", "a3": "1"}), age=60)
    bench.write("b.csv", table({"x": "1", "b1": "2"}), age=60)
    bench.sync()
    bench.write("a.csv", table({"a1": "2", "a2": "1", "a3": "1"}), age=30)
    bench.sync()

    assert [sku for sku, _ in bench.prices()] == ["a1", "a2", "a3", "b1", "x"]


def test_a_file_that_shrinks_too_much_takes_no_rows_with_it(bench: CsvBench):
    bench.tables(SNAPSHOT)
    bench.write("a.csv", table({f"a{n:03}": "1" for n in range(100)}))
    bench.sync()

    bench.write("a.csv", table({"a000": "1"}), age=60)
    [result] = bench.sync()

    assert result.outcome == "unreconciled"
    assert "more than 30%" in result.error
    assert len(bench.prices()) == 100


@pytest.mark.parametrize("content", ["", "sku,Price\n", "\n\n"])
def test_an_empty_file_takes_no_rows_with_it(bench: CsvBench, content: str, caplog):
    bench.tables(SNAPSHOT)
    bench.write("a.csv", table({"a1": "1"}))
    bench.write("b.csv", table({f"b{n}": "1" for n in range(9)}))
    bench.sync()

    bench.write("a.csv", content, age=60)
    with caplog.at_level("WARNING", "crm_sync"):
        [result] = bench.sync()

    assert result.outcome == "success"
    assert len(bench.prices()) == 10
    assert f"{bench.files}/a.csv left out: it holds no records" in caplog.text


def test_no_file_at_all_is_an_error(bench: CsvBench):
    [result] = bench.sync()

    assert result.outcome == "failed"
    assert f"[list.prices] there is no file at {bench.files}/*.csv*" in result.error


def test_the_last_file_that_vanishes_takes_no_rows_with_it(bench: CsvBench):
    bench.tables(SNAPSHOT)
    path = bench.write("a.csv", table({"a1": "1"}))
    bench.sync()

    path.unlink()
    [result] = bench.sync()

    assert result.outcome == "failed"
    assert bench.prices() == [("a1", 1)]


def test_bad_lines_are_rejected_with_their_numbers(bench: CsvBench):
    bench.write("a.csv", 'sku,Price\na1,1\na2\n"a\n3",3\na4,4,4\n,5\na6,6\n')

    [result] = bench.sync()

    assert result.outcome == "partial"
    assert [sku for sku, _ in bench.prices()] == ["a\n3", "a1", "a6"]
    raw = {one["reason"].rpartition("/")[2]: one["raw"].replace(" ", "") for one in bench.rejects()}
    assert raw.keys() == {
        "a.csv, line 3: 1 fields, where the header has 2",
        "a.csv, line 6: 3 fields, where the header has 2",
        "record has no sku, which is its key",
    }
    assert '"_line":"7"' in raw["record has no sku, which is its key"]


def test_a_mended_line_lands_and_its_reject_is_closed(bench: CsvBench):
    bench.write("a.csv", "sku,Price\na1,1\na2\n")
    bench.sync()

    bench.write("a.csv", "sku,Price\na1,1\na2,2\n", age=60)
    [result] = bench.sync()

    assert result.outcome == "success"
    assert bench.rejects() == []


def test_strict_rejects_what_does_not_fit_and_says_in_which_line(bench: CsvBench):
    bench.write("a.csv", "sku,Price\na1,1\na2,cheap\n")

    [result] = bench.sync(strict=True)

    [reject] = bench.rejects()
    assert result.outcome == "partial"
    assert reject["reason"] == "Field 'price': not a value of kind decimal"
    assert '"_line":"3"' in reject["raw"].replace(" ", "")


@pytest.mark.parametrize(
    ("name", "pack"),
    [
        ("a.csv.gz", gzip.compress),
        ("a.csv.zst", zstandard.compress),
        ("a.csv", lambda text: text.decode().encode("utf-16")),
        ("a.csv", lambda text: text.replace(b"\n", b"\r")),
    ],
)
def test_packed_and_other_files_land_too(bench: CsvBench, name: str, pack, monkeypatch):
    monkeypatch.setattr(pages, "BLOCK", 1 << 14)
    rows = {f"a{n:05}": str(n) for n in range(5_000)}
    bench.write(name, pack(table(rows).encode()))

    [result] = bench.sync()

    assert result.outcome == "success"
    assert bench.prices() == [(sku, int(price)) for sku, price in rows.items()]


@pytest.mark.parametrize("pack", [gzip.compress, zstandard.compress])
def test_a_packed_file_that_is_cut_off_fails_the_run(bench: CsvBench, pack):
    whole = pack("".join(f"{n},{n}\n" for n in range(50_000)).encode())
    bench.write("a.csv", pack(b"sku,Price\n") + whole[: len(whole) // 2])

    [result] = bench.sync()

    assert result.outcome == "failed"
    assert "a.csv cannot be unpacked to its end" in result.error


def test_a_run_that_failed_goes_on_where_it_was(bench: CsvBench, monkeypatch):
    monkeypatch.setattr(pages, "BLOCK", 1 << 12)
    monkeypatch.setattr("tasks.fetch.FIRST_CHUNK_RECORDS", 100)
    monkeypatch.setattr("tasks.fetch.CHUNK_GROWTH", 1)
    rows = {f"a{n:05}": str(n) for n in range(3_000)}
    bench.write("a.csv", table(rows))
    bench.write("b.csv", table({f"b{n:05}": str(n) for n in range(1_000)}))
    inner, asked = CsvFiles._page, []

    def fails_at_five(self, entity, window, cursor):
        asked.append(cursor)
        if len(asked) == 5:
            raise Unavailable("gone for lunch")
        return inner(self, entity, window, cursor)

    monkeypatch.setattr(CsvFiles, "_page", fails_at_five)
    [failed] = bench.sync()
    landed = len(bench.prices())
    [resumed] = bench.sync()

    assert (failed.outcome, resumed.outcome) == ("failed", "success")
    assert 0 < landed < 3_000
    assert asked[5] in asked[1:5]
    assert asked[5].at
    assert len(bench.prices()) == 4_000


def test_a_file_that_changed_meanwhile_is_begun_anew(bench: CsvBench, monkeypatch):
    monkeypatch.setattr(pages, "BLOCK", 1 << 12)
    bench.write("a.csv", table({f"a{n:05}": "1" for n in range(3_000)}))
    inner, asked = CsvFiles._page, []

    def changes_at_three(self, entity, window, cursor):
        asked.append(cursor)
        if len(asked) == 3:
            bench.write("a.csv", table({f"a{n:05}": "2" for n in range(2_000)}), age=60)
        return inner(self, entity, window, cursor)

    monkeypatch.setattr(CsvFiles, "_page", changes_at_three)
    [result] = bench.sync()

    assert result.outcome == "success"
    assert {price for _, price in bench.prices()[:2_000]} == {2}
    # It is not the content that was there when the run began.
    asked.clear()
    bench.sync()
    assert asked


def test_a_file_that_never_stops_changing_is_given_up(bench: CsvBench, monkeypatch):
    monkeypatch.setattr(pages, "BLOCK", 1 << 12)
    text = table({f"a{n:05}": "1" for n in range(3_000)})
    bench.write("a.csv", text)
    inner, asked = CsvFiles._page, []

    def always_changes(self, entity, window, cursor):
        asked.append(cursor)
        bench.write("a.csv", text, age=10_000 - len(asked))
        return inner(self, entity, window, cursor)

    monkeypatch.setattr(CsvFiles, "_page", always_changes)
    [result] = bench.sync()

    assert result.outcome == "failed"
    assert "keeps changing while it is read" in result.error


def test_files_may_have_other_columns_in_another_order(bench: CsvBench):
    bench.write("a.csv", "sku,Price,Colour\na1,1,red\n")
    bench.write("b.csv", "price;SKU;Size\n2;b1;L\n")

    [result] = bench.sync()

    assert result.outcome == "success"
    assert bench.prices("sku", "price", "colour", "size") == [
        ("a1", 1, "red", None),
        ("b1", 2, None, "L"),
    ]


@pytest.mark.parametrize("name", ["a.csv", "0.csv"])
def test_a_column_that_is_spelled_otherwise_later_stays_the_same(bench: CsvBench, name: str):
    bench.write("a.csv", "sku,Price,In Stock\na1,1,yes\n")
    bench.sync()

    bench.write(name, "SKU;PRICE;in stock\na1;2;no\nb1;3;yes\n", age=60)
    [result] = bench.sync(full=True)

    assert result.outcome == "success"
    found = bench.prices("sku", "in_stock")
    assert ("b1", "yes") in found
    assert ("a1", "no" if name == "a.csv" else "yes") in found
    columns = "select column_name from ingestion_column_name where lower(source_path) = 'in stock'"
    assert [row["column_name"] for row in bench.rows(columns)] == ["in_stock"]


def test_a_column_that_is_new_is_filled(bench: CsvBench):
    bench.write("a.csv", "sku,Price\na1,1\n")
    bench.sync()

    bench.write("a.csv", "sku,Price,Colour\na1,1,red\n", age=60)
    bench.sync()

    assert bench.prices("sku", "colour") == [("a1", "red")]


def test_a_chosen_few_columns_are_kept(bench: CsvBench):
    bench.tables(
        PRICES.replace('key = "sku"', 'key = "sku"\nproperties = "declared"\nexclude = ["s*t"]')
    )
    bench.write("a.csv", "sku,Price,colour,secret\na1,1,red,no\n")

    bench.sync()

    assert bench.prices("sku", "price", "extra") == [("a1", 1, {"colour": "red"})]


def test_of_a_file_read_before_only_what_changed_is_handed_on(bench: CsvBench):
    bench.tables(STAMPED)
    day = 86_400
    old, new = (time.strftime("%Y-%m-%d", time.gmtime(time.time() - n * day)) for n in (9, 1))
    bench.write("a.csv", f"sku,Price,Changed\na1,1,{old}\na2,2,{old}\na3,3,?\n", age=3 * day)
    bench.sync()

    bench.write("a.csv", f"sku,Price,Changed\na1,9,{old}\na2,3,{new}\na3,4,?\n", age=60)
    [result] = bench.sync()

    assert counts(result)[:3] == (2, 0, 2)
    assert bench.prices() == [("a1", 1), ("a2", 3), ("a3", 4)]


@pytest.mark.parametrize("beginning", ["", "sku,Price,Changed\na1,1,2020-01-01\n"])
def test_the_beginning_of_a_file_bounds_nothing(bench: CsvBench, beginning: str):
    bench.tables(STAMPED)
    bench.write("a.csv", beginning, age=60)
    bench.sync()

    bench.write("a.csv", "sku,Price,Changed\na1,1,2020-01-01\na2,2,2020-01-01\n", age=30)
    bench.sync()

    assert bench.prices() == [("a1", 1), ("a2", 2)]


def test_a_file_that_came_to_rest_is_noted_without_being_read_again(
    bench: CsvBench, opened: list[str]
):
    bench.tables(STAMPED)
    path = bench.write("a.csv", "sku,Price,Changed\na1,1,2020-01-01\n", age=595)
    bench.sync()
    time.sleep(max(0.0, path.stat().st_mtime + 600.1 - time.time()))
    bench.sync()

    bench.write("a.csv", "sku,Price,Changed\na1,9,2020-01-01\n", age=60)
    bench.sync()

    assert opened == ["a.csv"]
    assert bench.prices() == [("a1", 1)]


def test_runs_that_find_nothing_move_no_bound(bench: CsvBench):
    bench.tables(STAMPED)
    day = 86_400
    stamps = [time.strftime("%Y-%m-%d", time.gmtime(time.time() - n * day)) for n in (40, 25)]
    bench.write("a.csv", f"sku,Price,Changed\na1,1,{stamps[0]}\n", age=30 * day)
    bench.sync()
    bench.sync()
    bench.sync()

    bench.write("a.csv", f"sku,Price,Changed\na1,2,{stamps[1]}\n", age=60)
    bench.sync()

    assert bench.prices() == [("a1", 2)]


def test_a_stale_copy_in_another_file_loses(bench: CsvBench):
    bench.tables(STAMPED.replace("a.csv", "*.csv"))
    bench.write("a.csv", "sku,Price,Changed\na1,2,2026-02-02\n")
    bench.write("b.csv", "sku,Price,Changed\na1,1,2026-01-01\n")

    bench.sync()

    assert bench.prices() == [("a1", 2)]


def test_lines_can_be_keys(bench: CsvBench):
    bench.tables('[list.notes]\npath = "{files}/a.csv"\nkey = "_line"\n')
    bench.write("a.csv", "who,note\nAna,hi\nAna,hi\nBo,no\nCy,1\n")
    bench.sync()

    bench.write("a.csv", "who,note\nAna,hi\nBo,no\nCy,1\n", age=60)
    [result] = bench.sync()

    assert result.outcome == "success"
    rows = bench.rows("select line, who from list.notes where deleted_at is null order by line")
    assert [tuple(row.values()) for row in rows] == [(2, "Ana"), (3, "Bo"), (4, "Cy")]


def test_a_dry_run_tells_what_would_be(bench: CsvBench):
    bench.write("a.csv", table({"a1": "1"}))

    [result] = bench.sync(dry_run=True)

    assert result.outcome == "preview"
    assert bench.one("select to_regclass('list.prices')") is None


def test_a_key_that_is_not_in_the_file_is_told(bench: CsvBench):
    bench.write("a.csv", "id,Price\n1,2\n")

    [result] = bench.sync()

    assert result.outcome == "failed"
    assert "has no column 'sku'" in result.error
    assert "'id', 'Price'" in result.error


def test_the_few_records_that_are_wanted_are_read(bench: CsvBench):
    bench.write("a.csv", table({f"a{n}": "1" for n in range(50)}))

    bench.sync(max_records=3)

    assert len(bench.prices()) == 3


def test_everything_is_read_again_when_that_is_asked_for(bench: CsvBench, opened: list[str]):
    bench.write("a.csv", table({"a1": "1"}))
    bench.sync()
    opened.clear()

    bench.sync(full=True)

    assert opened == ["a.csv"]


def test_files_elsewhere_are_read_through_fsspec(bench: CsvBench):
    import fsspec

    memory = fsspec.filesystem("memory")
    memory.pipe("/prices/a.csv", table({"a1": "1"}).encode())
    memory.pipe("/prices/b.csv.gz", gzip.compress(table({"b1": "2"}).encode()))
    bench.tables(PRICES.replace("{files}/*.csv*", "memory://prices/*.csv*"))

    [result] = bench.sync()

    assert result.outcome == "success"
    assert bench.prices("sku", "source_file") == [
        ("a1", "memory:///prices/a.csv"),
        ("b1", "memory:///prices/b.csv.gz"),
    ]


def test_the_page_a_run_reads_is_the_same_whatever_is_kept_open(bench: CsvBench, monkeypatch):
    monkeypatch.setattr(pages, "BLOCK", 1 << 13)
    monkeypatch.setattr("sources.tabular.streams.MOST_KEPT", 0)
    rows = {f"a{n:05}": str(n) for n in range(2_000)}
    bench.write("a.csv.zst", zstandard.compress(table(rows).encode()))

    [result] = bench.sync()

    assert result.outcome == "success"
    assert len(bench.prices()) == 2_000
