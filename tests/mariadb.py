"""A MariaDB server of the tests' own, and a fresh database for each test that wants one."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path

import pymysql
import pytest
from sqlalchemy import URL

from tests.databases import scratch

# Debian keeps servers where an ordinary user's PATH does not look.
PLACES = f"{os.environ.get('PATH', '')}{os.pathsep}/usr/sbin{os.pathsep}/usr/local/sbin"
USER, PASSWORD = "crm", "p@ss/w:rd%1"  # what a URL has to spell otherwise
READER, READER_PASSWORD = "reader", "only reads"
LONGEST_START = 60.0
# Test data may be lost in a power cut; in return the server starts in half a second.
HASTE = (
    "--innodb-buffer-pool-size=32M",
    "--innodb-log-file-size=8M",
    "--innodb-flush-log-at-trx-commit=0",
    "--innodb-doublewrite=0",
    "--performance-schema=off",
    "--skip-name-resolve",
    "--character-set-server=utf8mb4",
)

numbers = count(1)


def program(name: str) -> str | None:
    """Where a program of MariaDB's is, None where the machine has none."""
    return shutil.which(name, path=PLACES)


class MariaDb:
    """A server in a folder of its own: makes databases and accounts, can be stopped and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.socket = folder / "s"
        self.port = _free_port()
        self._process: subprocess.Popen[bytes] | None = None

    def set_up(self) -> None:
        """Lay the server's folder out, start it and make its accounts."""
        self._lay_out()
        self.start()
        self.execute(
            f"create user '{USER}'@'%' identified by '{PASSWORD}'",
            f"grant all privileges on *.* to '{USER}'@'%'",
            f"create user '{READER}'@'%' identified by '{READER_PASSWORD}'",
            "delete from mysql.global_priv where User = ''",
            "flush privileges",
        )

    def url(self, database: str = "", user: str = USER, password: str = PASSWORD) -> str:
        """The address of a database over TCP, as SQLAlchemy spells it."""
        address = URL.create(
            "mysql+pymysql", user, password, "127.0.0.1", self.port, database or None
        )
        return address.render_as_string(hide_password=False)

    def execute(self, *statements: str, database: str = "") -> None:
        """Run statements as the server's root, each committed."""
        with self.connect(database) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def connect(self, database: str = "") -> "pymysql.Connection[pymysql.cursors.Cursor]":
        """A connection of the server's root, through the socket."""
        return pymysql.connect(
            unix_socket=str(self.socket), user="root", database=database or None, autocommit=True
        )

    @contextmanager
    def database(self, collation: str = "utf8mb4_general_ci") -> Iterator[str]:
        """The name of a fresh database that everybody may read, dropped afterwards."""
        name = f"test_{next(numbers)}"
        self.execute(
            f"create database {name} collate {collation}",
            f"grant select on {name}.* to '{READER}'@'%'",
        )
        try:
            yield name
        finally:
            self.execute(f"revoke all on {name}.* from '{READER}'@'%'", f"drop database {name}")

    def start(self) -> None:
        """Start the server and wait until it answers."""
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                [
                    _needed("mariadbd"),
                    *self._own_folder(),
                    f"--socket={self.socket}",
                    f"--port={self.port}",
                    "--bind-address=127.0.0.1",
                    f"--pid-file={self.folder / 'pid'}",
                    *HASTE,
                ],
                stdout=log,
                stderr=log,
            )
        self._wait(self._process)

    def stop(self) -> None:
        """End the server as it wants to be ended."""
        self._end(kill=False)

    def kill(self) -> None:
        """End the server as a power cut does."""
        self._end(kill=True)

    def _end(self, *, kill: bool) -> None:
        if self._process:
            if kill:
                self._process.kill()
            else:
                self._process.terminate()
            self._process.wait(LONGEST_START)
            self._process = None

    def _lay_out(self) -> None:
        made = subprocess.run(
            [
                _needed("mariadb-install-db"),
                *self._own_folder(),
                "--auth-root-authentication-method=normal",
                "--skip-test-db",
                "--skip-name-resolve",
            ],
            capture_output=True,
            text=True,
            check=False,
        )
        assert made.returncode == 0, f"mariadb-install-db failed: {made.stdout} {made.stderr}"

    def _own_folder(self) -> list[str]:
        as_root = ["--user=root"] if os.geteuid() == 0 else []
        return ["--no-defaults", f"--datadir={self.folder / 'data'}", *as_root]

    def _wait(self, process: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + LONGEST_START
        while True:
            try:
                return self.connect().close()
            except pymysql.MySQLError:
                ended = process.poll() is not None
                if ended or time.monotonic() > deadline:
                    log = (self.folder / "log").read_text(errors="replace")
                    pytest.fail(f"MariaDB did not start:\n{log[-2000:]}")
            time.sleep(0.05)


@contextmanager
def running() -> Iterator[MariaDb]:
    """A server of its own, for a test that stops it."""
    _require()
    folder = scratch("my-")
    server = MariaDb(folder)
    try:
        server.set_up()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder)


@pytest.fixture(scope="session")
def mariadb() -> Iterator[MariaDb]:
    """A running MariaDB, one for all tests."""
    with running() as server:
        yield server


@pytest.fixture
def mariadb_url(mariadb: MariaDb) -> Iterator[str]:
    """The address of a fresh database in MariaDB."""
    with mariadb.database() as name:
        yield mariadb.url(name)


def _require() -> None:
    """Skip where the machine has no MariaDB; where it is said to be needed, fail."""
    missing = [name for name in ("mariadbd", "mariadb-install-db") if not program(name)]
    if not missing:
        return
    reason = (
        f"no {' and no '.join(missing)} here: install MariaDB's server"
        " (on Debian: apt-get install mariadb-server-core mariadb-client-core)"
    )
    if os.environ.get("MARIADB_REQUIRED"):
        pytest.fail(f"MARIADB_REQUIRED is set, and there is {reason}")
    pytest.skip(reason)


def _needed(name: str) -> str:
    found = program(name)
    assert found, name
    return found


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port
