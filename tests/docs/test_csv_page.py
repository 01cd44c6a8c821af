"""The page of CSV files: its example is synced as it stands, and it names every key."""

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from sources.csv_files.kind import KIND
from tests.flows.csv_bench import CsvBench, csv_bench

PAGE = (Path(__file__).parents[2] / "docs" / "csv.md").read_text()
[EXAMPLE] = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.fixture
def bench(pg18_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[CsvBench]:
    monkeypatch.chdir(tmp_path)
    with csv_bench(pg18_url, tmp_path) as bench:
        Path(bench.home, "crm-sync.toml").write_text(EXAMPLE)
        yield bench


def test_the_example_is_synced_as_it_stands(bench: CsvBench):
    path = Path(tomllib.loads(EXAMPLE)["price_list"]["path"].replace("*", "2026"))
    path.parent.mkdir(parents=True)
    path.write_text("SKU;Price;Changed\n007;1.50;2026-01-02\n008;2;2026-01-03\n")

    [result] = bench.sync(source="price_list")

    assert result.outcome == "success"
    rows = bench.rows("select sku, price, source_file from price_list.prices order by sku")
    assert [(row["sku"], float(row["price"]), row["source_file"]) for row in rows] == [
        ("007", 1.5, "data/prices/2026.csv"),
        ("008", 2, "data/prices/2026.csv"),
    ]


def test_every_key_is_on_the_page():
    assert set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)) == KIND.options
