from decimal import Decimal

import pytest

from sources.entity import Entity, Field
from tasks.mapping import Mapping, as_json, as_text, text_series

THINGS = Entity(
    name="things",
    path="things",
    fields=(
        Field("id", "integer"),
        Field("email", at="properties.email"),
        Field("dotted", at="properties.a.b"),
        Field("owner_email", at="owner.email"),
        Field("owner_city", at="owner.address.city"),
        Field("updated_at", "datetime", at="updatedAt"),
    ),
    flatten=("properties",),
    ignore=("archived", "properties.repeat", "owner.repeat"),
    deleted="archivedAt",
)


def mapped(record, entity=THINGS):
    values, extras, _, shapes = Mapping(entity).columns([record])
    return {**{name: column[0] for name, column in values.items()}, "extra": extras[0]}, shapes[0]


def test_values_are_found_at_their_dotted_places():
    record = {
        "id": 1,
        "properties": {"email": "a@b.example", "a.b": "x"},
        "owner": {"email": "o@b.example", "address": {"city": "Plano"}},
        "updatedAt": "2024-02-03",
        "archivedAt": "2024-02-04",
    }

    values, shape = mapped(record)

    assert values == {
        "id": 1,
        "email": "a@b.example",
        "dotted": "x",
        "owner_email": "o@b.example",
        "owner_city": "Plano",
        "updated_at": "2024-02-03",
        "deleted_at": "2024-02-04",
        "extra": None,
    }
    assert shape.absent == frozenset()


def test_what_no_column_takes_is_left_for_extra_as_the_source_spells_it():
    record = {
        "id": 1,
        "properties": {"email": None, "Favorite Color": "red", "empty": "", "null": None},
        "owner": {"email": "o", "name": "Ana", "address": {"city": "Plano", "street": "Main"}},
        "tags": [{"id": 7}],
    }

    values, _ = mapped(record)

    assert values["extra"] == {
        "Favorite Color": "red",
        "owner": {"name": "Ana", "address": {"street": "Main"}},
        "tags": [{"id": 7}],
    }


def test_declared_repeats_are_not_kept_but_what_stands_beside_them_is():
    record = {"archived": False, "properties": {"repeat": 1}, "owner": {"repeat": 1, "other": 2}}

    values, _ = mapped(record)

    assert values["extra"] == {"owner": {"other": 2}}


def test_the_record_is_left_as_it_was():
    record = {
        "id": 1,
        "properties": {"x": 1},
        "owner": {"email": "o", "address": {"city": 1, "z": 2}},
    }
    copy = {
        "id": 1,
        "properties": {"x": 1},
        "owner": {"email": "o", "address": {"city": 1, "z": 2}},
    }

    mapped(record)

    assert record == copy


@pytest.mark.parametrize("odd", ["text", 7, True, ["a", {"b": 1}]])
def test_a_value_where_an_object_was_expected_is_kept(odd):
    values, _ = mapped({"properties": odd, "owner": odd})

    assert values["extra"] == {"properties": odd, "owner": odd}
    assert values["email"] is None


def test_two_values_of_one_name_are_both_kept():
    record = {
        "id": 1,
        "email": "top",
        "color": "top",
        ".color": "dotted",
        "owner.email": "flat",
        "properties": {"id": "inner", "color": "inner"},
    }

    values, shape = mapped(record)

    assert values["extra"] == {
        ".id": "inner",
        "color": "inner",
        ".email": "top",
        "..color": "top",
        ".color": "dotted",
        ".owner.email": "flat",
    }
    assert set(values["extra"]) <= set(shape.covered)


def test_a_column_is_absent_only_where_the_answer_does_not_speak_of_it():
    columns = {"id", "email", "dotted", "owner_email", "owner_city", "updated_at"}

    assert mapped({})[1].absent == columns
    assert mapped({"id": None})[1].absent == columns - {"id"}
    assert mapped({"properties": {"email": None}})[1].absent == columns - {"email"}
    assert mapped({"properties": None})[1].absent == columns
    assert mapped({"owner": {"email": ""}})[1].absent == columns - {"owner_email"}
    assert mapped({"owner": {"address": {}}})[1].absent == columns
    assert mapped({"owner": "text"})[1].absent == columns


def test_an_object_that_is_null_speaks_of_all_its_members():
    _, shape = mapped({"owner": None})

    assert not shape.absent & {"owner_email", "owner_city"}
    assert {"owner", "owner.email", "owner.address.city"} <= set(shape.covered)


