import json
import time
from dataclasses import replace

import pandera.polars as pa
import polars as pl
import pytest

from sources.entity import Entity, Field, Rule
from sources.hubspot.entities import CONTACTS, DEALS
from sources.kinds import Kind
from tasks import validate as validation
from tasks.batch import Batch
from tasks.report import Reporter
from tasks.transform import transform
from tasks.validate import UnexpectedFailure, digest, key_text, reject, schema, validate

CONTACT = {
    "email": "ana@example.org",
    "phone": "555-123-4567",
    "firstname": "Ana",
    "lastname": "Diaz",
}


def contact(id_, **properties):
    return {"id": id_, "properties": CONTACT | properties}


def checked(*records, entity=CONTACTS, strict=False) -> Batch:
    return validate(
        transform(entity, list(records)), Reporter("hubspot", entity.name), strict=strict
    )


def problems(batch):
    return [(p.row, p.column, p.value, p.message, p.parsed) for p in batch.problems]


def test_good_records_land_as_they_are():
    batch = checked(contact("1"), contact("2"))

    assert batch.rows["id"].to_list() == [1, 2]
    assert (batch.problems, batch.rejects) == ([], [])


def test_a_doubtful_text_keeps_its_value_with_a_warning():
    batch = checked(contact("1"), contact("2", email="not an address"))

    assert batch.rows["email"].to_list() == ["ana@example.org", "not an address"]
    assert problems(batch) == [(1, "email", "not an address", "not an email address", True)]
    assert batch.rejects == []


def test_a_value_that_its_column_cannot_hold_lands_in_extra_with_a_warning():
    batch = checked(contact("1", hubspot_owner_id="Bo"))

    assert batch.rows["owner_id"].to_list() == [None]
    assert json.loads(batch.rows["extra"][0]) == {"hubspot_owner_id": "Bo"}
    assert problems(batch) == [(0, "owner_id", "Bo", "not a value of kind integer", False)]


def test_strict_rejects_either_with_the_field_and_the_reason():
    batch = checked(
        contact("1", email="x"), contact("2"), contact("3", hubspot_owner_id="Bo"), strict=True
    )

    assert batch.rows["id"].to_list() == [2]
    assert sorted((r.key, r.field, r.reason) for r in batch.rejects) == [
        ("1", "email", "Field 'email': not an email address"),
        ("3", "owner_id", "Field 'owner_id': not a value of kind integer"),
    ]
    assert {json.loads(r.raw)["id"] for r in batch.rejects} == {"1", "3"}


def test_a_record_with_several_faults_is_rejected_once():
    batch = checked(contact("1", email="x", phone="y", hubspot_owner_id="z"), strict=True)

    assert len(batch.problems) == 3
    assert len(batch.rejects) == 1


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"properties": CONTACT}, "record has no id, which is its key"),
        (contact(None), "record has no id, which is its key"),
        (contact(""), "record has no id, which is its key"),
        (contact("abc"), "Field 'id': not a value of kind integer"),
        (contact(2**63), "Field 'id': not a value of kind integer"),
        (contact({"a": 1}), "Field 'id': not a value of kind integer"),
        ({}, "record has no id, which is its key"),
        (None, "record is not an object"),
        ("text", "record is not an object"),
        (7, "record is not an object"),
        ([], "record is not an object"),
        ([{"id": 1}], "record is not an object"),
    ],
)
def test_a_record_without_its_key_is_rejected_under_a_hash_of_its_raw_form(record, reason, strict):
    batch = checked(contact("1"), record, contact("2"), strict=strict)

    assert batch.rows["id"].to_list() == [1, 2]
    assert [(r.field, r.reason) for r in batch.rejects] == [("id", reason)]
    assert json.loads(batch.rejects[0].raw) == record
    assert batch.rejects[0].key == digest(batch.rejects[0].raw)
    assert batch.problems == []


