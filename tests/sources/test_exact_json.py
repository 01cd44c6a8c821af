import contextlib
import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.errors import BadAnswer
from sources.exact_json import decode_json, encode_json

NUMBERS = st.integers(-(10**40), 10**40) | st.decimals(allow_nan=False, allow_infinity=False)
TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
VALUES = st.recursive(
    st.none() | st.booleans() | NUMBERS | TEXTS,
    lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
    max_leaves=20,
)


def spelled(value):
    """The value with each number as its exact spelling: 1.10 is not 1.1."""
    if isinstance(value, dict):
        return {key: spelled(item) for key, item in value.items()}
    if isinstance(value, list):
        return [spelled(item) for item in value]
    return (Decimal(value), value == 0) if type(value) in (int, Decimal) else value


@given(VALUES)
def test_what_is_written_is_read_back_exactly(value):
    assert spelled(decode_json(encode_json(value))) == spelled(value)


@given(st.decimals(allow_nan=False, allow_infinity=False))
def test_a_decimal_is_written_as_a_json_number_of_the_same_value(number):
    written = json.loads(encode_json([number]), parse_float=Decimal, parse_int=Decimal)

    assert written == [number]


@given(st.from_regex(r"-?(0|[1-9][0-9]{0,30})\.[0-9]{1,30}", fullmatch=True))
def test_a_fraction_keeps_every_digit(spelling):
    assert str(decode_json(spelling.encode())) == str(Decimal(spelling))


@given(st.text())
def test_any_text_comes_out_storable(text):
    for body in (json.dumps({text: [text]}), json.dumps({text: [text]}, ensure_ascii=False)):
        decoded = decode_json(body.encode("utf-8", errors="surrogatepass"))

        decoded_text = next(iter(decoded))
        assert decoded == {decoded_text: [decoded_text]}
        assert "\0" not in decoded_text
        decoded_text.encode("utf-8")


@given(st.binary())
def test_any_bytes_are_either_read_or_a_bad_answer(body):
    with contextlib.suppress(BadAnswer):
        encode_json(decode_json(body))


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"amount": 0.1}', {"amount": Decimal("0.1")}),
        (b"1.10", Decimal("1.10")),
        (b"123456789012345678901234567890", 123456789012345678901234567890),
        (b"1e400", Decimal("1E+400")),
        (rb'"a\u0000b"', "ab"),
        (rb'{"k\u0000": [{"x": "\u0000"}]}', {"k": [{"x": ""}]}),
        (rb'"\\u0000"', "\\u0000"),
        (b'"a\0b"', "ab"),
        (rb'"\ud800"', "\ufffd"),
        (rb'"\ud800x"', "\ufffdx"),
        (rb'"\ud83d\ude00"', "😀"),
        (b'"\xff"', "\ufffd"),
        (b"\xef\xbb\xbf{}", {}),
        (b'"a\nb"', "a\nb"),
        (b'["\xff", 0.10]', ["\ufffd", Decimal("0.10")]),
    ],
)
def test_odd_but_readable_answers(body, value):
    assert decode_json(body) == value


def test_numbers_beyond_python_s_reach_do_not_lose_the_page():
    huge = "9" * 5000

    assert decode_json(f"[{huge}, 1e99999999999999999999]".encode()) == [
        Decimal(huge),
        "1e99999999999999999999",
    ]


@pytest.mark.parametrize(
    "body",
    [b"", b'{"results": [1, 2', b"<html></html>", b"NaN", b"[Infinity]", b"{} {}", b"[" * 100_000],
)
def test_what_is_not_json_is_a_bad_answer(body):
    with pytest.raises(BadAnswer):
        decode_json(body)


def test_what_json_cannot_say_is_written_as_text():
    assert encode_json({"a": Decimal("NaN"), "b": [Decimal("-Infinity")]}) == (
        b'{"a":"NaN","b":["-Infinity"]}'
    )
    assert encode_json({"a": "NaN", "b": Decimal("1.0")}) == b'{"a":"NaN","b":1.0}'
    assert encode_json("\ud800") == '"\ufffd"'.encode()
