"""Somebody's database: tables made after what entities declare, in PostgreSQL, SQLite and MariaDB."""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from sources.entity import Entity, Field
from tests.databases import EMPTY, Server

FIXTURES = Path(__file__).parent / "fixtures"
KINDS = ("postgresql", "sqlite", "mariadb")
Record = dict[str, Any]


def text_of(length: int) -> sa.types.TypeEngine[Any]:
    """Text of which upper and lower case are not the same, wherever it is."""
    bare = mysql.VARCHAR(length, collation="utf8mb4_bin")
    return sa.String(length).with_variant(bare, "mysql")


TYPES: Mapping[str, Callable[[], sa.types.TypeEngine[Any]]] = {
    "decimal": lambda: sa.Numeric(18, 4),
    "integer": sa.BigInteger,
    "boolean": sa.Boolean,
    "datetime": lambda: sa.DateTime().with_variant(mysql.DATETIME(fsp=6), "mysql"),
    "object_id": lambda: text_of(64),
    "json": sa.Text,
}


def value_of(kind: str, value: Any) -> Any:
    """What stands in a column for a text of a fixture."""
    if value is None:
        return None
    if kind == "datetime":
        moment = datetime.fromisoformat(value) if isinstance(value, str) else value
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    if kind == "boolean":
        return value if isinstance(value, bool) else value == "true"
    if kind == "decimal":
        return Decimal(value)
    return int(value) if kind == "integer" else value


def fixtures(source: str, entity: Entity) -> list[Record]:
    """The records of the committed fixture."""
    found: list[Record] = json.loads((FIXTURES / source / f"{entity.name}.json").read_text())[
        "results"
    ]
    return found


class Tables:
    """Tables of one vendor's in one database, changed as their owner would."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = sa.create_engine(url)
        self._tables: dict[str, tuple[Entity, sa.Table]] = {}

    def create(
        self,
        entity: Entity,
        name: str = "",
        *,
        spell: Callable[[str], str] = str,
        types: Mapping[str, sa.types.TypeEngine[Any]] | None = None,
        without: frozenset[str] = frozenset(),
        more: tuple[sa.Column[Any], ...] = (),
        keyed: bool = True,
    ) -> sa.Table:
        """Make an entity's table; columns are called as `spell` has their places."""
        columns = [
            sa.Column(
                spell(field.path),
                (types or {}).get(field.path) or TYPES.get(field.kind, sa.Text)(),
                primary_key=keyed and field.name in entity.key,
                nullable=not keyed or field.name not in entity.key,
                quote=True,
            )
            for field in entity.fields
            if not field.path.startswith("_") and field.path not in without
        ]
        table = sa.Table(name or entity.path, sa.MetaData(), *columns, *more, quote=True)
        table.create(self.engine)
        self._tables[entity.name] = entity, table
        return table

    def put(self, name: str, *records: Record) -> None:
        """Add rows, given by the places of fields."""
        entity, table = self._tables[name]
        rows = [self._row(entity, table, record) for record in records]
        with self.engine.begin() as connection:
            connection.execute(table.insert(), rows)

    def change(self, name: str, key: str, **values: Any) -> None:
        """Change some columns of a row."""
        self._where(name, key, lambda table: table.update().values(**values))

    def remove(self, name: str, *keys: str) -> None:
        """Leave nothing of some rows."""
        for key in keys:
            self._where(name, key, lambda table: table.delete())

    def execute(self, statement: str) -> None:
        """Whatever else happens to a database."""
        with self.engine.begin() as connection:
            connection.exec_driver_sql(statement)

    def _where(self, name: str, key: str, change: Callable[[sa.Table], Any]) -> None:
        entity, table = self._tables[name]
        [column] = [_column(table, f) for f in entity.fields if f.name == entity.key[0]]
        with self.engine.begin() as connection:
            done = connection.execute(change(table).where(column == key))
        assert done.rowcount == 1, (name, key)

    def _row(self, entity: Entity, table: sa.Table, record: Record) -> Record:
        kinds = {field.path: field for field in entity.fields}
        row = {}
        for path, value in record.items():
            field = kinds[path]
            if path.startswith("_") or (column := _column(table, field)) is None:
                continue
            plain = isinstance(column.type, sa.String | sa.Text) and field.kind != "json"
            row[column.name] = value if plain else value_of(field.kind, value)
        return row


def _column(table: sa.Table, field: Field) -> sa.Column[Any] | None:
    bare = field.path.replace("_", "").lower()
    return next((c for c in table.columns if c.name.replace("_", "").lower() == bare), None)


@contextmanager
def somewhere(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """The address of an empty database of a kind."""
    if kind == "sqlite":
        file = folder / "source.db"
        # An empty file is an empty database.
        file.touch()
        yield f"sqlite:///{file}"
    elif kind == "mariadb":
        yield request.getfixturevalue("mariadb_url")
    else:
        server: Server = request.getfixturevalue("pg18")
        with server.database(EMPTY) as name:
            yield server.address(name).replace("postgresql://", "postgresql+psycopg://", 1)


@contextmanager
def tables(kind: str, request: pytest.FixtureRequest, folder: Path) -> Iterator[Tables]:
    """An empty database of a kind, to be filled."""
    with somewhere(kind, request, folder) as url:
        made = Tables(url)
        try:
            yield made
        finally:
            made.engine.dispose()
