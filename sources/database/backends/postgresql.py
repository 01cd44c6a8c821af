"""PostgreSQL, by psycopg and COPY."""

from collections.abc import Mapping
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import DOMAIN, MONEY

from sources.database.backends.backend import Backend, Columns, Fault, Manner
from sources.database.routes import copying
from sources.database.types import Type

# Of one transaction each: behind a pooler, a session's settings would become other people's.
SETTINGS = """
    select set_config('TimeZone', 'UTC', true),
           set_config('DateStyle', 'ISO, YMD', true),
           set_config('IntervalStyle', 'iso_8601', true),
           set_config('bytea_output', 'hex', true),
           set_config('extra_float_digits', '1', true),
           set_config('statement_timeout', %s, true)
"""
# A peer that vanished is noticed after 10 + 3 * 5 seconds when we wait, after 30 when we send.
KEEPALIVE: Mapping[str, Any] = {
    "keepalives": 1,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}

# https://www.postgresql.org/docs/current/errcodes-appendix.html: whole classes by their first two characters.
FAULTS: Mapping[str, Fault] = {
    "08": "away",
    "40": "away",
    "53": "away",
    "57": "away",
    "58": "away",
    "57014": "slow",
    "28": "credential",
    "42501": "right",
    "42P01": "missing",
    "42703": "missing",
    "3F000": "missing",
    "3D000": "address",
    "25006": "write",
    "22021": "encoding",
    "22P05": "encoding",
}
MOMENT = (
    "^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
    "([ T]([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.][0-9]+)?)?)?(Z|[+-][0-9]{2}(:?[0-9]{2})?)?$"
)
# What a query's columns are, by the names of pg_type; all others are read as text.
TYPES: Mapping[str, Type] = {
    "bool": sa.Boolean(),
    "int2": sa.SmallInteger(),
    "int4": sa.Integer(),
    "int8": sa.BigInteger(),
    "float4": sa.Float(),
    "float8": sa.Double(),
    "numeric": sa.Numeric(),
    "money": MONEY(),
    "date": sa.Date(),
    "timestamp": sa.DateTime(),
    "timestamptz": sa.DateTime(timezone=True),
    "json": sa.JSON(),
    "jsonb": sa.JSON(),
}


def _arguments(manner: Manner) -> Mapping[str, Any]:
    return {
        "connect_timeout": max(int(manner.connect), 2),
        "application_name": "crm-sync",
        "client_encoding": "utf8",
        **KEEPALIVE,
    }


def _begin(driver: psycopg.Connection[Any], _manner: Manner) -> None:
    # Said with every BEGIN, and so to whichever backend it comes.
    driver.read_only = True
    driver.prepare_threshold = None


def _enter(driver: psycopg.Connection[Any], manner: Manner) -> None:
    driver.execute(SETTINGS, [str(int(manner.statement * 1000))])


def _judge(error: BaseException) -> Fault | None:
    state = error.sqlstate if isinstance(error, psycopg.Error) else None
    if state:
        return FAULTS.get(state) or FAULTS.get(state[:2]) or "wrong"
    refused = getattr(error, "pgconn", None)
    if refused is not None and refused.status == psycopg.pq.ConnStatus.BAD:
        # libpq tells no code of a refusal. A password was wanted or used: so the server was there.
        return "credential" if refused.needs_password or refused.used_password else "away"
    return None


def _types(connection: sa.Connection, query: sa.Select[Any], _text: str) -> Columns:
    driver: Any = connection.connection.driver_connection
    with connection.execute(query.where(sa.false())) as result:
        described: Any = result.cursor.description if result.cursor else ()
    known = [driver.adapters.types.get(one.type_code) for one in described]
    return [one.name for one in described], [
        _type_of(info, one.type_code) for info, one in zip(known, described, strict=True)
    ]


def _type_of(info: psycopg.types.TypeInfo | None, code: int) -> Type:
    if info is None:
        return sa.types.NullType()
    if info.array_oid == code:
        return sa.ARRAY(sa.Text())
    return TYPES.get(info.name, sa.types.NullType())


def _shown(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """Arrays as JSON, booleans as words, and money without the signs of a country."""
    kind = column.type.data_type if isinstance(column.type, DOMAIN) else column.type
    if isinstance(kind, sa.ARRAY):
        return sa.func.to_json(column)
    if isinstance(kind, sa.Boolean):
        return sa.cast(column, sa.Text)
    if isinstance(kind, MONEY):
        return sa.cast(column, sa.Numeric)
    return column


def _moment(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """A text as a moment where it is spelled like one: any other would end the statement."""
    return sa.case((column.regexp_match(MOMENT), sa.cast(column, sa.DateTime())), else_=sa.null())


def _interrupt(driver: psycopg.Connection[Any]) -> None:
    driver.cancel_safe(timeout=5.0)


POSTGRESQL = Backend(
    label="PostgreSQL",
    driver="psycopg",
    only_driver=True,
    package="psycopg[binary]",
    arguments=_arguments,
    begin=_begin,
    enter=_enter,
    autocommit=False,
    clock="select clock_timestamp()",
    read=copying.read,
    tuples=copying.tuples,
    judge=_judge,
    types=_types,
    moment=_moment,
    shown=_shown,
    interrupt=_interrupt,
)
