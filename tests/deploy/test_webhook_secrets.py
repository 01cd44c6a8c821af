"""Secrets of webhooks from a Prefect server's blocks."""

import asyncio
import os
from collections.abc import Iterator

import httpx
import pytest
from prefect.blocks.system import Secret
from prefect.events.worker import EventsWorker
from prefect.settings import PREFECT_API_URL, temporary_settings

from tests.deploy.servers import Prefect
from tests.flows.webhooks import senders
from tests.flows.webhooks.senders import SECRETS
from tests.flows.webhooks.test_serving import Running, serving
from warehouse.connection import connect

KEY = "kGbWWNwGZJv2TbkJAjYYqIuKz2wMtFbZlMLKzDjtzAM="


@pytest.fixture
def receiver(prefect: Prefect, pg18_url: str) -> Iterator[Running]:
    """A receiver whose environment has no secret of its own."""
    blocks = {"callrail-webhook-secret": senders.CALLRAIL_KEY, "field-encryption-keys": KEY}
    with temporary_settings({PREFECT_API_URL: prefect.api}):
        for name, value in blocks.items():
            asyncio.run(_save(name, value))
        EventsWorker.drain_all()
    nothing = dict.fromkeys(SECRETS, "")
    with serving(pg18_url, PREFECT_API_URL=prefect.api, NO_PROXY="127.0.0.1", **nothing) as found:
        yield found


async def _save(name: str, value: str) -> None:
    await Secret(value=value).asave(name, overwrite=True)


def test_webhooks_are_believed_and_sealed_by_what_blocks_hold(receiver: Running, pg18_url: str):
    url = f"{receiver.url}/callrail/post-call"

    answer = httpx.post(url, trust_env=False, **senders.callrail(1))

    assert answer.status_code == 200
    assert httpx.post(f"{receiver.url}/hubspot", trust_env=False).status_code == 404
    with connect(pg18_url) as conn:
        [(payload,)] = conn.execute("select payload from ingestion_webhook_event").fetchall()
    assert b"CAL1" not in payload
    assert payload.startswith(b"S")
    assert os.environ.get("CALLRAIL_WEBHOOK_SECRET") is None
