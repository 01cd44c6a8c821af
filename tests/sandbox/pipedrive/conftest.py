from collections.abc import Iterator

import httpx
import pytest

from sandbox.pipedrive import TOKEN, ManualClock, PipedriveSandbox


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def sandbox(clock: ManualClock) -> PipedriveSandbox:
    return PipedriveSandbox(limits=None, clock=clock)


@pytest.fixture
def url(sandbox: PipedriveSandbox) -> Iterator[str]:
    with sandbox.serve() as url:
        yield url


@pytest.fixture
def api(url: str) -> Iterator[httpx.Client]:
    with client(url) as api:
        yield api


def client(url: str, token: str = TOKEN, timeout: float = 5) -> httpx.Client:
    return httpx.Client(
        base_url=url, headers={"x-api-token": token}, timeout=timeout, trust_env=False
    )


def walk(api: httpx.Client, path: str, **params: str | int) -> list[list[dict]]:
    """The pages of a list of version 2."""
    pages, cursor = [], None
    while True:
        answer = api.get(path, params={**params, **({"cursor": cursor} if cursor else {})}).json()
        pages.append(answer["data"])
        cursor = (answer.get("additional_data") or {}).get("next_cursor")
        if cursor is None:
            return pages


def ids(pages: list[list[dict]]) -> list:
    return [record["id"] for page in pages for record in page]
