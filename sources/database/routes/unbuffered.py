"""PyMySQL's rows as they come; imported when they are asked for, since not everybody has PyMySQL."""

from typing import Any

import sqlalchemy as sa
from pymysql.cursors import SSCursor  # type: ignore[import-untyped]

from sources.database.routes import rows
from sources.database.routes.route import Answer


class Leaving(SSCursor):  # type: ignore[misc]
    """A cursor that may be closed before its end: its connection is not used again."""

    def close(self) -> None:
        """Close without reading what is left."""
        if self._result is not None:
            self._result.unbuffered_active = False
        super().close()


def read(connection: sa.Connection, statement: sa.Select[Any], most_bytes: int) -> Answer:
    """Stream a SELECT's rows into columns of text."""
    return rows.streamed(connection, statement, most_bytes, connection.connection.cursor(Leaving))
