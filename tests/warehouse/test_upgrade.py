import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import psycopg
import pytest

from tests.databases import EMPTY, ORDINARY, Server
from warehouse.connection import Connection, connect
from warehouse.errors import Incompatible, MissingRights
from warehouse.upgrade import missing_grants, pending, upgrade

REVISIONS = ["0001", "0002", "0003", "0004", "0005", "0006", "0007", "0008"]
MOMENT = datetime(2026, 3, 1, 12, tzinfo=UTC)

SHAPE = """
    select column_name, data_type, character_maximum_length, is_nullable, column_default,
           is_identity
    from information_schema.columns
    where table_schema = %s and table_name = 'ingestion_sync_history'
    order by ordinal_position
"""
INDEXES = """
    select split_part(indexdef, ' USING ', 2) from pg_indexes
    where schemaname = 'public' and tablename = 'ingestion_sync_history' order by 1
"""
# As Django makes it: no defaults in the database, names and some types of its own.
DJANGO = """
    create table ingestion_sync_history (
        id {key},
        crm_source varchar(50) not null,
        sync_type varchar(50) not null,
        status varchar(20) not null,
        records_processed integer not null,
        records_created integer not null,
        records_updated integer not null,
        records_failed smallint,
        start_time timestamptz not null,
        end_time timestamptz not null,
        error_message varchar(200) not null,
        performance_metrics json,
        configuration jsonb not null
    );
    create index ingestion_s_end_time_0a1b2c_idx on ingestion_sync_history (end_time desc);
    insert into ingestion_sync_history values
        (7, 'hubspot', 'contacts', 'success', 1, 1, 0, null, '2026-03-01 12:00Z',
         '2026-03-01 12:01Z', '', null, '{{"full": true}}')
"""


@pytest.fixture
def empty(empty_url: str) -> Iterator[Connection]:
    with connect(empty_url) as connection:
        yield connection


def insert_run(connection: Connection) -> int:
    row = connection.execute(
        "insert into ingestion_sync_history (crm_source, sync_type, status, start_time)"
        " values ('hubspot', 'contacts', 'running', %s) returning id",
        [MOMENT],
    ).fetchone()
    assert row is not None
    return int(row[0])


def test_an_upgrade_applies_what_is_pending_once(empty_url: str) -> None:
    assert pending(empty_url) == REVISIONS

    assert upgrade(empty_url) == REVISIONS

    assert pending(empty_url) == []
    assert upgrade(empty_url) == []


def test_a_history_row_needs_only_what_a_run_knows_at_its_start(warehouse: Connection) -> None:
    number = insert_run(warehouse)

    row = warehouse.execute("select * from ingestion_sync_history").fetchone()
    run: tuple[object, ...] = (
        number,
        "hubspot",
        "contacts",
        "running",
        0,
        0,
        0,
        0,
        MOMENT,
        None,
        None,
        {},
        {},
    )
    assert row == run


def test_the_history_is_indexed_as_it_is_asked(warehouse: Connection) -> None:
    found = [row[0] for row in warehouse.execute(INDEXES)]

    assert found == [
        "btree (crm_source, sync_type, start_time DESC)",
        "btree (end_time DESC)",
        "btree (id)",
        "btree (status, start_time DESC)",
    ]


def test_a_rejected_record_keeps_what_jsonb_refuses(warehouse: Connection) -> None:
    raw = '{"name": "a\\u0000b", "size": 1e999999}'

    warehouse.execute(
        "insert into ingestion_rejected_record (crm_source, entity, record_key, raw, reason)"
        " values ('hubspot', 'contacts', '1', %s, 'no')",
        [raw],
    )

    query = "select raw::text, attempts, resolved_at from ingestion_rejected_record"
    assert warehouse.execute(query).fetchone() == (raw, 1, None)


@pytest.mark.parametrize("other", ["source_path", "column_name"])
def test_a_path_and_a_column_name_are_taken_once(warehouse: Connection, other: str) -> None:
    query = (
        "insert into ingestion_column_name (crm_source, entity, source_path, column_name, kind)"
        " values ('hubspot', 'contacts', %(source_path)s, %(column_name)s, 'text')"
    )
    first = {"source_path": "properties.a", "column_name": "a"}
    warehouse.execute(query, first)

    with pytest.raises(psycopg.errors.UniqueViolation):
        warehouse.execute(query, {"source_path": "b", "column_name": "b", other: first[other]})


