"""Whatever Python's csv module writes is read back, with the lines it is in, whatever the size of a page."""

import csv
import io
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sources.tabular.lines import line_ends
from tests.sources.tabular.reading import read, small_blocks

SIGNS = ",;\t|\"'\n\r\\ aZ9"
UNICODE = "éß中😀\u2028\xa0\ufeff\x1a\x00"
CODE_PAGE = "éßÿ\xa0"
NAMES = ("id", "name")

Table = list[list[str]]


def tables(alphabet: str) -> st.SearchStrategy[Table]:
    cell = st.text(alphabet, max_size=6)
    return st.integers(1, 4).flatmap(
        lambda width: st.lists(
            st.lists(cell, min_size=width, max_size=width), min_size=1, max_size=30
        )
    )


@st.composite
def dialects(draw: st.DrawFn, table: Table) -> dict[str, Any]:
    """How the csv module writes the table; line ends that are not its own, it quotes only if told so."""
    texts = "".join(cell for row in table for cell in row)
    ends = draw(st.sampled_from(["\n", "\r\n", "\r"]))
    minimal = set("\r\n") & set(texts) <= set(ends)
    quoting = draw(st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL][: 1 + minimal]))
    delimiter = draw(st.sampled_from([",", ";", "\t", "|"]))
    escaped = draw(st.booleans()) and minimal
    return {
        "lineterminator": ends,
        "quoting": quoting,
        "delimiter": delimiter,
        "quotechar": draw(st.sampled_from(['"', "'"])),
        **({"doublequote": False, "escapechar": "\\"} if escaped else {}),
    }


def written(table: Table, dialect: dict[str, Any]) -> str:
    file = io.StringIO(newline="")
    writer = csv.writer(file, **dialect)
    writer.writerow(["id", *(f"c{number}" for number in range(1, len(table[0])))])
    writer.writerows(table)
    return file.getvalue()


def first_lines(text: str, dialect: dict[str, Any]) -> tuple[list[int], Table]:
    """What the csv module itself reads: the line each record begins in, and the records."""
    reader = csv.reader(io.StringIO(text, newline=""), **dialect)
    lines, records = [], []
    before = 0
    for record in reader:
        if record:
            lines.append(before + 1)
            records.append(record)
        before = reader.line_num
    return lines[1:], records[1:]


def options_of(dialect: dict[str, Any]) -> dict[str, Any]:
    return {"quote": dialect["quotechar"], "escape": dialect.get("escapechar", "")}


@given(
    data=st.data(), table=tables(SIGNS + UNICODE), page=st.integers(1, 12), block=st.integers(1, 90)
)
def test_any_table_is_read_back(data: st.DataObject, table: Table, page: int, block: int):
    dialect = data.draw(dialects(table))
    text = written(table, dialect)
    encoding = data.draw(st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-16-le"]))
    keeps = data.draw(st.booleans())
    lines, records = first_lines(text, dialect)

    with small_blocks(block):
        found = read(
            text.encode(encoding),
            page_size=page,
            keeps=keeps,
            encoding=encoding,
            delimiter=dialect["delimiter"],
            **options_of(dialect),
        )

    names = ["id", *(f"c{number}" for number in range(1, len(table[0])))]
    assert found.unreadable == []
    assert found.cells(*names) == [tuple(c.replace("\0", "") for c in row) for row in records]
    assert found.lines == lines


@given(data=st.data(), table=tables(',;"\n ab' + CODE_PAGE), block=st.integers(1, 90))
def test_code_pages_are_read_back(data: st.DataObject, table: Table, block: int):
    dialect = data.draw(dialects(table))
    text = written(table, dialect)
    encoding = data.draw(st.sampled_from(["latin-1", "cp1252", "iso8859-15"]))
    lines, records = first_lines(text, dialect)

    with small_blocks(block):
        found = read(
            text.encode(encoding),
            encoding=encoding,
            delimiter=dialect["delimiter"],
            **options_of(dialect),
        )

    names = ["id", *(f"c{number}" for number in range(1, len(table[0])))]
    assert found.cells(*names) == [tuple(row) for row in records]
    assert found.lines == lines


@given(
    lines=st.lists(st.text('ab,"\n\r ', max_size=8), max_size=12),
    block=st.integers(1, 60),
    page=st.integers(1, 6),
)
def test_of_any_text_every_line_is_either_read_or_refused(lines: list[str], block: int, page: int):
    text = ",".join(NAMES) + "\n" + "\n".join(lines)

    with small_blocks(block):
        found = read(text.encode(), page_size=page, delimiter=",", encoding="utf-8")

    covered: list[int] = []
    for row in found.rows:
        first, within = int(row["_line"]), sum(line_ends((row[c] or "").encode()) for c in NAMES)
        covered += range(first, first + within + 1)
    for first, piece in zip(found.damaged, found.unreadable, strict=True):
        covered += range(first, first + line_ends(piece.raw.encode()) + 1)
    physical = io.StringIO(text, newline="").readlines()
    wanted = [n for n, line in enumerate(physical, 1) if n > 1 and line.strip(" \t\r\n")]
    assert len(covered) == len(set(covered))
    assert set(wanted) <= set(covered)


@given(lines=st.lists(st.text('ab,"\n\r ', max_size=8), max_size=8), block=st.integers(1, 60))
def test_what_the_csv_module_reads_without_complaint_is_read_alike(lines: list[str], block: int):
    text = ",".join(NAMES) + "\n" + "\n".join(lines)
    try:
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        records = [record for record in reader if record][1:]
    except csv.Error:
        return
    if any(len(record) != 2 for record in records):
        return

    with small_blocks(block):
        found = read(text.encode(), delimiter=",", encoding="utf-8")

    assert found.unreadable == []
    assert found.cells(*NAMES) == [tuple(record) for record in records]
