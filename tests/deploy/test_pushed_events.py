"""Payloads posted as Prefect events reach the inbox through a deployment, as docs/webhooks.md shows it."""

import re
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import psycopg
import pytest

from sandbox.hubspot import TOKEN, HubspotSandbox
from tests.databases import Server
from tests.deploy.dockerfile import copied
from tests.deploy.servers import ROOT, Prefect, checkout, free_port, running, until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

ENDS = {"COMPLETED", "FAILED", "CRASHED"}


@pytest.fixture
def warehouse_of_worker(prefect: Prefect, pg18: Server) -> Iterator[str]:
    """The database of a worker that runs the page's deployment."""
    page = (ROOT / "docs" / "webhooks.md").read_text()
    [stanza] = re.findall(r"^```yaml\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    with ExitStack() as stack:
        url = pg18.address(stack.enter_context(pg18.database()))
        folder = checkout(prefect.home / "pushed", copied())
        (folder / "prefect.yaml").write_text(f"name: crm-sync\ndeployments:\n{stanza}")
        prefect.shell("prefect work-pool create crm-sync --type process --overwrite", folder)
        prefect.shell("prefect --no-prompt deploy --all", folder)
        environment = {
            **prefect.environment,
            "WAREHOUSE_URL": url,
            "HUBSPOT_API_TOKEN": TOKEN,
            "HUBSPOT_BASE_URL": stack.enter_context(HubspotSandbox(limits=None).serve()),
            "PREFECT_WORKER_QUERY_SECONDS": "1",
            "PREFECT_WORKER_WEBSERVER_PORT": str(free_port()),
        }
        words = ("prefect", "worker", "start", "--pool", "crm-sync", "--install-policy", "never")
        log = prefect.home / "pushed.log"
        prefect.logs.append(log)
        stack.enter_context(running(*words, cwd=folder, env=environment, log=log))
        yield url


def event(*numbers: int) -> dict[str, Any]:
    body = [{"subscriptionType": "contact.creation", "objectId": n, "eventId": n} for n in numbers]
    return {
        "id": str(uuid4()),
        "occurred": datetime.now(UTC).isoformat(),
        "event": "crm-sync.webhook",
        "resource": {"prefect.resource.id": "crm-sync.webhook.hubspot"},
        "payload": {"source": "hubspot", "body": body},
    }


def test_an_event_s_payload_is_stored_and_dealt_with(prefect: Prefect, warehouse_of_worker: str):
    answer = httpx.post(f"{prefect.api}/events", json=[event(5, 6)], trust_env=False)

    assert answer.status_code == 204
    [run] = until(
        lambda: [one for one in prefect.runs("pushed") if one["state_type"] in ENDS],
        "the run of the event to end",
    )
    assert run["state_type"] == "COMPLETED", run["state"]["message"]
    query = "select crm_source, entity, record_key, status from ingestion_webhook_event order by id"
    with psycopg.connect(warehouse_of_worker) as conn:
        assert conn.execute(query).fetchall() == [
            # There is no table yet: its first sync reads them anyway.
            ("hubspot", "contacts", "5", "ignored"),
            ("hubspot", "contacts", "6", "ignored"),
        ]
