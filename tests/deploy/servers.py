"""Programs that run beside the tests: started with their output in a file, ended by their pid."""

import contextlib
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import httpx
import psutil

ROOT = Path(__file__).parents[2]
BIN = Path(sys.executable).parent
PATIENCE = 120.0  # seconds, on a machine that has much else to do
GRACE = 20.0
# Settings of whoever runs the tests must not reach a server, a deployment or a worker.
FOREIGN = re.compile(r"PREFECT_|CRM_SYNC_|HUBSPOT_|WAREHOUSE_URL|FIELD_ENCRYPTION_KEYS|PYTHONPATH")
# Requests to this machine never take a detour.
DIRECT = {"NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}

Found = TypeVar("Found")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def until(ask: Callable[[], Found | None], what: str, patience: float = PATIENCE) -> Found:
    """Ask again and again for something true, and give it."""
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline:
        if found := ask():
            return found
        time.sleep(0.25)
    raise AssertionError(f"waited {patience:.0f} s for {what}")


def clean_environment(**settings: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not FOREIGN.match(name)}
    path = f"{BIN}{os.pathsep}{kept['PATH']}"
    return {**kept, **DIRECT, "PATH": path, "PYTHONUNBUFFERED": "1", **settings}


@contextmanager
def running(
    *words: str, cwd: Path, env: Mapping[str, str], log: Path
) -> Iterator[subprocess.Popen]:
    """A program in a session of its own; it and what it started are ended, whatever happens."""
    with log.open("wb") as output:
        process = subprocess.Popen(
            words, cwd=cwd, env=env, stdout=output, stderr=output, start_new_session=True
        )
    try:
        yield process
    finally:
        _end(process)


def _end(process: subprocess.Popen) -> None:
    """Ask politely, then insist; a worker's flow runs are in sessions of their own, and are ended too."""
    # psutil knows a process by its start as well, so a number given anew to another one is not hit.
    family = []
    with contextlib.suppress(psutil.NoSuchProcess):
        itself = psutil.Process(process.pid)
        family = [itself, *itself.children(recursive=True)]
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(GRACE)
    for one in family:
        with contextlib.suppress(psutil.NoSuchProcess):
            one.kill()
    process.wait()


@dataclass
class Prefect:
    """A server of the tests' own, and the ways in which they speak to it."""

    api: str
    home: Path
    environment: dict[str, str]
    logs: list[Path] = field(default_factory=list)

    def shell(self, command: str, cwd: Path = ROOT, given: str = "") -> str:
        """Run a command as a person would type it; there is no terminal, so questions read `given`."""
        done = subprocess.run(
            ["/bin/sh", "-ec", command],
            check=False,
            cwd=cwd,
            env=self.environment,
            input=given,
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            start_new_session=True,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def ask(self, method: str, path: str, json: Any = None) -> Any:
        def answered() -> httpx.Response | None:
            try:
                answer = httpx.request(
                    method, f"{self.api}{path}", json=json, trust_env=False, timeout=30
                )
            except httpx.ReadTimeout:
                # Asking twice does no harm; a busy machine takes its time.
                if method in {"GET", "PATCH"} or path.endswith("/filter"):
                    return None
                raise
            # SQLite is held by another writer; Prefect's own client asks again as well.
            return None if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE else answer

        answer = until(answered, f"an answer to {method} {path}").raise_for_status()
        return answer.json() if answer.content else None

    def runs(self, deployment: str) -> list[dict[str, Any]]:
        asked = {"deployments": {"name": {"any_": [deployment]}}, "sort": "START_TIME_DESC"}
        return self.ask("POST", "/flow_runs/filter", asked)

    def ended(self, run: str) -> dict[str, Any]:
        """A run, once it has come to its end."""

        def over() -> dict[str, Any] | None:
            found = self.ask("GET", f"/flow_runs/{run}")
            ends = {"COMPLETED", "FAILED", "CRASHED", "CANCELLED"}
            return found if found["state_type"] in ends else None

        return until(over, f"the end of flow run {run}")


@contextmanager
def prefect_server(home: Path, database: str = "") -> Iterator[Prefect]:
    """`prefect server start`, on a database or else on SQLite in a folder of its own."""
    port = free_port()
    api = f"http://127.0.0.1:{port}/api"
    environment = clean_environment(
        PREFECT_HOME=str(home),
        PREFECT_API_URL=api,
        PREFECT_SERVER_ANALYTICS_ENABLED="false",
        PREFECT_SERVER_UI_ENABLED="false",
        # A new schedule is looked at within seconds, not within a minute.
        PREFECT_SERVER_SERVICES_SCHEDULER_LOOP_SECONDS="3",
        CRM_SYNC_HOME=str(home / "crm-sync"),
        **({"PREFECT_SERVER_DATABASE_CONNECTION_URL": database} if database else {}),
    )
    prefect = Prefect(api, home, environment, [home / "server.log"])
    words = ("prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port))
    with running(*words, cwd=home, env=environment, log=home / "server.log") as process:
        until(lambda: process.poll() is not None or _answers(f"{api}/health"), "Prefect's server")
        assert process.poll() is None, (home / "server.log").read_text()
        yield prefect


def _answers(url: str) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(url, trust_env=False, timeout=5).is_success
    return False


def checkout(place: Path, names: list[str]) -> Path:
    """A copy of some of the checkout, in a folder of its own."""
    place.mkdir()
    for name in names:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, place / name, ignore=shutil.ignore_patterns("__pycache__"))
        elif (ROOT / name).exists():
            shutil.copy(ROOT / name, place)
    return place