def test_covered_are_the_names_in_extra_that_an_answer_speaks_of():
    _, shape = mapped({"id": 1, "properties": {"email": "x", "new": None}, "owner": {"email": 1}})

    assert {"id", "email", "new", "owner", "owner.email"} <= set(shape.covered)
    assert not {"a.b", "owner.address.city", "updatedAt", "archivedAt"} & set(shape.covered)


def test_records_that_speak_of_the_same_have_one_shape_whatever_the_order():
    one = {"id": 1, "properties": {"x": 1, "y": 2}}
    other = {"properties": {"y": None, "x": 5}, "id": 2}
    third = {"id": 3, "properties": {"x": 1}}

    _, _, numbers, shapes = Mapping(THINGS).columns([one, other, third, one])

    assert numbers == [0, 0, 1, 0]
    assert len(shapes) == 2


def test_nested_absence_makes_a_shape_of_its_own():
    records = [{"owner": {"address": {}}}, {"owner": {"address": {"city": None}}}]

    _, _, numbers, shapes = Mapping(THINGS).columns(records)

    assert "owner_city" in shapes[numbers[0]].absent
    assert "owner_city" not in shapes[numbers[1]].absent


@pytest.mark.parametrize("odd", [None, "text", 5, [], [{"id": 1}], True])
def test_a_record_that_is_no_object_has_no_values(odd):
    values, shape = mapped(odd)

    assert set(values.values()) == {None}
    assert "id" in shape.absent


def test_a_field_may_hold_a_whole_object_of_which_another_holds_a_member():
    whole = Entity("w", "w", (Field("id"), Field("owner", "json"), Field("mail", at="owner.email")))

    values, _ = mapped({"id": "1", "owner": {"email": "x", "name": "y"}}, whole)

    assert values["owner"] == {"email": "x", "name": "y"}
    assert values["mail"] == "x"
    assert values["extra"] is None


def test_encrypted_values_come_as_token_and_mac():
    secret = Entity("s", "s", (Field("id"), Field("ssn", encrypt=True, at="properties.ssn")),
                    flatten=("properties",))  # fmt: skip

    values, shape = mapped({"id": "1", "properties": {"ssn": {"token": "t", "mac": "m"}}}, secret)
    empty, _ = mapped({"id": "1", "properties": {"ssn": None}}, secret)
    _, without = mapped({"id": "1"}, secret)

    assert (values["ssn"], values["ssn_hmac"], values["extra"]) == ("t", "m", None)
    assert (empty["ssn"], empty["ssn_hmac"]) == (None, None)
    assert not shape.absent
    assert without.absent == {"ssn", "ssn_hmac"}


def test_an_unprotected_value_in_an_encrypted_column_is_refused_aloud():
    secret = Entity("s", "s", (Field("id"), Field("ssn", encrypt=True)))

    with pytest.raises(TypeError):
        mapped({"id": "1", "ssn": "123-45-6789"}, secret)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ("", ""),
        ("x", "x"),
        (True, "true"),
        (5, "5"),
        (10**40, "1" + "0" * 40),
        (Decimal("1.10"), "1.10"),
        ({"a": [1, None]}, '{"a":[1,null]}'),
        ([], "[]"),
    ],
)
def test_json_values_have_a_text(value, text):
    assert as_text(value) == text


def test_values_of_a_database_have_a_text_too():
    from datetime import UTC, date, datetime
    from uuid import UUID

    assert as_text(date(2024, 2, 3)) == "2024-02-03"
    assert as_text(datetime(2024, 2, 3, 10, tzinfo=UTC)) == "2024-02-03T10:00:00Z"
    assert as_text(UUID(int=1)) == "00000000-0000-0000-0000-000000000001"
    assert as_text(Decimal("NaN")) == "NaN"


def test_a_column_of_mixed_values_becomes_text_and_empty_text_null():
    series = text_series("x", ["a", "", None, 1, True, {"b": []}, [1], Decimal("0.10"), 10**30])

    assert series.to_list() == [
        "a",
        None,
        None,
        "1",
        "true",
        '{"b":[]}',
        "[1]",
        "0.10",
        str(10**30),
    ]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ("", None),
        (" \t", None),
        ('{"a": 1.10}', '{"a":1.10}'),
        ("[1, 2]", "[1,2]"),
        ("12345678901234567890.123", "12345678901234567890.123"),
        ("plain", '"plain"'),
        ("NaN", '"NaN"'),
        ("{broken", '"{broken"'),
        ('"\\u0000x"', '"x"'),
        ({"a": 1}, '{"a":1}'),
        (False, "false"),
        (0, "0"),
    ],
)
def test_a_json_column_holds_json(value, text):
    assert as_json(value) == text
