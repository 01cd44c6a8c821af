"""The receiver as a process of its own: what it answered well is there, whoever is killed."""

import asyncio
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from tests.flows.webhooks import senders
from tests.flows.webhooks.senders import SECRETS
from warehouse import embedded
from warehouse.cluster import Cluster
from warehouse.connection import connect
from warehouse.upgrade import upgrade

ROOT = Path(__file__).parents[3]
CLIENTS = 16


class Running:
    """A receiver at work."""

    def __init__(self, process: "subprocess.Popen[str]", url: str) -> None:
        self.process = process
        self.url = url

    def end(self, number: int) -> int:
        self.process.send_signal(number)
        return self.process.wait(30)


def started(url: str, *arguments: str, **environ: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "flows.cli", "webhooks", "serve", *arguments],
        cwd=ROOT,
        env={**os.environ, **SECRETS, "WAREHOUSE_URL": url, **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@contextmanager
def serving(url: str, **environ: str) -> Iterator[Running]:
    process = started(url, "--port", "0", **environ)
    try:
        assert process.stdout is not None
        said = next((line for line in process.stdout if "received at" in line), "")
        assert said, process.communicate()
        yield Running(process, said.split(" at ")[1].split(",")[0])
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def durable() -> Iterator[Cluster]:
    """A server of our own that keeps its promises and may be killed."""
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    cluster = Cluster(embedded.programs(), folder / "postgres", embedded.LOCALE)
    upgrade(cluster.start())
    yield cluster
    cluster.stop()
    shutil.rmtree(folder)


def kill(cluster: Cluster) -> None:
    """End PostgreSQL as a power cut would."""
    pid = int((cluster.folder / "postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, signal.SIGKILL)


def rows(url: str) -> list[str]:
    with connect(url) as conn:
        return [key for (key,) in conn.execute("select record_key from ingestion_webhook_event")]


async def post(client: httpx.AsyncClient, number: int) -> int:
    """The answer's status; 0 where there was none."""
    try:
        answer = await client.post("/callrail/post-call", **senders.callrail(number))
    except httpx.HTTPError:
        return 0
    return answer.status_code


class Load:
    """Calls posted by several clients at once, and how each was answered."""

    def __init__(self) -> None:
        self.statuses: dict[int, int] = {}
        self.stopped = False

    @property
    def accepted(self) -> set[str]:
        return {f"CAL{n}" for n, status in self.statuses.items() if status == 200}

    async def run(self, url: str, meanwhile: Callable[[], Awaitable[None]]) -> None:
        limits = httpx.Limits(max_connections=CLIENTS)
        async with httpx.AsyncClient(
            base_url=url, trust_env=False, timeout=15, limits=limits
        ) as client:
            clients = [asyncio.create_task(self._client(client, n)) for n in range(CLIENTS)]
            await meanwhile()
            self.stopped = True
            await asyncio.gather(*clients)

    async def _client(self, client: httpx.AsyncClient, number: int) -> None:
        while not self.stopped:
            self.statuses[number] = await post(client, number)
            if self.statuses[number] == 0:
                await asyncio.sleep(0.01)
            number += CLIENTS

    async def until(self, number: int) -> None:
        """Wait for so many more good answers."""
        wanted = len(self.accepted) + number
        deadline = time.monotonic() + 30
        while len(self.accepted) < wanted:
            assert time.monotonic() < deadline, Counter(self.statuses.values())
            await asyncio.sleep(0.01)


async def test_what_was_accepted_is_there_when_the_receiver_is_killed(durable: Cluster):
    load = Load()
    with serving(durable.url()) as server:

        async def kill_it() -> None:
            await load.until(100)
            server.process.kill()
            await asyncio.sleep(0.1)

        await load.run(server.url, kill_it)

    assert load.accepted <= set(rows(durable.url()))
    with serving(durable.url()) as server:
        async with httpx.AsyncClient(base_url=server.url, trust_env=False) as client:
            again = [await post(client, number) for number in load.statuses]

    assert set(again) == {200}
    assert Counter(rows(durable.url())) == Counter(f"CAL{n}" for n in load.statuses)


async def test_what_was_accepted_is_there_when_postgresql_is_killed(durable: Cluster):
    load = Load()
    with serving(durable.url()) as server:

        async def kill_and_start_again() -> None:
            await load.until(100)
            await asyncio.to_thread(kill, durable)
            await asyncio.sleep(0.2)
            await asyncio.to_thread(durable.start)
            await load.until(100)

        await load.run(server.url, kill_and_start_again)

        assert httpx.get(f"{server.url}/health", trust_env=False).status_code == 200
    stored = rows(durable.url())
    assert load.accepted <= set(stored)
    assert len(stored) == len(set(stored))
    assert set(load.statuses.values()) <= {200, 503}


async def test_nothing_is_accepted_while_postgresql_is_away(durable: Cluster):
    with serving(durable.url()) as server:
        async with httpx.AsyncClient(base_url=server.url, trust_env=False, timeout=15) as client:
            assert await post(client, 1) == 200
            await asyncio.to_thread(durable.stop)

            health, event = await asyncio.gather(client.get("/health"), post(client, 2))

            assert (health.status_code, event) == (503, 503)
            await asyncio.to_thread(durable.start)
            assert await post(client, 3) == 200
            assert (await client.get("/health")).status_code == 200
    assert sorted(rows(durable.url())) == ["CAL1", "CAL3"]


async def test_two_receivers_store_each_event_once(pg18_url: str):
    with serving(pg18_url) as one, serving(pg18_url) as other:
        async with (
            httpx.AsyncClient(base_url=one.url, trust_env=False) as first,
            httpx.AsyncClient(base_url=other.url, trust_env=False) as second,
        ):
            posts = [post(client, n) for n in range(150) for client in (first, second)]
            answers = await asyncio.gather(*posts)

    assert set(answers) == {200}
    assert Counter(rows(pg18_url)) == Counter(f"CAL{n}" for n in range(150))


async def test_to_be_told_to_end_is_to_finish_first(pg18_url: str):
    load = Load()
    with serving(pg18_url) as server:

        async def terminate() -> None:
            await load.until(100)
            server.process.send_signal(signal.SIGTERM)
            await asyncio.to_thread(server.process.wait, 30)

        await load.run(server.url, terminate)

        assert server.process.returncode == 0
    stored = rows(pg18_url)
    assert set(stored) == load.accepted
    assert set(load.statuses.values()) <= {200, 0}


def test_ctrl_c_ends_it_well(pg18_url: str):
    with serving(pg18_url) as server:
        assert server.end(signal.SIGINT) == 0


def test_it_says_where_each_source_is_received_and_shows_no_secret(pg18_url: str):
    process = started(pg18_url, "--port", "0", SALESFORCE_WEBHOOK_ORGANIZATION_ID="")
    assert process.stdout is not None
    lines = [process.stdout.readline() for _ in range(5)]
    process.terminate()
    _, errors = process.communicate(timeout=30)

    assert [line.strip() for line in lines[:4]] == [
        "hubspot: POST /hubspot",
        "salesforce: no endpoint, for SALESFORCE_WEBHOOK_ORGANIZATION_ID is not set",
        "pipedrive: POST /pipedrive",
        "callrail: POST /callrail",
    ]
    assert lines[4].startswith("Webhooks are received at http://127.0.0.1:")
    assert not any(secret in "".join(lines) + errors for secret in SECRETS.values())


def test_without_a_secret_it_does_not_start(pg18_url: str):
    process = started(pg18_url, **dict.fromkeys(SECRETS, ""))

    _, errors = process.communicate(timeout=30)

    assert process.returncode == 2
    assert "CALLRAIL_WEBHOOK_SECRET" in errors


def test_a_public_address_that_is_none_is_said(pg18_url: str):
    process = started(pg18_url, "--public-url", "hooks.example.test")

    _, errors = process.communicate(timeout=30)

    assert process.returncode == 2
    assert "--public-url hooks.example.test must be an address" in errors


def test_a_port_that_is_taken_is_said(pg18_url: str):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        process = started(pg18_url, "--port", port)

        _, errors = process.communicate(timeout=30)

    assert process.returncode == 1
    assert f"cannot listen on 127.0.0.1 port {port}" in errors


def test_a_source_that_pushes_cannot_be_synced(pg18_url: str, tmp_path: Path):
    file = tmp_path / "crm-sync.toml"
    file.write_text('[shop]\nkind = "webhook"\n[shop.orders]\nkey = "id"\n')
    process = subprocess.run(
        [sys.executable, "-m", "flows.cli", "sync", "shop"],
        cwd=ROOT,
        env={**os.environ, "WAREHOUSE_URL": pg18_url, "CRM_SYNC_CONFIG": str(file)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert process.returncode == 2
    assert "crm-sync webhooks serve" in process.stderr
