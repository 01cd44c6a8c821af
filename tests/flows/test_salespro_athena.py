"""Whole syncs of SalesPro's tables in Athena: every run pays for one reading of a table, and for no second one."""

from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from flows.cli.app import run
from sandbox.athena import AthenaSandbox
from sources.salespro.entities import ENTITIES, ESTIMATES, USER_ACTIVITIES
from tests.athena import athena, needs_pyathena
from tests.databases import EMPTY, Server
from tests.flows.shelf import bench_of, expected, filled, keys, stored
from tests.flows.vendor import VendorBench, counted
from tests.tables import Tables, fixtures

needs_pyathena()

# A fault, what the answer shall be about, and whether it passes when it strikes once.
TROUBLE = [
    ("unauthorized", "check the source's credential", False),
    ("access_denied", "AccessDenied", False),
    ("throttled", "Rate exceeded", True),
    ("too_many", "the number of queries", True),
    ("server_error", "Internal server error", True),
    ("closed", "cannot be reached", True),
]


class Place(VendorBench):
    """A bench whose source is Athena: `sandbox` are the tables behind it."""

    athena: AthenaSandbox
    address: str

    @property
    def scans(self) -> Counter[str]:
        """How many queries read each table."""
        queries = [q for q in self.athena.queries if "information_schema" not in q]
        return Counter(query.split('"acme"."')[1].partition('"')[0] for query in queries)


@pytest.fixture
def bench(pg18: Server, pg18_url: str, tmp_path: Path) -> Iterator[VendorBench]:
    """Every table with the committed records, behind Athena."""
    with pg18.database(EMPTY) as name, pytest.MonkeyPatch.context() as patch:
        pg18.execute("create schema acme", database=name)
        pg18.execute(f"alter database {name} set search_path = acme, public")
        plain = pg18.address(name)
        theirs = Tables(plain.replace("postgresql://", "postgresql+psycopg://", 1))
        filled(theirs, "salespro", *ENTITIES.values(), keyed=False)
        with athena(plain, "acme") as (sandbox, address):
            sandbox.waits = 0
            bench = bench_of(theirs, "salespro", address, patch, pg18_url, tmp_path)
            place = Place(theirs, bench.url, bench.home, "salespro")
            place.athena, place.address = sandbox, address
            place.config(retry_attempts=0)
            yield place
        theirs.engine.dispose()


def test_every_declared_field_lands_and_a_second_run_changes_nothing(bench: Place):
    first = bench.sync()
    second = bench.sync()

    assert [result.error for result in (*first, *second) if result.error] == []
    assert {result.outcome for result in (*first, *second)} == {"success"}
    assert {result.entity: counted(result) for result in second} == dict.fromkeys(
        ENTITIES, (0, 0, 0)
    )
    for entity in ENTITIES.values():
        if entity is not USER_ACTIVITIES:
            assert sorted(stored(bench, entity), key=repr) == sorted(
                expected("salespro", entity), key=repr
            )
    # Nothing is counted, and no page is a query.
    assert bench.scans == dict.fromkeys((entity.path for entity in ENTITIES.values()), 2)


def test_a_delta_lands_what_changed(bench: Place):
    bench.sync("estimates")
    bench.sandbox.change(
        "estimates", "b4ZtR9wVq2", is_sale=False, updated_at=datetime.now(UTC).replace(tzinfo=None)
    )

    [result] = bench.sync("estimates")

    assert result.row["configuration"]["strategy"] == "incremental"
    assert counted(result) == (0, 1, 0)
    assert result.row["records_processed"] == 1


def test_what_leaves_is_marked_when_two_readings_miss_it(bench: Place):
    bench.config(census_every="0s", retry_attempts=0)
    bench.sync("estimates")
    bench.sandbox.remove("estimates", "b4ZtR9wVq2")

    [result] = bench.sync("estimates")

    assert result.outcome == "success"
    assert keys(bench, ESTIMATES, living=False) == {"b4ZtR9wVq2"}
    # The first run, the census, and the reading that confirms it.
    assert bench.scans["estimate"] == 3


def many(bench: Place, count: int) -> None:
    row = fixtures("salespro", ESTIMATES)[0]
    bench.sandbox.put("estimates", *({**row, "estimate_id": f"E{n:09}"} for n in range(count)))


