"""Fixtures for whole syncs against the sandbox."""

import shutil
from collections.abc import Iterator

import pytest

from sandbox.hubspot import TOKEN, HubspotSandbox
from tests.flows.harness import Bench
from tests.flows.runner import Nursery, nursery
from warehouse import embedded


@pytest.fixture
def bench(pg18_url: str, tmp_path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """An empty HubSpot and an empty warehouse; archived lists are swept with every run."""
    sandbox = HubspotSandbox(limits=None)
    monkeypatch.setenv("CRM_SYNC_CONFIG", str(tmp_path / "crm-sync.toml"))
    monkeypatch.setenv("WAREHOUSE_URL", pg18_url)
    monkeypatch.setenv("HUBSPOT_API_TOKEN", TOKEN)
    # What failed runs of other tests keep for their retries.
    shutil.rmtree(embedded.home() / "cache", ignore_errors=True)
    # The sandbox sets no limits here, and nobody has to wait.
    monkeypatch.setenv("HUBSPOT_SEARCHES_PER_SECOND", "1000")
    monkeypatch.setenv("HUBSPOT_RETRY_WAIT", "0.01")
    with sandbox.serve() as url:
        monkeypatch.setenv("HUBSPOT_BASE_URL", url)
        bench = Bench(sandbox, pg18_url, str(tmp_path))
        bench.config(deletes_every="0s")
        yield bench


@pytest.fixture(scope="session")
def children(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nursery]:
    """Where syncs are started that have a process of their own."""
    with nursery(tmp_path_factory.mktemp("runs")) as opened:
        yield opened
