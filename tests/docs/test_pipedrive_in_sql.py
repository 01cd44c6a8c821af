"""The page of queries, each run as it stands there and compared with what the CRM's records say."""

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from sandbox.pipedrive import TOKEN
from tests.databases import Server
from tests.docs.figures import told
from tests.docs.pipedrive_account import an_account, pass_time
from tests.docs.pipedrive_answers import ANSWERS, Records, Row
from tests.flows.vendor import VendorBench, vendor_bench

PAGE = Path(__file__).parents[2] / "docs" / "pipedrive-in-sql.md"
QUERY = re.compile(r"^## ([^\n]+)\n(?:(?!^## ).)*?^```sql\n(.*?)^```$", re.DOTALL | re.MULTILINE)
QUERIES = dict(QUERY.findall(PAGE.read_text()))


@pytest.fixture(scope="module")
def synced(
    pg18: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[VendorBench, Records]]:
    """A warehouse that saw its company grow older: two syncs, with mergers and partings between them."""
    sandbox, home = an_account(), tmp_path_factory.mktemp("company")
    records = Records(sandbox)
    with (
        pg18.database() as name,
        vendor_bench(
            sandbox, "pipedrive", pg18.address(name), home, PIPEDRIVE_API_TOKEN=TOKEN
        ) as bench,
    ):
        bench.config(deletes_every="0s", census_every="0s", associations_every="0s")
        sync(bench, records)
        pass_time(sandbox)
        sync(bench, records)
        yield bench, records


def sync(bench: VendorBench, records: Records) -> None:
    records.learn()
    assert {result.outcome for result in bench.sync()} == {"success"}


def asked(bench: VendorBench, records: Records, query: str, zone: str) -> list[Row]:
    """The answer to a query, and the moment it was asked."""
    with psycopg.connect(bench.url) as connection:
        connection.execute("select set_config('timezone', %s, false)", (zone,))
        [(records.now,)] = connection.execute("select now()").fetchall()
        return connection.execute(query.encode()).fetchall()


def test_every_query_of_the_page_has_an_answer_to_compare_with():
    assert QUERIES.keys() == ANSWERS.keys()
    assert len(QUERIES) == PAGE.read_text().count("```sql") == 10


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo"])
@pytest.mark.parametrize("question", ANSWERS)
def test_a_query_gives_the_right_answer(
    synced: tuple[VendorBench, Records], question: str, zone: str
):
    bench, records = synced

    rows = asked(bench, records, QUERIES[question], zone)

    assert told(rows) == told(ANSWERS[question](records))
    assert len(rows) > 2
