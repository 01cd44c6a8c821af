"""Fixtures every test may use."""

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
