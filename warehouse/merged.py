"""What came of a merge, as moves of its run's counters, and the rows that PostgreSQL refused."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Self

OUTCOMES = {"c": "created", "u": "updated", "n": "unchanged", "f": "failed"}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A row PostgreSQL would not take, by its `_row`, with PostgreSQL's reason."""

    row: int
    reason: str
    too_big: bool


@dataclass(slots=True)
class Merged:
    """By how much a merge moves its run's counters (a key counts once, so a counter may go down)."""

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    failed: int = 0
    deleted: int = 0
    refreshed: int = 0
    refused: list[Refusal] = field(default_factory=list)

    @property
    def processed(self) -> int:
        """How many keys the run had not read before."""
        return self.created + self.updated + self.unchanged + self.failed

    def __iadd__(self, other: "Merged") -> Self:
        for name in (*OUTCOMES.values(), "deleted", "refreshed"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.refused += other.refused
        return self


def moves(transitions: Iterable[tuple[Any, ...]]) -> Merged:
    """Counter moves from tuples (outcome now, outcome before in this run, rows, rows that went away)."""
    merged = Merged()
    for now, before, rows, gone in transitions:
        if before:
            _add(merged, before, -rows)
        _add(merged, _outcome_after(now, before), rows)
        merged.deleted += gone
    return merged


def _outcome_after(now: str, before: str | None) -> str:
    """What counts of a key that a run reads again: created, then updated, then unchanged."""
    if before == "c" and now in "un":
        return "c"
    return "u" if before == "u" and now == "n" else now


def _add(merged: Merged, outcome: str, rows: int) -> None:
    setattr(merged, OUTCOMES[outcome], getattr(merged, OUTCOMES[outcome]) + rows)
