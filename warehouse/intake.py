"""A connection for storing pushed events, opened again when it was lost."""

import psycopg

from warehouse import arrivals
from warehouse.arrivals import Incoming
from warehouse.connection import Connection, connect
from warehouse.errors import WarehouseError, explained

# What hangs longer than this is given up: the sender tries again sooner.
STATEMENT_TIMEOUT = 10_000  # milliseconds


class Intake:
    """Stores events of any source; used by one thread at a time."""

    def __init__(self, url: str, schema: str) -> None:
        self._url = url
        self._schema = schema
        self._connection: Connection | None = None

    def store(self, events: list[Incoming]) -> int:
        """Write events for good, or nothing at all; how many were new. No events: see that some could be."""
        conn = self._opened()
        try:
            if events:
                return arrivals.store(conn, events)
            arrivals.ready(conn)
        except arrivals.Unstorable:
            raise
        except WarehouseError:
            # Whatever it was, a fresh session has a better chance.
            self.close()
            raise
        return 0

    def close(self) -> None:
        """Let go of the connection; the next use opens another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _opened(self) -> Connection:
        if self._connection is None or self._connection.closed:
            self._connection = self._open()
        return self._connection

    def _open(self) -> Connection:
        conn = connect(
            self._url,
            application_name="crm-sync webhooks",
            schema=self._schema,
            statement_timeout=STATEMENT_TIMEOUT,
        )
        try:
            arrivals.keep_durable(conn)
        except psycopg.Error as error:
            conn.close()
            raise WarehouseError(explained(error)) from None
        return conn
