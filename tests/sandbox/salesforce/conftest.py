from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest

from sandbox.salesforce import TOKEN, ManualClock, SalesforceSandbox

VERSION = "/services/data/v66.0"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 11, 20, 9, tzinfo=UTC))


@pytest.fixture
def sandbox(clock: ManualClock) -> SalesforceSandbox:
    return SalesforceSandbox(clock=clock)


@pytest.fixture
def url(sandbox: SalesforceSandbox) -> Iterator[str]:
    with sandbox.serve() as url:
        yield url


@pytest.fixture
def api(url: str) -> Iterator[httpx.Client]:
    with httpx.Client(
        base_url=url + VERSION,
        headers={"Authorization": f"Bearer {TOKEN}"},
        timeout=5,
        trust_env=False,
    ) as api:
        yield api
