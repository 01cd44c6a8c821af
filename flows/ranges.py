"""Ranges of one reading: how far each of them is read, as one cursor that a run can resume from."""

import json
from collections.abc import Sequence
from typing import Self

# What begins a cursor that holds several of the source's own.
SIDE_BY_SIDE = "ranges:"


class Ranges:
    """Where each range of a reading goes on (None: from its start, or it is at its end)."""

    def __init__(self, cursors: Sequence[str | None]) -> None:
        self._cursors: dict[int, str | None] = dict(enumerate(cursors))
        self._one = len(cursors) == 1

    @classmethod
    def resumed(cls, cursor: str | None) -> Self:
        """The ranges that a checkpoint has left."""
        if cursor is not None and cursor.startswith(SIDE_BY_SIDE):
            return cls(json.loads(cursor.removeprefix(SIDE_BY_SIDE)))
        return cls([cursor])

    @property
    def waiting(self) -> list[tuple[int, str | None]]:
        """Each range's number and where it goes on."""
        return list(self._cursors.items())

    def after(self, number: int, cursor: str | None) -> str | None:
        """The cursor of the whole reading once a range has come to `cursor`; None when nothing is left."""
        if cursor is None:
            del self._cursors[number]
        else:
            self._cursors[number] = cursor
        if self._one:
            return cursor
        left = list(self._cursors.values())
        return SIDE_BY_SIDE + json.dumps(left) if left else None
