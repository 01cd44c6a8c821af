"""Whole syncs of other people's databases: the truth lands by full run and delta, and trouble is told."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from psycopg.errors import AdminShutdown

from flows.cli.app import run
from flows.result import Result
from sources.database.client import Database
from sources.database.faults import judged
from sources.errors import Unavailable
from sources.page import Page
from tests.flows.harness import Bench
from tests.flows.vendor import counted
from tests.sources.database.places import KINDS, Place, place_of

LONG_AGO = datetime(2026, 1, 5, 12)
RULES = 'retry_attempts = 1\ncensus_every = "1d"\n'


@dataclass
class Erp(Bench):
    """A database that somebody works in, and the warehouse that follows it."""

    sandbox: Any
    place: Place
    things: sa.Table

    def sync(self, *entities: str, source: str = "erp", **options: Any) -> list[Result]:
        return super().sync(*entities, source=source, **options)

    def settings(self, text: str = "", things: str = "") -> None:
        """What crm-sync.toml says of the source, and of its table of things."""
        file = f'[erp]\nkind = "database"\n{RULES}{text}\n[erp.things]\n{things}\n'
        Path(self.home, "crm-sync.toml").write_text(file)

    def add(self, *keys: int, at: datetime | None = LONG_AGO, **values: Any) -> None:
        rows = [{"id": key, "name": f"n{key}", "updated_at": at, **values} for key in keys]
        self.place.insert(self.things, *rows)

    def execute_there(self, *statements: str) -> None:
        self.place.execute(*statements)

    def truth(self, kind: str = "") -> dict[int, str]:
        with self.place.engine.connect() as connection:
            return dict(connection.execute(sa.select(self.things.c.id, self.things.c.name)).all())

    def stored(self, *, living: bool = True) -> dict[int, str]:
        state = "null" if living else "not null"
        found = self.rows(f"select id, name from erp.things where deleted_at is {state}")
        return {row["id"]: row["name"] for row in found}

    def configuration(self) -> dict[str, Any]:
        """What the latest run remembers."""
        found = self.one(
            "select configuration from ingestion_sync_history order by id desc limit 1"
        )
        assert isinstance(found, dict)
        return found


@pytest.fixture(params=KINDS)
def erp(
    request: pytest.FixtureRequest, pg18_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Erp]:
    """Twenty-five things of long ago."""
    with place_of(request.param, request, tmp_path) as place:
        yield _bench(place, pg18_url, tmp_path, monkeypatch)


@pytest.fixture
def erp_in_postgresql(
    request: pytest.FixtureRequest, pg18_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Erp]:
    """The same, in PostgreSQL alone."""
    with place_of("postgresql", request, tmp_path) as place:
        yield _bench(place, pg18_url, tmp_path, monkeypatch)


def _bench(place: Place, warehouse: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Erp:
    monkeypatch.setenv("CRM_SYNC_CONFIG", str(folder / "crm-sync.toml"))
    monkeypatch.setenv("WAREHOUSE_URL", warehouse)
    monkeypatch.setenv("DATABASE_ERP_URL", place.url)
    monkeypatch.setenv("DATABASE_ERP_RETRY_WAIT", "0.01")
    things = place.make(
        "things",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(20)),
        sa.Column("amount", sa.Numeric(12, 2)),
        sa.Column("updated_at", sa.DateTime),
    )
    bench = Erp(sandbox=None, url=warehouse, home=str(folder), place=place, things=things)
    bench.settings()
    bench.add(*range(25))
    return bench


def assert_right(erp: Erp) -> None:
    assert erp.stored() == erp.truth()


def test_everything_lands_and_a_second_run_changes_nothing(erp: Erp):
    [first] = erp.sync()
    [second] = erp.sync()

    assert (first.outcome, second.outcome) == ("success", "success")
    assert (counted(first), counted(second)) == ((25, 0, 0), (0, 0, 0))
    assert erp.configuration()["strategy"] == "incremental"
    assert_right(erp)


def test_a_delta_lands_what_changed_and_asks_for_nothing_else(erp: Erp):
    erp.sync()
    erp.execute_there("update things set name = 'new', updated_at = current_timestamp where id = 3")
    erp.add(77, at=datetime.now() + timedelta(hours=1), amount="12.50")

    [result] = erp.sync()

    assert counted(result) == (1, 1, 0)
    assert result.row["records_processed"] == 2
    assert erp.one("select amount from erp.things where id = 77") == Decimal("12.5")
    assert_right(erp)


def test_what_has_no_stamp_lands_with_a_full_run(erp: Erp):
    erp.add(78, at=None)
    erp.sync()
    erp.execute_there("update things set name = 'quiet', updated_at = null where id in (78, 3)")

    [delta] = erp.sync()
    [full] = erp.sync(full=True)

    assert counted(delta) == (0, 0, 0)
    assert counted(full) == (0, 2, 0)
    assert_right(erp)


def test_a_deleted_row_is_found_by_the_census_and_may_come_back(erp: Erp):
    erp.sync()
    erp.execute_there("delete from things where id in (4, 5)")

    [delta] = erp.sync()
    assert 4 in erp.stored()
    [census] = erp.sync(full=True)
    assert sorted(erp.stored(living=False)) == [4, 5]
    erp.add(4, at=datetime.now())
    [restored] = erp.sync()

    assert {r.outcome for r in (delta, census, restored)} == {"success"}
    assert erp.stored().keys() == erp.truth().keys()


def test_a_flag_deletes_and_restores(erp: Erp):
    erp.settings(things='deleted = { column = "name", is = "gone" }')
    erp.sync()
    erp.execute_there(
        "update things set name = 'gone', updated_at = current_timestamp where id = 3"
    )
    erp.sync()
    assert list(erp.stored(living=False)) == [3]

    erp.execute_there(
        "update things set name = 'back', updated_at = current_timestamp where id = 3"
    )
    erp.sync()

    assert_right(erp)


def test_a_table_without_a_stamp_is_read_whole_and_its_deletes_are_seen(erp: Erp):
    erp.settings(things='updated_at = ""')
    erp.sync()
    erp.execute_there(
        "delete from things where id = 4", "update things set name = 'new' where id = 5"
    )

    [result] = erp.sync()

    assert result.outcome == "success"
    assert (counted(result), list(erp.stored(living=False))) == ((0, 1, 0), [4])
    assert_right(erp)


def test_a_row_whose_key_is_an_array_is_gone_when_a_second_reading_misses_it(
    erp_in_postgresql: Erp,
):
    erp = erp_in_postgresql
    erp.settings("[erp.cells]")
    erp.execute_there(
        "create table cells (at integer[] primary key)",
        "insert into cells select array[n, n + 1] from generate_series(1, 9) n",
    )
    erp.sync("cells")
    erp.execute_there("delete from cells where at = array[4, 5]")

    [result] = erp.sync("cells")

    assert (result.outcome, result.error) == ("success", None)
    gone = "select string_agg(at, ' ') from erp.cells where deleted_at is not null"
    assert erp.one(gone) == "[4,5]"


def test_a_table_that_is_suddenly_empty_deletes_nothing(erp: Erp):
    erp.sync()
    erp.execute_there("delete from things")

    [result] = erp.sync(full=True)

    assert result.outcome == "unreconciled"
    assert "nothing was removed" in str(result.error)
    assert len(erp.stored()) == 25


def test_a_complete_replacement_removes_what_is_gone(erp: Erp):
    erp.sync()
    erp.execute_there(
        "delete from things where id = 4",
        "update things set name = 'old', updated_at = '2020-01-01' where id = 5",
    )

    [result] = erp.sync(full=True, force_overwrite=True)

    assert result.outcome == "success"
    assert erp.stored(living=False) == {}
    assert_right(erp)


def test_a_query_is_synced_like_a_table(erp: Erp):
    query = "select id as nr, name as label, updated_at from things where id >= 10"
    erp.settings(things=f'query = "{query}"\nkey = "nr"')
    [first] = erp.sync()
    erp.execute_there(
        "update things set name = 'new', updated_at = current_timestamp where id = 12"
    )
    [second] = erp.sync()

    assert (counted(first), counted(second)) == ((15, 0, 0), (0, 1, 0))
    assert erp.one("select label from erp.things where nr = 12") == "new"


def test_tables_that_nobody_named_are_found_and_keep_their_names(erp: Erp):
    Path(erp.home, "crm-sync.toml").write_text(f'[erp]\nkind = "database"\n{RULES}')
    erp.place.make("Other Things", sa.Column("id", sa.Integer, primary_key=True), rows=[{"id": 1}])
    erp.place.make("log", sa.Column("what", sa.String(9)))

    results = {result.entity: result.outcome for result in erp.sync()}

    assert results == {"things": "success", "other_things": "success"}
    assert erp.one("select count(*) from erp.other_things") == 1


def test_a_column_that_appears_is_filled(erp: Erp):
    erp.sync()
    erp.execute_there("alter table things add note varchar(20)", "update things set note = 'hello'")

    [result] = erp.sync()

    assert result.outcome == "success"
    assert erp.one("select count(*) from erp.things where note = 'hello'") == 25


def test_a_row_without_a_key_is_rejected_and_told(erp: Erp):
    erp.place.make(
        "notes",
        sa.Column("nr", sa.String(9)),
        sa.Column("note", sa.String(20)),
        rows=[{"nr": "a", "note": "one"}, {"nr": None, "note": "lost"}],
    )
    path = Path(erp.home, "crm-sync.toml")
    path.write_text(f'[erp]\nkind = "database"\n{RULES}[erp.notes]\nkey = "nr"\n')

    [result] = erp.sync()

    assert (result.outcome, counted(result)) == ("partial", (1, 0, 1))
    assert "lost" in str(erp.one("select raw from ingestion_rejected_record"))


def test_a_dry_run_says_what_would_happen(erp: Erp):
    [result] = erp.sync(dry_run=True)

    assert result.outcome == "preview"
    assert erp.rows("select 1 from pg_tables where schemaname = 'erp'") == []


def test_no_more_is_read_than_is_wanted(erp: Erp):
    [result] = erp.sync(max_records=3)

    assert result.row["records_processed"] == 3


def pages_of(monkeypatch: pytest.MonkeyPatch, gone_after: int = 0) -> list[str | None]:
    """The places that pages are asked for from, until the database goes away."""
    asked: list[str | None] = []
    fetch = Database.fetch

    async def watched(self: Database, entity: Any, reading: Any, *rest: Any, **more: Any) -> Page:
        if reading == "changes":
            if gone_after and len(asked) >= gone_after:
                address = self._connected.address
                raise judged(AdminShutdown("terminating connection"), address, "erp.things")
            asked.append(rest[1])
        return await fetch(self, entity, reading, *rest, **more)

    monkeypatch.setattr(Database, "fetch", watched)
    return asked


@pytest.mark.parametrize("after", range(1, 9))
def test_an_interrupted_run_goes_on_in_every_range(
    erp_in_postgresql: Erp, monkeypatch: pytest.MonkeyPatch, after: int
):
    erp = erp_in_postgresql
    erp.settings("rows_per_range = 7\nbatch_size = 3")
    with monkeypatch.context() as patch:
        before = pages_of(patch, gone_after=after)
        [failed] = erp.sync()
    with monkeypatch.context() as patch:
        asked = pages_of(patch)
        [resumed] = erp.sync()

    assert "did not answer: terminating connection" in str(failed.error)
    assert (failed.outcome, resumed.outcome) == ("failed", "success")
    landed = failed.row["records_processed"]
    assert resumed.row["configuration"]["strategy"] == ("resumed" if landed else "initial_full")
    # What has landed is not read again; what was read and has not landed, is.
    assert landed == 0 or len(asked) < 13
    assert len(before) == after
    assert_right(erp)


def test_a_large_table_is_read_in_ranges_side_by_side(erp: Erp, monkeypatch: pytest.MonkeyPatch):
    erp.settings("rows_per_range = 7\nbatch_size = 3")
    with monkeypatch.context() as patch:
        asked = pages_of(patch)
        [result] = erp.sync()

    assert result.outcome == "success"
    assert len({json.loads(cursor or "{}").get("to", [[0, 0]])[0][1] for cursor in asked}) == 4
    assert_right(erp)


def test_a_backend_that_is_killed_in_the_middle_costs_a_question(
    erp_in_postgresql: Erp, monkeypatch: pytest.MonkeyPatch
):
    """The session is ended while its answer is under way; the question is put again."""
    erp = erp_in_postgresql
    erp.settings("batch_size = 5")
    slow = "create view slow as select *, pg_sleep(0.02)::text as slept from things"
    erp.execute_there(slow)
    path = Path(erp.home, "crm-sync.toml")
    path.write_text(f'[erp]\nkind = "database"\n{RULES}[erp.things]\ntable = "slow"\nkey = "id"\n')
    kill = (
        "select pg_terminate_backend(pid) from pg_stat_activity"
        " where datname = current_database() and query like 'copy %%slow%%' and state = 'active'"
    )

    async def both() -> tuple[list[Result], int]:
        syncing = asyncio.create_task(erp.sync_async(source="erp"))
        killed = 0
        while not syncing.done() and not killed:
            await asyncio.sleep(0.02)
            with erp.place.engine.connect() as connection:
                killed = len(connection.exec_driver_sql(kill).fetchall())
        return await syncing, killed

    [result], killed = asyncio.run(both())

    assert killed
    assert result.outcome == "success"
    assert result.row["performance_metrics"]["retries"] >= 1
    assert_right(erp)


def test_a_database_that_is_away_fails_the_run_and_is_told(
    erp: Erp, monkeypatch: pytest.MonkeyPatch
):
    erp.sync()
    monkeypatch.setenv("DATABASE_ERP_URL", "mysql://crm:hidden@127.0.0.1:9/crm")

    [result] = erp.sync()

    assert result.outcome == "failed"
    assert "MySQL at 127.0.0.1:9/crm (DATABASE_ERP_URL) did not answer" in str(result.error)
    assert "hidden" not in json.dumps(erp.rows("select * from ingestion_sync_history"), default=str)


def test_a_database_that_is_away_before_its_tables_are_known_ends_the_run(
    erp: Erp, monkeypatch: pytest.MonkeyPatch
):
    Path(erp.home, "crm-sync.toml").write_text(f'[erp]\nkind = "database"\n{RULES}')
    monkeypatch.setenv("DATABASE_ERP_URL", "mysql://crm:hidden@127.0.0.1:9/crm")

    with pytest.raises(Unavailable, match="did not answer"):
        erp.sync()


def test_one_table_without_a_key_does_not_stop_the_others(erp: Erp):
    erp.place.make("log", sa.Column("what", sa.String(9)))
    path = Path(erp.home, "crm-sync.toml")
    path.write_text(path.read_text() + "[erp.log]\n")

    results = {result.entity: result for result in erp.sync()}

    assert (results["things"].outcome, results["log"].outcome) == ("success", "failed")
    assert "erp.log: table log has neither a primary key" in str(results["log"].error)


def test_a_check_says_what_can_be_read(erp: Erp, capsys: pytest.CaptureFixture[str]):
    status = run(["check", "erp"])

    out = " ".join(capsys.readouterr().out.split())
    assert status == 0, out
    assert "25 records, 4 columns" in out


def test_a_check_marks_a_table_that_is_not_synced(erp: Erp, capsys: pytest.CaptureFixture[str]):
    erp.place.make("log", sa.Column("what", sa.String(9)))
    Path(erp.home, "crm-sync.toml").write_text(f'[erp]\nkind = "database"\n{RULES}')

    status = run(["check", "erp"])

    out = " ".join(capsys.readouterr().out.split())
    assert status == 0, out
    assert "✓ things" in out
    assert "! log not synced: table log has neither a primary key nor" in out
