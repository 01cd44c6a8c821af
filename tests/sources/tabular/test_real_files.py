"""What files are really like: encodings, line ends, headers, and what programs leave in them."""

import logging
from datetime import UTC, datetime

import pytest

from sources.config import FieldConfig
from sources.errors import ConfigError
from tests.sources.tabular.reading import read

TABLE = [("1", "Ana"), ("2", "Bo")]


@pytest.mark.parametrize(
    "text",
    [
        b"id,name\n1,Ana\n2,Bo\n",
        b"id,name\n1,Ana\n2,Bo",
        b"id,name\r\n1,Ana\r\n2,Bo\r\n",
        b"id,name\r1,Ana\r2,Bo\r",
        b"id,name\r1,Ana\r2,Bo",
        b"id,name\r\n1,Ana\n2,Bo\r",
        b'"id","name"\r"1","Ana"\r"2","Bo"\r',
        b"id;name\n1;Ana\n2;Bo\n",
        b"id\tname\n1\tAna\n2\tBo\n",
        b"id|name\n1|Ana\n2|Bo\n",
        b"sep=;\r\nid;name\r\n1;Ana\r\n2;Bo\r\n",
        b"sep=#\nid#name\n1#Ana\n2#Bo\n",
        b"id,name\n1,Ana\n2,Bo\n\x1a",
        b"id,name\n1,Ana\n2,Bo\x1a",
        b"\n\nid,name\n\n1,Ana\n  \n2,Bo\n\n\n",
        b"id,name\r\r\n1,Ana\r\r\n2,Bo\r\r\n",
        b"\xef\xbb\xbfid,name\n1,Ana\n2,Bo\n",
        b'\xef\xbb\xbf"id","name"\n1,Ana\n2,Bo\n',
        "id,name\n1,Ana\n2,Bo\n".encode("utf-16"),
        "\ufeffid,name\n1,Ana\n2,Bo\n".encode("utf-16-be"),
        "id,name\n1,Ana\n2,Bo\n".encode("utf-16-le"),
        "id,name\n1,Ana\n2,Bo\n".encode("utf-16-be"),
        b"id,name,\n1,Ana,\n2,Bo,\n",
        b"id,name\n1,Ana,\n2,Bo,\n",
        b"id,name,\n1,Ana\n2,Bo\n",
        b" id , name \n1,Ana\n2,Bo\n",
        b"ID,Name\n1,Ana\n2,Bo\n",
    ],
)
def test_it_is_read_without_being_told_how(text: bytes):
    found = read(text, fields={"name": FieldConfig("name")})

    assert found.cells("id", "name") == TABLE
    assert found.unreadable == []
    assert set(found.rows[0]) == {"id", "name", "_line", "_file"}


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("é", "utf-8"),
        ("é", "cp1252"),
        ("“quoted” – and 5 €", "cp1252"),
        ("\x81é", "latin-1"),
        ("naïve café", "utf-8"),
        ("中文, 日本語", "utf-16"),
        ("Київ", "utf-16-le"),
    ],
)
def test_its_encoding_is_found_out(text: str, encoding: str):
    file = f'id,name\n1,plain\n2,"{text}"\n'.encode(encoding)

    assert read(file).cells("name") == [("plain",), (text,)]


def test_an_accent_far_behind_tells_the_encoding_of_a_file_that_is_at_hand():
    rows = [b"%d,a name that is plain" % number for number in range(100_000)]
    rows[90_000] = "90000,café".encode("cp1252")

    found = read(b"id,name\n" + b"\n".join(rows))

    assert found.unreadable == []
    assert found.rows[90_000]["name"] == "café"


def test_some_damage_makes_no_other_encoding_of_utf_8():
    text = "id,name\n1,café\n2,naïve\n3,x\xff\n".encode("latin-1").replace(b"\xe9", "é".encode())
    text = text.replace(b"\xef", "ï".encode())

    found = read(text)

    assert found.cells("name") == [("café",), ("naïve",)]
    assert found.damaged == [4]


def test_an_encoding_that_is_said_is_not_looked_for():
    assert read("id,name\n1,é\n".encode(), encoding="latin-1").cells("name") == [("Ã©",)]


def test_values_stay_as_they_are():
    values = ["00123", "12345678901234567890", "1E5", "TRUE", " a ", "2/3/26", "NULL", "\\N", "-"]
    text = "id,value\n" + "".join(f"{n},{value}\n" for n, value in enumerate(values))

    assert [row["value"] for row in read(text.encode()).rows] == values


def test_what_stands_for_nothing_is_nothing():
    text = b'id,a,b\n1,,""\n2,\\N,NULL\n3,"\\N",x\n'

    found = read(text, null=["\\N", "NULL"])

    assert found.cells("a", "b") == [("", ""), ("", ""), ("", "x")]
    assert found.rows[1]["a"] is None


def test_backslashes_escape_where_that_is_said():
    text = b'id,note\n1,"says \\"hi\\", twice"\n2,a\\,b\n3,\\N\n4,"C:\\\\x"\n5,"two\\\nlines"\n6,"d""d"\n'

    found = read(text, escape="\\", null=["\\N"])

    notes = ['says "hi", twice', "a,b", "", "C:\\x", "two\nlines", 'd"d']
    assert [note for (note,) in found.cells("note")] == notes
    assert found.lines == [2, 3, 4, 5, 6, 8]


def test_nothing_is_quoted_where_that_is_said():
    text = b'id\tnote\n1\t"a\n2\tb"\n3\tc\\\td\n'

    assert read(text, quote="", escape="\\").cells("note") == [('"a',), ('b"',), ("c\td",)]


