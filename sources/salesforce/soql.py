"""Writing SOQL: what is selected, under which condition, in which order, and how long it may get.

https://developer.salesforce.com/docs/atlas.en-us.soql_sosl.meta/soql_sosl
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import quote

# An address with all of its headers may have 16,384 bytes; a session id alone may have 2,000.
LONGEST_ADDRESS = 16_384 - 3_000
CURSOR = "~"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a reading stands: the stamp as Salesforce wrote it ('' where there is none), and the id."""

    stamp: str
    id: str

    @classmethod
    def parse(cls, text: str) -> "Place | None":
        """The place a cursor names; None for the beginning."""
        stamp, _, record = text.partition(CURSOR)
        return cls(stamp, record) if record else None

    def __str__(self) -> str:
        return f"{self.stamp}{CURSOR}{self.id}"


def select(
    fields: Sequence[str], name: str, *, where: str = "", order: str = "", limit: int = 0
) -> str:
    """A query; without blanks behind the commas, which would be three characters each in an address."""
    parts = ["SELECT", ",".join(fields), "FROM", name]
    parts += ["WHERE", where] if where else []
    parts += ["ORDER BY", order] if order else []
    parts += ["LIMIT", str(limit)] if limit else []
    return " ".join(parts)


def joined(conditions: Iterable[str]) -> str:
    """Conditions that must all hold; brackets keep them apart from others."""
    return " AND ".join(filter(None, conditions))


def moment(when: datetime) -> str:
    """A moment as a query has it: without quotes, in UTC, to the second, rounded down."""
    return f"{when.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def literal(stamp: str) -> str:
    """A moment that Salesforce wrote (`…+0000`) as a query may have it."""
    return stamp.replace("+0000", "Z")


def text(value: str) -> str:
    """A text as a query has it."""
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"


def beyond(stamp: str, place: Place | None) -> str:
    """What comes after a place, by stamp and id, or by id alone."""
    return _side(stamp, place, ">", ">")


def up_to(stamp: str, place: Place) -> str:
    """What comes before a place, and what is there."""
    return _side(stamp, place, "<", "<=")


def _side(stamp: str, place: Place | None, strictly: str, at: str) -> str:
    if place is None:
        return ""
    if not stamp:
        return f"Id {at} {text(place.id)}"
    known = literal(place.stamp)
    return f"({stamp} {strictly} {known} OR ({stamp} = {known} AND Id {at} {text(place.id)}))"


def among(ids: Sequence[str]) -> str:
    """One of several records."""
    return f"Id IN ({','.join(map(text, ids))})"


def in_portions(fields: Sequence[str], always: Sequence[str], room: int) -> list[list[str]]:
    """The fields in as many portions as addresses need, each with those that it must have."""
    portions: list[list[str]] = []
    left = 0
    for name in fields:
        if name in always:
            continue
        needed = len(quote(name)) + 1
        if not portions or needed > left:
            portions.append(list(always))
            left = room - sum(len(quote(one)) + 1 for one in always)
        portions[-1].append(name)
        left -= needed
    return portions or [list(always)]


def length(query: str) -> int:
    """How much of an address a query takes up."""
    return len(quote(query, safe=","))
