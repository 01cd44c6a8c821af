"""What runs the queries behind the API, and what it answers."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Column:
    """A column of an answer: its name and what Athena calls its type."""

    name: str
    type: str = "varchar"
    precision: int = 2147483647
    scale: int = 0


@dataclass(frozen=True)
class Table:
    """An answer: every value as text, as Athena spells it; None is NULL."""

    columns: tuple[Column, ...]
    rows: tuple[tuple[str | None, ...], ...]


class Failure(Exception):
    """The query cannot be run; the message is what Athena says of it.

    `category` is 1 for Athena's own fault, 2 for the asker's; `retryable` whether another try may do.
    """

    def __init__(self, message: str, *, category: int = 2, retryable: bool = False) -> None:
        super().__init__(message)
        self.category = category
        self.retryable = retryable


class Engine(Protocol):
    """Runs a query in one of the databases it holds."""

    def run(self, database: str, query: str) -> Table:
        """All of the answer, from one snapshot; raises Failure."""
        ...
