"""Pages and ranges: together they are the table, however stamps, keys and sizes fall."""

import asyncio
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sources.errors import ConfigError
from sources.page import Window
from tests.sources.database.places import (
    EVERYTHING,
    FAR,
    Place,
    config_of,
    described,
    in_ranges,
    opened,
    pages,
    records,
)

EARLY = datetime(2026, 2, 3, 4, 5, 6)
# Few different ones, so that many are equal; some fall on the bound to the second, some beside it.
STAMPS = [EARLY + timedelta(seconds=n, microseconds=m) for n in range(3) for m in (0, 250_000)]
stamps = st.one_of(st.none(), st.sampled_from(STAMPS))
texts = st.text("aAbBzZé'\\:%_ -", min_size=1, max_size=4).filter(lambda text: text == text.strip())
few = settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])


def key(record: dict[str, Any]) -> tuple[str, ...]:
    return record["a"], record["b"]


def keys_in(rows: list[tuple[int, str, datetime | None]]) -> set[tuple[str, str]]:
    return {(str(a), b) for a, b, _ in rows}


def distinct(rows: list[tuple[int, str, datetime | None]]) -> list[Any]:
    """Rows whose keys differ for every database: some take upper and lower case, and accents, for one."""
    return list({(a, b.casefold().replace("é", "e")): (a, b, at) for a, b, at in rows}.values())


composite = st.lists(st.tuples(st.integers(-3, 3), texts, stamps), max_size=14).map(distinct)


def hold(place: Place, rows: list[tuple[int, str, datetime | None]]) -> None:
    place.make(
        "things",
        sa.Column("a", sa.BigInteger, primary_key=True, autoincrement=False),
        sa.Column("b", sa.String(20), primary_key=True),
        sa.Column(
            "updated_at", sa.DateTime().with_variant(sa.dialects.mysql.DATETIME(fsp=6), "mysql")
        ),
        rows=[{"a": a, "b": b, "updated_at": at} for a, b, at in rows],
    )


