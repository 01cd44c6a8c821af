"""Whole syncs of SalesPro's tables, wherever a copy of them is: what is there lands, and what is gone is told."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from flows.cli.app import run
from sources.errors import Unavailable
from sources.salespro.copied import SalesPro
from sources.salespro.entities import CUSTOMERS, ENTITIES, ESTIMATES, EVENT, USER_ACTIVITIES
from tests.flows.shelf import expected, filled, keys, shelf, stored
from tests.flows.vendor import VendorBench, counted
from tests.tables import KINDS, fixtures

ORDINARY = [entity for entity in ENTITIES.values() if entity is not USER_ACTIVITIES]
LONG_AGO = datetime(2026, 1, 5, 12, tzinfo=UTC)


@pytest.fixture(params=KINDS)
def bench(request: pytest.FixtureRequest, pg18_url: str, tmp_path: Path) -> Iterator[VendorBench]:
    """Every table with the committed records, in each kind of database."""
    with shelf(request.param, "salespro", request, pg18_url, tmp_path) as bench:
        filled(bench.sandbox, "salespro", *ORDINARY)
        filled(bench.sandbox, "salespro", USER_ACTIVITIES, keyed=False)
        yield bench


def events(bench: VendorBench) -> list[tuple[object, ...]]:
    """The stored activities, by what they say."""
    names = [field.name for field in USER_ACTIVITIES.fields if field.path != EVENT]
    rows = bench.rows(
        f"select {', '.join(names)} from salespro.user_activities where deleted_at is null"
    )
    return sorted((tuple(row.values()) for row in rows), key=repr)


def test_every_declared_field_lands_and_a_second_run_changes_nothing(bench: VendorBench):
    first = bench.sync()
    second = bench.sync()

    assert [result.error for result in (*first, *second) if result.error] == []
    assert {result.outcome for result in (*first, *second)} == {"success"}
    for entity in ORDINARY:
        assert sorted(stored(bench, entity), key=repr) == sorted(
            expected("salespro", entity), key=repr
        ), entity.name
    plain = [
        {name: value for name, value in row.items() if name != "event_id"}
        for row in expected("salespro", USER_ACTIVITIES)
    ]
    assert events(bench) == sorted((tuple(row.values()) for row in plain), key=repr)
    assert {result.entity: counted(result) for result in second} == dict.fromkeys(
        ENTITIES, (0, 0, 0)
    )


def test_a_delta_lands_what_changed_and_reads_no_more(bench: VendorBench):
    theirs = bench.sandbox
    old = [
        {
            **fixtures("salespro", ESTIMATES)[0],
            "estimate_id": f"Old{n:07}",
            "updated_at": "2026-01-05T12:00:00Z",
        }
        for n in range(40)
    ]
    theirs.put("estimates", *old)
    bench.sync("estimates")
    now = datetime.now(UTC).replace(tzinfo=None)
    theirs.change("estimates", "b4ZtR9wVq2", is_sale=False, updated_at=now)
    theirs.put("estimates", {"estimate_id": "B4ZtR9wVq2", "updated_at": now, "sale_amount": "0.10"})

    [result] = bench.sync("estimates")

    assert result.row["configuration"]["strategy"] == "incremental"
    # The lookback is a day: rows land hours after their stamp.
    assert result.row["configuration"]["lookback_seconds"] == 86_400
    assert counted(result) == (1, 1, 0)
    assert result.row["records_processed"] == 2
    assert (
        bench.one("select is_sale from salespro.estimates where estimate_id = 'b4ZtR9wVq2'")
        is False
    )
    # Ids differ by case alone.
    query = "select sale_amount from salespro.estimates where estimate_id = 'B4ZtR9wVq2'"
    assert bench.one(query) == Decimal("0.10")


def test_a_row_that_lands_hours_late_is_not_missed(bench: VendorBench):
    bench.sync("payments")
    late = datetime.now(UTC) - timedelta(hours=20)
    bench.sandbox.put("payments", {"payment_id": "Late000001", "updated_at": late})

    [result] = bench.sync("payments")

    assert result.row["configuration"]["strategy"] == "incremental"
    assert counted(result) == (1, 0, 0)


def test_what_leaves_without_a_trace_is_marked_by_the_census(bench: VendorBench):
    bench.config(census_every="0s")
    bench.sync()
    before = {name: keys(bench, entity) for name, entity in ENTITIES.items()}
    for entity in ORDINARY:
        place = next(f.path for f in entity.fields if f.name == entity.key[0])
        bench.sandbox.remove(entity.name, fixtures("salespro", entity)[0][place])
    bench.sandbox.execute("delete from user_activity where original_row_num = 17")

    results = bench.sync()

    assert {result.entity: result.outcome for result in results} == dict.fromkeys(
        ENTITIES, "success"
    )
    for name, entity in ENTITIES.items():
        assert len(keys(bench, entity)) == len(before[name]) - 1, name
        assert keys(bench, entity, living=False) == before[name] - keys(bench, entity), name


def test_a_table_that_is_rewritten_and_read_half_empty_buries_nobody(bench: VendorBench):
    bench.config(census_every="0s")
    row = fixtures("salespro", CUSTOMERS)[0]
    bench.sandbox.put("customers", *({**row, "customer_id": f"C{n:09}"} for n in range(60)))
    bench.sync("customers")
    bench.sandbox.execute("delete from customer where customer_id > 'C000000010'")

    [result] = bench.sync("customers")

    assert result.outcome == "unreconciled"
    assert len(keys(bench, CUSTOMERS)) == 62


def test_customers_without_an_id_are_rejected_each_by_itself(
    request: pytest.FixtureRequest, pg18_url: str, tmp_path: Path
):
    with shelf("postgresql", "salespro", request, pg18_url, tmp_path) as bench:
        bench.sandbox.create(CUSTOMERS, keyed=False)
        nobody = {
            "customer_id": "",
            "customer_first_name": "Ana",
            "updated_at": "2026-02-03T04:05:06Z",
        }
        bench.sandbox.put(
            "customers",
            nobody,
            nobody | {"customer_first_name": "Bo"},
            nobody | {"customer_id": None, "customer_first_name": "Cy"},
            nobody | {"customer_id": "Qx7TfduL6a"},
        )

        [result] = bench.sync("customers")

    assert counted(result) == (1, 0, 3)
    assert result.outcome == "partial"
    raws = [
        row["raw"]["customer_first_name"]
        for row in bench.rows("select raw from ingestion_rejected_record")
    ]
    assert sorted(raws) == ["Ana", "Bo", "Cy"]


def test_one_customer_in_several_rows_is_one_the_newest(
    request: pytest.FixtureRequest, pg18_url: str, tmp_path: Path
):
    with shelf("postgresql", "salespro", request, pg18_url, tmp_path) as bench:
        bench.sandbox.create(CUSTOMERS, keyed=False)
        rows = [
            {
                "customer_id": "Qx7TfduL6a",
                "estimate_id": f"E{n}",
                "updated_at": f"2026-02-0{n}T00:00:00Z",
            }
            for n in (2, 3, 1)
        ]
        bench.sandbox.put("customers", *rows)

        first = bench.sync("customers")
        second = bench.sync("customers", full=True)

        assert [counted(one) for one in (*first, *second)] == [(1, 0, 0), (0, 0, 0)]
        assert {one.outcome for one in (*first, *second)} == {"success"}
        assert bench.one("select estimate_id from salespro.customers") == "E3"


# User activities


def activity(number: int, moment: datetime = LONG_AGO, **more: object) -> dict[str, object]:
    return {
        "created_at": moment,
        "user_id": "Rep9ZZyyX1",
        "activity_identifier": f"a{number}",
        **more,
    }


def test_activities_that_say_the_same_are_all_kept(bench: VendorBench):
    bench.sandbox.put("user_activities", *[activity(1)] * 3, activity(2))

    first, second = bench.sync("user_activities"), bench.sync("user_activities", full=True)

    # Two more are committed.
    assert [counted(one) for one in (*first, *second)] == [(6, 0, 0), (0, 0, 0)]
    assert {one.outcome for one in (*first, *second)} == {"success"}


def test_pages_of_activities_end_between_stamps(
    bench: VendorBench, monkeypatch: pytest.MonkeyPatch
):
    """Seven of one stamp on pages of three, equal ones among them, and some without a stamp."""
    theirs = bench.sandbox
    moments = [LONG_AGO + timedelta(seconds=n // 7) for n in range(35)]
    theirs.put("user_activities", *(activity(n % 3, moment) for n, moment in enumerate(moments)))
    theirs.put("user_activities", *({"user_id": "Rep9ZZyyX1"} for _ in range(4)))

    [result] = bench.sync("user_activities", batch_size=3)

    assert result.outcome == "success"
    assert counted(result) == (41, 0, 0)
    assert bench.sync("user_activities", full=True, batch_size=1000)[0].row["records_created"] == 0


def test_a_delta_of_activities_goes_by_when_they_were_made(bench: VendorBench):
    bench.sync("user_activities")
    now = datetime.now(UTC)
    bench.sandbox.put("user_activities", activity(1, now), activity(1, now), activity(2, LONG_AGO))

    [result] = bench.sync("user_activities", batch_size=1)

    assert result.row["configuration"]["strategy"] == "incremental"
    assert counted(result) == (2, 0, 0)
    assert bench.sync("user_activities", full=True)[0].row["records_created"] == 1


def test_an_interrupted_reading_of_activities_goes_on(
    bench: VendorBench, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("tasks.fetch.CHUNK_RECORDS", 10)
    bench.sandbox.put(
        "user_activities",
        *(activity(n, LONG_AGO + timedelta(seconds=n // 2)) for n in range(60)),
    )
    whole, calls = SalesPro._activities, []

    async def failing(self, *args):
        calls.append(args)
        if len(calls) == 6:
            raise Unavailable("the database went away")
        return await whole(self, *args)

    monkeypatch.setattr(SalesPro, "_activities", failing)

    [failed] = bench.sync("user_activities", batch_size=10)
    [result] = bench.sync("user_activities", batch_size=10)

    assert failed.outcome == "failed"
    assert failed.row["records_created"] > 0
    assert result.row["configuration"]["resumes"] == failed.row["id"]
    assert len(keys(bench, USER_ACTIVITIES)) == 62
    assert failed.row["records_created"] + result.row["records_created"] == 62


def test_whoever_knows_a_key_of_activities_may_say_so(bench: VendorBench):
    bench.config(user_activities={"key": ["user_id", "original_row_num"]})

    [result] = bench.sync("user_activities")

    assert counted(result) == (2, 0, 0)
    assert [
        row["original_row_num"]
        for row in bench.rows("select * from salespro.user_activities order by 1, original_row_num")
    ] == [17, 18]


# Tables as they are elsewhere


@pytest.mark.parametrize("spelled", ["estimates", "Estimate", "ESTIMATE"])
def test_tables_are_found_in_the_plural_and_in_any_case(
    request: pytest.FixtureRequest, pg18_url: str, tmp_path: Path, spelled: str
):
    with shelf("postgresql", "salespro", request, pg18_url, tmp_path) as bench:
        filled(bench.sandbox, "salespro", ESTIMATES, name=spelled, spell=str.upper)

        [result] = bench.sync("estimates")

        assert result.error is None
        assert counted(result) == (2, 0, 0)
        assert stored(bench, ESTIMATES) == expected("salespro", ESTIMATES)


def test_a_table_of_another_name_is_named(
    request: pytest.FixtureRequest, pg18_url: str, tmp_path: Path
):
    with shelf("postgresql", "salespro", request, pg18_url, tmp_path) as bench:
        filled(bench.sandbox, "salespro", ESTIMATES, name="leap_estimates_v2")
        [unnamed] = bench.sync("estimates")
        bench.config(estimates={"table": "leap_estimates_v2"})

        [named] = bench.sync("estimates")

    assert unnamed.outcome == "failed"
    assert "there is no table estimate or estimates" in unnamed.error
    assert "leap_estimates_v2" in unnamed.error
    assert counted(named) == (2, 0, 0)


@pytest.mark.parametrize("kind", KINDS)
def test_tables_whose_columns_are_all_text_land_typed(
    kind: str, request: pytest.FixtureRequest, pg18_url: str, tmp_path: Path
):
    with shelf(kind, "salespro", request, pg18_url, tmp_path) as bench:
        text = {field.path: sa.String(200) for field in ESTIMATES.fields}
        del text["estimate_id"]
        filled(bench.sandbox, "salespro", ESTIMATES, types=text)

        first = bench.sync("estimates")
        second = bench.sync("estimates")

        assert [one.error for one in (*first, *second)] == [None, None]
        assert stored(bench, ESTIMATES) == expected("salespro", ESTIMATES)
        assert counted(second[0]) == (0, 0, 0)


def test_columns_that_nobody_declared_become_columns(bench: VendorBench):
    bench.sandbox.execute("alter table payments add column refunded_at date")
    bench.sandbox.execute(
        "update payments set refunded_at = '2026-02-09' where payment_id = 'Pay0a1B2c3'"
    )

    bench.sync("payments")

    assert [
        row["refunded_at"]
        for row in bench.rows("select refunded_at from salespro.payments order by payment_id")
    ] == [
        datetime(2026, 2, 9).date(),
        None,
    ]


def test_a_check_names_what_is_wrong(
    bench: VendorBench, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    well = run(["check", "salespro"])
    said = capsys.readouterr().out
    bench.sandbox.execute("drop table payments")
    narrow = run(["check", "salespro"])
    lacking = capsys.readouterr().out
    monkeypatch.delenv("SALESPRO_DATABASE_URL")
    unset = run(["check", "salespro"])

    assert (well, narrow, unset) == (0, 1, 1)
    assert "All is well" in said
    assert "payments" in lacking
    assert "SALESPRO_DATABASE_URL" in capsys.readouterr().out


def test_the_list_of_sources_says_what_is_missing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("SALESPRO_DATABASE_URL", raising=False)

    status = run(["sources"])

    said = capsys.readouterr().out
    assert status == 0
    assert "SALESPRO_DATABASE_URL" in said
    assert "user_activities" in said


@pytest.mark.parametrize("name", ["customers", "user_activities"])
def test_a_complete_replacement_makes_the_table_equal_the_source(bench: VendorBench, name: str):
    entity = ENTITIES[name]
    row = fixtures("salespro", CUSTOMERS)[0]
    bench.sandbox.put("customers", *({**row, "customer_id": f"C{n}"} for n in range(5)))
    bench.sync(name)
    before = keys(bench, entity)
    key = entity.key[0]
    bench.execute(f"insert into salespro.{name} ({key}) values ('stranger')")

    [result] = bench.sync(name, full=True, force_overwrite=True)

    assert result.outcome == "success"
    assert keys(bench, entity) == before
    assert bench.one(f"select count(*) from salespro.{name}") == len(before)


def test_a_column_that_is_wanted_later_is_filled_in_every_activity(bench: VendorBench):
    bench.sandbox.execute("alter table user_activity add column device varchar(20)")
    bench.sandbox.execute("update user_activity set device = 'tablet' where original_row_num = 17")
    bench.config(user_activities={"exclude": ["device"]})
    bench.sync("user_activities")
    bench.config()

    [result] = bench.sync("user_activities")

    assert result.row["configuration"]["strategy"] == "incremental"
    assert len(keys(bench, USER_ACTIVITIES)) == 2
    rows = bench.rows("select device from salespro.user_activities order by original_row_num")
    assert [row["device"] for row in rows] == ["tablet", None]


def test_a_second_company_has_an_address_of_its_own(
    request: pytest.FixtureRequest,
    pg18_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    with shelf("sqlite", "salespro", request, pg18_url, tmp_path) as bench:
        filled(bench.sandbox, "salespro", ESTIMATES)
        monkeypatch.setenv("SALESPRO_DATABASE_URL", "sqlite:///nowhere.db")
        monkeypatch.setenv("SALESPRO_WEST_DATABASE_URL", bench.sandbox.url)
        Path(bench.home, "crm-sync.toml").write_text('[salespro_west]\nkind = "salespro"\n')

        [result] = bench.sync("estimates", source="salespro_west")

        assert counted(result) == (2, 0, 0)
        assert bench.one("select count(*) from salespro_west.estimates") == 2
