"""The warehouse as commands find it: the same one that a sync from here would write to."""

import asyncio
import os
from contextlib import AbstractContextManager

from flows.cli.api import configured_server, prepare_prefect
from flows.cli.ends import NotReady
from sources.config import Config
from warehouse import embedded
from warehouse.books import books as opened
from warehouse.connection import Connection, describe


def warehouse_url(config: Config) -> str:
    """WAREHOUSE_URL, else the block's on a Prefect server, else the embedded PostgreSQL."""
    if url := os.environ.get("WAREHOUSE_URL"):
        return url
    if configured_server():
        prepare_prefect()
        from flows import secrets

        return asyncio.run(secrets.warehouse_url(config))
    return embedded.start()


def warehouse_place(*, private: bool) -> str:
    """Where the data is, in words; '' where only the run knows, since a block named it."""
    if url := os.environ.get("WAREHOUSE_URL"):
        return describe(url)
    return f"the embedded PostgreSQL: {embedded.psql_line()}" if private else ""


def books(config: Config) -> AbstractContextManager[Connection]:
    """A connection for looking at the bookkeeping tables; creates no database for that."""
    if not os.environ.get("WAREHOUSE_URL") and not configured_server() and not embedded_exists():
        raise NotReady(
            f"Nothing was synced yet: WAREHOUSE_URL is not set and {embedded.home()} has no database."
        )
    return opened(warehouse_url(config), config.bookkeeping_schema)


def embedded_exists() -> bool:
    """Whether there is an embedded database already."""
    return (embedded.home() / "postgres" / "PG_VERSION").exists()
