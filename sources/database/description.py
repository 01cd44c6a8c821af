"""A table or a query as the database describes it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa

from sources.database.backends.backend import Backend
from sources.database.backends.sqlite import numbered
from sources.database.names import snake_case
from sources.database.query import NotOneSelect, as_text, one_select
from sources.errors import ConfigError

SHOWN = 40  # names that a message lists


class Name(NamedTuple):
    """A table's name, and its schema where that is not the connection's own."""

    schema: str | None
    table: str

    def __str__(self) -> str:
        return f"{self.schema}.{self.table}" if self.schema else self.table


@dataclass(frozen=True, slots=True)
class Description:
    """Columns with their types, what tells the rows apart, and what may be NULL.

    `path` names it with its schema. `unique` are the sets of columns that no two rows share; the first is the primary key, where there is one.
    """

    name: str
    source: sa.FromClause
    path: str = ""
    unique: tuple[tuple[str, ...], ...] = ()
    nullable: frozenset[str] = frozenset()

    @property
    def columns(self) -> list[str]:
        """The names of its columns, as they stand."""
        return list(self.source.columns.keys())

    def column(self, name: str) -> sa.ColumnElement[Any] | None:
        """A column by its name, however that is spelled here."""
        if (actual := self.called(name)) is None:
            return None
        return self.source.columns[actual]

    def called(self, name: str) -> str | None:
        """What a column is called here: as it is spelled, else in another case, else in another style."""
        if not name or name in self.source.columns:
            return name or None
        for spelled in (str.casefold, snake_case):
            alike = [column for column in self.columns if spelled(column) == spelled(name)]
            if alike:
                return alike[0] if len(alike) == 1 else None
        return None

    def tells_apart(self, key: Iterable[str]) -> bool:
        """Whether no two rows share these columns' values."""
        return any(set(columns) <= set(key) for columns in self.unique)


def tables(connection: sa.Connection, schema: str) -> list[Name]:
    """The tables of a schema, without its views."""
    inspector = sa.inspect(connection)
    return [
        Name(schema or None, table) for table in sorted(inspector.get_table_names(schema or None))
    ]


def find(connection: sa.Connection, names: Sequence[str], schema: str) -> Name:
    """The first of some tables that is there, views included; raises ConfigError with those there are."""
    inspector = sa.inspect(connection)
    schemas = inspector.get_schema_names() if any("." in name for name in names) else []
    meant = [one for name in names for one in _meant(name, schema, schemas)]
    for one in meant:
        if _is_there(inspector, one):
            return one
    for one in meant:
        alike = [
            t for t in _relations(inspector, one.schema) if t.casefold() == one.table.casefold()
        ]
        if len(alike) == 1:
            return Name(one.schema, alike[0])
    raise ConfigError(
        f"there is no table {' or '.join(names)}{f' in schema {schema}' if schema else ''};"
        f' there are: {listed(_relations(inspector, schema or None))} (table = "…" names one)'
    )


def _is_there(inspector: Any, name: Name) -> bool:
    """Whether something is called exactly so."""
    if inspector.dialect.name == "sqlite":
        # It knows its tables in any case, and tells the keys of one only by the name it was made with.
        return name.table in _relations(inspector, name.schema)
    return bool(inspector.has_table(name.table, name.schema))


def _meant(name: str, schema: str, schemas: Sequence[str]) -> list[Name]:
    """What a name may mean: a table of the usual schema or, where it has a dot, one of another."""
    head, _, rest = name.partition(".")
    return [Name(schema or None, name), *([Name(head, rest)] if rest and head in schemas else [])]


def described(connection: sa.Connection, name: Name, backend: Backend) -> Description:
    """A table, by reflection."""
    inspector = sa.inspect(connection)
    found = inspector.get_columns(name.table, name.schema)
    columns = [sa.Column(one["name"], one["type"]) for one in found]
    table = sa.Table(name.table, sa.MetaData(), *columns, schema=name.schema)
    unique = tuple(_unique(inspector, name, {one["name"] for one in found if not one["nullable"]}))
    nullable = {one["name"] for one in found if one["nullable"]}
    if backend.file:
        nullable -= _numbers_of_rows(table, unique)
        for column, kind in numbered(connection, table).items():
            table.c[column].type = kind
    return Description(f"table {name}", table, str(name), unique, frozenset(nullable))


def asked(connection: sa.Connection, query: str, backend: Backend) -> Description:
    """A query, by what an answer of it is made of; raises ConfigError."""
    try:
        query = one_select(query, backslashes=backend.backslashes)
    except NotOneSelect as error:
        raise ConfigError(f"query must be one SELECT, but {error}") from None
    whole = sa.text(as_text(query))
    sample: sa.Select[Any] = sa.select(sa.literal_column("*")).select_from(
        whole.columns().subquery("q")
    )
    names, types = backend.types(connection, sample, query)
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ConfigError(
            f"query has several columns called {listed(twice)}: name each differently"
        )
    columns = [sa.column(name, kind) for name, kind in zip(names, types, strict=True)]
    source = whole.columns(*columns).subquery("q")
    return Description("query", source, nullable=frozenset(names))


def listed(names: Sequence[str]) -> str:
    """Names for a message, not too many of them."""
    more = len(names) - SHOWN
    return ", ".join(names[:SHOWN]) + (f" and {more} more" if more > 0 else "") or "none"


def _numbers_of_rows(table: sa.Table, unique: Sequence[tuple[str, ...]]) -> set[str]:
    """The column that holds SQLite's own number of a row: it is never NULL, although nothing says so."""
    primary = unique[0] if unique else ()
    return {
        name for name in primary if len(primary) == 1 and isinstance(table.c[name].type, sa.Integer)
    }


def _relations(inspector: Any, schema: str | None) -> list[str]:
    names = [*inspector.get_table_names(schema), *inspector.get_view_names(schema)]
    if inspector.dialect.name == "postgresql":
        names += inspector.get_materialized_view_names(schema)
    return sorted(names)


def _unique(inspector: Any, name: Name, filled: set[str]) -> Iterable[tuple[str, ...]]:
    """Columns that tell rows apart: the primary key, then what is unique and never NULL, the narrowest first."""
    primary = tuple(inspector.get_pk_constraint(name.table, name.schema)["constrained_columns"])
    if primary:
        yield primary
    try:
        constraints = inspector.get_unique_constraints(name.table, name.schema)
        indexes = inspector.get_indexes(name.table, name.schema)
    except NotImplementedError:
        return
    found = {tuple(one["column_names"]) for one in constraints}
    found |= {
        tuple(one["column_names"]) for one in indexes if one["unique"] and not _is_partial(one)
    }
    yield from sorted((one for one in found if set(one) <= filled), key=lambda one: (len(one), one))


def _is_partial(index: Any) -> bool:
    """Whether an index is about some rows only, or about what is made of columns."""
    options = index.get("dialect_options", {})
    return None in index["column_names"] or any(name.endswith("_where") for name in options)
