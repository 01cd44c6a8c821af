"""PostgreSQL servers for the tests, and a fresh, migrated database for each test that wants one."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from warehouse import embedded
from warehouse.cluster import Cluster
from warehouse.connection import Connection, connect
from warehouse.upgrade import upgrade

DEBIAN_15 = Path("/usr/lib/postgresql/15/bin")
EMPTY, MIGRATED = "template1", "migrated"
ORDINARY = "ordinary"
# Test data may be lost in a power cut; in return a database is made in a third of the time.
HASTE = ("fsync = off", "full_page_writes = off", "synchronous_commit = off")
# In memory that takes a seventh of what is left; but a container's may hold no more than 64 MB.
MEMORY = Path("/dev/shm")
ROOM = 4 * 2**30  # bytes
SPARING = "max_wal_size = '256MB'"

numbers = count(1)


def scratch(prefix: str) -> Path:
    """A new folder, in memory where that has room; its path is short, for sockets."""
    roomy = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > ROOM
    return Path(tempfile.mkdtemp(prefix=prefix, dir=MEMORY if roomy else None))


class Server:
    """A running server: makes databases and drops them."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.execute(*(f"alter system set {setting}" for setting in (*HASTE, SPARING)))
        self.execute("select pg_reload_conf()", f"create role {ORDINARY} login")
        self.execute(f"create database {MIGRATED}")
        upgrade(self.address(MIGRATED))

    def execute(self, *statements: str, database: str = "postgres") -> None:
        with psycopg.connect(self.address(database), autocommit=True) as connection:
            for statement in statements:
                connection.execute(sql.SQL(statement))

    def address(self, database: str, user: str = "postgres") -> str:
        return self.url.replace("//postgres@/postgres", f"//{user}@/{database}")

    @contextmanager
    def database(self, template: str = MIGRATED) -> Iterator[str]:
        """The name of a fresh database, dropped afterwards whoever is still connected."""
        name = f"test_{next(numbers)}"
        self.execute(f"create database {name} template {template} strategy file_copy")
        try:
            yield name
        finally:
            self.execute(f"drop database {name} with (force)")


@pytest.fixture(scope="session", autouse=True)
def crm_sync_home() -> Iterator[Path]:
    """Keep every test out of the user's own folder."""
    home = scratch("crm-")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("CRM_SYNC_HOME", str(home))
        environment.delenv("WAREHOUSE_URL", raising=False)
        yield home
        embedded.stop()
    shutil.rmtree(home)


@contextmanager
def _running(programs: Path, locale: tuple[str, ...]) -> Iterator[Server]:
    folder = scratch("pg-")
    cluster = Cluster(programs, folder / "postgres", locale)
    try:
        yield Server(cluster.start())
    finally:
        cluster.stop()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def pg18() -> Iterator[Server]:
    """The embedded PostgreSQL."""
    with _running(embedded.programs(), embedded.LOCALE) as server:
        yield server


@pytest.fixture(scope="session")
def pg15() -> Iterator[Server]:
    """The oldest version supported, where the machine has it."""
    if not DEBIAN_15.exists():
        pytest.skip(f"no PostgreSQL 15 in {DEBIAN_15}")
    with _running(DEBIAN_15, ("--locale=C.UTF-8",)) as server:
        yield server


@pytest.fixture(params=["pg18", "pg15"])
def server(request: pytest.FixtureRequest) -> Server:
    """Each of the servers in turn."""
    found: Server = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def warehouse_url(server: Server) -> Iterator[str]:
    """A fresh database with the bookkeeping tables, on each version of PostgreSQL."""
    with server.database() as name:
        yield server.address(name)


@pytest.fixture
def warehouse(warehouse_url: str) -> Iterator[Connection]:
    """An open connection to `warehouse_url`."""
    with connect(warehouse_url) as connection:
        yield connection


@pytest.fixture
def pg18_url(pg18: Server) -> Iterator[str]:
    """A fresh, upgraded database, for a test to which the version does not matter."""
    with pg18.database() as name:
        yield pg18.address(name)


@pytest.fixture
def empty_url(server: Server) -> Iterator[str]:
    """A fresh database with nothing in it."""
    with server.database(EMPTY) as name:
        yield server.address(name)


@pytest.fixture
def ordinary_url(server: Server) -> Iterator[str]:
    """A fresh database, upgraded by an ordinary role that has the documented rights."""
    with server.database(EMPTY) as name:
        server.execute(
            f"revoke all on database {name} from public",
            f"grant connect, create, temporary on database {name} to {ORDINARY}",
        )
        server.execute(f"grant usage, create on schema public to {ORDINARY}", database=name)
        url = server.address(name, ORDINARY)
        upgrade(url)
        yield url
