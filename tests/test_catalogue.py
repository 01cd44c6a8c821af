"""What is true of every entity of every kind of source, so that a new CRM is covered from its first line."""

import re
from collections import Counter
from copy import deepcopy
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from sources.entity import Entity, Field
from sources.exact_json import decode_json
from sources.kinds import KINDS
from sources.parsing import UTC_MICROSECONDS
from sources.registry import KINDS as SOURCES
from tasks.batch import Batch
from tasks.places import place_of
from tasks.report import Reporter
from tasks.shape import table_of
from tasks.transform import transform
from tasks.validate import validate
from warehouse.connection import connect
from warehouse.names import LONGEST, RESERVED
from warehouse.tables import ensure_table, stored_columns, system_columns

FIXTURES = Path(__file__).parent / "fixtures"
SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
# What every table has, and a source may tell.
TELLABLE = {"created_at", "updated_at", "merged_into"}
LONGEST_IN_HISTORY = 50  # characters of crm_source and sync_type

Declared = tuple[str, Entity]
DECLARED: list[Declared] = [
    (source, entity)
    for source, kind in SOURCES.items()
    for entity in (*kind.entities.values(), *kind.beside)
]

pytestmark = pytest.mark.parametrize(
    ("source", "entity"), DECLARED, ids=[f"{source}.{e.name}" for source, e in DECLARED]
)


def field_of(entity: Entity, name: str) -> Field:
    [found] = [field for field in entity.fields if field.name == name]
    return found


def records_of(source: str, entity: Entity) -> list[dict[str, Any]]:
    """The records of the committed answer; the first has a value for every field."""
    return decode_json((FIXTURES / source / f"{entity.name}.json").read_bytes())["results"]


def processed(entity: Entity, records: list[dict[str, Any]], *, strict: bool = False) -> Batch:
    return validate(transform(entity, records), Reporter("x", entity.name), strict=strict)


def put(record: dict[str, Any], path: str, value: Any, entity: Entity) -> None:
    place = place_of(entity, path)
    steps = (
        [place.container, place.key, *place.steps] if place.container else [place.key, *place.steps]
    )
    for step in steps[:-1]:
        record = record.setdefault(step, {})
    record[steps[-1]] = value


def test_it_goes_by_its_name(source: str, entity: Entity):
    assert SOURCES[source].name == source
    kind = SOURCES[source]
    assert entity in kind.beside or kind.entities[entity.name] is entity
    assert SNAKE_CASE.fullmatch(entity.name)
    assert len(source) <= LONGEST_IN_HISTORY
    assert len(entity.name) <= LONGEST_IN_HISTORY


def test_the_key_is_declared_required_and_not_encrypted(source: str, entity: Entity):
    assert entity.key

    for field in (field_of(entity, name) for name in entity.key):
        assert field.required, field
        assert not field.encrypt, field
        assert not field.volatile, field


def test_what_decides_which_copy_is_newer_is_a_moment(source: str, entity: Entity):
    if entity.changed in entity.columns:
        field = field_of(entity, entity.changed)

        assert (field.kind, field.encrypt) == ("datetime", False)


def test_its_kinds_are_known(source: str, entity: Entity):
    assert {field.kind for field in entity.fields} <= KINDS.keys()


def test_column_names_are_snake_case_distinct_short_and_free(source: str, entity: Entity):
    assert [name for name in entity.columns if not SNAKE_CASE.fullmatch(name)] == []
    assert [name for name in entity.columns if len(name.encode()) > LONGEST] == []
    assert set(entity.columns) & (RESERVED - TELLABLE) == set()
    stored = [column.name for column in table_of(source, entity).columns]
    assert [name for name, times in Counter(stored).items() if times > 1] == []


def test_every_field_has_a_place_of_its_own(source: str, entity: Entity):
    places = [field.path for field in entity.fields] + [entity.deleted, *entity.ignore]

    assert [path for path, times in Counter(filter(None, places)).items() if times > 1] == []


def test_what_it_refers_to_are_its_columns(source: str, entity: Entity):
    named = {name for rule in entity.rules for name in rule.needs}
    named |= {entity.record_url, entity.survivor_of} - {""}

    assert named <= set(entity.columns)


def test_it_asks_for_no_more_than_it_may(source: str, entity: Entity):
    assert 1 <= entity.page_size <= entity.max_page_size
    assert entity.lookback.total_seconds() >= 0


def test_postgresql_takes_its_table(source: str, entity: Entity, pg18_url: str):
    table = table_of(source, entity)
    with connect(pg18_url) as conn:
        ensure_table(conn, table)

        stored = stored_columns(conn, table)

    wanted = {column.name: column.type for column in (*table.columns, *system_columns(table))}
    assert stored == wanted


def test_no_records_are_no_trouble(source: str, entity: Entity):
    batch = processed(entity, [], strict=True)

    assert batch.rows.height == 0
    assert batch.rejects == batch.problems == []


def test_a_record_with_its_key_alone_lands(source: str, entity: Entity):
    whole = transform(entity, records_of(source, entity)[:1]).rows.row(0, named=True)
    record: dict[str, Any] = {}
    for name in entity.key:
        put(record, field_of(entity, name).path, str(whole[name]), entity)

    batch = processed(entity, [record])

    row = batch.rows.row(0, named=True)
    assert [row[name] for name in entity.key] == [whole[name] for name in entity.key]
    assert {name for name in entity.columns if row[name] is not None} == set(entity.key)
    assert batch.rejects == []


def test_every_field_is_in_what_the_source_sends_and_arrives_as_its_kind(
    source: str, entity: Entity
):
    records = records_of(source, entity)

    batch = processed(entity, records, strict=True)

    assert (batch.rejects, batch.problems) == ([], [])
    assert batch.rows.height == len(records) > 1
    first = batch.rows.row(0, named=True)
    for field in entity.fields:
        assert first[field.name] is not None, field
        kind = pl.String if field.encrypt else KINDS[field.kind].dtype
        assert batch.rows.schema[field.name] == kind, field


def test_an_archived_record_has_the_moment_of_its_end(source: str, entity: Entity):
    if not entity.deleted:
        return
    record = deepcopy(records_of(source, entity)[0])
    put(record, entity.deleted, "2026-03-01T12:00:00.250Z", entity)

    rows = processed(entity, [record]).rows

    assert rows.schema["deleted_at"] == UTC_MICROSECONDS
    assert rows["deleted_at"].dt.to_string().to_list() == ["2026-03-01 12:00:00.250000+00:00"]
