"""The page of queries, each run as it stands there and compared with what the CRM's records say."""

import os
import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from sandbox.salesforce import TOKEN
from tests.databases import Server
from tests.docs.figures import told
from tests.docs.salesforce_answers import ANSWERS, Org, Row
from tests.docs.salesforce_org import an_org, pass_time
from tests.flows.vendor import VendorBench, vendor_bench

PAGE = Path(__file__).parents[2] / "docs" / "salesforce-in-sql.md"
QUERY = re.compile(r"^## ([^\n]+)\n(?:(?!^## ).)*?^```sql\n(.*?)^```$", re.DOTALL | re.MULTILINE)
QUERIES = dict(QUERY.findall(PAGE.read_text()))


@pytest.fixture(scope="module")
def synced(
    pg18: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[VendorBench, Org]]:
    """A warehouse that saw its org grow older: two syncs, with mergers and partings between them."""
    sandbox, home = an_org(), tmp_path_factory.mktemp("org")
    org = Org(sandbox)
    with (
        pg18.database() as name,
        vendor_bench(
            sandbox, "salesforce", pg18.address(name), home, SALESFORCE_ACCESS_TOKEN=TOKEN
        ) as bench,
        pytest.MonkeyPatch.context() as environment,
    ):
        environment.setenv("SALESFORCE_INSTANCE_URL", os.environ["SALESFORCE_BASE_URL"])
        sync(bench)
        pass_time(sandbox)
        sync(bench)
        yield bench, org


def sync(bench: VendorBench) -> None:
    assert {result.outcome for result in bench.sync()} == {"success"}


def asked(bench: VendorBench, org: Org, query: str, zone: str) -> list[Row]:
    """The answer to a query, and the moment it was asked."""
    with psycopg.connect(bench.url) as connection:
        connection.execute("select set_config('timezone', %s, false)", (zone,))
        [(org.now,)] = connection.execute("select now()").fetchall()
        return connection.execute(query.encode()).fetchall()


def test_every_query_of_the_page_has_an_answer_to_compare_with():
    assert QUERIES.keys() == ANSWERS.keys()
    assert len(QUERIES) == PAGE.read_text().count("```sql") == 10


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo"])
@pytest.mark.parametrize("question", ANSWERS)
def test_a_query_gives_the_right_answer(synced: tuple[VendorBench, Org], question: str, zone: str):
    bench, org = synced

    rows = asked(bench, org, QUERIES[question], zone)

    assert told(rows) == told(ANSWERS[question](org))
    assert len(rows) > 2
