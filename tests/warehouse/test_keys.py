from datetime import UTC, date, datetime

import polars as pl
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from psycopg import sql

from sources.kinds import KINDS
from warehouse.connection import Connection
from warehouse.keys import key_text, spelled, spelled_columns
from warehouse.tables import Column, Table, ensure_table

PARTS = {
    "number": (st.integers(-(2**63), 2**63 - 1), "integer"),
    "name": (
        st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0")),
        "text",
    ),
    "moment": (st.datetimes(datetime(1, 1, 1), datetime(9999, 12, 31)), "datetime"),
    "day": (st.dates(), "date"),
    "flag": (st.booleans(), "boolean"),
}
THINGS = Table(
    "crm",
    "things",
    tuple(Column(name, KINDS[kind].postgres, name) for name, (_, kind) in PARTS.items()),
    tuple(PARTS),
    None,
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.tuples(*(values for values, _ in PARTS.values())))
@example((0, "a:b\\", datetime(2026, 2, 3), date(2026, 2, 3), True))
@example((0, "", datetime(2026, 2, 3, 4, 5, 6, 384000), date(1, 1, 1), False))
@example((0, "", datetime(2026, 2, 3, 4, 5, 6, 1), date(1, 1, 1), False))
def test_a_key_of_any_kind_is_spelled_alike_in_postgres_and_in_python(warehouse, values):
    ensure_table(warehouse, THINGS)
    number, name, moment, day, flag = values
    moment = moment.replace(tzinfo=UTC)
    rows = pl.DataFrame(
        [(number, name, moment, day, flag)],
        schema={column: KINDS[kind].dtype for column, (_, kind) in PARTS.items()},
        orient="row",
    )

    [parts] = spelled_columns(rows, THINGS.key).iter_rows()

    assert spelled(parts) == stored(warehouse, (number, name, moment, day, flag))


def stored(warehouse: Connection, values: tuple) -> str:
    with warehouse.transaction(force_rollback=True):
        warehouse.execute(
            "insert into crm.things (number, name, moment, day, flag) values (%s, %s, %s, %s, %s)",
            values,
        )
        statement = sql.SQL("select {} from crm.things t").format(key_text(THINGS, "t"))
        [(text,)] = warehouse.execute(statement).fetchall()
    return text
