"""Where a reading of files stands."""

import json
from typing import NamedTuple


class Cursor(NamedTuple):
    """In which file, of which content, where in it, and how often that was begun anew."""

    part: str
    stamp: str = ""
    at: str | None = None
    begun: int = 1

    @classmethod
    def of(cls, text: str) -> "Cursor":
        """The place that a cursor names."""
        return cls(*json.loads(text))

    def __str__(self) -> str:
        return json.dumps(tuple(self))
