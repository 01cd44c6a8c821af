"""One Prefect server for all tests of this folder, and a worker for those that run deployments."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from tests.databases import DEBIAN_15, EMPTY, Server, scratch
from tests.deploy.servers import Prefect, prefect_server
from tests.deploy.works import works  # noqa: F401


@pytest.fixture(scope="package")
def prefect_database(request: pytest.FixtureRequest) -> Iterator[str]:
    """PostgreSQL, as a server of several workers has it: SQLite has one writer at a time, and the others give up.

    Prefect needs pg_trgm, which the embedded PostgreSQL lacks.
    """
    if not DEBIAN_15.exists():
        yield ""
        return
    server: Server = request.getfixturevalue("pg15")
    with server.database(EMPTY) as name:
        yield server.address(name).replace("postgresql://", "postgresql+asyncpg://")


@pytest.fixture(scope="package")
def prefect(prefect_database: str) -> Iterator[Prefect]:
    """A fresh server; its folder goes with it."""
    home = scratch("prefect-")
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, home, ignore_errors=True)
        yield stack.enter_context(prefect_server(home, prefect_database))
