"""The head of a file: which encoding and delimiter it has, and what its columns are called."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from sources.errors import ConfigError
from sources.tabular.encoding import as_utf8, bom_of, detected, length_in
from sources.tabular.file import Header, TextFile
from sources.tabular.grammar import LINE_END, Grammar
from sources.tabular.names import as_spelled, distinct, is_numbered, numbered
from sources.tabular.options import Dialect
from sources.tabular.shapes import BLANK, Cells, Shape, shape_of
from sources.tabular.stream import Stream

HEAD, LONGEST_HEAD = 1 << 18, 1 << 22
# What is looked at to tell an encoding: of a file that is at hand, pieces from all over it.
SAMPLE, PIECES = 1 << 20, 64
# Excel's own way of naming the delimiter, in a line of its own.
_SEP = re.compile(rb"(?i)sep=([^\r\n])(?:\r\n|\n|\r|\Z)")
_LIKE_DATA = re.compile(r"[+-]?[0-9][0-9.,:/ TZ+-]*")


def header_at(
    file: TextFile, wanted: Sequence[str], spellings: Sequence[str], encoding: str | None = None
) -> Header | None:
    """The header of a file with the columns that are `wanted`; None where nothing is in the file.

    Columns are spelled as in `spellings` where they are the same. A known `encoding` is not looked for.
    """
    stream = file.stream()
    try:
        for size in (HEAD, LONGEST_HEAD):
            raw = stream.peek(size)
            final = len(raw) < size
            length, marked = bom_of(raw)
            known = marked or file.dialect.encoding or encoding
            known = known or detected(_samples(file, stream))
            text = as_utf8(raw[length:], known, final=final)
            begin, delimiter = _begin(text, file.dialect)
            if begin == len(text) and final:
                return None
            shape = shape_of(text, begin, file.dialect, delimiter, wanted, final=final)
            if shape:
                return _header(file, text, (length, known), shape, (wanted, spellings), begin)
    finally:
        stream.close()
    raise ConfigError(
        f"[{file.dialect.place}] {file.part} does not begin as delimited text does: its first line does not"
        " end, or has quotes in the wrong places (delimiter, quote and escape say what is right)"
    )


def _samples(file: TextFile, stream: Stream) -> Iterator[bytes]:
    first = stream.peek(SAMPLE)
    yield first
    if len(first) < SAMPLE or not (file.whole and stream.seekable()):
        return
    at_hand = file.open()
    try:
        size = at_hand.seek(0, 2)
        step = max((size - SAMPLE) // PIECES, SAMPLE // PIECES)
        for place in range(SAMPLE, size, step):
            at_hand.seek(place)
            yield at_hand.read(SAMPLE // PIECES)
    finally:
        at_hand.close()


def _begin(text: bytes, dialect: Dialect) -> tuple[int, str | None]:
    """Where the first record begins, and the delimiter where a line says it."""
    position = 0
    said = _SEP.match(text)
    for _ in range(dialect.skip_lines):
        end = LINE_END.search(text, position)
        position = end.end() if end else len(text)
    position = max(position, said.end() if said else 0)
    blank = BLANK.match(text, position)
    return blank.end() if blank else position, said[1].decode("latin-1") if said else None


def _header(
    file: TextFile,
    text: bytes,
    encoding: tuple[int, str],
    shape: Shape,
    names: tuple[Sequence[str], Sequence[str]],
    begin: int,
) -> Header:
    wanted, spellings = names
    first = _decoded(file, encoding[1], shape.records[0])
    has_header = _has_header(file.dialect, first, wanted, spellings)
    rows = shape.records[1:] if has_header else shape.records
    columns, remarks = _columns(file.dialect, first if has_header else None, rows)
    spelled = as_spelled(columns, spellings)
    end = shape.ends[0] if has_header else begin
    head = text[:end]
    _refuse_missing(file, wanted, spelled, shape.grammar, encoding[1])
    return Header(
        encoding=encoding[1],
        grammar=shape.grammar,
        names=_laid_out(
            spelled, rows, last_is_nameless=has_header and len(first) > 1 and not first[-1].strip()
        ),
        offset=encoding[0] + length_in(encoding[1], text, end),
        line=1 + len(LINE_END.findall(head)),
        remarks=tuple(remarks),
    )


def _decoded(file: TextFile, encoding: str, cells: Cells) -> list[str]:
    try:
        return [cell.decode() for cell in cells]
    except UnicodeDecodeError:
        raise ConfigError(
            f"[{file.dialect.place}] the header of {file.part} is not in {encoding}: say which encoding it has"
        ) from None


def _has_header(
    dialect: Dialect, first: Sequence[str], wanted: Sequence[str], spellings: Sequence[str]
) -> bool:
    """Whether the first record names the columns: it does where those are in it that must be."""
    if isinstance(dialect.header, tuple):
        return False
    if dialect.header is not None:
        return dialect.header
    if not wanted:
        return not any(_LIKE_DATA.fullmatch(cell.strip()) for cell in first)
    names = as_spelled(distinct(first)[0], spellings)
    return set(wanted) <= set(names) or not all(map(is_numbered, wanted))


def _columns(
    dialect: Dialect, first: Sequence[str] | None, rows: Sequence[Cells]
) -> tuple[list[str], list[str]]:
    if first is not None:
        return distinct(first)
    if isinstance(dialect.header, tuple):
        return distinct(dialect.header)
    width = _usual_width(rows) or 1
    return [numbered(place) for place in range(1, width + 1)], []


def _usual_width(rows: Sequence[Cells]) -> int | None:
    return Counter(map(len, rows)).most_common(1)[0][0] if rows else None


def _laid_out(
    names: Sequence[str], rows: Sequence[Cells], *, last_is_nameless: bool
) -> tuple[str | None, ...]:
    """The names by the columns of a row: trailing delimiters make one more, without a name or values."""
    bare = names[:-1] if last_is_nameless else names
    usual = _usual_width(rows)
    if usual == len(bare):
        return tuple(bare)
    nothing = all(not row[-1] for row in rows if len(row) == len(bare) + 1)
    if nothing and (usual == len(bare) + 1 or last_is_nameless):
        return (*bare, None)
    return tuple(names)


def _refuse_missing(
    file: TextFile, wanted: Sequence[str], names: Sequence[str], grammar: Grammar, encoding: str
) -> None:
    missing = [name for name in wanted if name not in names]
    if missing:
        raise ConfigError(
            f"[{file.dialect.place}] {file.part} has no column {', '.join(map(repr, missing))}; read with"
            f" delimiter {grammar.delimiter.decode()!r} in {encoding}, its columns are:"
            f" {', '.join(map(repr, names))}"
        )
