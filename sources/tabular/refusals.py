"""What is told of lines that are no records."""

from collections.abc import Sequence

from sources.errors import ConfigError
from sources.page import Unreadable
from sources.tabular.encoding import shown
from sources.tabular.file import Header, TextFile
from sources.tabular.records import Cut, Refused

# So many bad lines at the beginning, and no good one.
SURELY_ANOTHER = 100
# Of what is no record, so much is kept.
MOST_RAW = 1 << 20


def refuse_nonsense(file: TextFile, header: Header, found: Cut) -> None:
    """A file that begins with nothing but bad lines is another than it was taken for."""
    if found.pieces or len(found.refused) < SURELY_ANOTHER:
        return
    first = found.refused[0]
    raise ConfigError(
        f"[{file.dialect.place}] {file.part} is not what it was taken for: none of its first"
        f" {len(found.refused)} lines is a record (line {first.line}: {first.reason}); read with delimiter"
        f" {header.grammar.delimiter.decode()!r} in {header.encoding}, its columns are:"
        f" {', '.join(map(repr, header.columns))}"
    )


def unreadable(file: TextFile, refused: Sequence[Refused]) -> tuple[Unreadable, ...]:
    """Bad lines with their places and what they say."""
    return tuple(
        Unreadable(f"{file.part}, line {one.line}", _raw(one.raw), one.reason, file.part)
        for one in refused
    )


def _raw(raw: bytes) -> str:
    bare = raw.removesuffix(b"\n").removesuffix(b"\r")
    more = f"… ({len(bare)} bytes)" if len(bare) > MOST_RAW else ""
    return shown(bare[:MOST_RAW]) + more
