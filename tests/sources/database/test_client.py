"""A database as a run asks it: its account and clock, rows by key, counts, and being given up on."""

import asyncio
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from sources.meter import metered
from sources.page import Window
from sources.rows import Rows
from tests.sources.database.places import (
    EVERYTHING,
    FAR,
    Place,
    config_of,
    described,
    opened,
    records,
)

NOON = datetime(2026, 2, 3, 12, tzinfo=UTC)
NAMES = {"postgresql": "PostgreSQL 18", "sqlite": "SQLite 3.", "mariadb": "MariaDB "}


async def test_an_account_is_a_database_and_its_clock(place: Place, tmp_path: Path):
    async with opened(place.url, config_of(tmp_path)) as client:
        account = await client.account()

    assert account.api_version.startswith(NAMES[place.kind])
    # A file is known by what is in it: it may be put elsewhere.
    name = sa.make_url(place.url).database
    assert account.id == ("" if place.kind == "sqlite" else name)
    assert account.now is not None
    assert abs(account.now - datetime.now(UTC)) < timedelta(seconds=5)
    assert account.now.utcoffset() == timedelta()


async def test_rows_are_found_by_the_keys_that_the_warehouse_spells(place: Place, tmp_path: Path):
    rows = [{"a": n, "b": text} for n, text in enumerate(("x", "p:q", "back\\slash", "it's"))]
    place.make(
        "things",
        sa.Column("a", sa.Integer, primary_key=True),
        sa.Column("b", sa.String(20), primary_key=True),
        rows=rows,
    )
    keys = ["1:p\\:q", "2:back\\\\slash", "3:it's", "7:x", "0:y", "nonsense", "x:x"]

    async with opened(place.url, config_of(tmp_path)) as client:
        entity = await described(client)
        found = await client.fetch(entity, "by_id", EVERYTHING, None, keys=keys)
        none = await client.fetch(entity, "by_id", EVERYTHING, None, keys=["9:9"])

    assert isinstance(found.records, Rows)
    assert sorted(one["a"] for one in found.records) == ["1", "2", "3"]
    assert (len(none.records), none.cursor) == (0, None)


async def test_many_keys_are_asked_for_some_at_a_time(place: Place, tmp_path: Path):
    place.make(
        "things",
        sa.Column("id", sa.Integer, primary_key=True),
        rows=[{"id": n} for n in range(0, 600, 2)],
    )

    async with opened(place.url, config_of(tmp_path)) as client:
        entity = await described(client)
        found = await client.fetch(
            entity, "by_id", EVERYTHING, None, keys=[str(n) for n in range(600)]
        )

    assert {int(one["id"]) for one in found.records} == set(range(0, 600, 2))


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin"])
async def test_a_window_is_counted_up_to_its_end(place: Place, tmp_path: Path, zone: str):
    shift = timedelta() if zone == "UTC" else timedelta(hours=1)
    place.make(
        "things",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("updated_at", sa.DateTime),
        rows=[
            {"id": n, "updated_at": at and at.replace(tzinfo=None) + shift}
            for n, at in enumerate(
                (NOON, NOON + timedelta(hours=3), NOON - timedelta(days=9), None)
            )
        ],
    )

    async with opened(place.url, config_of(tmp_path, f'timezone = "{zone}"\n')) as client:
        entity = await described(client)

        async def count(since: datetime | None, until: datetime) -> int | None:
            return (await client.fetch(entity, "count", Window(since, until), None)).total

        assert await count(None, FAR) == 3
        assert await count(None, NOON + timedelta(hours=2)) == 2
        assert await count(NOON - timedelta(hours=2), NOON + timedelta(hours=2)) == 1
        delta = await records(client, entity, Window(NOON, FAR))

    assert {"0", "1"} <= {one["id"] for one in delta}
    stamps = {one["id"]: datetime.fromisoformat(one["updated_at"]) for one in delta}
    assert stamps["0"] == NOON


async def test_a_table_without_a_stamp_is_not_counted(place: Place, tmp_path: Path):
    """Rows may come while it is read, and nothing would tell them apart from rows that were missed."""
    place.make("things", sa.Column("id", sa.Integer, primary_key=True), rows=[{"id": 1}])

    async with opened(place.url, config_of(tmp_path)) as client:
        entity = await described(client)
        counted = await client.fetch(entity, "count", EVERYTHING, None)
        since = await records(client, entity, Window(NOON, FAR))

    assert (counted.total, len(since)) == (None, 1)


async def test_rows_that_share_a_key_count_once(place: Place, tmp_path: Path):
    place.make(
        "things",
        sa.Column("k", sa.Integer),
        sa.Column("updated_at", sa.DateTime),
        rows=[{"k": k, "updated_at": datetime(2026, 1, 1)} for k in (1, 1, 2, None)],
    )

    async with opened(place.url, config_of(tmp_path, '[erp.things]\nkey = "k"\n')) as client:
        counted = await client.fetch(await described(client), "count", EVERYTHING, None)

    assert counted.total == 2


async def test_questions_and_bytes_are_counted(place: Place, tmp_path: Path):
    place.make(
        "things",
        sa.Column("id", sa.Integer, primary_key=True),
        rows=[{"id": n} for n in range(10)],
    )

    async with opened(place.url, config_of(tmp_path)) as client:
        entity = replace(await described(client), page_size=4)
        with metered() as meter:
            await records(client, entity)

    assert meter.api_calls == 3
    assert meter.bytes_fetched > 0


async def test_only_what_a_refresh_wants_is_asked_for(place: Place, tmp_path: Path):
    place.make(
        "things",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("a", sa.Integer),
        sa.Column("b", sa.Integer),
        rows=[{"id": 1, "a": 2, "b": 3}],
    )

    async with opened(place.url, config_of(tmp_path)) as client:
        entity = await described(client)
        found = await records(client, entity.narrowed(frozenset({"b"})))

    assert found == [{"id": "1", "b": "3"}]


SLOW = {
    "postgresql": "select id, pg_sleep(60)::text as x from t",
    "sqlite": "with recursive n(i) as (select 1 union all select i + 1 from n where i < 100000000000)"
    " select max(i) as id, 1 as x from n",
    "mariadb": "select id, sleep(60) as x from t",
}


@pytest.mark.parametrize("kind", SLOW)
async def test_who_gives_up_does_not_wait_for_the_answer(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
):
    place: Place = request.getfixturevalue({"mariadb": "mariadb_place"}.get(kind, kind))
    place.execute("create table t (id integer primary key)", "insert into t values (1)")
    config = config_of(tmp_path, "retry_attempts = 0\n")

    async with opened(place.url, config) as client:
        started = time.monotonic()
        asking = asyncio.create_task(
            client._connected.ask("t", lambda one: one.exec_driver_sql(SLOW[kind]).fetchall())
        )
        await asyncio.sleep(0.3)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        again = await client.account()

    assert time.monotonic() - started < 20
    assert again.now is not None


async def test_questions_side_by_side_have_connections_of_their_own(
    postgresql: Place, tmp_path: Path
):
    postgresql.execute("create table things (id int primary key)")

    async with opened(postgresql.url, config_of(tmp_path)) as client:
        ask = client._connected.ask
        pids = await asyncio.gather(
            *(
                ask(
                    "",
                    lambda one: one.exec_driver_sql(
                        "select pg_backend_pid(), pg_sleep(0.2)"
                    ).scalar(),
                )
                for _ in range(8)
            )
        )

    assert len(set(pids)) == 4
