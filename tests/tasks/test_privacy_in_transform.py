import json

import pytest
from cryptography.fernet import Fernet

from sources.entity import Entity, Field
from sources.privacy import Privacy
from tasks.report import Reporter
from tasks.transform import transform
from tasks.validate import validate

PEOPLE = Entity(
    "people",
    "people",
    (
        Field("id", "integer", required=True),
        Field("ssn", encrypt=True, at="properties.ssn"),
        Field("salary", "decimal", encrypt=True, at="properties.salary"),
        Field("doctor", encrypt=True, at="health.doctor"),
        Field("email", "email", at="properties.email"),
    ),
    flatten=("properties",),
)


@pytest.fixture
def privacy() -> Privacy:
    return Privacy.from_keys([Fernet.generate_key().decode()])


def person(id_=1, **properties):
    return {
        "id": id_,
        "properties": {"ssn": "123-45-6789", "salary": "90000.10"} | properties,
        "health": {"doctor": "Dr. Hidden", "room": 4},
    }


def batch_of(privacy, *records, strict=False):
    privacy.protect(PEOPLE, records)
    return validate(transform(PEOPLE, list(records)), Reporter("x", "people"), strict=strict)


def test_protected_values_travel_as_tokens_that_open_to_their_text(privacy):
    row = batch_of(privacy, person()).rows.row(0, named=True)

    opened = {name: privacy.unprotect(row[name]) for name in ("ssn", "salary", "doctor")}
    assert opened == {"ssn": "123-45-6789", "salary": "90000.10", "doctor": "Dr. Hidden"}
    assert json.loads(row["extra"]) == {"health": {"room": 4}}


def test_equal_values_have_equal_macs_and_different_tokens(privacy):
    rows = batch_of(privacy, person(1), person(2), person(3, ssn="other")).rows

    assert rows["ssn_hmac"][0] == rows["ssn_hmac"][1] != rows["ssn_hmac"][2]
    assert rows["ssn"].n_unique() == 3


def test_an_empty_protected_value_is_null_and_one_that_is_missing_is_absent(privacy):
    missing = {"id": 3, "properties": {"salary": "1"}, "health": None}

    batch = batch_of(privacy, person(1, ssn=""), person(2, ssn=None), missing)

    assert batch.rows["ssn"].to_list() == batch.rows["ssn_hmac"].to_list() == [None] * 3
    assert batch.shapes[batch.rows["_shape"][2]].absent == {"ssn", "ssn_hmac", "email"}


@pytest.mark.parametrize("value", [0, False, 5, ["a"], {"token": 1}])
def test_any_value_can_be_protected(privacy, value):
    row = batch_of(privacy, person(ssn=value)).rows.row(0, named=True)

    assert json.loads(privacy.unprotect(row["ssn"])) == value


@pytest.mark.parametrize("strict", [False, True])
def test_no_protected_value_is_in_a_frame_a_reject_or_a_log_line(privacy, lines, strict):
    records = [person(1, email="junk"), person(None), person("x")]

    batch = batch_of(privacy, *records, strict=strict)

    said = "\n".join(line for _, line in lines())
    kept = [batch.rows.write_csv(), *(r.raw + r.reason for r in batch.rejects), said]
    assert "junk" in said
    assert not any(secret in text for text in kept for secret in ("45-6789", "90000.10", "Hidden"))


def test_a_record_without_a_key_is_the_same_reject_each_time(privacy):
    once, again = (batch_of(privacy, person(None)).rejects[0] for _ in range(2))
    other = batch_of(privacy, person(None, ssn="other")).rejects[0]

    assert once.raw != again.raw
    assert once.key == again.key != other.key