def test_a_key_is_seen_once_in_a_run(warehouse: Connection) -> None:
    query = "insert into ingestion_seen_key (sync_history_id, key, outcome) values (%s, '1', 'c')"
    warehouse.execute(query, [1])
    warehouse.execute(query, [2])

    with pytest.raises(psycopg.errors.UniqueViolation):
        warehouse.execute(query, [1])


def test_the_bookkeeping_lives_in_the_schema_chosen(empty: Connection, empty_url: str) -> None:
    upgrade(empty_url, "Sync books")

    assert pending(empty_url, "Sync books") == []
    assert pending(empty_url) == REVISIONS
    query = "select distinct schemaname from pg_tables where tablename like 'ingestion%'"
    assert empty.execute(query).fetchall() == [("Sync books",)]


def test_two_upgrades_at_once_are_safe(empty_url: str) -> None:
    with ThreadPoolExecutor(4) as threads:
        applied = list(threads.map(upgrade, [empty_url] * 4))

    assert sorted(applied) == [[], [], [], REVISIONS]


def test_an_upgrade_is_quiet(
    empty_url: str, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    before = logging.getLogger().handlers.copy()

    upgrade(empty_url)

    assert capfd.readouterr() == ("", "")
    assert logging.getLogger().handlers == before
    assert not [record for record in caplog.records if record.levelno > logging.INFO]


@pytest.mark.parametrize(
    "key",
    [
        "bigserial primary key",
        "serial primary key",
        "integer primary key generated by default as identity",
        "bigint primary key generated by default as identity",
        "bigint primary key",
        "bigint",
    ],
)
def test_a_history_of_another_program_is_adopted(
    empty: Connection, empty_url: str, key: str
) -> None:
    empty.execute(DJANGO.format(key=key))
    empty.execute("select setval(s, 7) from pg_get_serial_sequence(%s, 'id') s", [TABLE])

    upgrade(empty_url)

    assert insert_run(empty) == 8
    old = empty.execute("select * from ingestion_sync_history where id = 7").fetchone()
    assert old is not None
    assert old[4:8] == (1, 1, 0, 0)
    assert old[8:] == (MOMENT, MOMENT.replace(minute=1), "", {}, {"full": True})
    assert_shape(empty)


TABLE = "ingestion_sync_history"


def assert_shape(connection: Connection) -> None:
    """The adopted table has the shape of a new one, but for how its key is numbered."""
    upgrade_elsewhere(connection)
    adopted = connection.execute(SHAPE, ["public"]).fetchall()
    fresh = connection.execute(SHAPE, ["fresh"]).fetchall()
    assert adopted[1:] == fresh[1:]
    assert adopted[0][:4] == fresh[0][:4]
    indexes = [row[0] for row in connection.execute(INDEXES)]
    assert len(indexes) == len(set(indexes)) == 4


def upgrade_elsewhere(connection: Connection) -> None:
    upgrade(url_of(connection), "fresh")


def url_of(connection: Connection) -> str:
    known = connection.info
    return f"postgresql://{known.user}@/{known.dbname}?host={known.host}&port={known.port}"


def test_a_missing_column_is_added_where_it_can_be(empty: Connection, empty_url: str) -> None:
    empty.execute(DJANGO.format(key="bigserial primary key"))
    empty.execute("alter table ingestion_sync_history drop configuration, drop records_failed")

    upgrade(empty_url)

    query = "select configuration, records_failed from ingestion_sync_history"
    assert empty.execute(query).fetchone() == ({}, 0)


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ("alter id type text", "id"),
        ("drop id", "id"),
        ("drop constraint ingestion_sync_history_pkey, add primary key (id, status)", "id"),
        ("alter start_time type timestamp", "start_time"),
        ("drop crm_source", "crm_source"),
        ("alter configuration type text", "configuration"),
        ("alter records_created type numeric", "records_created"),
        ("alter status drop not null, alter status type char(20)", "status"),
    ],
)
def test_a_history_that_does_not_fit_is_refused_by_column(
    empty: Connection, empty_url: str, change: str, column: str
) -> None:
    empty.execute(DJANGO.format(key="bigint primary key"))
    empty.execute(f"alter table ingestion_sync_history {change}")

    with pytest.raises(Incompatible, match=rf"ingestion_sync_history\.{column} "):
        upgrade(empty_url)

    assert pending(empty_url) == REVISIONS


