from collections.abc import Iterator

import httpx
import pytest

from sandbox.hubspot import TOKEN, HubspotSandbox, ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def sandbox(clock: ManualClock) -> HubspotSandbox:
    return HubspotSandbox(limits=None, clock=clock)


@pytest.fixture
def url(sandbox: HubspotSandbox) -> Iterator[str]:
    with sandbox.serve() as url:
        yield url


@pytest.fixture
def api(url: str) -> Iterator[httpx.Client]:
    with client(url) as api:
        yield api


def client(url: str, token: str = TOKEN, timeout: float = 5) -> httpx.Client:
    return httpx.Client(
        base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=timeout, trust_env=False
    )
