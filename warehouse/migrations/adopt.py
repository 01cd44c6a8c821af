"""Making a bookkeeping table that another program created fit the shape wanted here, rows kept."""

import math
import re
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.engine.interfaces import ReflectedColumn

from warehouse.errors import Incompatible

Column = sa.Column[Any]
Type = sa.types.TypeEngine[Any]

# Each type holds every value of those before it. A time without a zone is in no family: nobody
# knows which zone was meant.
FAMILIES = (
    ("SMALLINT", "INTEGER", "BIGINT"),
    ("VARCHAR", "TEXT"),
    ("JSON", "JSONB"),
    ("TIMESTAMP WITH TIME ZONE",),
)


def adopt(schema: str, table: str, columns: list[Column]) -> set[str]:
    """Add and widen what is missing, refuse what cannot fit, and return what is indexed."""
    inspector = sa.inspect(op.get_bind())
    if table not in inspector.get_table_names(schema):
        raise Incompatible(f"{schema}.{table} is not a table: rename it")
    found = {column["name"]: column for column in inspector.get_columns(table, schema)}
    _refuse_strangers(table, found, columns)
    for column in columns:
        if column.name not in found:
            _add(schema, table, column)
        elif column.primary_key:
            _adopt_key(schema, table, column, found[column.name])
        else:
            _fit(schema, table, column, found[column.name])
    return _indexes(schema, table)


def _refuse_strangers(table: str, found: dict[str, ReflectedColumn], columns: list[Column]) -> None:
    """Refuse a column we do not know and that wants a value in every row we would write."""
    known = {column.name for column in columns}
    for name, column in found.items():
        filled = column["default"] or column.get("identity") or column.get("computed")
        if name not in known and not column["nullable"] and not filled:
            raise Incompatible(
                f"{table}.{name} is unknown here and required: drop its NOT NULL or give it a"
                " default"
            )


def _add(schema: str, table: str, column: Column) -> None:
    if column.primary_key or not (column.nullable or column.server_default is not None):
        raise Incompatible(f"{table}.{column.name} is missing and cannot be made up for its rows")
    op.add_column(table, column, schema=schema)


def _adopt_key(schema: str, table: str, column: Column, found: ReflectedColumn) -> None:
    """Make the key a bigint that numbers itself and is the primary key."""
    inspector = sa.inspect(op.get_bind())
    _widen(schema, table, column, found)
    primary = inspector.get_pk_constraint(table, schema)["constrained_columns"]
    if primary not in ([], [column.name]):
        raise Incompatible(f"{table}.{column.name} is not the primary key: {primary} is")
    if not primary:
        op.create_primary_key(f"{table}_pkey", table, [column.name], schema=schema)
    if not (found.get("identity") or found["default"]):
        _number(schema, table, column.name)
    elif found["default"]:
        _widen_sequence(schema, table, column.name)


def _number(schema: str, table: str, name: str) -> None:
    """Let the database number new rows, beginning after the highest there is."""
    place = sa.table(table, sa.column(name), schema=schema)
    highest = op.get_bind().scalar(sa.select(sa.func.max(place.c[name]))) or 0
    op.alter_column(table, name, server_default=sa.Identity(start=highest + 1), schema=schema)


def _widen_sequence(schema: str, table: str, name: str) -> None:
    """Let the sequence of an old `serial` count as far as the widened column."""
    place = op.get_bind().dialect.identifier_preparer.format_table(sa.table(table, schema=schema))
    sequence = op.get_bind().scalar(sa.select(sa.func.pg_get_serial_sequence(place, name)))
    if sequence:
        op.execute(f"alter sequence {sequence} as bigint")


def _fit(schema: str, table: str, column: Column, found: ReflectedColumn) -> None:
    """Bring type, default and NOT NULL of one column in line."""
    _widen(schema, table, column, found)
    default = getattr(column.server_default, "arg", None)
    if default is not None and not found["default"]:
        op.alter_column(table, column.name, server_default=default, schema=schema)
    if found["nullable"] and not column.nullable and default is not None:
        place = sa.table(table, sa.column(column.name), schema=schema)
        empty = place.c[column.name].is_(None)
        op.execute(place.update().where(empty).values({column.name: sa.text("default")}))
    if found["nullable"] != column.nullable:
        op.alter_column(table, column.name, nullable=column.nullable, schema=schema)


def _widen(schema: str, table: str, column: Column, found: ReflectedColumn) -> None:
    """Change a narrower type; one that holds as much stays as it is, any other is refused."""
    present, wanted = _type_name(found["type"]), _type_name(column.type)
    family = next(family for family in FAMILIES if wanted in family)
    if present not in family:
        raise Incompatible(
            f"{schema}.{table}.{column.name} is {present}, not {wanted}: rename that table"
        )
    if _size(found["type"], family) < _size(column.type, family):
        using = f"{column.name}::{wanted}"
        op.alter_column(
            table, column.name, type_=column.type, schema=schema, postgresql_using=using
        )


def _type_name(kind: Type) -> str:
    """A type's name in SQL without its length."""
    return re.sub(r"\(\d+\)", "", kind.compile(op.get_bind().dialect))


def _size(kind: Type, family: tuple[str, ...]) -> tuple[int, float]:
    return family.index(_type_name(kind)), getattr(kind, "length", None) or math.inf


def _indexes(schema: str, table: str) -> set[str]:
    """What the table's indexes are over, such as `btree (end_time DESC)`, whatever their names."""
    query = sa.text("""
        select pg_get_indexdef(i.indexrelid)
        from pg_index i join pg_class c on c.oid = i.indrelid
        where c.relnamespace = to_regnamespace(quote_ident(:schema)) and c.relname = :table
              and i.indisvalid
    """)
    found = op.get_bind().scalars(query, {"schema": schema, "table": table})
    return {definition.partition(" USING ")[2] for definition in found}
