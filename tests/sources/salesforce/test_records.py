"""Values in one spelling, whichever way they came."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.salesforce.values import java_double
from sources.errors import BadAnswer
from sources.salesforce.cells import records_of
from sources.salesforce.ids import org_of, whole
from sources.salesforce.records import from_cells, from_rest, moment, number

# What Salesforce stores are doubles.
amounts = st.floats(-1e18, 1e18).map(lambda value: Decimal(repr(value)))


@given(amounts)
def test_a_number_is_the_same_however_it_is_written(value: Decimal):
    spellings = {str(value), f"{value:f}", java_double(value), f"{value:E}"}

    found = {number(text) for text in spellings}

    assert found == {value}
    assert len({type(one) for one in found}) == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("300.0", 300),
        ("1.5E7", 15_000_000),
        ("-0.0", 0),
        ("0.00025", Decimal("0.00025")),
        ("12345678901234567890.123456789012345", Decimal("12345678901234567890.123456789012345")),
        ("NaN", "NaN"),
        ("1E999999999", "1E999999999"),
        ("twelve", "twelve"),
    ],
)
def test_numbers(text: str, expected: Any):
    assert number(text) == expected
    assert type(number(text)) is type(expected)


@pytest.mark.parametrize(
    "text",
    ["2026-05-01T07:25:37.000Z", "2026-05-01T07:25:37.000+0000", "2026-05-01T07:25:37.000+00:00"],
)
def test_a_moment_has_the_spelling_of_rest(text: str):
    assert moment(text) == "2026-05-01T07:25:37.000+0000"


TYPES = {"Id": "id", "SystemModstamp": "datetime", "IsDeleted": "boolean", "Amount": "currency"}
REST = {
    "attributes": {"type": "Opportunity"},
    "Id": "006x",
    "SystemModstamp": "2026-05-01T07:25:37.000+0000",
    "IsDeleted": True,
    "Amount": Decimal("1.5E7"),
}
CELLS = (["006x"], ["2026-05-01T07:25:37.000Z"], ["true"], ["1.5E7"])


def test_a_deleted_record_has_the_moment_in_place_of_the_mark_both_ways():
    by_rest = from_rest([REST], TYPES, "SystemModstamp", "https://acme.example")
    in_bulk = list(from_cells(list(TYPES), CELLS, TYPES, "SystemModstamp", "https://acme.example"))

    assert by_rest == in_bulk
    assert by_rest == [
        {
            "Id": "006x",
            "SystemModstamp": "2026-05-01T07:25:37.000+0000",
            "IsDeleted": "2026-05-01T07:25:37.000+0000",
            "Amount": 15_000_000,
            "url": "https://acme.example/006x",
        }
    ]


def test_a_living_record_has_no_mark():
    [record] = from_rest([REST | {"IsDeleted": False}], TYPES, "SystemModstamp", "")

    assert record.keys() == {"Id", "SystemModstamp", "Amount"}


PAGE = b'"Id","A","B"\n"1","x\n""q"",\r\ny",""\n"2","\xc5\xbb\x00","true"\n'


def page(body: bytes, stated: str = "") -> list[dict[str, Any]]:
    return records_of(body, stated, {"B": "boolean"}, "", "")


def test_cells_may_hold_line_ends_quotes_and_commas():
    assert page(PAGE, "2") == [
        {"Id": "1", "A": 'x\n"q",\r\ny', "B": None},
        {"Id": "2", "A": "Ż", "B": True},
    ]


@pytest.mark.parametrize("body", [b"", b"\n", b'"Id","A","B"\n'])
def test_a_page_may_be_empty(body: bytes):
    assert page(body, "0") == []


@pytest.mark.parametrize("cut", range(1, len(PAGE) - 1))
def test_a_page_that_was_cut_off_is_no_page(cut: int):
    with pytest.raises(BadAnswer):
        page(PAGE[:cut], "2")


def test_a_page_with_more_than_it_says_is_no_page():
    with pytest.raises(BadAnswer, match="says that it has 1 rows, but 2 came"):
        page(PAGE, "1")


@pytest.mark.parametrize(
    ("short", "long"),
    [("001D000000IRFma", "001D000000IRFmaIAH"), ("001D000000IRFmaIAH",) * 2, ("x", "")],
)
def test_an_id_has_a_long_form(short: str, long: str):
    assert whole(short) == long


def test_a_session_begins_with_its_org():
    assert org_of("00D5e0000000001!AQ.x") == "00D5e0000000001EAA"
    assert org_of("eyJhbGciOi.x.y") == ""
