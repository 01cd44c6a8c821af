"""Several workers on one pool, each with a disk of its own, and automations that do not wait for minutes."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
import psycopg
import pytest
from psycopg.rows import dict_row

from sandbox.hubspot import TOKEN, HubspotSandbox
from sandbox.hubspot.limits import Limits
from tests.databases import Server
from tests.deploy.dockerfile import copied
from tests.deploy.receiver import Receiver, receiving
from tests.deploy.servers import Prefect, checkout, running, until
from tests.deploy.works import pause_schedules

# One quota for all workers: so many requests in so many seconds, as the vendor counts them.
BURST, SECONDS = 8, 2.0
CONFIG = f"""
[hubspot]
share_limits = true
rate_limit = {{ requests = {BURST}, seconds = {SECONDS:g} }}
retry_attempts = 0
associations = false
"""
# The shortest pause that a proactive trigger knows; a heartbeat, of which the shortest is 30 s, and patience.
SOON, SILENT, UNSEEN = 10, 60, 25
# One more deployment of the same flow: what runs beside the others is not cancelled for them.
BESIDE = """
  - name: beside
    description: Reads what somebody asks for.
    entrypoint: flows/hubspot.py:hubspot_sync
    tags: [crm-sync, hubspot, beside]
    concurrency_limit: *one_at_a_time
    work_pool: *process
    schedules: []
"""
SPED_UP = {
    "within: 120": f"within: {SOON}",
    "within: 240": f"within: {SILENT}",
    "within: 10800": f"within: {UNSEEN}",
}


@dataclass
class Worker:
    process: subprocess.Popen
    disk: Path

    @property
    def engines(self) -> list[psutil.Process]:
        """The flow runs at work in it."""
        return psutil.Process(self.process.pid).children(recursive=True)

    def has(self, run: str) -> bool:
        """Whether a flow run is at work in it."""
        return any(run in engine.environ().values() for engine in self.engines)

    def lose_disk(self) -> None:
        """As a container does between two starts."""
        shutil.rmtree(self.disk)
        self.disk.mkdir()

    def kill(self) -> None:
        """As when the machine goes: worker and flow runs at once, and the disk with them."""
        for process in (psutil.Process(self.process.pid), *self.engines):
            process.kill()
        shutil.rmtree(self.disk)


@dataclass
class Fleet:
    """Server, CRM, warehouse, and a folder in which workers may be started."""

    prefect: Prefect
    sandbox: HubspotSandbox
    url: str
    app: Path
    environment: dict[str, str]
    alerts: Receiver
    names: Iterator[int] = field(default_factory=lambda: iter(range(1, 100)))

    @contextmanager
    def worker(self) -> Iterator[Worker]:
        """A worker for one run at a time, with an empty disk."""
        name = f"w{next(self.names)}"
        disk = self.prefect.home / name
        disk.mkdir()
        log = self.prefect.home / f"{name}.log"
        self.prefect.logs.append(log)
        words = (
            f"prefect worker start --pool crm-sync --name {name} --install-policy never --limit 1"
        )
        env = {**self.environment, "CRM_SYNC_HOME": str(disk)}
        with running(*words.split(), cwd=self.app, env=env, log=log) as process:
            yield Worker(process, disk)

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        with psycopg.connect(self.url, row_factory=dict_row) as connection:
            return connection.execute(query, values).fetchall()

    def history(self, run: str) -> list[dict[str, Any]]:
        return self.rows(
            """
            select * from ingestion_sync_history
            where configuration ->> 'flow_run_id' = %s order by id
            """,
            run,
        )

    def start(self, deployment: str, **parameters: Any) -> str:
        """Start a run by hand; its id."""
        found = self.prefect.ask("GET", f"/deployments/name/{deployment}")
        asked = {"parameters": parameters, "state": {"type": "SCHEDULED"}}
        return self.prefect.ask("POST", f"/deployments/{found['id']}/create_flow_run", asked)["id"]

    def states(self, run: str) -> list[str]:
        """The names of a run's states, first to last."""
        found = self.prefect.ask("GET", f"/flow_run_states/?flow_run_id={run}")
        return [state["name"] for state in sorted(found, key=lambda state: state["timestamp"])]

    def until_it_is(self, run: str, *names: str) -> None:
        """Wait until a run's latest state has one of these names; otherwise tell what became of it."""
        self._until(lambda: self.states(run)[-1] in names, run, names)

    def until_it_was(self, run: str, name: str) -> None:
        """Wait until one of a run's states has this name, as `until_it_is`."""
        self._until(lambda: name in self.states(run), run, [name])

    def _until(self, ask: Callable[[], bool], run: str, names: Iterable[str]) -> None:
        try:
            until(ask, f"{run} to be {' or '.join(names)}")
        except AssertionError as waited:
            raise AssertionError(f"{waited}\n{self.story(run)}") from None

    def story(self, run: str) -> str:
        """What a run went through, with the last words of all workers."""
        states = self.prefect.ask("GET", f"/flow_run_states/?flow_run_id={run}")
        lines = [
            f"{state['timestamp']} {state['name']}: {state['message']}"
            for state in sorted(states, key=lambda state: state["timestamp"])
        ]
        lines += [f"{row['status']}: {row['error_message']}" for row in self.history(run)]
        for log in self.prefect.logs:
            lines += ["", f"{log.name}:", *log.read_text(errors="replace").splitlines()[-25:]]
        return "\n".join(lines)

    def asked(self, path: str) -> list[tuple[str, str]]:
        """The requests that were answered: path and query."""
        return [
            (place, query)
            for _, place, query, status in self.sandbox.requests
            if place.endswith(path) and status == 200
        ]


