"""The sandbox as the demo holds it: a database in a file, and how it is changed."""

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Lock
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import Response

from sandbox import application
from sandbox.answers import json
from sandbox.clock import Clock, utc_now
from sandbox.control import Control
from sandbox.faults import Faults
from sandbox.gate import Gate
from sandbox.salespro import seed as seed_tables
from sandbox.salespro.tables import KEYS, TABLES
from sandbox.served import Served

ACTIONS = ("address", "create", "update", "remove")


def stamp(moment: datetime) -> str:
    """A moment as the export has it: UTC, without saying so, in milliseconds."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


class SalesProSandbox(Served):
    """A company's tables in an SQLite file; the service in front of it is its remote control alone.

    `folder`, where there is one, goes when the sandbox does.
    """

    folder: TemporaryDirectory[str] | None = None

    def __init__(self, file: Path, *, clock: Clock = utc_now) -> None:
        self.file = file
        self.clock = clock
        self._lock = Lock()
        with self._connected() as connection:
            for table, columns in TABLES.items():
                described = ", ".join(f"{name} {kind}" for name, kind in columns.items())
                connection.execute(f"create table {table} ({described})")
        self.app = Gate(
            routes=application.build(Control(self, *ACTIONS).routes(), _misled),
            clock=self.clock,
            faults=Faults({}),
            admit=lambda _request: None,
        )

    @classmethod
    def seeded(
        cls, file: Path, customers: int = 2000, seed: int = 7, **how: Any
    ) -> "SalesProSandbox":
        """A database full of invented people."""
        sandbox = cls(file, **how)
        rows = seed_tables.rows(customers, seed)
        with sandbox._connected() as connection:
            for table, some in rows.items():
                for row in some:
                    _insert(connection, table, row)
        return sandbox

    def address(self) -> str:
        """Where the database is, as a configuration names it."""
        return f"sqlite:///{self.file}"

    def create(self, table: str, values: Mapping[str, Any]) -> None:
        """Add a row that came to be just now."""
        now = stamp(self.clock())
        stamps = {name: now for name in ("created_at", "updated_at") if name in TABLES[table]}
        with self._connected() as connection:
            _insert(connection, table, {**stamps, **values})

    def update(self, table: str, key: str, values: Mapping[str, Any]) -> None:
        """Change some columns of a row."""
        changed = {"updated_at": stamp(self.clock()), **values}
        _known(table, changed)
        pairs = ", ".join(f"{name} = :{name}" for name in changed)
        with self._connected() as connection:
            connection.execute(
                f"update {table} set {pairs} where {KEYS[table]} = :_key", {**changed, "_key": key}
            )

    def remove(self, table: str, key: str) -> None:
        """Leave nothing of a row."""
        with self._connected() as connection:
            connection.execute(f"delete from {table} where {KEYS[table]} = ?", (key,))

    def truth(self, type: str) -> dict[str, Any]:
        """What a table holds, by key; of user activities, by their number in it."""
        key = KEYS.get(type, "rowid")
        names = ", ".join(TABLES[type])
        with self._connected() as connection:
            found = connection.execute(f"select {key} as _key, {names} from {type}").fetchall()
        return {str(row["_key"]): {name: row[name] for name in TABLES[type]} for row in found}

    @contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        """A connection whose changes are kept if the block ends well."""
        with self._lock, closing(sqlite3.connect(self.file)) as connection, connection:
            connection.row_factory = sqlite3.Row
            yield connection


def _insert(connection: sqlite3.Connection, table: str, row: Mapping[str, Any]) -> None:
    _known(table, row)
    names, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
    connection.execute(f"insert into {table} ({names}) values ({marks})", dict(row))


def _known(table: str, row: Mapping[str, Any]) -> None:
    if unknown := row.keys() - TABLES[table].keys():
        raise ValueError(f"{table} has no {', '.join(sorted(unknown))}")


def _misled(error: HTTPException) -> Response:
    return json(
        {"message": "There is nothing to ask here"}, error.status_code, None, "application/json"
    )