def test_the_hash_key_is_the_same_for_the_same_record_and_no_other():
    one, again, other = checked(
        contact(None), contact(None), contact(None, email="b@c.example")
    ).rejects

    assert one.key == again.key != other.key
    assert one.key.startswith("#")
    assert len(one.key) == 33


PAIRS = Entity(
    "pairs",
    "pairs",
    (Field("kind"), Field("id", required=True), Field("n", "integer")),
    key=("kind", "id"),
)


def test_the_parts_of_a_key_stay_apart():
    batch = transform(
        PAIRS, [{"kind": "a:b", "id": "c"}, {"kind": "a", "id": "b:c"}, {"kind": "a"}]
    )

    assert [key_text(batch, row) for row in range(3)] == ["a\\:b:c", "a:b\\:c", None]


def test_one_missing_part_of_a_key_is_enough_to_be_rejected():
    batch = checked({"kind": "a", "id": "1"}, {"kind": "a"}, {"id": "2"}, {}, entity=PAIRS)

    assert batch.rows["id"].to_list() == ["1"]
    assert [(json.loads(r.raw), r.field) for r in batch.rejects] == [
        ({"id": "2"}, "kind"),
        ({}, "kind"),
        ({"kind": "a"}, "id"),
    ]


def test_a_rejected_record_with_a_key_is_kept_under_it():
    batch = checked({"kind": "a:b", "id": "1", "n": "x"}, entity=PAIRS, strict=True)

    assert [r.key for r in batch.rejects] == ["a\\:b:1"]


def test_a_record_that_postgres_refused_is_rejected_by_its_row_also_after_others_went():
    batch = checked(contact(None), contact("2"), contact("3"))

    refused = reject(batch, 2, "PostgreSQL refused the row")

    assert refused.key == "3"
    assert json.loads(refused.raw)["id"] == "3"
    assert (refused.reason, refused.field) == ("PostgreSQL refused the row", None)


def test_raw_forms_keep_numbers_exact():
    record = contact(None) | {"count": 12345678901234567890123}

    batch = checked(record)

    assert '"count":12345678901234567890123' in batch.rejects[0].raw


REQUIRED = Entity(
    "r", "r", (Field("id"), Field("name", required=True), Field("n", "integer", required=True))
)


def test_a_required_value_that_is_missing_is_a_warning_and_strictly_a_reject():
    record = {"id": "1", "name": "", "n": 1}

    lenient, strict = (
        checked(record, entity=REQUIRED),
        checked(record, entity=REQUIRED, strict=True),
    )

    assert problems(lenient) == [(0, "name", None, "is required", True)]
    assert lenient.rows.height == 1
    assert [r.reason for r in strict.rejects] == ["Field 'name': is required"]


def test_a_required_value_that_did_not_parse_is_one_problem_not_two():
    batch = checked({"id": "1", "name": "x", "n": "many"}, entity=REQUIRED)

    assert problems(batch) == [(0, "n", "many", "not a value of kind integer", False)]


@pytest.mark.parametrize(
    ("entity", "properties", "messages"),
    [
        (CONTACTS, {"email": "", "phone": None}, ["Contact missing both email and phone"]),
        (CONTACTS, {"email": ""}, []),
        (CONTACTS, {"firstname": "", "lastname": ""}, ["Contact missing both first and last name"]),
        (CONTACTS, {"firstname": ""}, []),
        (
            DEALS,
            {"closedate": "2024-01-01", "createdate": "2024-01-02"},
            ["Deal close date is before create date"],
        ),
        (DEALS, {"closedate": "2024-01-02", "createdate": "2024-01-02"}, []),
        (DEALS, {"closedate": "2024-01-02", "createdate": None}, []),
    ],
)
def test_business_rules_warn_in_the_guides_words_and_strictly_reject(entity, properties, messages):
    record = contact("1", **properties)

    lenient, strict = checked(record, entity=entity), checked(record, entity=entity, strict=True)

    assert lenient.rows.height == 1
    assert lenient.rejects == []
    assert [(r.key, r.field, r.reason) for r in strict.rejects] == [
        ("1", None, m) for m in messages
    ]


