"""What deploying did to a thing on the server, in a word."""

from dataclasses import dataclass
from typing import Any, Literal

# "left" is what the files no longer declare, "waits" what something is missing for.
Done = Literal["created", "updated", "unchanged", "left", "waits"]


@dataclass(frozen=True, slots=True)
class Change:
    """A thing on the server and what became of it; `note` says what there is to know, or to do."""

    kind: str
    name: str
    done: Done
    note: str = ""


def done(before: Any, after: Any) -> Done:
    """What was done to something that was `before` (None: not there) and is `after`."""
    if before is None:
        return "created"
    return "unchanged" if before == after else "updated"
