"""Shares of a quota, borrowed from a Prefect server."""

import asyncio

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.actions import GlobalConcurrencyLimitUpdate
from prefect.testing.utilities import prefect_test_harness

from flows.quota import Lender
from sources.errors import ConfigError
from sources.gate import Rate
from sources.sharing import bucket_of

BUCKET = bucket_of(Rate(100, 10))
LIMIT = "all 100 in 10 s"


@pytest.fixture(scope="module", autouse=True)
def prefect_server():
    with prefect_test_harness(server_startup_timeout=90):
        yield


async def test_workers_that_begin_at_the_same_moment_make_one_limit():
    async with get_client() as client:
        lenders = [Lender(client, "hubspot") for _ in range(2)]

        await asyncio.gather(*(lender.borrow(LIMIT, BUCKET) for lender in lenders * 3))

        found = await client.read_global_concurrency_limit_by_name(f"crm-sync: hubspot {LIMIT}")
    assert found.limit == BUCKET.size


async def test_a_limit_that_is_switched_off_stops_the_run():
    async with get_client() as client:
        await Lender(client, "callrail").borrow(LIMIT, BUCKET)
        name = f"crm-sync: callrail {LIMIT}"
        await client.update_global_concurrency_limit(
            name, GlobalConcurrencyLimitUpdate(active=False)
        )

        with pytest.raises(ConfigError, match="is switched off on the Prefect server"):
            await Lender(client, "callrail").borrow(LIMIT, BUCKET)
