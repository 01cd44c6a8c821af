"""Whole syncs of a copy of MarketSharp's tables: every field lands, and what is inactive is deleted."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from flows.cli.app import run
from sources.entity import Entity
from sources.marketsharp.entities import ADDRESSES, CONTACTS, ENTITIES, PRODUCTS
from tests.flows.shelf import expected, filled, keys, shelf, stored
from tests.flows.vendor import VendorBench, counted
from tests.tables import KINDS, fixtures

FIRST, SECOND = (f"0b6f0000-0000-4000-8000-{n:012}" for n in (1, 2))


def snake_case(name: str) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", name).lower()


@pytest.fixture(params=KINDS)
def bench(request: pytest.FixtureRequest, pg18_url: str, tmp_path: Path) -> Iterator[VendorBench]:
    """Every table with the committed records, columns called as MarketSharp calls them."""
    with shelf(request.param, "marketsharp", request, pg18_url, tmp_path) as bench:
        filled(bench.sandbox, "marketsharp", *ENTITIES.values())
        yield bench


@pytest.fixture
def copy(request: pytest.FixtureRequest, pg18_url: str, tmp_path: Path) -> Iterator[VendorBench]:
    """An empty PostgreSQL to be filled."""
    with shelf("postgresql", "marketsharp", request, pg18_url, tmp_path) as bench:
        yield bench


def assert_landed(bench: VendorBench, *entities: Entity) -> None:
    for entity in entities:
        assert stored(bench, entity) == expected("marketsharp", entity), entity.name


def deleted(bench: VendorBench, table: str, key: str) -> Any:
    return bench.one(f"select deleted_at from marketsharp.{table} where id = %s", key)


def test_every_declared_field_lands_and_a_second_run_changes_nothing(bench: VendorBench):
    first = bench.sync()
    second = bench.sync()

    assert [result.error for result in (*first, *second) if result.error] == []
    assert {result.outcome for result in (*first, *second)} == {"success"}
    assert_landed(bench, *ENTITIES.values())
    assert {result.entity: counted(result) for result in second} == dict.fromkeys(
        ENTITIES, (0, 0, 0)
    )


def test_a_copy_in_another_style_fills_the_same_columns(copy: VendorBench):
    for entity in ENTITIES.values():
        filled(copy.sandbox, "marketsharp", entity, name=snake_case(entity.path), spell=snake_case)

    results = copy.sync()

    assert [result.error for result in results if result.error] == []
    assert_landed(copy, *ENTITIES.values())
    assert copy.rows("select distinct extra from marketsharp.contacts") == [{"extra": {}}]


def test_what_is_inactive_is_deleted_when_it_last_changed(bench: VendorBench):
    bench.sync("contacts")

    assert keys(bench, CONTACTS, living=False) == {SECOND}
    assert deleted(bench, "contacts", SECOND) == datetime(2026, 2, 4, 10, tzinfo=UTC)


def test_what_is_set_inactive_is_deleted_and_what_is_active_again_lives(bench: VendorBench):
    bench.sync("contacts")
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    bench.sandbox.change("contacts", FIRST, isActive=False, lastUpdate=now)
    bench.sandbox.change("contacts", SECOND, isActive=True, lastUpdate=now)

    [result] = bench.sync("contacts")

    assert result.row["configuration"]["strategy"] == "incremental"
    assert result.row["records_processed"] == 2
    assert keys(bench, CONTACTS) == {SECOND}
    assert deleted(bench, "contacts", FIRST) == now.replace(tzinfo=UTC)


def test_addresses_are_read_whole_since_nothing_says_when_they_changed(bench: VendorBench):
    bench.sync("addresses")
    first = fixtures("marketsharp", ADDRESSES)[0]["id"]
    bench.sandbox.change("addresses", first, city="Dayton")
    bench.sandbox.put("addresses", {"id": "new", "isActive": "false"})

    [result] = bench.sync("addresses")
    ended = deleted(bench, "addresses", "new")
    [quiet] = bench.sync("addresses")

    assert counted(result) == (1, 1, 0)
    assert ended is not None
    # When it was set inactive nobody knows; that it was seen so again is no change.
    assert counted(quiet) == (0, 0, 0)
    assert deleted(bench, "addresses", "new") == ended
    assert bench.one("select city from marketsharp.addresses where id = %s", first) == "Dayton"


def test_what_leaves_without_a_trace_is_marked_by_the_census(bench: VendorBench):
    bench.config(census_every="0s")
    bench.sync()
    gone = {name: fixtures("marketsharp", entity)[0]["id"] for name, entity in ENTITIES.items()}
    for name, key in gone.items():
        bench.sandbox.remove(name, key)

    results = bench.sync()

    assert {result.entity: result.outcome for result in results} == dict.fromkeys(
        ENTITIES, "success"
    )
    for name, entity in ENTITIES.items():
        assert gone[name] in keys(bench, entity, living=False), name


@pytest.mark.parametrize(
    ("kind", "active", "inactive"),
    [
        (sa.Integer(), 1, 0),
        (sa.String(5), "true", "false"),
        (sa.String(1), "Y", "N"),
        (sa.String(1), "1", "0"),
    ],
)
def test_a_flag_may_be_spelled_in_any_way(copy: VendorBench, kind: Any, active: Any, inactive: Any):
    table = copy.sandbox.create(PRODUCTS, types={"isActive": kind})
    rows = [
        {"id": "a", "isActive": active, "lastUpdate": datetime(2026, 2, 3)},
        {"id": "i", "isActive": inactive, "lastUpdate": datetime(2026, 2, 3)},
        {"id": "n", "isActive": None, "lastUpdate": datetime(2026, 2, 3)},
    ]
    with copy.sandbox.engine.begin() as connection:
        connection.execute(table.insert(), rows)

    [result] = copy.sync("products")

    assert result.outcome == "success"
    assert keys(copy, PRODUCTS) == {"a", "n"}
    assert copy.rows("select id, is_active from marketsharp.products order by id") == [
        {"id": "a", "is_active": True},
        {"id": "i", "is_active": False},
        {"id": "n", "is_active": None},
    ]


def test_stamps_without_a_zone_are_of_the_zone_that_is_said(bench: VendorBench):
    bench.config(timezone="America/Chicago")
    bench.sandbox.change("contacts", FIRST, lastUpdate=datetime(2026, 2, 3, 4, 5, 6))
    bench.sandbox.change("contacts", SECOND, lastUpdate=datetime(2026, 7, 3, 4, 5, 6))

    bench.sync("contacts")

    rows = bench.rows("select updated_at, deleted_at from marketsharp.contacts order by id")
    assert [row["updated_at"] for row in rows] == [
        datetime(2026, 2, 3, 10, 5, 6, tzinfo=UTC),
        datetime(2026, 7, 3, 9, 5, 6, tzinfo=UTC),
    ]
    assert rows[1]["deleted_at"] == rows[1]["updated_at"]


def test_a_delta_in_another_zone_misses_nothing(bench: VendorBench):
    """West of Greenwich the clock on the wall is behind: taken for UTC, an edit would seem old."""
    bench.config(timezone="America/Los_Angeles", lookback="0s")
    bench.sync("contacts")
    local = datetime.now(UTC) + timedelta(seconds=2) - timedelta(hours=8)
    bench.sandbox.change("contacts", FIRST, firstName="Bea", lastUpdate=local.replace(tzinfo=None))

    [result] = bench.sync("contacts")

    assert result.row["configuration"]["strategy"] == "incremental"
    assert counted(result) == (0, 1, 0)


def test_products_may_be_in_a_table_of_that_name(copy: VendorBench):
    filled(copy.sandbox, "marketsharp", PRODUCTS, name="products")

    [result] = copy.sync("products")

    assert counted(result) == (2, 0, 0)
    assert_landed(copy, PRODUCTS)


def test_other_tables_of_the_copy_are_read_when_they_are_named(copy: VendorBench):
    copy.sandbox.execute(
        'create table "InquiryStatuses" ("id" int primary key, "name" text, "lastUpdateUtc" timestamp)'
    )
    copy.sandbox.execute(
        """insert into "InquiryStatuses" values (2, 'Open', '2026-02-03 04:05:06')"""
    )
    copy.config(inquiry_statuses={"table": "InquiryStatuses", "updated_at": "lastUpdateUtc"})

    [result] = copy.sync("inquiry_statuses")

    assert counted(result) == (1, 0, 0)
    assert copy.rows("select id, name, updated_at from marketsharp.inquiry_statuses") == [
        {"id": 2, "name": "Open", "updated_at": datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)}
    ]


def test_a_check_says_what_is_missing(
    bench: VendorBench, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    well = run(["check", "marketsharp"])
    monkeypatch.delenv("MARKETSHARP_DATABASE_URL")
    unset = run(["check", "marketsharp"])

    assert (well, unset) == (0, 1)
    assert "MARKETSHARP_DATABASE_URL" in capsys.readouterr().out
