"""Damaged lines are refused with their numbers; every other line is read."""

from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.tabular import pages
from tests.sources.tabular.reading import read, small_blocks

HEADER = b"id,name,note\n"
DAMAGE = {
    "a field too few": lambda line: line.rpartition(b",")[0],
    "a field too many": lambda line: line + b",more",
    "a quote that is not closed": lambda line: line.replace(b",", b',"', 1),
    "text behind a closing quote": lambda line: line.replace(b",", b',"a"b', 1),
    "a byte without meaning": lambda line: line[:1] + b"\xff" + line[1:],
}


def line_of(number: int, kind: int) -> bytes:
    """A good line; some have quotes, delimiters or inches in them."""
    notes = (b"plain", b'"a, b"', b'"says ""no"""', b"", b'5" pipe', b'""')
    return b"%d,n%d,%s" % (number, number, notes[kind % len(notes)])


@given(
    kinds=st.lists(st.integers(0, 5), min_size=1, max_size=40),
    damage=st.dictionaries(st.integers(0, 39), st.sampled_from(sorted(DAMAGE)), max_size=4),
    block=st.integers(1, 300),
    page=st.integers(1, 50),
    end=st.sampled_from([b"\n", b"\r\n"]),
)
def test_exactly_the_damaged_lines_are_refused(
    kinds: list[int], damage: dict[int, str], block: int, page: int, end: bytes
):
    # Inches just behind a quote that is not closed cannot be told from the quote that closes it.
    good = [line_of(n, kind if not damage else kind % 4) for n, kind in enumerate(kinds)]
    damage = {at: how for at, how in damage.items() if at < len(good)}
    lines = [DAMAGE[damage[n]](line) if n in damage else line for n, line in enumerate(good)]

    with small_blocks(block):
        found = read(
            HEADER + end.join([*lines, b""]), page_size=page, encoding="utf-8", delimiter=","
        )

    assert found.damaged == [at + 2 for at in sorted(damage)]
    assert found.lines == [n + 2 for n in range(len(lines)) if n not in damage]
    assert [row["id"] for row in found.rows] == [
        str(n) for n in range(len(lines)) if n not in damage
    ]


def test_a_quote_that_is_never_closed_costs_one_line():
    rows = [b"%d,a,b" % number for number in range(10_000)]
    rows[17] = b'17,"a,b'

    found = read(HEADER + b"\n".join(rows))

    assert found.damaged == [19]
    assert found.unreadable[0].raw == '17,"a,b'
    assert len(found.rows) == 9_999


def test_a_quote_that_meets_another_far_behind_costs_one_line():
    rows = [b"%d,a,b" % number for number in range(5_000)]
    rows[3] = b'3,"a,b'
    rows[4_000] = b'4000,a,5"'

    found = read(HEADER + b"\n".join(rows))

    assert found.damaged == [5]
    assert len(found.rows) == 4_999


def test_the_rest_of_a_broken_field_is_no_record():
    text = HEADER + b'1,"He said "hi" to\nher, then, left",x\n2,b,c\n'

    found = read(text)

    assert found.damaged == [2, 3]
    assert found.cells("id") == [("2",)]


def test_a_wrong_record_of_several_lines_is_refused_as_a_whole():
    text = HEADER + b'1,"first\nsecond",x,y\n2,b,c\n'

    found = read(text)

    assert found.damaged == [2]
    assert found.unreadable[0].raw == '1,"first\nsecond",x,y'
    assert found.unreadable[0].reason == "4 fields, where the header has 3"
    assert found.lines == [4]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "cp1252"])
def test_a_line_without_end_is_refused_and_reading_goes_on_behind_it(encoding: str):
    text = "id,name,note\n1,a,b\n2,a," + "x" * 5_000 + "\n3,a,b\n"

    with small_blocks(512), patch.object(pages, "LONGEST_RECORD", 2_048):
        found = read(text.encode(encoding), encoding=encoding)

    assert found.damaged == [3]
    assert found.unreadable[0].reason == "longer than 0 MB without a line end"
    assert found.cells("id") == [("1",), ("3",)]
    assert found.lines == [2, 4]


def test_a_bad_byte_far_behind_the_sample_is_found():
    rows = [b"%d,a,b" % number for number in range(400_000)]
    rows[300_000] = b"300000,caf\xe9,b"

    found = read(HEADER + "9,é,é\n9,é,é".encode() + b"\n" + b"\n".join(rows))

    assert found.damaged == [300_004]
    assert found.unreadable[0].raw == "300000,caf\\xe9,b"
    assert found.unreadable[0].reason == "it has bytes that mean nothing in utf-8"


@pytest.mark.parametrize("end", [b"  ", b"\t", b" \x1a", b"\n\n   "])
def test_blanks_behind_the_last_line_end_are_no_line(end: bytes):
    found = read(b"id,name\n1,A\n" + end)

    assert (found.lines, found.damaged) == ([2], [])


def test_a_file_cut_off_within_a_character_loses_one_line():
    found = read("id,name\n1,é\n2,é".encode("utf-16-le")[:-1], encoding="utf-16-le")

    assert found.cells("id", "name") == [("1", "é")]
    assert found.damaged == [3]


def test_a_refused_line_tells_its_place_and_its_file():
    [piece] = read(b"id,name\n1,a\n2\n").unreadable

    assert piece.place == "prices.csv, line 3"
    assert piece.part == "prices.csv"
    assert (piece.raw, piece.reason) == ("2", "1 fields, where the header has 2")
