"""A file that was found, and what tells its content from another."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import BinaryIO

# Two writings that are closer together may leave the same time behind.
SETTLED = timedelta(seconds=2)
# One that rested for less may be the beginning of a file that is still being put there.
RESTED = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Found:
    """A file by its name, how to open its text, what tells its content from another, and when it was made.

    `sure`: the stamp is made of the content, not of a time. `at_hand`: the file is on this machine. `blank`:
    there is nothing in it (yet).
    """

    part: str
    open: Callable[[], BinaryIO]
    stamp: str
    made: datetime | None = None
    sure: bool = False
    at_hand: bool = False
    blank: bool = False

    def noted(self, now: datetime) -> dict[str, str]:
        """What a run notes of it; one that was written just now may be written again, and no time would show it.

        When it was made is noted only of one that was whole then: what a next version adds to a beginning may
        be older than that.
        """
        if self.made is None:
            return {"part": self.part, "version": self.stamp}
        age = now - self.made
        unsettled = "" if self.sure or age >= SETTLED else f" at {now.timestamp()}"
        noted = {"part": self.part, "version": f"{self.stamp}{unsettled}"}
        if self.blank or not (self.sure or age >= RESTED):
            return noted
        return {**noted, "made": min(self.made, now).astimezone(UTC).isoformat()}
