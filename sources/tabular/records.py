"""What is found in a text: records that lie together, and lines that are none."""

from dataclasses import dataclass, field
from typing import NamedTuple

from sources.tabular.grammar import Grammar

UNCLOSED = "a quote in it is in the wrong place, or is not closed"
MEANINGLESS = "it has bytes that mean nothing in {encoding}"
RAGGED = "{fields} fields, where the header has {width}"
TOO_LONG = "longer than {size} MB without a line end"


class Piece(NamedTuple):
    """Records that lie together, the line that the first of them is in, and how many lines they take."""

    text: bytes
    line: int
    lines: int


class Refused(NamedTuple):
    """What is not a record: its line, its bytes, and the reason."""

    line: int
    raw: bytes
    reason: str


@dataclass(frozen=True, slots=True)
class Form:
    """What records look like: how they are spelled, how many fields they have, which of them say nothing."""

    grammar: Grammar
    width: int
    encoding: str
    null: frozenset[bytes] = frozenset()


@dataclass(slots=True)
class Cut:
    """What was found in a text, up to where (`end`), and what the next line is.

    `sign` is what quotes the fields of `pieces`. `wary`: the last line had a quote that was not closed, so
    that what follows may be the rest of a field.
    """

    pieces: list[Piece] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    end: int = 0
    line: int = 1
    sign: bytes = b""
    wary: bool = False
