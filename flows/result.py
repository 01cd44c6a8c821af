"""How a run ended."""

from dataclasses import dataclass, field
from typing import Any, Literal

Outcome = Literal["success", "partial", "unreconciled", "failed", "skipped", "preview"]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Result:
    """How one entity's run ended; `row` is its history row, or what a dry run would have done.

    `error` says what went wrong, `cause` is what was raised, where anything was.
    """

    source: str
    entity: str
    outcome: Outcome
    row: Row = field(default_factory=dict)
    error: str | None = None
    cause: Exception | None = None


class SyncFailed(Exception):
    """Entities failed, or do not add up; `rows` say what became of each of them."""

    def __init__(self, said: str, rows: list[Row]) -> None:
        super().__init__(said)
        self.rows = rows