def test_a_required_column_nobody_would_fill_is_refused(empty: Connection, empty_url: str) -> None:
    empty.execute(DJANGO.format(key="bigint primary key"))
    empty.execute("alter table ingestion_sync_history add owner text not null default 'ann'")
    empty.execute("alter table ingestion_sync_history alter owner drop default")

    with pytest.raises(Incompatible, match=r"ingestion_sync_history\.owner "):
        upgrade(empty_url)


def test_a_view_in_the_place_of_the_history_is_refused(empty: Connection, empty_url: str) -> None:
    empty.execute("create view ingestion_sync_history as select 1")

    with pytest.raises(Incompatible, match="not a table"):
        upgrade(empty_url)


def test_tables_of_a_newer_version_are_left_alone(
    warehouse: Connection, warehouse_url: str
) -> None:
    warehouse.execute("update ingestion_alembic_version set version_num = '9999'")

    with pytest.raises(Incompatible, match="9999"):
        upgrade(warehouse_url)


@pytest.fixture
def locked_out(server: Server) -> Iterator[tuple[str, str]]:
    """The owner's and an ordinary role's URL of a database in which that role may only connect."""
    with server.database(EMPTY) as name:
        server.execute(f"revoke create, temporary on database {name} from public")
        server.execute("revoke all on schema public from public", database=name)
        yield server.address(name), server.address(name, ORDINARY)


@pytest.mark.parametrize("schema", ["public", "books"])
def test_the_grants_named_are_enough_for_an_ordinary_role(
    locked_out: tuple[str, str], schema: str
) -> None:
    owner_url, url = locked_out

    with pytest.raises(MissingRights) as caught:
        upgrade(url, schema)
    with connect(owner_url) as owner:
        for grant in caught.value.grants:
            owner.execute(grant)

    assert all(grant in str(caught.value) for grant in caught.value.grants)
    assert upgrade(url, schema) == REVISIONS
    with connect(url) as connection:
        assert missing_grants(connection, schema) == []


def test_a_role_that_only_syncs_needs_rights_on_the_rows(locked_out: tuple[str, str]) -> None:
    owner_url, url = locked_out
    with connect(owner_url) as owner, connect(url) as connection:
        owner.execute("create schema hubspot")
        owner.execute(DJANGO.format(key="bigserial primary key"))
        upgrade(owner_url)

        grants = missing_grants(connection, sources=["hubspot"])
        for grant in grants:
            owner.execute(grant)

        name = connection.info.dbname
        assert grants[:3] == [
            f'GRANT TEMPORARY ON DATABASE "{name}" TO "{ORDINARY}"',
            f'GRANT USAGE ON SCHEMA "public" TO "{ORDINARY}"',
            f'GRANT USAGE, CREATE ON SCHEMA "hubspot" TO "{ORDINARY}"',
        ]
        assert missing_grants(connection, sources=["hubspot"]) == []
        assert pending(url) == []
        assert upgrade(url) == []
        assert insert_run(connection) == 1


def test_adopting_a_table_of_another_owner_asks_for_it(locked_out: tuple[str, str]) -> None:
    owner_url, url = locked_out
    with connect(owner_url) as owner:
        owner.execute(DJANGO.format(key="bigserial primary key"))

        with pytest.raises(MissingRights) as caught:
            upgrade(url)
        for grant in caught.value.grants:
            owner.execute(grant)

    assert upgrade(url) == REVISIONS


def test_an_ordinary_role_lacks_nothing_once_granted(ordinary_url: str) -> None:
    with connect(ordinary_url) as connection:
        assert missing_grants(connection) == []
        assert missing_grants(connection, sources=["hubspot"]) == []
