import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from threading import Barrier, Event

import psycopg
import pytest

from sources.kinds import KINDS
from tests.databases import EMPTY, ORDINARY, Server
from tests.warehouse.mirror import CONTACTS
from warehouse import tables
from warehouse.connection import Connection, connect
from warehouse.errors import MissingRights
from warehouse.tables import (
    Column,
    Table,
    TableBusy,
    WrongColumnType,
    ensure_table,
    stored_columns,
    system_columns,
)

OWN = {
    "created_at": "timestamptz",
    "updated_at": "timestamptz",
    "deleted_at": "timestamptz",
    "extra": "jsonb",
    "sync_history_id": "bigint",
}


def grown(table: Table, *names: str) -> Table:
    return replace(table, columns=(*table.columns, *(Column(name, "text") for name in names)))


def test_a_table_is_created_with_its_schema_and_system_columns(warehouse: Connection) -> None:
    assert stored_columns(warehouse, CONTACTS) == {}

    result = ensure_table(warehouse, CONTACTS)

    assert result == ([], [])
    declared = {"id": "bigint", "name": "text", "amount": "numeric"}
    assert stored_columns(warehouse, CONTACTS) == {**declared, **OWN}
    key = "select indexdef from pg_indexes where schemaname = 'crm' and tablename = 'contacts'"
    ((definition,),) = warehouse.execute(key).fetchall()
    assert definition.startswith("CREATE UNIQUE INDEX")
    assert definition.endswith("(id)")


def test_ensuring_again_changes_nothing(warehouse: Connection) -> None:
    ensure_table(warehouse, CONTACTS)

    assert ensure_table(warehouse, CONTACTS) == ([], [])


def test_a_mirror_with_losers_has_a_column_of_the_keys_type_for_the_survivor() -> None:
    columns = (Column("id", "text"), Column("merged", "text"), Column("updated_at", "date"))
    table = Table("crm", "contacts", columns, ("id",), losers="merged")

    own = {column.name: column.type for column in system_columns(table)}

    assert own == {"merged_into": "text"} | {k: v for k, v in OWN.items() if k != "updated_at"}


def test_a_composite_key_is_the_primary_key_in_order(warehouse: Connection) -> None:
    columns = (Column("id", "text"), Column("kind", "text"))
    table = Table("crm", "stages", columns, ("kind", "id"), None)

    ensure_table(warehouse, table)

    found = "select indexdef from pg_indexes where tablename = 'stages'"
    assert str(warehouse.execute(found).fetchone()).endswith("(kind, id)',)")


def test_missing_columns_are_added_and_named(warehouse: Connection) -> None:
    ensure_table(warehouse, CONTACTS)
    warehouse.execute("alter table crm.contacts drop column extra, drop column deleted_at")

    added, waiting = ensure_table(warehouse, grown(CONTACTS, "city", "Zip Code"))

    assert sorted(added) == ["Zip Code", "city", "deleted_at", "extra"]
    assert waiting == []
    assert {*added} <= stored_columns(warehouse, CONTACTS).keys()


def test_columns_that_are_no_longer_declared_stay(warehouse: Connection) -> None:
    ensure_table(warehouse, grown(CONTACTS, "city"))

    assert ensure_table(warehouse, CONTACTS) == ([], [])
    assert "city" in stored_columns(warehouse, CONTACTS)


def test_every_kind_has_a_type_that_reads_back_as_declared(warehouse: Connection) -> None:
    types = {kind.postgres for kind in KINDS.values()} | {"text", "jsonb"}
    columns = tuple(Column(f"{kind}_column", kind) for kind in sorted(types))
    table = Table("crm", "kinds", (Column("id", "text"), *columns), ("id",), None)

    ensure_table(warehouse, table)

    assert ensure_table(warehouse, table) == ([], [])
    stored = stored_columns(warehouse, table)
    assert {name: stored[name] for name in (c.name for c in columns)} == {
        column.name: column.type for column in columns
    }


@pytest.mark.parametrize(
    ("present", "said"),
    [("integer", "integer"), ("varchar(20)", "character varying(20)"), ("timestamp", "timestamp")],
)
def test_a_column_of_another_type_is_refused_with_what_to_do(
    warehouse: Connection, present: str, said: str
) -> None:
    ensure_table(warehouse, CONTACTS)
    warehouse.execute(f"alter table crm.contacts add city {present}".encode())

    with pytest.raises(WrongColumnType) as caught:
        ensure_table(warehouse, grown(CONTACTS, "street", "city"))

    assert str(caught.value).startswith(f"crm.contacts.city is {said}")
    assert "declared as text" in str(caught.value)
    assert "crm-sync.toml" in str(caught.value)
    assert "street" not in stored_columns(warehouse, CONTACTS)


def test_two_runs_may_create_the_same_schema_and_table_at_once(warehouse_url: str) -> None:
    barrier = Barrier(4)
    columns = tuple(Column(f"c{n}", "text") for n in range(20))
    versions = [
        replace(CONTACTS, columns=(*CONTACTS.columns, *columns[: 5 * (n + 1)])) for n in range(4)
    ]

    def ensure(table: Table) -> tuple[list[str], list[str]]:
        with connect(warehouse_url) as conn:
            barrier.wait()
            return ensure_table(conn, table)

    for _ in range(5):
        with ThreadPoolExecutor(4) as pool:
            results = list(pool.map(ensure, versions))

        assert all(waiting == [] for _, waiting in results)
        with connect(warehouse_url) as conn:
            stored = stored_columns(conn, CONTACTS)
            conn.execute("drop schema crm cascade")
        assert {column.name for column in columns} <= stored.keys()


# Locks


