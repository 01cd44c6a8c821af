"""The page of CSV on GitHub: its examples are synced as they stand, and its queries give the right answers."""

import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from sandbox.github import TOKEN as GITHUB_TOKEN
from sandbox.github import GithubSandbox, table
from sandbox.salesrabbit import TOKEN, SalesRabbitSandbox
from tests.databases import Server
from tests.flows.vendor import VendorBench, vendor_bench

PAGE = (Path(__file__).parents[2] / "docs" / "github-csv.md").read_text()
EXAMPLES = re.findall(r"^```toml\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE)
QUERIES = dict(re.findall(r"^### ([^\n]+)\n\n```sql\n(.*?)^```$", PAGE, re.DOTALL | re.MULTILINE))
# As the file has them; every name is invented but those of the states.
ZIPS = [
    ("17", "Illinois", "IL", "62701", "Alder", "Springfield"),
    ("49", "Utah", "UT", "84065", "Birch", "Riverton"),
    ("47", "Tennessee", "TN", "37062", "Cedar", "Fairview"),
    ("9", "Connecticut", "CT", "06010", "Dogwood", "Bristol"),
    ("36", "New York", "NY", "06010", "Elm", "Bristol"),
    ("19", "Iowa", "IA", "52732", "Fir", "Clinton"),
    ("19", "Iowa", "IA", "52733", "Fir", "Clinton"),
]
HEADER = ("state_fips", "state", "state_abbr", "zipcode", "county", "city")

Row = tuple[Any, ...]


@pytest.fixture(scope="module")
def synced(pg18: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VendorBench]:
    """Leads with addresses in six places, and the lookup table of the page's example."""
    leads, github = SalesRabbitSandbox.seeded(300, 4), GithubSandbox()
    moved = sorted(leads.truth("leads"), key=int)[:5]
    for key in moved:
        leads.update("leads", key, {"zip": "52732-1234", "state": "CA"})
    wanted = tomllib.loads(EXAMPLES[1])["lookup"]["zip_codes"]
    github.create(wanted["repo"])
    github.commit(wanted["repo"], {wanted["path"]: table(HEADER, ZIPS)})
    with (
        pg18.database() as name,
        github.serve() as url,
        pytest.MonkeyPatch.context() as patch,
        vendor_bench(
            leads,
            "salesrabbit",
            pg18.address(name),
            tmp_path_factory.mktemp("lookup"),
            SALESRABBIT_API_TOKEN=TOKEN,
        ) as bench,
    ):
        patch.setenv("GITHUB_BASE_URL", url)
        patch.setenv("GITHUB_TOKEN", GITHUB_TOKEN)
        place = Path(bench.home, "crm-sync.toml")
        place.write_text("\n".join([place.read_text(), *EXAMPLES]))
        results = [*bench.sync("leads"), *bench.sync(source="lookup")]
        assert {result.outcome for result in results} <= {"success", "partial"}
        # One code is no more: those rows have `deleted_at`.
        github.commit(wanted["repo"], {wanted["path"]: table(HEADER, ZIPS[:-1])})
        assert [result.outcome for result in bench.sync(source="lookup")] == ["success"]
        yield bench


def addresses(bench: VendorBench) -> list[tuple[int, str | None, str | None]]:
    """Id, ZIP code and state of the leads that live, as they are stored."""
    rows = bench.rows("select id, zip, state from salesrabbit.leads where deleted_at is null")
    return [(row["id"], row["zip"], row["state"]) for row in rows]


def states_of(zip_code: str | None) -> list[str]:
    return sorted(row[2] for row in ZIPS[:-1] if row[3] == (zip_code or "")[:5])


def by_county(bench: VendorBench) -> list[Row]:
    found: Counter[tuple[str | None, str | None]] = Counter()
    for _, zip_code, state in addresses(bench):
        states = states_of(zip_code)
        chosen = state if state in states else next(iter(states), None)
        counties = [row[4] for row in ZIPS if (row[2], row[3]) == (chosen, (zip_code or "")[:5])]
        found[chosen, next(iter(counties), None)] += 1
    return [(*place, leads) for place, leads in found.items()]


def of_other_states(bench: VendorBench) -> list[Row]:
    return [
        (key, zip_code, state, ", ".join(states_of(zip_code)))
        for key, zip_code, state in addresses(bench)
        if states_of(zip_code) and state not in states_of(zip_code)
    ]


ANSWERS = {
    "Leads by county": by_county,
    "Leads whose ZIP code is not in their state": of_other_states,
}


def test_every_query_of_the_page_has_an_answer_to_compare_with():
    assert QUERIES.keys() == ANSWERS.keys()
    assert len(QUERIES) == PAGE.count("```sql")


@pytest.mark.parametrize("question", ANSWERS)
def test_a_query_gives_the_right_answer(synced: VendorBench, question: str):
    with psycopg.connect(synced.url) as connection:
        rows = connection.execute(QUERIES[question].encode()).fetchall()

    assert sorted(rows, key=str) == sorted(ANSWERS[question](synced), key=str)
    assert len(rows) > 2


def test_zeros_in_front_stay(synced: VendorBench):
    rows = synced.rows("select zip, state_code, deleted_at from lookup.zip_codes order by zip")

    assert [row["zip"] for row in rows][:2] == ["06010", "06010"]
    assert [row["zip"] for row in rows if row["deleted_at"]] == ["52733"]
