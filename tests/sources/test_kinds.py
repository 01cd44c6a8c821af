from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.kinds import KINDS
from sources.parsing import WORDS


def parsed(kind: str, *texts: str | None) -> list:
    return KINDS[kind].parse(pl.Series(texts, dtype=pl.String)).to_list()


def passes(kind: str, text: str) -> bool:
    return pl.Series([text]).str.contains(KINDS[kind].pattern)[0]


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_keeps_null_and_its_dtype(kind):
    nulls = pl.Series("name", [None, None], dtype=pl.String)

    column = KINDS[kind].parse(nulls)

    assert column.to_list() == [None, None]
    assert column.dtype == KINDS[kind].dtype


TEN = datetime(2024, 2, 3, 10, tzinfo=UTC)


MOMENTS = [
    ("2024-02-03T10:00:00Z", TEN),
    ("2024-02-03t10:00:00z", TEN),
    ("2024-02-03T10:00:00.000+0000", TEN),
    ("2024-02-03T10:00:00-00:00", TEN),
    ("2024-02-03 10:00:00+00", TEN),
    ("2024-02-03T10:00Z", TEN),
    ("2024-02-03T10:00", TEN),
    ("2024-02-03 10:00:00", TEN),
    ("2024-02-03T10:00:00", TEN),
    ("2024-02-03T15:30:00+05:30", TEN),
    ("2024-02-03T02:00-08:00", TEN),
    ("2024-02-03T10:00:00.5", TEN + timedelta(seconds=0.5)),
    ("2024-02-03T10:00:00.123456789Z", TEN + timedelta(microseconds=123456)),
    ("2024-02-03", datetime(2024, 2, 3, tzinfo=UTC)),
    ("1700000000000", datetime(2023, 11, 14, 22, 13, 20, tzinfo=UTC)),
    ("-1700000000000", datetime(1916, 2, 18, 1, 46, 40, tzinfo=UTC)),
    ("9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ("0001-01-01", datetime(1, 1, 1, tzinfo=UTC)),
]


@pytest.mark.parametrize(("text", "moment"), MOMENTS)
def test_a_moment_is_understood(text, moment):
    assert parsed("datetime", text) == [moment]


NO_MOMENTS = [
    "2024-02-30",
    "2024-02-30T00:00:00Z",
    "2024-13-01",
    "0000-01-01",
    "0001-01-01T00:00:00+05:00",
    "9999-12-31T23:59:59-05:00",
    "10000-01-01",
    "294276-01-01",
    "+262142-01-01T00:00:00Z",
    "-0044-03-15",
    "24-02-03",
    "24-02-03T10:00:00Z",
    "2024-02-03T24:00:00Z",
    "2024-02-03T10:00:00+25:00",
    "2024-W05-6",
    "03.02.2024",
    "02/03/2024",
    "20240203",
    "20240203100000",
    "1700000000",
    "99999999999999999999",
    "١٧٠٠٠٠٠٠٠٠٠٠٠",
    "now",
    "true",
    "{}",
]


@pytest.mark.parametrize("kind", ["date", "datetime"])
@pytest.mark.parametrize("text", NO_MOMENTS)
def test_what_may_mean_something_else_is_no_moment(kind, text):
    assert parsed(kind, text) == [None]


@given(st.datetimes(datetime(2, 1, 1), datetime(9998, 12, 31)), st.integers(-14 * 60, 14 * 60))
def test_any_moment_is_read_back_whatever_its_offset(naive, minutes):
    moment = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))

    assert parsed("datetime", moment.isoformat()) == [moment]


@given(st.datetimes(datetime(1974, 1, 1), datetime(2286, 1, 1)))
def test_epoch_milliseconds_are_exact(naive):
    moment = naive.replace(microsecond=naive.microsecond // 1000 * 1000, tzinfo=UTC)
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)

    assert parsed("datetime", str(since // timedelta(milliseconds=1))) == [moment]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2024-02-29", date(2024, 2, 29)),
        ("2024-02-03T23:30:00-05:00", date(2024, 2, 3)),
        ("2024-02-03T00:00:00+02:00", date(2024, 2, 3)),
        ("2024-02-03 00:00:00", date(2024, 2, 3)),
        ("1706918400000", date(2024, 2, 3)),
        ("0001-01-01", date(1, 1, 1)),
    ],
)
def test_a_day_is_the_one_that_was_written(text, day):
    assert parsed("date", text) == [day]


@given(st.dates())
def test_any_day_is_read_back(day):
    assert parsed("date", day.isoformat()) == [day]