@pytest.fixture(scope="module")
def fleet(prefect: Prefect, pg18: Server) -> Iterator[Fleet]:
    """Everything but workers, set up by `crm-sync deploy`."""
    sandbox = HubspotSandbox.seeded(
        contacts=1500, companies=900, deals=1500, limits=Limits(burst=BURST, seconds=SECONDS)
    )
    with ExitStack() as stack:
        url = pg18.address(stack.enter_context(pg18.database()))
        base_url = stack.enter_context(sandbox.serve())
        app = checkout(prefect.home / "fleet", copied())
        (app / "crm-sync.toml").write_text(CONFIG)
        hasten(app)
        alerts = stack.enter_context(receiving())
        make_block(prefect, alerts.url)
        prefect.shell("crm-sync deploy hubspot", app)
        pause_schedules(prefect)
        environment = {
            **prefect.environment,
            "HUBSPOT_API_TOKEN": TOKEN,
            "HUBSPOT_BASE_URL": base_url,
            "WAREHOUSE_URL": url,
            "PREFECT_WORKER_QUERY_SECONDS": "1",
        }
        yield Fleet(prefect, sandbox, url, app, environment, alerts)


def hasten(app: Path) -> None:
    """Let automations wait for seconds, and runs say sooner that they are alive."""
    file = app / "automations.yaml"
    text = file.read_text()
    for usual, fast in SPED_UP.items():
        assert usual in text
        text = text.replace(usual, fast)
    file.write_text(text)
    file = app / "prefect.yaml"
    usual = 'PREFECT_FLOWS_HEARTBEAT_FREQUENCY: "60"'
    assert usual in file.read_text()
    file.write_text(file.read_text().replace(usual, usual.replace("60", "30")) + BESIDE)


def make_block(prefect: Prefect, url: str) -> None:
    """The block through which alerts go, of the type that any receiver understands."""
    types = prefect.ask("GET", "/block_types/slug/custom-webhook")
    [schema] = prefect.ask(
        "POST",
        "/block_schemas/filter",
        {"block_schemas": {"block_type_id": {"any_": [types["id"]]}}, "limit": 1},
    )
    data = {"name": "alerts", "url": url, "method": "POST", "json_data": {"text": "{{subject}}"}}
    document = {
        "name": "crm-sync-alerts",
        "data": data,
        "block_type_id": types["id"],
        "block_schema_id": schema["id"],
    }
    prefect.ask("POST", "/block_documents/", json.loads(json.dumps(document)))
