"""What stands between us and a database is told by its remedy, and never with the password."""

import shutil
import tempfile
import traceback
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from pydantic import SecretStr

from sources.database.address import Address
from sources.errors import (
    ConfigError,
    MissingScope,
    Refused,
    SourceError,
    Unauthorized,
    Unavailable,
)
from tests.mariadb import PASSWORD, READER, READER_PASSWORD, MariaDb, running
from tests.sources.database.places import (
    EVERYTHING,
    Place,
    config_of,
    described,
    opened,
    records,
)
from warehouse import embedded
from warehouse.cluster import Cluster

SECRET = "s3cr/t:p@ss%word"
QUOTED = "s3cr%2Ft%3Ap%40ss%25word"


@pytest.fixture(scope="module")
def guarded() -> Iterator[str]:
    """A PostgreSQL that asks for passwords: its address with `{}` for user and password."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    cluster = Cluster(embedded.programs(), folder / "postgres", embedded.LOCALE)
    url = cluster.start()
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            [place] = connection.execute("show hba_file").fetchone() or [""]
            connection.execute(f"create role crm login password '{SECRET}'")
            connection.execute("create table things (id int primary key)")
            connection.execute("create table mine (id int primary key)")
            connection.execute("grant select on things to crm")
            hba = Path(place)
            hba.write_text("local all postgres trust\nlocal all all scram-sha-256\n")
            connection.execute("select pg_reload_conf()")
        yield url.replace("//postgres@", "//{}@")
    finally:
        cluster.stop()
        shutil.rmtree(folder)


async def failure(url: str, folder: Path, text: str = "retry_attempts = 0\n") -> SourceError:
    """What opening and asking a database comes to."""

    async def asked() -> None:
        async with opened(url, config_of(folder, text)) as client:
            await client.account()
            await records(client, await described(client))

    with pytest.raises(SourceError) as caught:
        await asked()
    told = "".join(traceback.format_exception(caught.value))
    for secret in (SECRET, QUOTED, PASSWORD, "p%40ss%2Fw%3Ard%251"):
        assert secret not in told
    assert caught.value.__cause__ is None
    return caught.value


async def test_a_password_that_is_right_lets_in(guarded: str, tmp_path: Path):
    async with opened(guarded.format(f"crm:{QUOTED}"), config_of(tmp_path)) as client:
        account = await client.account()

    assert account.id == "postgres"


@pytest.mark.parametrize("who", ["crm:wrong", "nobody:x", "crm"])
async def test_a_wrong_password_is_the_credentials_fault(guarded: str, tmp_path: Path, who: str):
    error = await failure(guarded.format(who), tmp_path)

    assert isinstance(error, Unauthorized)
    assert "PostgreSQL at /tmp/" in str(error)
    assert "(DATABASE_ERP_URL) turned the user or password down" in str(error)


async def test_a_wrong_password_is_the_credentials_fault_in_mariadb(
    mariadb: MariaDb, tmp_path: Path
):
    error = await failure(mariadb.url("mysql", password="wrong"), tmp_path)

    assert isinstance(error, Unauthorized)


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://crm:{QUOTED}@127.0.0.1:9/crm",
        f"postgresql://crm:{QUOTED}@no-such-host.invalid/crm",
        f"mysql://crm:{QUOTED}@127.0.0.1:9/crm",
        f"mysql://crm:{QUOTED}@no-such-host.invalid/crm",
    ],
)
async def test_a_database_that_is_not_there_may_be_there_later(tmp_path: Path, url: str):
    error = await failure(url, tmp_path)

    assert isinstance(error, Unavailable)
    assert "(DATABASE_ERP_URL) did not answer" in str(error)


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("not an address", "is no address of a database"),
        (f"postgresql://crm:{SECRET}@db/crm", "percent-encoded"),
        ("oracle+oracledb://u:p@h/s", "is read by the package oracledb: install it"),
        ("nosuch://u:p@h/s", "which SQLAlchemy does not know"),
        ("sqlite://", "names no file"),
        ("sqlite:////no/such/folder/file.db", "has no such database: unable to open"),
        ("mssql+aioodbc://u:p@h/s", "package"),
    ],
)
async def test_an_address_that_cannot_be_right_is_told_without_it(
    tmp_path: Path, url: str, told: str
):
    error = await failure(url, tmp_path)

    assert isinstance(error, ConfigError)
    assert "DATABASE_ERP_URL" in str(error)
    assert told in str(error)


async def test_no_address_at_all_names_the_variable_and_the_block(tmp_path: Path):
    error = await failure("", tmp_path)

    assert str(error).startswith("DATABASE_ERP_URL is not set (on a Prefect server: a Secret or")
    assert "database-erp-url" in str(error)


async def test_a_file_that_is_no_database_is_told(tmp_path: Path):
    place = tmp_path / "notes.db"
    place.write_text("just some text, and enough of it to be looked at\n" * 40)

    error = await failure(f"sqlite:///{place}", tmp_path)

    assert isinstance(error, ConfigError)
    assert "file is not a database" in str(error)


async def test_a_database_that_a_server_lacks_is_told(mariadb: MariaDb, tmp_path: Path):
    error = await failure(mariadb.url("nowhere"), tmp_path)

    assert isinstance(error, ConfigError)
    assert "Unknown database" in str(error)


async def test_a_table_that_may_not_be_read_is_named(guarded: str, tmp_path: Path):
    error = await failure(guarded.format(f"crm:{QUOTED}"), tmp_path, "[erp.mine]\n")

    assert isinstance(error, MissingScope)
    assert "erp.mine (table mine): " in str(error)
    assert "grant it SELECT" in str(error)


async def test_a_table_that_may_not_be_read_is_named_in_mariadb(mariadb: MariaDb, tmp_path: Path):
    mariadb.execute(
        "create database secret",
        "create table secret.mine (id int primary key, note text)",
        f"grant select (id) on secret.mine to '{READER}'@'%'",
    )

    error = await failure(mariadb.url("secret", READER, READER_PASSWORD), tmp_path, "[erp.mine]\n")

    assert isinstance(error, MissingScope)
    assert "erp.mine" in str(error)
    mariadb.execute(f"revoke all on secret.mine from '{READER}'@'%'", "drop database secret")


async def test_a_table_that_vanishes_meanwhile_is_told(place: Place, tmp_path: Path):
    place.execute("create table things (id integer primary key)")

    async with opened(place.url, config_of(tmp_path)) as client:
        entity = await described(client)
        place.execute("drop table things")
        with pytest.raises((ConfigError, Refused)) as caught:
            await client.fetch(entity, "changes", EVERYTHING, None)

    assert "erp.things (table things): " in str(caught.value)


@pytest.mark.parametrize("attempts", [0, 2])
async def test_a_connection_that_is_ended_is_opened_again(
    postgresql: Place, tmp_path: Path, attempts: int
):
    postgresql.execute("create table things (id integer primary key)")
    others = "select pg_terminate_backend(pid) from pg_stat_activity where pid <> pg_backend_pid() and datname = current_database()"

    async with opened(
        postgresql.url, config_of(tmp_path, f"retry_attempts = {attempts}\n")
    ) as client:
        entity = await described(client)
        postgresql.execute(others)
        if attempts == 0:
            with pytest.raises(Unavailable, match="did not answer"):
                await client.fetch(entity, "changes", EVERYTHING, None)
        page = await client.fetch(entity, "changes", EVERYTHING, None)

    assert len(page.records) == 0


async def test_a_server_that_comes_back_is_asked_again(tmp_path: Path):
    with running() as server:
        server.execute("create database crm", "create table crm.things (id int primary key)")
        config = config_of(tmp_path, "retry_attempts = 0\n")
        async with opened(server.url("crm"), config) as client:
            entity = await described(client)
            server.kill()
            with pytest.raises(Unavailable):
                await client.fetch(entity, "changes", EVERYTHING, None)
            server.start()
            page = await client.fetch(entity, "changes", EVERYTHING, None)

    assert len(page.records) == 0


@pytest.mark.parametrize("kind", ["postgresql", "mariadb"])
async def test_a_statement_that_takes_too_long_is_ended(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
):
    place = request.getfixturevalue({"postgresql": "postgresql", "mariadb": "mariadb_place"}[kind])
    slow = {"postgresql": "pg_sleep(5)::text", "mariadb": "sleep(5)"}[kind]
    text = f"""retry_attempts = 0
query_timeout = "1s"
[erp.slow]
query = "select 1 as id, x from (select 1 as a) s, (select {slow} as x) y"
key = "id"
"""

    error = await failure(place.url, tmp_path, text)

    assert isinstance(error, Unavailable)
    assert "took longer than query_timeout allows" in str(error)


def test_what_an_address_shows_of_itself_has_no_secrets():
    address = Address.of(
        SecretStr(
            f"postgresql://crm:{QUOTED}@db.example.org:5432/crm?sslpassword=hidden&sslmode=require"
        ),
        "DATABASE_ERP_URL",
    )

    assert address.place == "PostgreSQL at db.example.org:5432/crm"
    assert SECRET not in repr(address)
    said = address.without_secrets(f"cannot use {SECRET} or {QUOTED} or hidden with require")
    assert said == "cannot use *** or *** or *** with require"