def test_a_rule_about_columns_that_were_not_read_says_nothing():
    narrow = CONTACTS.narrowed(frozenset({"company"}))

    batch = checked({"id": "1", "properties": {"company": "Acme"}}, entity=narrow, strict=True)

    assert batch.rejects == []


def test_panderas_failures_are_of_the_rows_they_name_also_when_the_frame_has_gaps():
    batch = transform(
        CONTACTS, [contact(str(n), email="x" if n % 3 else "a@b.example") for n in range(9)]
    )
    batch.rows = batch.rows.filter(pl.col("_row") > 3).reverse()

    found = validate(batch, Reporter("hubspot", "contacts")).problems

    assert [p.row for p in found] == [8, 7, 5, 4]
    assert {p.value for p in found} == {"x"}


def test_every_row_at_fault_is_found_in_a_frame_of_many():
    bad = set(range(0, 3000, 7))
    records = [contact(str(n), email=f"x{n}" if n in bad else "a@b.example") for n in range(3000)]

    found = checked(*records).problems

    assert {p.row: p.value for p in found} == {n: f"x{n}" for n in bad}


def test_a_frame_unlike_its_declaration_raises_and_drops_nothing():
    batch = transform(CONTACTS, [contact("1")])
    batch.rows = batch.rows.with_columns(pl.col("email").cast(pl.Categorical))

    with pytest.raises(UnexpectedFailure, match="contacts: dtype.* failed for column email"):
        validate(batch, Reporter("hubspot", "contacts"))


def test_a_missing_column_raises():
    batch = transform(CONTACTS, [contact("1")])
    batch.rows = batch.rows.drop("email")

    with pytest.raises(UnexpectedFailure, match="column_in_dataframe"):
        validate(batch, Reporter("hubspot", "contacts"))


@pytest.mark.parametrize(
    "check",
    [
        lambda _: 1 / 0,
        lambda data: data.lazyframe.select(pl.col(data.key).str.contains("[")),
        lambda data: data.lazyframe.select(pl.col("no such column")),
    ],
)
def test_a_check_that_breaks_raises_and_drops_nothing(check, monkeypatch):
    schema.cache_clear()
    monkeypatch.setattr(Kind, "checks", lambda _: [pa.Check(check, error="the check")])

    with pytest.raises(UnexpectedFailure, match="contacts: the check failed for column"):
        checked(contact("1"))
    schema.cache_clear()


def test_an_error_of_panderas_own_is_not_swallowed(monkeypatch):
    class Broken:
        def validate(self, *_args, **_kwargs):
            raise RuntimeError("out of order")

    monkeypatch.setattr(validation, "schema", lambda _: Broken())

    with pytest.raises(RuntimeError, match="out of order"):
        checked(contact("1"))


def test_the_schema_follows_from_the_declaration():
    columns = schema(REQUIRED).columns

    assert list(columns) == ["id", "name", "n"]
    assert [column.nullable for column in columns.values()] == [True, False, False]
    assert str(columns["n"].dtype) == "Int64"


def test_an_empty_batch_is_no_trouble():
    batch = checked()

    assert batch.rows.is_empty()
    assert (batch.problems, batch.rejects) == ([], [])


def test_a_rule_that_cannot_be_judged_is_not_broken():
    entity = replace(CONTACTS, rules=(Rule("x", ("email",), lambda: pl.col("email") == "x"),))

    assert checked(contact("1", email=None), entity=entity, strict=True).rejects == []


@pytest.mark.slow
@pytest.mark.parametrize("strict", [False, True])
def test_thousands_of_problems_are_no_slower_than_they_must_be(strict):
    records = [contact(str(n), email="x", phone="y", hubspot_owner_id="z") for n in range(5000)]
    batch = transform(CONTACTS, records)
    reporter = Reporter("hubspot", "contacts")

    began = time.process_time()
    found = validate(batch, reporter, strict=strict)

    assert len(found.problems) == 15000
    assert time.process_time() - began < 2
