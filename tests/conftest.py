"""Fixtures every test may use, and how Hypothesis goes about its examples."""

import os
from collections.abc import Iterator
from functools import cache

import httpx
import pytest
from hypothesis import settings

from tests.databases import (  # noqa: F401
    crm_sync_home,
    empty_url,
    ordinary_url,
    pg15,
    pg18,
    pg18_url,
    server,
    warehouse,
    warehouse_url,
)
from tests.mariadb import mariadb, mariadb_url  # noqa: F401

# No deadlines: how long an example takes says more about the machine than about the code.
settings.register_profile("usual", deadline=None)
settings.register_profile("thorough", settings.get_profile("usual"), max_examples=200)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "usual"))


@pytest.fixture(scope="session", autouse=True)
def certificates() -> Iterator[None]:
    """Read the machine's certificates once: it takes 17 ms, and every client does it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "httpx._transports.default.create_ssl_context", cache(httpx.create_ssl_context)
        )
        yield
