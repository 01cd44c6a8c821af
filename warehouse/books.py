"""Looking at the bookkeeping tables, which may not be there yet."""

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from warehouse.connection import Connection, connect, describe
from warehouse.errors import WarehouseError, explained
from warehouse.prepare import NotUpgraded


@contextmanager
def books(url: str, schema: str) -> Iterator[Connection]:
    """A connection for reading them; raises WarehouseError, in words, for what PostgreSQL refuses."""
    with connect(url, schema=schema) as conn:
        try:
            yield conn
        except psycopg.errors.UndefinedTable:
            raise NotUpgraded(
                f"{describe(url)} has no bookkeeping tables yet: sync something, or run `crm-sync db upgrade`."
            ) from None
        except psycopg.Error as error:
            raise WarehouseError(f"{describe(url)}: {explained(error)}") from None