@few
@given(rows=composite, size=st.integers(1, 6), range_size=st.integers(1, 6))
def test_pages_and_ranges_are_the_whole_table(
    place: Place, tmp_path: Path, rows: list[Any], size: int, range_size: int
):
    hold(place, rows)

    async def read() -> tuple[list[Any], list[Any]]:
        config = config_of(tmp_path, f"rows_per_range = {range_size}")
        async with opened(place.url, config) as client:
            entity = replace(await described(client), page_size=size)
            return await records(client, entity), await in_ranges(client, entity)

    whole, ranges = asyncio.run(read())

    assert len(whole) == len(rows)
    assert {key(record) for record in whole} == keys_in(rows)
    assert len(ranges) in (0, -(-len(rows) // range_size), len(rows) // range_size + 1)
    if ranges:
        assert sorted(key(one) for part in ranges for one in part) == sorted(keys_in(rows))


@few
@given(rows=composite, size=st.integers(1, 6), since=st.sampled_from(STAMPS))
def test_a_delta_is_what_changed_since_the_whole_second(
    place: Place, tmp_path: Path, rows: list[Any], size: int, since: datetime
):
    hold(place, rows)
    window = Window(since.replace(tzinfo=UTC), FAR)

    async def read() -> tuple[list[Any], list[Any], int | None]:
        async with opened(place.url, config_of(tmp_path, "rows_per_range = 2")) as client:
            entity = replace(await described(client), page_size=size)
            total = (await client.fetch(entity, "count", window, None)).total
            return (
                await records(client, entity, window),
                await in_ranges(client, entity, window),
                total,
            )

    delta, ranges, total = asyncio.run(read())

    bound = since.replace(microsecond=0)
    wanted = [row for row in rows if row[2] is not None and row[2] >= bound]
    assert sorted(map(key, delta)) == sorted(keys_in(wanted))
    assert total == len(wanted)
    if ranges:
        assert sorted(key(one) for part in ranges for one in part) == sorted(keys_in(wanted))
    # In the order of stamps: what moves while it is read comes again.
    moments = [datetime.fromisoformat(one["updated_at"]) for one in delta]
    assert moments == sorted(moments)


@few
@given(
    rows=st.lists(st.tuples(st.integers(0, 3), st.integers(0, 5)), max_size=14),
    more=st.integers(1, 4),
)
def test_a_key_that_rows_share_loses_none_of_them(
    place: Place, tmp_path: Path, rows: list[tuple[int, int]], more: int
):
    place.make(
        "things",
        sa.Column("k", sa.Integer),
        sa.Column("v", sa.Integer),
        rows=[{"k": k, "v": v} for k, v in rows],
    )
    shared = max(Counter(k for k, _ in rows).values(), default=0)

    async def read() -> list[Any]:
        async with opened(place.url, config_of(tmp_path, '[erp.things]\nkey = "k"\n')) as client:
            entity = await described(client)
            return await records(client, replace(entity, page_size=shared + more))

    found = asyncio.run(read())

    assert {(one["k"], one["v"]) for one in found} == {(str(k), str(v)) for k, v in rows}


SHARED = '[erp.things]\nkey = "k"\n'


@pytest.mark.parametrize("since", [None, EARLY.replace(tzinfo=UTC)])
@pytest.mark.parametrize(
    ("kind", "alike"), [("sqlite", "nocase"), ("mariadb", "utf8mb4_general_ci")]
)
async def test_keys_that_a_database_takes_for_equal_all_land(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    kind: str,
    alike: str,
    since: datetime | None,
):
    place: Place = request.getfixturevalue({"mariadb": "mariadb_place"}.get(kind, kind))
    place.execute(
        f"create table things (k varchar(5) collate {alike}, updated_at timestamp)",
        *(f"insert into things values ('{k}', '{EARLY}')" for k in ("b", "a", "B", "A", "c")),
    )
    window = Window(since, FAR)

    async with opened(place.url, config_of(tmp_path, SHARED)) as client:
        entity = replace(await described(client), page_size=3)
        found = await records(client, entity, window)
        ranged = await in_ranges(client, entity, window)

    assert {one["k"] for one in found} == {"a", "A", "b", "B", "c"}
    assert ranged == []


@pytest.mark.parametrize(
    "asked", ["", '[erp.things]\nquery = "select * from things"\nkey = ["k", "n"]\n']
)
async def test_a_key_that_is_sorted_otherwise_than_compared_is_read_whole(
    mariadb_place: Place, tmp_path: Path, asked: str
):
    mariadb_place.execute(
        "create table things (k enum('z', 'm', 'a'), n int, updated_at datetime, primary key (k, n))",
        *(
            f"insert into things values ('{k}', {n}, '{EARLY}')"
            for k in ("z", "m", "a")
            for n in (1, 2)
        ),
    )
    since = Window(EARLY.replace(tzinfo=UTC), FAR)

    async with opened(
        mariadb_place.url, config_of(tmp_path, f"rows_per_range = 2\n{asked}")
    ) as client:
        entity = replace(await described(client), page_size=2)
        whole, delta = await records(client, entity), await records(client, entity, since)
        ranged = await in_ranges(client, entity)

    every = {(k, n) for k in "zma" for n in ("1", "2")}
    assert {(one["k"], one["n"]) for one in whole} == every
    assert {(one["k"], one["n"]) for one in delta} == every
    assert {(one["k"], one["n"]) for part in ranged for one in part} == every


@pytest.mark.parametrize(
    ("type_", "keys"),
    [
        ("bit(8)", range(12)),
        ("bit(64)", [0, 5, 2**63 - 1, 2**63, 2**64 - 1]),
        ("float", [16777216 + n for n in range(0, 24, 2)]),
        ("double", [0.1, 0.2, 1e22, 123456789.123456789]),
    ],
)
@pytest.mark.parametrize(
    "of", ["", '[erp.things]\nquery = "select * from things"\nkey = ["k", "n"]\n']
)
async def test_a_key_that_comes_otherwise_than_it_is_compared_is_read_whole(
    mariadb_place: Place, tmp_path: Path, type_: str, keys: list[Any], of: str
):
    mariadb_place.execute(
        f"create table things (k {type_}, n bit(1), primary key (k, n))",
        *(f"insert into things values ({k}, {n})" for k in keys for n in (0, 1)),
    )

    async with opened(
        mariadb_place.url, config_of(tmp_path, f"rows_per_range = 5\n{of}")
    ) as client:
        entity = replace(await described(client), page_size=2)
        whole = await records(client, entity)
        ranged = await in_ranges(client, entity)

    every = {(float(k), n) for k in keys for n in ("0", "1")}
    assert {(float(one["k"]), one["n"]) for one in whole} == every
    assert {(float(one["k"]), one["n"]) for part in ranged for one in part} == every


@pytest.mark.parametrize(
    ("spelled", "is_new"),
    [
        ("2026-02-03T05:00:00-05:00", True),  # ten o'clock in UTC
        ("2026-02-03 10:00:00", True),
        ("2026-02-03T10:00:00Z", True),
        ("2026-01-03T10:00:00Z", False),
    ],
)
async def test_a_stamp_kept_as_text_may_say_its_zone(
    place: Place, tmp_path: Path, spelled: str, is_new: bool
):
    place.make(
        "things",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("changed", sa.String(40)),
        rows=[{"id": 1, "changed": spelled}],
    )
    window = Window(datetime(2026, 2, 3, 9, tzinfo=UTC), FAR)

    async with opened(
        place.url, config_of(tmp_path, '[erp.things]\nupdated_at = "changed"\n')
    ) as client:
        found = await records(client, await described(client), window)

    assert len(found) == is_new


async def test_a_stamp_that_is_no_moment_is_read_rather_than_left(sqlite: Place, tmp_path: Path):
    # The first rows tell what a column holds; what comes later may be anything.
    usual = [(n, "2020-01-01 00:00:00") for n in range(200)]
    odd = [(200, "02/03/2026 10:00"), (201, 1_770_000_000), (202, ""), (203, None)]
    sqlite.execute("create table things (id integer primary key, updated_at datetime)")
    with sqlite.engine.begin() as connection:
        connection.exec_driver_sql("insert into things values (?, ?)", [*usual, *odd])
    window = Window(EARLY.replace(tzinfo=UTC), FAR)

    async with opened(sqlite.url, config_of(tmp_path)) as client:
        entity = replace(await described(client), page_size=1)
        found = await records(client, entity, window)

    assert {one["id"] for one in found} == {"200", "201"}


async def test_a_mark_of_byte_order_is_a_part_of_its_text(place: Place, tmp_path: Path):
    place.make("things", sa.Column("id", sa.String(9), primary_key=True), rows=[{"id": "\ufeffa"}])

    async with opened(place.url, config_of(tmp_path)) as client:
        [found] = await records(client, await described(client))

    assert found["id"] == "\ufeffa"


async def test_more_rows_of_one_key_than_a_page_holds_are_told(place: Place, tmp_path: Path):
    place.make("things", sa.Column("k", sa.Integer), rows=[{"k": 7}] * 5)

    async with opened(place.url, config_of(tmp_path, '[erp.things]\nkey = "k"\n')) as client:
        entity = replace(await described(client), page_size=4)

        with pytest.raises(ConfigError, match="more than 4 rows share one key, so that k does not"):
            await records(client, entity)


async def test_as_many_rows_of_one_key_as_a_page_holds_are_read(place: Place, tmp_path: Path):
    place.make("things", sa.Column("k", sa.Integer), rows=[{"k": 7}, {"k": 8}, {"k": 9}])

    async with opened(place.url, config_of(tmp_path, '[erp.things]\nkey = "k"\n')) as client:
        entity = replace(await described(client), page_size=1)
        found = await records(client, entity)

    assert {one["k"] for one in found} == {"7", "8", "9"}


async def test_rows_without_a_key_are_shown_first(place: Place, tmp_path: Path):
    place.make(
        "things",
        sa.Column("k", sa.String(5)),
        sa.Column("v", sa.Integer),
        rows=[{"k": None, "v": 1}, {"k": "b", "v": 2}, {"k": None, "v": 3}, {"k": "a", "v": 4}],
    )

    async with opened(place.url, config_of(tmp_path, '[erp.things]\nkey = "k"\n')) as client:
        entity = await described(client)
        first, *others = await pages(client, entity)
        ranged = replace(entity, page_size=1)
        some = await client.fetch(ranged, "changes", EVERYTHING, None)

    assert [one["v"] for one in first.records] == ["1", "3"]
    assert [one["v"] for page in others for one in page.records] == ["4", "2"]
    assert (first.left_out, some.left_out) == (
        {},
        {"rows without a key": "there are more than 1"},
    )


async def test_whole_numbers_are_cut_evenly_and_everything_lands(place: Place, tmp_path: Path):
    place.make(
        "things",
        sa.Column("id", sa.BigInteger, primary_key=True, autoincrement=False),
        rows=[{"id": n * 1000} for n in range(-20, 80)],
    )

    async with opened(place.url, config_of(tmp_path, "rows_per_range = 25")) as client:
        entity = replace(await described(client), page_size=7)
        ranges = await in_ranges(client, entity)
        limited = await client.fetch(entity, "ranges", Window(None, FAR, limit=3), None)

    assert [len(part) for part in ranges] == [25, 25, 25, 25]
    assert {int(one["id"]) for part in ranges for one in part} == {n * 1000 for n in range(-20, 80)}
    assert len(limited.records) == 0


async def test_a_row_that_moves_while_it_is_read_is_met_again(place: Place, tmp_path: Path):
    hold(place, [(n, "x", STAMPS[0]) for n in range(6)])
    window = Window(EARLY.replace(tzinfo=UTC), FAR)

    async with opened(place.url, config_of(tmp_path)) as client:
        entity = replace(await described(client), page_size=2)
        first = await client.fetch(entity, "changes", window, None)
        place.execute(
            "update things set updated_at = '2026-02-03 09:00:00' where a in (0, 5)",
            "insert into things values (9, 'new', '2026-02-03 08:00:00')",
        )
        rest = await records(client, entity, window, first.cursor)

    assert [one["a"] for one in first.records] == ["0", "1"]
    assert [one["a"] for one in rest] == ["2", "3", "4", "9", "0", "5"]


async def test_rows_of_unusual_width_make_shorter_pages(place: Place, tmp_path: Path, monkeypatch):
    monkeypatch.setattr("sources.database.client.MOST_BYTES", 50_000)
    place.make(
        "things",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("note", sa.Text),
        rows=[{"id": n, "note": "x" * 3000} for n in range(1000)],
    )

    async with opened(place.url, config_of(tmp_path)) as client:
        read = await pages(client, await described(client))

    assert sum(len(page.records) for page in read) == 1000
    # Until the first rows have come, nobody knows how wide they are.
    assert all(len(page.records) <= 70 for page in read)


async def test_no_more_is_asked_for_than_is_wanted(place: Place, tmp_path: Path):
    hold(place, [(n, "x", None) for n in range(6)])

    async with opened(place.url, config_of(tmp_path)) as client:
        page = await client.fetch(
            await described(client), "changes", Window(None, FAR, limit=2), None
        )

    assert len(page.records) == 2
