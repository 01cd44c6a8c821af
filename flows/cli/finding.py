"""What a check found."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: whether it is as it should be, in a line, and what to do if not.

    `lacks`: a sync goes well without it, and does not bring it.
    """

    good: bool
    about: str
    said: str
    remedy: str = ""
    lacks: bool = False