def test_a_quote_in_the_middle_of_a_field_is_one_of_its_signs():
    found = read(b'id,size\n1,5" pipe\n2,"5"" pipe"\n3,3" x 4"\n')

    assert found.cells("size") == [('5" pipe',), ('5" pipe',), ('3" x 4"',)]
    assert found.unreadable == []


def test_fields_may_be_long():
    long = "x" * 3_000_000

    assert read(f'id,note\n1,"{long}\n"\n2,b\n'.encode()).cells("note") == [(f"{long}\n",), ("b",)]


def test_columns_without_a_name_or_with_anothers_are_kept_apart(caplog: pytest.LogCaptureFixture):
    with caplog.at_level(logging.WARNING, "crm_sync"):
        found = read(b"id,a,,a,_line\n1,b,c,d,e\n2,b,c,d,e\n", page_size=1)

    assert found.cells("a", "column_3", "a_2", "_line_2") == [("b", "c", "d", "e")] * 2
    assert [record.getMessage() for record in caplog.records] == [
        "prices: prices.csv: column 3 has no name, and is read as 'column_3'",
        "prices: prices.csv: column 4 is the second one called 'a', and is read as 'a_2'",
        "prices: prices.csv: column 5 is the second one called '_line', and is read as '_line_2'",
    ]


def test_a_value_behind_a_trailing_delimiter_is_told():
    rows = b"".join(b"%d,a,\n" % number for number in range(300))

    found = read(b"id,name,\n" + rows + b"300,a,b\n")

    assert len(found.rows) == 300
    assert found.damaged == [302]


def test_a_file_without_header_has_numbered_columns():
    found = read(b"1,Ana\n2,Bo\n", key="column_1")

    assert found.cells("column_1", "column_2") == TABLE
    assert found.lines == [1, 2]


def test_a_header_can_be_given():
    assert read(b"1,Ana\n2,Bo\n", header=["id", "name"]).cells("id", "name") == TABLE
    assert (
        read(b"1,Ana\n2,Bo\n", header=False, key="column_2").cells("column_1", "column_2") == TABLE
    )


def test_a_header_that_looks_like_data_can_be_said_to_be_one():
    assert read(b"2019,2020\n1,2\n", header=True, key="2019").cells("2019", "2020") == [("1", "2")]


def test_lines_above_the_header_can_be_skipped():
    found = read(b'Prices of "today\n\nid,name\n1,Ana\n2,Bo\n', skip_lines=2)

    assert found.cells("id", "name") == TABLE
    assert found.lines == [4, 5]


def test_a_line_can_be_the_key():
    found = read(b"name,n\nAna,1\nBo,2\n", key="_line")

    assert found.entity.key == ("source_file", "line")
    assert found.entity.whole
    assert found.cells("name", "_line") == [("Ana", "2"), ("Bo", "3")]


def test_decimal_commas_are_numbers_where_they_are_said_to_be():
    fields = {"price": FieldConfig("price", "decimal"), "n": FieldConfig("n", "integer")}
    text = b"id;price;n;text\n1;1.234,50;1.000;1,5\n2;-0,5;7;x\n3;1,2,3;a;y\n4;12.5;;z\n"

    found = read(text, fields=fields, decimal=",")

    assert found.cells("price", "n", "text") == [
        ("1234.50", "1000", "1,5"),
        ("-0.5", "7", "x"),
        ("1,2,3", "a", "y"),
        ("12.5", "", "z"),
    ]


def test_only_what_changed_since_then_is_handed_on():
    text = b"id,changed\n1,2026-01-01T00:00:00Z\n2,2026-01-03T00:00:00Z\n3,?\n4,\n5,2026-01-02\n"
    since = datetime(2026, 1, 2, 15, tzinfo=UTC)

    found = read(text, updated_at="changed", since=since)

    assert found.cells("id") == [("2",), ("3",), ("4",), ("5",)]


@pytest.mark.parametrize("text", [b"", b"\n\n", b"\xef\xbb\xbf", b"id,name\n", b"id,name", b"\x1a"])
def test_a_file_without_records_says_so(text: bytes):
    found = read(text)

    assert found.empty
    assert found.rows == found.unreadable == []


def test_a_file_of_nothing_but_damage_is_not_empty():
    assert not read(b"id,name\n1\n").empty


@pytest.mark.parametrize(
    ("text", "options", "said"),
    [
        (
            b"sku,name\n1,a\n",
            {},
            "has no column 'id'; read with delimiter ',' in utf-8, its columns are: 'sku', 'name'",
        ),
        (b"id,name\n1,a\n", {"updated_at": "when"}, "has no column 'when'"),
        (b"1,2\n3,4\n", {}, "has no column 'id'"),
        (b'"id,name\n1,a\n', {}, "does not begin as delimited text does"),
        (
            "id,é\n1,a\n".encode("latin-1"),
            {"encoding": "utf-8"},
            "header of prices.csv is not in utf-8",
        ),
    ],
)
def test_a_file_that_is_another_than_configured_is_told(text: bytes, options: dict, said: str):
    with pytest.raises(ConfigError, match=r"^\[list\.prices\]") as error:
        read(text, **options)

    assert said in str(error.value)


def test_columns_may_be_called_anything():
    found = read(b"id,*,^.*$,a.b\n1,2,3,4\n", null=["-"])

    assert found.cells("id", "*", "^.*$", "a.b") == [("1", "2", "3", "4")]