@contextmanager
def reader(url: str, table: str = "crm.contacts") -> Iterator[Connection]:
    """Someone who has read the table in a transaction that is still open."""
    with connect(url) as conn, conn.transaction():
        conn.execute(f"select count(*) from {table}".encode())
        yield conn


def test_a_column_waits_where_others_hold_the_table(
    warehouse_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "LOCK_TIMEOUT", "200ms")
    monkeypatch.setattr(tables, "PAUSE", 0.05)
    with connect(warehouse_url) as conn:
        ensure_table(conn, CONTACTS)
        with reader(warehouse_url):
            began = time.monotonic()
            held = ensure_table(conn, grown(CONTACTS, *(f"c{n}" for n in range(30))))
            took = time.monotonic() - began

        free = ensure_table(conn, grown(CONTACTS, "c0", "c1"))

    assert held == ([], [f"c{n}" for n in range(30)])
    assert 0.6 < took < 3  # three attempts for the first column, none for the others
    assert free == (["c0", "c1"], [])


def test_a_column_is_added_once_the_others_are_done(
    warehouse_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "LOCK_TIMEOUT", "300ms")
    monkeypatch.setattr(tables, "PAUSE", 0.1)
    with connect(warehouse_url) as conn:
        ensure_table(conn, CONTACTS)
        with ThreadPoolExecutor(1) as pool:
            with reader(warehouse_url):
                adding = pool.submit(ensure_table, conn, grown(CONTACTS, "city"))
                time.sleep(0.5)
            result = adding.result()

    assert result == (["city"], [])


def test_readers_behind_a_waiting_column_wait_no_longer_than_one_attempt(
    warehouse_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "LOCK_TIMEOUT", "500ms")
    longest, done = 0.0, Event()
    with connect(warehouse_url) as conn, connect(warehouse_url) as other:
        ensure_table(conn, CONTACTS)
        with ThreadPoolExecutor(1) as pool, reader(warehouse_url):
            adding = pool.submit(ensure_table, conn, grown(CONTACTS, "city"))
            adding.add_done_callback(lambda _: done.set())
            while not done.is_set():
                began = time.monotonic()
                other.execute("select count(*) from crm.contacts")
                longest = max(longest, time.monotonic() - began)
                time.sleep(0.01)

    assert adding.result() == ([], ["city"])
    assert 0.3 < longest < 0.9


def test_the_time_limit_for_locks_is_as_promised() -> None:
    assert tables.LOCK_TIMEOUT == "3s"
    assert tables.ATTEMPTS > 1


def test_the_time_limit_ends_with_the_column(warehouse: Connection) -> None:
    ensure_table(warehouse, CONTACTS)

    ensure_table(warehouse, grown(CONTACTS, "city"))

    assert warehouse.execute("show lock_timeout").fetchone() == ("0",)


def test_a_column_that_every_merge_needs_cannot_wait(
    warehouse_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tables, "LOCK_TIMEOUT", "100ms")
    monkeypatch.setattr(tables, "PAUSE", 0.05)
    with connect(warehouse_url) as conn:
        ensure_table(conn, CONTACTS)
        conn.execute("alter table crm.contacts drop column extra")

        with reader(warehouse_url), pytest.raises(TableBusy, match=r"crm\.contacts.*extra.*again"):
            ensure_table(conn, grown(CONTACTS, "city"))


# Rights


@pytest.fixture
def narrow(server: Server) -> Iterator[tuple[Connection, Connection]]:
    """The owner of a database, and an ordinary role that may use it but not create schemas."""
    with server.database(EMPTY) as name:
        server.execute(f"revoke all on database {name} from public")
        server.execute(f"grant connect, temporary on database {name} to {ORDINARY}")
        with (
            connect(server.address(name)) as owner,
            connect(server.address(name, ORDINARY)) as conn,
        ):
            yield owner, conn


def test_a_role_with_a_granted_schema_needs_no_right_on_the_database(
    narrow: tuple[Connection, Connection],
) -> None:
    owner, conn = narrow
    owner.execute("create schema crm")
    owner.execute(f"grant usage, create on schema crm to {ORDINARY}".encode())

    ensure_table(conn, CONTACTS)
    added, _ = ensure_table(conn, grown(CONTACTS, "city"))

    assert added == ["city"]


def test_a_missing_right_is_named_with_the_statement_that_gives_it(
    narrow: tuple[Connection, Connection],
) -> None:
    owner, conn = narrow

    with pytest.raises(
        MissingRights, match=r"crm\.contacts: permission denied for database"
    ) as one:
        ensure_table(conn, CONTACTS)
    owner.execute("create schema crm")
    with pytest.raises(MissingRights, match=r"crm\.contacts: permission denied for schema") as two:
        ensure_table(conn, CONTACTS)

    assert any("GRANT CREATE ON DATABASE" in grant for grant in one.value.grants)
    assert 'GRANT USAGE, CREATE ON SCHEMA "crm" TO "ordinary"' in two.value.grants
    assert all(grant in str(two.value) for grant in two.value.grants)


def test_a_table_of_another_owner_is_not_changed_and_that_is_said(
    narrow: tuple[Connection, Connection],
) -> None:
    owner, conn = narrow
    ensure_table(owner, CONTACTS)
    owner.execute(f"grant usage, create on schema crm to {ORDINARY}".encode())

    assert ensure_table(conn, CONTACTS) == ([], [])
    with pytest.raises(MissingRights, match="must be owner"):
        ensure_table(conn, grown(CONTACTS, "city"))


def test_a_table_with_more_columns_than_postgresql_takes_is_an_error(pg18_url: str) -> None:
    many = grown(CONTACTS, *(f"c{n}" for n in range(1700)))

    with connect(pg18_url) as conn, pytest.raises(psycopg.errors.TooManyColumns):
        ensure_table(conn, many)
