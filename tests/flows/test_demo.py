"""The demo as a newcomer runs it: one command, and everything there is to see."""

import os
import re
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from psycopg.rows import TupleRow

from flows.demo.story import STORIES, story_of
from tests.databases import scratch
from warehouse import embedded


@pytest.fixture
def home(monkeypatch: pytest.MonkeyPatch, crm_sync_home: Path) -> Iterator[Path]:
    """A home of the demo's own, but for Prefect's, whose first start takes long and is made once."""
    folder = scratch("d-")
    (crm_sync_home / "prefect").mkdir(mode=0o700, exist_ok=True)
    (folder / "prefect").symlink_to(crm_sync_home / "prefect")
    monkeypatch.setenv("CRM_SYNC_HOME", str(folder))
    yield folder
    monkeypatch.setenv("CRM_SYNC_HOME", str(folder / "demo"))
    embedded.stop()
    shutil.rmtree(folder)


def crm_sync(*words: str, home: Path) -> subprocess.CompletedProcess[str]:
    # What a user might have set must not be touched by the demo, nor touch it.
    foreign = {
        "WAREHOUSE_URL": "postgresql://nobody@127.0.0.1:9/x",
        "HUBSPOT_API_TOKEN": "pat-na1-own",
    }
    own = foreign if words == ("demo",) else {}
    return subprocess.run(
        [sys.executable, "-m", "flows.cli", *words],
        env={**os.environ, **own, "CRM_SYNC_HOME": str(home)},
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


@pytest.mark.parametrize("source", [source for source in STORIES if source != "hubspot"])
def test_every_crm_has_a_demo(home: Path, source: str):
    done = crm_sync("demo", source, home=home)

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    story = story_of(source)
    assert f"Meanwhile, in {story.vendor}" in done.stdout
    assert f"{source}.{story.table}, the rows last written" in done.stdout
    # A file is read whole, or not at all.
    assert ("full" if source == "github_csv" else "incremental") in done.stdout
    assert "failed" not in done.stdout.partition("SyncHistory")[0]


def test_the_demo_syncs_twice_and_leaves_a_database_to_look_at(home: Path):
    done = crm_sync("demo", home=home)

    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    assert "incremental" in done.stdout
    assert "Field '" in done.stdout
    line = re.search(r"^  (psql .*|/.*psql .*)$", done.stdout, re.MULTILINE)
    assert line is not None
    with psycopg.connect(shlex.split(line[1])[1]) as connection:
        names = connection.execute(
            "select first_name from hubspot.contacts where city is null and id > 0"
        )
        assert {"Ada", "Ben", "Cleo"} <= {row[0] for row in names}
        deals = connection.execute(query_in(done.stdout)).fetchall()
        assert_shown(deals, done.stdout)
        closed = connection.execute(
            "select count(*) from ingestion_rejected_record where resolved_at is not null"
        ).fetchone()
    assert closed == (1,)
    deadline = time.monotonic() + 5
    while (left := left_running(home)) and time.monotonic() < deadline:
        time.sleep(0.1)
    assert left == []

    listed = crm_sync("rejects", "list", "hubspot", home=home / "demo")
    assert "hubspot.deals" in listed.stdout
    stopped = crm_sync("db", "stop", home=home / "demo")
    assert stopped.stdout == "Stopped.\n"


def query_in(shown: str) -> bytes:
    """The query that was shown, as somebody would copy it."""
    [query] = re.findall(r"^select\n.*?^limit \d+$", shown, re.DOTALL | re.MULTILINE)
    return query.encode()


def assert_shown(rows: list[TupleRow], shown: str) -> None:
    """Each row stands in a line of its own, with a company and people in some."""
    lines = shown.splitlines()
    for row in rows:
        words = [str(value) for value in row if value is not None]
        assert any(all(word in line for word in words) for line in lines), row
    assert len(rows) == 8
    assert all(any(row[place] for row in rows) for place in range(len(rows[0])))


def left_running(home: Path) -> list[str]:
    """The demo's processes, told from those of others by their environment; PostgreSQL is meant to stay."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if str(home).encode() in (place / "environ").read_bytes():
                found.append((place / "cmdline").read_bytes().replace(b"\0", b" ").decode())
    return [line for line in found if "postgres" not in line]