@given(st.decimals(allow_nan=False, allow_infinity=False) | st.integers().map(Decimal))
def test_a_decimal_is_exact_to_any_digit(number):
    text = str(number)
    within = abs(number.adjusted()) < 1000 and abs(number.as_tuple().exponent) < 1000

    assert parsed("decimal", text) == [text if within else None]


@pytest.mark.parametrize("text", ["0.1", "-.5", "+5", "5.", "1e3", "1.50E-7", "9" * 200, "007"])
def test_a_number_is_kept_as_it_is_spelled(text):
    assert parsed("decimal", text) == [text]


JUNK_NUMBERS = [
    "",
    "1,000",
    "1_000",
    "$5",
    "5 €",
    "nan",
    "Infinity",
    "0x10",
    "٣",
    "1e",
    ".",
    "-",
    "1e9999",
]


@pytest.mark.parametrize("kind", ["decimal", "integer"])
@pytest.mark.parametrize("text", [*JUNK_NUMBERS, "true", "[1]", "1 2"])
def test_what_is_no_number_is_null(kind, text):
    assert parsed(kind, text) == [None]


@given(st.integers(-(2**64), 2**64))
def test_a_whole_number_within_bigint_is_exact_and_one_beyond_is_null(number):
    expected = number if -(2**63) <= number < 2**63 else None

    assert parsed("integer", str(number), f"{number}.000") == [expected, expected]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("+7", 7),
        ("-0", 0),
        ("12.", 12),
        ("1.2E3", 1200),
        ("1e15", 10**15),
        ("150e-1", 15),
        ("007", 7),
    ],
)
def test_other_spellings_of_whole_numbers_count(text, number):
    assert parsed("integer", text) == [number]


@pytest.mark.parametrize(
    "text",
    [
        "1.5",
        "12.0000000000000001",
        "0.99999999999999999999",
        "9007199254740993.5",
        "1e18",
        "1e-400",
        str(2**63),
    ],
)
def test_a_number_that_a_bigint_would_change_is_null(text):
    assert parsed("integer", text) == [None]


@given(st.decimals(allow_nan=False, allow_infinity=False, places=3) | st.decimals(-1000, 1000))
def test_no_whole_number_differs_from_what_was_written(number):
    (found,) = parsed("integer", str(number))

    assert found is None or found == number


def test_booleans_are_words_of_any_case():
    assert parsed("boolean", *WORDS) == list(WORDS.values())
    assert parsed("boolean", "TRUE", "Yes", "False", "N") == [True, True, False, False]
    assert parsed("boolean", "maybe", "2", "1.0", "") == [None] * 4


def test_values_of_all_spellings_stand_side_by_side():
    texts = [text for text, _ in MOMENTS]

    assert parsed("datetime", None, *texts, "junk") == [None, *(m for _, m in MOMENTS), None]
    assert parsed("integer", "1", None, "1e3", "x", "2.0") == [1, None, 1000, None, 2]
    assert parsed("date", "2024-02-03", None, "1706918400000", "2024-02-30") == [
        date(2024, 2, 3),
        None,
        date(2024, 2, 3),
        None,
    ]


