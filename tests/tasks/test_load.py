"""Loading: what PostgreSQL cannot store as it is."""

import json

from sources.entity import Entity, Field
from tasks.load import Target, load
from tasks.report import Reporter
from tasks.shape import table_of
from tasks.transform import transform
from tasks.validate import validate
from warehouse import history
from warehouse.connection import Connection
from warehouse.tables import ensure_table

WIDE = Entity(
    name="wide",
    path="wide",
    fields=(
        Field("id", "integer", required=True),
        Field("updated_at", "datetime"),
        *(Field(f"found_{number}", discovered=True) for number in range(400)),
    ),
)


def test_a_row_too_big_for_a_page_moves_its_undeclared_columns_to_extra(warehouse: Connection):
    big = {"id": 1, **{f"found_{number}": f"some twenty bytes {number}" for number in range(400)}}
    small = {"id": 2, **{f"found_{number}": None for number in range(400)}}
    ensure_table(warehouse, table_of("crm", WIDE))
    run = history.open_run(warehouse, "crm", "wide", {})
    reporter = Reporter("crm", "wide")
    batch = validate(transform(WIDE, [big, small]), reporter, strict=False)

    merged = load(Target(warehouse, "crm", run, reporter), batch, "changes", {"pass": None})

    rows = warehouse.execute("select id, found_7, extra from crm.wide order by id").fetchall()
    assert (merged.created, merged.failed) == (2, 0)
    assert rows[0][:2] == (1, None)
    assert rows[0][2]["found_7"] == "some twenty bytes 7"
    assert len(rows[0][2]) == 400, json.dumps(rows[0][2])[:200]
    assert rows[1] == (2, None, {})
