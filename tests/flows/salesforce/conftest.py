"""Whole syncs of Salesforce's look-alike."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.salesforce import TOKEN, ManualClock, SalesforceSandbox
from tests.flows.vendor import VendorBench, vendor_bench

MORNING = datetime(2026, 11, 20, 9, tzinfo=UTC)


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(MORNING)


@pytest.fixture
def sandbox(clock: ManualClock) -> SalesforceSandbox:
    """An org with a little of everything."""
    sandbox = SalesforceSandbox.seeded(scale=0.25, limits=None, clock=clock)
    sandbox.sessions.minutes = float("inf")
    return sandbox


@pytest.fixture
def bench(
    sandbox: SalesforceSandbox, pg18_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[VendorBench]:
    token = {"SALESFORCE_ACCESS_TOKEN": TOKEN, "SALESFORCE_BULK_WAIT": "0.01"}
    with vendor_bench(sandbox, "salesforce", pg18_url, tmp_path, **token) as bench:
        monkeypatch.setenv("SALESFORCE_INSTANCE_URL", os.environ["SALESFORCE_BASE_URL"])
        bench.config(timeout=0.5, retry_attempts=1)
        yield bench