def test_an_interrupted_run_goes_on_with_the_same_query(
    bench: Place, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tasks.fetch.CHUNK_RECORDS", 1000)
    many(bench, 5000)
    fault = bench.athena.fault("server_error", times=None, path="GetQueryResults", skip=4)

    [failed] = bench.sync("estimates")
    bench.athena.faults.clear()
    [result] = bench.sync("estimates")

    assert fault.struck
    assert failed.outcome == "failed"
    assert failed.row["records_created"] > 0
    assert result.outcome == "success"
    assert result.row["configuration"]["resumes"] == failed.row["id"]
    assert failed.row["records_created"] + result.row["records_created"] == 5002
    assert bench.scans["estimate"] == 1


def test_a_run_that_ends_while_its_query_is_at_work_finds_it_done(bench: Place):
    fault = bench.athena.fault("server_error", times=None, path="GetQueryExecution", skip=1)

    [failed] = bench.sync("estimates")
    bench.athena.faults.clear()
    [result] = bench.sync("estimates")

    assert fault.struck
    assert failed.outcome == "failed"
    assert counted(result) == (2, 0, 0)
    assert bench.scans["estimate"] == 1


def test_an_answer_that_was_tidied_away_is_asked_for_anew(
    bench: Place, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tasks.fetch.CHUNK_RECORDS", 1000)
    many(bench, 3000)
    bench.athena.fault("server_error", times=None, path="GetQueryResults", skip=3)
    bench.sync("estimates")
    bench.athena.faults.clear()
    bench.athena.expire()

    [result] = bench.sync("estimates")

    assert result.outcome == "success"
    assert len(keys(bench, ESTIMATES)) == 3002
    assert bench.scans["estimate"] == 2


def test_activities_have_the_same_ids_when_the_copy_moves_to_another_database(
    bench: Place, monkeypatch: pytest.MonkeyPatch
):
    moment = datetime(2026, 1, 5, tzinfo=UTC)
    rows = [
        {"created_at": moment + timedelta(seconds=n // 4), "user_id": "u", "price": "1.50"}
        for n in range(20)
    ]
    bench.sandbox.put("user_activities", *rows)
    bench.sync("user_activities")
    monkeypatch.setenv("SALESPRO_DATABASE_URL", bench.sandbox.url)

    [result] = bench.sync("user_activities", full=True)

    assert counted(result) == (0, 0, 0)
    assert len(keys(bench, USER_ACTIVITIES)) == 22


def test_customers_without_an_id_are_rejected(bench: Place):
    bench.sandbox.put("customers", {"customer_id": ""}, {"customer_id": None, "crm_source": "x"})

    [result] = bench.sync("customers")

    assert (result.outcome, counted(result)) == ("partial", (2, 0, 2))


def test_a_check_and_a_few_records_pay_for_little(
    bench: Place, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    well = run(["check", "salespro"])
    said = capsys.readouterr().out
    [few] = bench.sync("estimates", max_records=1)

    assert (well, few.row["records_processed"]) == (0, 1)
    assert "All is well" in said
    assert all("LIMIT 1" in query for query in bench.athena.queries if "information" not in query)
    monkeypatch.setenv("SALESPRO_DATABASE_URL", bench.address.replace("AKIASANDBOX", "AKIASTRANGE"))
    assert run(["check", "salespro"]) == 1
    assert "SALESPRO_DATABASE_URL" in capsys.readouterr().out


@pytest.mark.parametrize(("kind", "said", "passes"), TROUBLE, ids=[t[0] for t in TROUBLE])
@pytest.mark.parametrize("call", ["StartQueryExecution", "GetQueryResults"])
def test_trouble_ends_as_it_should(bench: Place, kind: str, said: str, passes: bool, call: str):
    # The first query asks what tables there are.
    fault = bench.athena.fault(kind, times=None, path=call, skip=1)

    [failed] = bench.sync("estimates")
    bench.athena.faults.clear()
    [last] = bench.sync("estimates")

    assert fault.struck
    assert failed.outcome == "failed"
    assert failed.row["configuration"]["anchor"] is False
    assert said in failed.row["error_message"]
    assert last.outcome == "success"
    if passes:
        assert bench.scans["estimate"] <= 2


def test_no_secret_is_told(
    bench: Place, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
):
    bench.athena.fault("unauthorized", times=None, skip=1)

    [failed] = bench.sync("estimates")

    told: Any = (failed.error, failed.row, caplog.text, capsys.readouterr())
    assert "sandbox/athena+secret" not in str(told)
    assert "sandbox%2Fathena" not in str(told)
