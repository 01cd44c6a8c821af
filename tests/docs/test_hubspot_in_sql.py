"""The page of queries, each run as it stands there and compared with what the CRM's records say."""

import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from sandbox.hubspot import TOKEN
from tests.databases import Server
from tests.docs.account import an_account, pass_time
from tests.docs.answers import ANSWERS, Row, largest_open_deals
from tests.docs.figures import told
from tests.docs.records import Records
from tests.flows.harness import Bench
from warehouse import sample
from warehouse.connection import connect

PAGE = Path(__file__).parents[2] / "docs" / "hubspot-in-sql.md"
QUERY = re.compile(r"^## ([^\n]+)\n(?:(?!^## ).)*?^```sql\n(.*?)^```$", re.DOTALL | re.MULTILINE)
QUERIES = dict(QUERY.findall(PAGE.read_text()))


@pytest.fixture(scope="module")
def synced(
    pg18: Server, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Bench, Records]]:
    """A warehouse that saw its account grow older: two syncs, with mergers and partings between them."""
    sandbox, home = an_account(), tmp_path_factory.mktemp("account")
    records = Records(sandbox)
    with (
        pg18.database() as name,
        sandbox.serve() as url,
        pytest.MonkeyPatch.context() as environment,
    ):
        for variable, value in {
            "CRM_SYNC_CONFIG": str(home / "crm-sync.toml"),
            "WAREHOUSE_URL": pg18.address(name),
            "HUBSPOT_API_TOKEN": TOKEN,
            "HUBSPOT_BASE_URL": url,
            "HUBSPOT_SEARCHES_PER_SECOND": "1000",
        }.items():
            environment.setenv(variable, value)
        bench = Bench(sandbox, pg18.address(name), str(home))
        bench.config(deletes_every="0s", associations_every="0s", deals={"history": ["dealstage"]})
        sync(bench, records)
        pass_time(sandbox)
        sync(bench, records)
        yield bench, records


def sync(bench: Bench, records: Records) -> None:
    records.learn()
    assert {result.outcome for result in bench.sync()} == {"success"}


def asked(bench: Bench, records: Records, query: str, zone: str = "UTC") -> list[Row]:
    """The answer to a query, and the moment it was asked."""
    with psycopg.connect(bench.url) as connection:
        connection.execute("select set_config('timezone', %s, false)", (zone,))
        [(records.now,)] = connection.execute("select now()").fetchall()
        return connection.execute(query.encode()).fetchall()


def test_every_query_of_the_page_has_an_answer_to_compare_with():
    assert QUERIES.keys() == ANSWERS.keys()
    assert PAGE.read_text().count("```sql") == len(QUERIES)


@pytest.mark.parametrize("zone", ["UTC", "Asia/Tokyo"])
@pytest.mark.parametrize("question", ANSWERS)
def test_a_query_gives_the_right_answer(synced: tuple[Bench, Records], question: str, zone: str):
    bench, records = synced

    rows = asked(bench, records, QUERIES[question], zone)

    assert told(rows) == told(ANSWERS[question](records))
    assert len(rows) > 2


def test_the_query_that_the_demo_shows_gives_the_right_answer(synced: tuple[Bench, Records]):
    bench, records = synced

    with connect(bench.url) as connection:
        answer = sample.open_deals(connection, "hubspot", 1000)

    assert answer.rows == asked(bench, records, answer.query)
    assert told(answer.rows) == told(largest_open_deals(records))
