"""A file of delimited text, as far as it is known before it is opened, and what its head tells."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from sources.tabular.grammar import Grammar
from sources.tabular.options import Dialect
from sources.tabular.stream import Stream


@dataclass(frozen=True, slots=True)
class TextFile:
    """A file to read: its name to people, how to open its text anew, and how that is spelled.

    `version` tells this content from another of the same name. `whole`: the file is at hand, so that more
    than its beginning may be looked at to tell its encoding.
    """

    part: str
    open: Callable[[], BinaryIO]
    dialect: Dialect
    version: str
    whole: bool = False
    fetched: bool = False

    def stream(self) -> Stream:
        """The text from its first byte on."""
        return Stream(self.part, self.open(), counts=not self.fetched)


@dataclass(frozen=True, slots=True)
class Header:
    """What the head of a file tells: its encoding, its shape, and its columns.

    `names` are as the header spells them; None is a column without a name or values, as trailing
    delimiters make it. The records begin at byte `offset`, in line `line`. `remarks` are what was done
    about names that are missing or there twice.
    """

    encoding: str
    grammar: Grammar
    names: tuple[str | None, ...]
    offset: int
    line: int
    remarks: tuple[str, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that have names."""
        return tuple(name for name in self.names if name is not None)

    @property
    def digest(self) -> str:
        """What tells this header from another."""
        said = repr((self.names, self.grammar, self.encoding, self.offset))
        return hashlib.sha256(said.encode()).hexdigest()[:16]
