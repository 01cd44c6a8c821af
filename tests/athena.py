"""A PostgreSQL that runs what Athena's look-alike is asked, and spells its answers as Athena does."""

import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote_plus

import psycopg
import pytest

from sandbox.athena import ACCESS_KEY, SECRET_KEY, STAGING, AthenaSandbox, Column, Failure, Table

# What Athena knows and PostgreSQL does not. Its `try` swallows errors, which a function cannot: those
# few expressions that are tried become functions of their own.
HELPERS = """
    create or replace function public.to_iso8601(moment timestamptz) returns text language sql as
    $$ select to_char(moment at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') $$;
    create or replace function public.with_timezone(said timestamp, zone text) returns timestamptz
    language sql as $$ select said at time zone zone $$;
    create or replace function public.tried_timestamp(said text) returns timestamp language plpgsql as
    $$ begin
        -- Athena's cast takes no T between day and time, and no zone.
        if said !~ '^\\d{4}-\\d\\d-\\d\\d( \\d\\d:\\d\\d:\\d\\d(\\.\\d+)?)?$' then return null; end if;
        return said::timestamp;
    exception when others then return null; end $$;
    create or replace function public.tried_iso8601(said text, zone text) returns timestamp language plpgsql as
    $$ begin
        if said !~ '^\\d{4}-\\d\\d-\\d\\dT' then return null; end if;
        return said::timestamptz at time zone zone;
    exception when others then return null; end $$;
    create or replace view public.athena_columns as
    select table_schema, table_name, column_name, ordinal_position, case
        when data_type = 'timestamp without time zone' then 'timestamp(3)'
        when data_type = 'timestamp with time zone' then 'timestamp(3) with time zone'
        when data_type in ('character varying', 'text') then 'varchar'
        when data_type = 'double precision' then 'double'
        when data_type = 'numeric' then 'decimal(' || coalesce(numeric_precision, 38) || ',' || coalesce(numeric_scale, 0) || ')'
        else data_type end as data_type
    from information_schema.columns
"""
SPELLED = (
    (r'"information_schema"\."columns"', "public.athena_columns"),
    (r"try\(CAST\(at_timezone\(from_iso8601_timestamp\(([^()]+)\), ('[^']+')\) AS TIMESTAMP(?:\(\d\))?\)\)", r"public.tried_iso8601(\1, \2)"),
    (r"try\(CAST\(replace\(([^()]+), 'T', ' '\) AS TIMESTAMP(?:\(\d\))?\)\)", r"public.tried_timestamp(replace(\1, 'T', ' '))"),
)  # fmt: skip
TYPES = {
    "bool": "boolean", "int4": "integer", "int8": "bigint", "float8": "double", "numeric": "decimal",
    "timestamp": "timestamp", "timestamptz": "timestamp with time zone", "date": "date",
}  # fmt: skip
# SQLSTATE to what Athena calls it.
CALLED = {
    "42P01": "TABLE_NOT_FOUND: line 1:15: Table does not exist",
    "42703": "COLUMN_NOT_FOUND: line 1:8: Column cannot be resolved",
    "42883": "TYPE_MISMATCH: line 1:60: Cannot apply operator: varchar >= timestamp(3)",
    "42601": "SYNTAX_ERROR: line 1:1: mismatched input",
}


class PostgresEngine:
    """Runs queries in a database, in which a schema is what Athena calls a database."""

    def __init__(self, url: str) -> None:
        self.url = url
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(HELPERS)

    def run(self, database: str, query: str) -> Table:
        text = query
        for pattern, spelled in SPELLED:
            text = re.sub(pattern, spelled, text, flags=re.IGNORECASE)
        with psycopg.connect(self.url) as connection:
            connection.execute("set transaction read only")
            connection.execute("set timezone = 'UTC'")
            try:
                cursor = connection.execute(f'set local search_path = "{database}", public')
                cursor = connection.execute(text)
            except psycopg.Error as error:
                said = CALLED.get(error.sqlstate or "", f"GENERIC_USER_ERROR: {error}")
                raise Failure(said) from error
            columns = tuple(map(self._column, cursor.description or ()))
            rows = [tuple(map(spell, row)) for row in cursor.fetchall()]
        if "order by" not in query.lower():
            # Several machines read the files: no order is the order of the files.
            random.Random(7).shuffle(rows)
        return Table(columns, tuple(rows))

    def _column(self, described: psycopg.Column) -> Column:
        type_name = psycopg.adapters.types[described.type_code].name
        if type_name == "numeric":
            return Column(
                described.name, "decimal", described.precision or 38, described.scale or 0
            )
        return Column(described.name, TYPES.get(type_name, "varchar"))


def spell(value: Any) -> str | None:
    """A value as Athena's answers have it."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return spell_double(value)
    if isinstance(value, datetime):
        zone = " UTC" if value.tzinfo else ""
        return value.strftime("%Y-%m-%d %H:%M:%S.") + f"{value.microsecond // 1000:03}{zone}"
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return str(value)


def spell_double(value: float) -> str:
    """As Java prints doubles: with an exponent from ten millions on."""
    if not value or 1e-3 <= abs(value) < 1e7:
        return repr(value)
    exact = Decimal(repr(value))
    digits = format(exact.scaleb(-exact.adjusted()).normalize(), "f")
    return f"{digits if '.' in digits else f'{digits}.0'}E{exact.adjusted()}"


@contextmanager
def athena(url: str, database: str, **how: Any) -> Iterator[tuple[AthenaSandbox, str]]:
    """A served look-alike over a PostgreSQL database, and the address SQLAlchemy would take."""
    sandbox = AthenaSandbox(PostgresEngine(url), **how)
    with sandbox.serve() as base:
        yield sandbox, address(base, database)


def address(base: str, database: str, key: str = ACCESS_KEY) -> str:
    """How a configuration names an Athena."""
    return (
        f"awsathena+rest://{key}:{quote_plus(SECRET_KEY)}@athena.us-east-1.amazonaws.com:443/{database}"
        f"?s3_staging_dir={quote_plus(STAGING)}&endpoint_url={quote_plus(base)}"
    )


def needs_pyathena() -> None:
    """Skip where the optional package is not there."""
    pytest.importorskip("pyathena", reason="PyAthena is not installed")
