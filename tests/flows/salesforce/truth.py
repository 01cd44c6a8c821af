"""What a table of Salesforce's must hold, worked out from the records of the look-alike."""

from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from sources.entity import Entity, Field
from sources.salesforce.entities import ENTITIES
from tests.flows.vendor import VendorBench

Values = Mapping[str, Any]


def stored(bench: VendorBench, name: str) -> dict[str, dict[str, Any]]:
    """All rows of a table, by id."""
    return {row["id"]: row for row in bench.rows(f"select * from salesforce.{name}")}


def shown(field: Field, values: Values) -> Any:
    """What a column holds of a record."""
    value = values.get(field.path)
    if isinstance(value, time):
        return f"{value:%H:%M:%S}.000Z"
    if isinstance(value, int) and not isinstance(value, bool) and field.kind == "decimal":
        return Decimal(value)
    return value


def assert_right(bench: VendorBench, name: str, entity: Entity | None = None) -> None:
    """The table says what Salesforce says, of the living and of those in the bin."""
    entity = entity or ENTITIES[name]
    rows, truth = stored(bench, name), bench.sandbox.truth(entity.path)
    deleted = bench.sandbox.deleted(entity.path)
    living = {key for key, row in rows.items() if row["deleted_at"] is None}
    assert living == truth.keys()
    assert deleted.keys() <= rows.keys()
    for key, values in (truth | deleted).items():
        row = rows[key]
        for field in entity.fields:
            if field.path in ("url", "CurrencyIsoCode"):
                continue
            expected = shown(field, values)
            assert row[field.name] == expected, (key, field.name, row[field.name], expected)
            assert not isinstance(expected, date | datetime | bool) or type(expected) is type(
                row[field.name]
            )
        assert row["deleted_at"] == (values["SystemModstamp"] if key in deleted else None)
        assert row["crm_url"].endswith(f"/{key}")
