"""What an entity is made of: its options, and the headers of its files."""

import logging
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.config import EntityConfig, FieldConfig, apply
from sources.entity import Choice, Entity, Field
from sources.errors import ConfigError
from sources.tabular.discovery import described
from sources.tabular.file import Header
from sources.tabular.grammar import Grammar
from sources.tabular.names import as_spelled, column_name, distinct
from tests.sources.tabular.reading import entity
from warehouse.names import snake_case

COMMA = Grammar(b",", b'"', b"")


def header(*names: str | None) -> Header:
    return Header("utf-8", COMMA, names, 0, 1)


def fields_of(of: Entity) -> dict[str, str]:
    return {field.path: field.name for field in of.fields}


@given(st.text(max_size=80))
def test_a_key_is_called_as_a_discovered_column_would_be(text: str):
    assert column_name(text) == snake_case(text)


def test_an_entity_has_its_key_its_stamp_and_its_file():
    of = entity(key=["Order No", "Line"], updated_at="Changed")

    assert of.key == ("order_no", "line")
    assert of.changed == "updated_at"
    assert of.fields == (
        Field("order_no", at="Order No", required=True),
        Field("line", at="Line", required=True),
        Field("updated_at", "datetime", at="Changed"),
        Field("source_file", at="_file"),
    )
    assert (of.whole, of.group, of.flat, of.versioned) == (False, "", True, True)


def test_a_snapshot_is_whole_by_file():
    of = entity(key="id", snapshot=True)

    assert (of.whole, of.group, of.asks_by_id) == (True, "source_file", False)


def test_configured_fields_name_the_key_and_say_its_kind():
    fields = {"SKU": FieldConfig("number", "integer"), "Changed": FieldConfig("at", "date")}

    of = entity(fields, key="sku", updated_at="Changed")

    assert of.key == ("number",)
    assert of.changed == "at"
    assert Field("number", "integer", at="SKU", required=True) in of.fields


def test_a_name_of_ours_makes_way_for_one_that_is_configured():
    of = entity({"Source": FieldConfig("source_file")}, key="id", snapshot=True)

    assert of.group == "source_file_"
    assert fields_of(of)["Source"] == "source_file"


def test_our_own_column_can_be_named():
    of = entity({"_file": FieldConfig("origin")}, key="id", snapshot=True)

    assert of.group == "origin"
    assert fields_of(of) == {"id": "id", "_file": "origin"}


def test_a_key_that_is_renamed_elsewhere_is_refused():
    of = entity(key="id")

    with pytest.raises(ConfigError, match="relies on column id"):
        apply(of, EntityConfig(fields={"id": FieldConfig("number")}))


def test_other_columns_are_discovered_as_text():
    of = described(entity(key="id"), {"a": header("id", "In Stock", None), "b": None})

    assert of.fields[-1] == Field("In Stock", at="In Stock", discovered=True)


def test_columns_of_several_files_are_the_same_in_spite_of_case_and_blanks():
    of = described(
        entity(key="id"),
        {
            "a": header("id", "Zip Code"),
            "b": header("ID", "zipcode", "Size"),
            "c": header("size", "id"),
        },
    )

    assert [field.path for field in of.fields] == ["id", "_file", "Zip Code", "Size"]


def test_columns_are_called_as_they_were_unless_two_differ_in_nothing_else():
    known = replace(entity(key="id"), known=("Zip Code", "Size", "gone"))

    of = described(known, {"a": header("ID", "zipcode", "SIZE", "Size")})

    assert [field.path for field in of.fields] == ["id", "_file", "Zip Code", "SIZE", "Size"]


@pytest.mark.parametrize(
    ("choice", "columns", "asked", "ignored"),
    [
        (Choice(), ["a1", "a2", "b"], [], []),
        (Choice("declared"), [], ["a1", "a2", "b"], []),
        (Choice("declared", include=("a*",)), ["a1", "a2"], ["b"], []),
        (Choice(exclude=("a*",)), ["b"], [], ["a1", "a2"]),
        (Choice(column_budget=1), ["a1"], ["a2", "b"], []),
    ],
)
def test_columns_are_chosen(choice: Choice, columns, asked, ignored):
    of = described(replace(entity(key="id"), choice=choice), {"a": header("id", "a1", "a2", "b")})

    assert [field.name for field in of.fields if field.discovered] == columns
    assert list(of.asked) == asked
    assert list(of.ignore) == ["_line", *ignored]


def test_a_configured_column_that_no_file_has_is_told(caplog: pytest.LogCaptureFixture):
    fields = {"prise": FieldConfig("price", "decimal")}

    with caplog.at_level(logging.WARNING, "crm_sync"):
        described(
            apply(entity(fields, key="id"), EntityConfig(fields=fields)),
            {"a": header("id", "price")},
        )

    assert caplog.messages == [
        "prices: no file has a column 'prise'; their columns are: 'id', 'price'"
    ]


@given(
    st.lists(
        st.sampled_from(["a", "A", "a ", "", "a_2", "_line", "column_1", "column_2"]), min_size=1
    )
)
def test_every_column_has_a_name_of_its_own(cells: list[str]):
    names, _ = distinct(cells)

    assert len(set(names)) == len(cells)
    assert not {"_line", "_file"} & set(names)
    assert names == distinct(cells)[0]


def test_two_columns_that_differ_in_case_alone_stay_two():
    assert as_spelled(["a", "A"], ["a"]) == ["a", "A"]
    assert as_spelled(["A", "a "], ["x", "A"]) == ["A", "a "]
    assert as_spelled(["E Mail", "b"], ["email", "B"]) == ["email", "B"]
    assert as_spelled(["EMAIL"], ["email", "Email"]) == ["EMAIL"]
