"""What properties were before: opt-in per property, keyed, so that reading again adds nothing."""

from datetime import UTC, datetime

import pytest

from sources.errors import ConfigError
from tests.flows.harness import Bench

ALL = "select id, property, value, at, source from hubspot.contacts_history order by 1, 2, 4, 3"


def stored(bench: Bench, name: str = "lifecyclestage") -> list[tuple[object, ...]]:
    rows = bench.rows(
        "select id, value, at, source from hubspot.contacts_history where property = %s", name
    )
    return sorted(tuple(row.values()) for row in rows)


def there(bench: Bench, name: str = "lifecyclestage") -> list[tuple[object, ...]]:
    found = bench.sandbox.history("contacts", name)
    return sorted((int(key), value or None, at, source) for key, value, at, source in found)


def a_life(bench: Bench, *values: str) -> str:
    key = bench.sandbox.create("contacts", {"lastname": "Li", "lifecyclestage": values[0]})
    for value in values[1:]:
        bench.sandbox.update("contacts", key, {"lifecyclestage": value}, source="IMPORT")
    return key


def test_every_version_lands_once_however_often_it_is_read(bench: Bench):
    bench.config(contacts={"history": ["lifecyclestage"]})
    key = a_life(bench, "lead", "customer")

    bench.sync("contacts")
    first = bench.rows(ALL)
    bench.sandbox.update("contacts", key, {"lifecyclestage": "evangelist"})
    bench.sync("contacts")
    bench.sync("contacts", full=True)

    assert sorted(row["value"] for row in first) == ["customer", "lead"]
    assert {row["source"] for row in first} >= {"IMPORT"}
    assert stored(bench) == there(bench)
    assert len(stored(bench)) == 3


def test_only_the_named_properties_are_traced(bench: Bench):
    bench.config(contacts={"history": ["lifecyclestage", "city"]})
    key = a_life(bench, "lead")
    bench.sandbox.update("contacts", key, {"city": "Ulm", "country": "DE"})

    bench.sync("contacts")

    names = {row["property"] for row in bench.rows(ALL)}
    assert names == {"lifecyclestage", "city"}
    assert stored(bench, "city") == there(bench, "city")


def test_another_property_is_traced_for_all_records(bench: Bench):
    bench.config(contacts={"history": ["lifecyclestage"]})
    a_life(bench, "lead", "customer")
    bench.sync("contacts")

    bench.config(contacts={"history": ["lifecyclestage", "lastname"]})
    bench.sync("contacts")

    assert stored(bench, "lastname") == there(bench, "lastname") != []


def test_more_records_than_one_question_takes(bench: Bench):
    bench.config(contacts={"history": ["lifecyclestage"]})
    for _ in range(120):
        a_life(bench, "lead", "customer")

    bench.sync("contacts")

    assert stored(bench) == there(bench)
    assert len(stored(bench)) == 240


def test_nothing_is_traced_unless_it_is_named(bench: Bench):
    a_life(bench, "lead", "customer")

    bench.sync("contacts")

    assert bench.one("select to_regclass('hubspot.contacts_history')") is None


def test_a_name_that_is_no_property_is_told(bench: Bench):
    bench.config(contacts={"history": ["lifecycle_stage"]})
    a_life(bench, "lead")

    [result] = bench.sync("contacts")

    assert result.outcome == "failed"
    assert "history names lifecycle_stage" in (result.error or "")


def test_an_encrypted_property_is_not_traced_in_clear(bench: Bench):
    secret = {"properties.ssn": {"name": "ssn", "encrypt": True}}
    bench.config(contacts={"history": ["ssn"], "fields": secret})

    with pytest.raises(ConfigError, match="ssn is encrypted"):
        bench.sync("contacts")


def test_another_property_is_traced_for_all_records_also_by_a_run_that_resumes(bench: Bench):
    bench.config(contacts={"history": ["lifecyclestage"]})
    for _ in range(400):
        a_life(bench, "lead")
    bench.sandbox.fault("bad_gateway", times=None, path="/contacts/batch/read", skip=3)
    [failed] = bench.sync("contacts")
    bench.sandbox.faults.clear()

    bench.config(contacts={"history": ["lifecyclestage", "lastname"]})
    [result] = bench.sync("contacts")

    assert (failed.outcome, result.outcome) == ("failed", "success")
    assert result.row["configuration"]["resumes"] == failed.row["id"]
    assert len(stored(bench, "lastname")) == len(stored(bench)) == 400


def test_a_calculated_property_has_a_history_too(bench: Bench):
    bench.sandbox.add_property(
        "contacts", "score", type="number", field_type="calculation_equation", calculated=True
    )
    bench.config(calculated_every="0s", contacts={"history": ["score"]})
    old = datetime(2026, 1, 5, tzinfo=UTC)
    key = bench.sandbox.create("contacts", {"score": "1"}, created=old, updated=old)
    bench.sync("contacts")
    bench.sandbox.update("contacts", key, {"score": "2"}, bump=False)

    bench.sync("contacts")

    assert stored(bench, "score") == there(bench, "score")
    assert len(stored(bench, "score")) == 2