REAL = {
    "email": [
        "ana@example.org",
        "ana.de-la_cruz+news@mail.example.co.uk",
        "o'neil!#$%&*/=?^`{|}~@example.com",
        "1@2.example.museum",
        "jürgen@müller.example",
        "用户@例子.中国",
        "पता@उदाहरण.भारत",
        "a@xn--mller-kva.xn--p1ai",
        "x@example.photography",
        "UPPER@EXAMPLE.ORG",
    ],
    "phone": [
        "5551234",
        "555-1234",
        "(555) 123-4567",
        "+1 (555) 123-4567",
        "+1(555)123-4567",
        "1.555.123.4567",
        "+44 (0)20 7946 0958",
        "(+49) 30 / 1234-567",
        "0049 30 1234567",
        "+33 1 42 68 53 00",
        "+91-98765-43210",
        "+86 138 0013 8000",
        "+1 555\u2011123\u20134567",
        "555\u00a0123\u00a04567",
        "555-123-4567 x89",
        "555-123-4567x89",
        "555-123-4567 ext. 12345",
        "555-123-4567, Ext 5",
        "555-123-4567 extension 12",
        "555-123-4567 #12",
        "tel:+1-555-123-4567;ext=12",
        "+999123456789012",
    ],
    "url": [
        "https://example.com",
        "http://example.com:8080/a/b?c=d&e=f#g",
        "HTTPS://EXAMPLE.COM/",
        "ftp://files.example.org/x",
        "https://localhost:3000/x",
        "https://192.0.2.7/x",
        "https://[2001:db8::1]/x",
        "https://user:secret@example.com/",
        "https://münchen.example/straße",
        "example.com",
        "www.example.com",
        "example.com/path",
        "example.com/path?q=a@b:c",
        "example.com:8080",
        "sub-domain.example.co.uk/",
        "my_shop.example.com",
        "192.0.2.7/x",
        "例子.中国",
        "example.xn--p1ai",
    ],
    "zip_code": [
        "75001",
        "75001-1234",
        "750011234",
        "SW1A 1AA",
        "sw1a1aa",
        "M1 1AE",
        "GIR 0AA",
        "K1A 0B6",
        "k1a0b6",
        "1234 AB",
        "D-80331",
        "SE-111 22",
        "00-950",
        "01310-100",
        "100-0001",
        "D02 AF30",
        "KY1-1102",
        "AD500",
        "HM 12",
        "101",
        "1010",
        "110 00",
        "1234567890",
    ],
    "state": [
        "TX",
        "tx",
        "Texas",
        "New York",
        "N.Y.",
        "Washington, D.C.",
        "Île-de-France",
        "Provence-Alpes-Côte d’Azur",
        "Hawai'i",
        "Newcastle (NSW)",
        "Trinidad & Tobago",
        "São Paulo",
        "महाराष्ट्र",
        "東京都",
        "US-TX",
        "Mecklenburg\u2013Vorpommern",
    ],
    "object_id": ["1", "501", "0035g00000ABCDeAAB", "CAL8154748ae6bd4e278a7cddd38a662f4f", "a-b_c"],
}
JUNK = {
    "email": [
        "",
        " ",
        "n/a",
        "ana",
        "ana@",
        "@example.org",
        "ana@example",
        "ana@@example.org",
        "ana@example..org",
        "ana@example.org.",
        "ana@.example.org",
        "ana@-example.org",
        "ana@example-.org",
        "ana@exa_mple.org",
        "ana@192.0.2.7",
        "ana@example.o",
        ".ana@example.org",
        "ana.@example.org",
        "ana..b@example.org",
        "ana b@example.org",
        " ana@example.org",
        "ana@example.org ",
        "ana@example.org\n",
        "Ana <ana@example.org>",
        "ana@example.org;bo@example.org",
        "ana@example.org, bo@example.org",
        "mailto:ana@example.org",
    ],
    "phone": [
        "",
        "none",
        "n/a",
        "x",
        "123",
        "555-123",
        "call me",
        "555-CALL-NOW",
        "1234567890123456",
        "++1 555 123 4567",
        "555-123-4567 or 555-123-4568",
        "555-123-4567 (home)",
        "555-123-4567 x",
        "ana@example.org",
        "---------",
        "٥٥٥١٢٣٤",
        "5551234\n",
    ],
    "url": [
        "",
        "none",
        "n/a",
        "n.a.",
        "1.5",
        "foo",
        "not a url",
        "https://",
        "http:///path",
        "https://...",
        "https://exa mple.com",
        "https://example.com/a b",
        "example..com",
        ".example.com",
        "ana@example.org",
        "example.com\n",
        "javascript:alert(1)",
    ],
    "zip_code": [
        "",
        "n/a",
        "unknown",
        "Texas",
        "1",
        "75001.0",
        "75001 USA, TX",
        "12345678901",
        "#####",
        "75001\n",
    ],
    "state": ["", "T", "1", "75001", "???", "N/A", "a@b", "Texas\n", "x" * 61],
    "object_id": ["", "a b", "a/b", "é", "x" * 65, "1\n"],
}


@pytest.mark.parametrize(
    ("kind", "text"), [(k, text) for k, texts in REAL.items() for text in texts]
)
def test_what_people_really_write_passes(kind, text):
    assert passes(kind, text)


@pytest.mark.parametrize(
    ("kind", "text"), [(k, text) for k, texts in JUNK.items() for text in texts]
)
def test_junk_is_found(kind, text):
    assert not passes(kind, text)


def test_only_kinds_stored_as_text_have_patterns():
    with_pattern = {name for name, kind in KINDS.items() if kind.checks()}

    assert with_pattern == REAL.keys() == JUNK.keys()
    assert with_pattern == {name for name, kind in KINDS.items() if kind.is_text} - {"text"}
