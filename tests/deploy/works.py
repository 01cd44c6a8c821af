"""Everything a deployment needs, at work: server, worker, CRM and warehouse."""

import json
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row
from sqlalchemy.engine.url import make_url

from sandbox.hubspot import TOKEN, HubspotSandbox
from tests.databases import Server
from tests.deploy.dockerfile import copied, of
from tests.deploy.documents import commands
from tests.deploy.servers import Prefect, checkout, free_port, running

PASSWORD = "correct horse battery"
# What the documentation gives as an example of a warehouse's address.
EXAMPLE = 'host="db.example.org", port=5432, database="crm"'
EXAMPLE_OPTIONS = '{"sslmode": "require"}'


@dataclass
class Works:
    """All that runs: server, worker, CRM and database."""

    prefect: Prefect
    sandbox: HubspotSandbox
    url: str
    worker: subprocess.Popen
    environment: dict[str, str]
    app: Path

    def rows(self, query: str, *values: Any) -> list[dict[str, Any]]:
        with psycopg.connect(self.url, row_factory=dict_row) as connection:
            return connection.execute(query, values).fetchall()

    def count(self, entity: str) -> int:
        [row] = self.rows(f"select count(*) from hubspot.{entity} where deleted_at is null")
        return row["count"]

    def deployment(self, name: str) -> dict[str, Any]:
        return self.prefect.ask("GET", f"/deployments/name/hubspot-sync/{name}")

    def start(self, command: str) -> dict[str, Any]:
        """A documented `prefect deployment run`, and the run once it has ended."""
        said = self.prefect.shell(command)
        return self.prefect.ended(re.search(r"UUID:\s*([0-9a-f-]{36})", said)[1])


@pytest.fixture(scope="module")
def works(prefect: Prefect, pg18: Server) -> Iterator[Works]:
    """Deployed from one folder and run in another, which holds what the image holds."""
    sandbox = HubspotSandbox.seeded(contacts=60, companies=20, deals=30, limits=None)
    with ExitStack() as stack:
        url = pg18.address(stack.enter_context(pg18.database()))
        base_url = stack.enter_context(sandbox.serve())
        app = checkout(prefect.home / "app", copied())
        environment = {
            **prefect.environment,
            "HUBSPOT_BASE_URL": base_url,
            "PREFECT_WORKER_QUERY_SECONDS": "1",
            "PREFECT_WORKER_WEBSERVER_PORT": str(free_port()),
        }
        folder = checkout(prefect.home / "checkout", copied())
        prefect.shell(commands("Work pool and deployments")[0], folder)
        [command] = of("CMD")
        log = prefect.home / "worker.log"
        prefect.logs.append(log)
        worker = stack.enter_context(running(*command.words, cwd=app, env=environment, log=log))
        make_blocks(prefect, url, folder)
        pause_schedules(prefect)
        yield Works(prefect, sandbox, url, worker, environment, app)


def pause_schedules(prefect: Prefect) -> None:
    """Let nothing start by the clock: a test that runs past a quarter of an hour would find runs not its own."""
    for deployment in prefect.ask("POST", "/deployments/filter", {}):
        for schedule in deployment["schedules"]:
            place = f"/deployments/{deployment['id']}/schedules/{schedule['id']}"
            prefect.ask("PATCH", place, {"active": False})
    # The scheduler may be at work on what it read before that.
    time.sleep(1)
    due = {"flow_runs": {"state": {"type": {"any_": ["SCHEDULED"]}}}}
    for run in prefect.ask("POST", "/flow_runs/filter", due):
        prefect.ask("DELETE", f"/flow_runs/{run['id']}")


def make_blocks(prefect: Prefect, url: str, folder: Path) -> None:
    """The blocks, by the commands that docs/operations.md gives; only the address is another."""
    secret, warehouse = commands("Secrets")
    made = make_url(url)
    address = warehouse.replace(EXAMPLE, f'database="{made.database}"')
    address = address.replace('"crm_sync"', f'"{made.username}"')
    address = address.replace(EXAMPLE_OPTIONS, json.dumps(dict(made.query)))
    prefect.shell(secret, folder, given=f"{TOKEN}\n")
    prefect.shell(address, folder, given=f"{PASSWORD}\n")
