"""One Prefect server for all tests of this folder, and a worker for those that run deployments."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.databases import scratch
from tests.deploy.servers import Prefect, prefect_server
from tests.deploy.works import works  # noqa: F401


@pytest.fixture(scope="package")
def prefect() -> Iterator[Prefect]:
    """A fresh server; its folder goes with it."""
    home = scratch("prefect-")
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        yield stack.enter_context(prefect_server(home))
