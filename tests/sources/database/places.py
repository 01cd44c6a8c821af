"""Other people's databases for the tests: the same tables in PostgreSQL, SQLite and MariaDB."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from sources.config import SourceConfig, load
from sources.config import SourceKind as Accepted
from sources.database.client import Database
from sources.database.kind import KIND
from sources.database.source import open_database
from sources.entity import Entity
from sources.page import Page, Window
from tests.databases import EMPTY

KINDS = ("postgresql", "sqlite", "mariadb")
FAR = datetime(2999, 1, 1, tzinfo=UTC)
EVERYTHING = Window(None, FAR)


@dataclass
class Place:
    """A database that a test may write to, and how it is reached for reading."""

    kind: str
    url: str
    engine: sa.Engine = field(repr=False)

    def execute(self, *statements: str) -> None:
        with self.engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def make(self, name: str, *columns: Any, rows: Sequence[Mapping[str, Any]] = ()) -> sa.Table:
        """A table with some rows, in place of the one that was called so."""
        table = sa.Table(name, sa.MetaData(), *columns)
        for column in table.primary_key.columns:
            # MariaDB would give a 0 the next free number.
            column.autoincrement = False
        with self.engine.begin() as connection:
            table.drop(connection, checkfirst=True)
            table.create(connection)
            if rows:
                connection.execute(table.insert(), list(rows))
        return table

    def insert(self, table: sa.Table, *rows: Mapping[str, Any]) -> None:
        with self.engine.begin() as connection:
            connection.execute(table.insert(), list(rows))


@contextmanager
def place_of(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Place]:
    """A fresh database of a kind."""
    if kind == "sqlite":
        with _open(kind, f"sqlite:///{folder / 'held.db'}") as place:
            # A file with nothing in it is there all the same.
            place.execute("pragma user_version = 1")
            yield place
    elif kind == "mariadb":
        server = request.getfixturevalue("mariadb")
        with server.database() as name, _open(kind, server.url(name)) as place:
            yield place
    else:
        server = request.getfixturevalue("pg18")
        with server.database(EMPTY) as name, _open(kind, server.address(name)) as place:
            yield place


@contextmanager
def _open(kind: str, url: str) -> Iterator[Place]:
    driver = url.replace("postgresql://", "postgresql+psycopg://")
    engine = sa.create_engine(driver, poolclass=sa.NullPool)
    try:
        yield Place(kind, url, engine)
    finally:
        engine.dispose()


def config_of(folder: Path, text: str = "") -> SourceConfig:
    """The settings of source `erp`, from what a file says behind `kind`."""
    path = folder / "crm-sync.toml"
    path.write_text(f'[erp]\nkind = "database"\n{text}')
    accepted = Accepted(frozenset(), KIND.options, any_entity=True)
    return load({"database": accepted}, path).source("erp")


@asynccontextmanager
async def opened(url: str, config: SourceConfig) -> AsyncIterator[Database]:
    """A client of a database, as a run opens it."""
    secrets = {"URL": SecretStr(url), "RETRY_WAIT": SecretStr("0.01")}
    async with open_database(config, secrets, None) as client:  # type: ignore[arg-type]
        assert isinstance(client, Database)
        yield client


async def described(client: Database, name: str = "") -> Entity:
    """An entity as a run knows it: found, configured and described."""
    catalogue = await client.catalogue({})
    [entity] = [e for e in catalogue.entities if not name or e.name == name]
    return await client.describe(entity)


async def pages(
    client: Database, entity: Entity, window: Window = EVERYTHING, cursor: str | None = None
) -> list[Page]:
    """All pages from a cursor on."""
    found = []
    while True:
        found.append(await client.fetch(entity, "changes", window, cursor))
        cursor = found[-1].cursor
        if cursor is None:
            return found


async def records(
    client: Database, entity: Entity, window: Window = EVERYTHING, cursor: str | None = None
) -> list[dict[str, Any]]:
    """All records from a cursor on."""
    found = await pages(client, entity, window, cursor)
    return [record for page in found for record in page.records]


async def in_ranges(
    client: Database, entity: Entity, window: Window = EVERYTHING
) -> list[list[dict[str, Any]]]:
    """The records of each range."""
    cursors = [
        one["cursor"] for one in (await client.fetch(entity, "ranges", window, None)).records
    ]
    return [await records(client, entity, window, cursor) for cursor in cursors]
