import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest

from warehouse import embedded
from warehouse.connection import connect, refuse_pooler
from warehouse.errors import WarehouseError

PRINT_URL = "from warehouse import embedded; print(embedded.start())"
KILLED_AT_WORK = """
import os, signal
from warehouse import connection, embedded
session = connection.connect(embedded.start())
session.execute("create table kept (n int)")
session.execute("begin")
session.execute("insert into kept values (1)")
os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(scope="module")
def url(crm_sync_home: Path) -> Iterator[str]:
    """The embedded server, running."""
    yield embedded.start()
    embedded.stop()


def another_process(program: str) -> "subprocess.CompletedProcess[str]":
    words = [sys.executable, "-c", program]
    return subprocess.run(words, check=False, capture_output=True, text=True)


def postmaster() -> int:
    return int((embedded.home() / "postgres" / "postmaster.pid").read_text().split()[0])


def answers(url: str) -> bool:
    try:
        connect(url).close()
    except WarehouseError:
        return False
    return True


def test_home_is_the_folder_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("CRM_SYNC_HOME", str(tmp_path))

    assert embedded.home() == tmp_path


def test_home_is_the_users_data_folder_unless_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CRM_SYNC_HOME")
    monkeypatch.setenv("XDG_DATA_HOME", "/srv/data")

    assert embedded.home().name == "crm-sync"


def test_the_server_is_a_recent_postgresql_reached_by_its_socket_alone(url: str) -> None:
    with connect(url) as connection:
        assert connection.info.server_version >= 180000
        assert connection.execute("show listen_addresses").fetchone() == ("",)
        assert connection.execute("select lower('ÉCOLE')").fetchone() == ("école",)
    refuse_pooler(url)


def test_its_folder_is_closed_to_others(url: str) -> None:
    assert (embedded.home() / "postgres").stat().st_mode & 0o077 == 0


def test_the_psql_line_leads_to_the_server(url: str) -> None:
    command, conninfo = embedded.psql_line().split(" ", 1)

    with psycopg.connect(conninfo.strip('"')) as connection:
        assert command == "psql"
        assert connection.info.dbname == "postgres"


def test_two_processes_share_one_server_which_outlives_them(url: str) -> None:
    before = postmaster()

    other = another_process(PRINT_URL)

    assert (other.stdout.strip(), other.stderr) == (url, "")
    assert postmaster() == before
    assert answers(url)


def test_a_killed_process_leaves_what_it_had_committed(url: str) -> None:
    killed = another_process(KILLED_AT_WORK)

    assert killed.returncode == -signal.SIGKILL
    with connect(embedded.start()) as connection:
        assert connection.execute("select count(*) from kept").fetchone() == (0,)


def test_stopping_ends_a_server_that_another_process_started(
    url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    embedded.stop()
    another_process(PRINT_URL)

    assert embedded.stop() is True

    assert not answers(url)
    assert embedded.stop() is False
    assert embedded.start() == url
    assert capfd.readouterr() == ("", "")


def test_many_starts_at_once_make_one_server(url: str) -> None:
    embedded.stop()

    with ThreadPoolExecutor(4) as threads:
        urls = set(threads.map(lambda _: embedded.start(), range(4)))

    assert urls == {url}


def test_a_crash_is_recovered_though_its_process_id_has_been_given_away(url: str) -> None:
    pid_file = embedded.home() / "postgres" / "postmaster.pid"
    os.kill(postmaster(), signal.SIGKILL)
    owner = pid_file.stat().st_uid
    with subprocess.Popen(["sleep", "60"], user=owner) as stranger:
        lines = pid_file.read_text().split("\n", 1)
        pid_file.write_text(f"{stranger.pid}\n{lines[1]}")

        try:
            restarted = embedded.start()
        finally:
            stranger.kill()
    assert restarted == url
    assert answers(url)


def test_a_long_path_gets_a_short_socket_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder, "a folder with a $name" + "x" * 70, "and 'more" + "y" * 40)
        monkeypatch.setenv("CRM_SYNC_HOME", str(home))
        try:
            url = embedded.start()

            assert answers(url)
            assert str(home) not in url
        finally:
            embedded.stop()
