"""Records page by page, each beginning where the last one ended: by stamp, and by id within a second.

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_queryall.htm
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sources.errors import BadAnswer, NoProgress
from sources.page import Record, Window
from sources.salesforce.api import DATA, Rows
from sources.salesforce.asked import Asked
from sources.salesforce.records import from_rest
from sources.salesforce.shapes import DELETED
from sources.salesforce.soql import (
    LONGEST_ADDRESS,
    Place,
    among,
    beyond,
    in_portions,
    joined,
    length,
    select,
    up_to,
)

Row = dict[str, Any]
# Ids of records in one address, which has to hold the fields too.
IDS_AT_ONCE = 150
BARE_IDS_AT_ONCE = 400
# How often a record may change between two questions about it.
TRIES = 5


@dataclass(frozen=True, slots=True)
class Stretch:
    """Some records in order; `following` is where the next ones begin, None at the end."""

    records: list[Record]
    following: Place | None
    total: int


async def read(asked: Asked, window: Window, place: Place | None) -> Stretch:
    """The records after a place; the first page of a delta also tells how many there are."""
    since, after = asked.since(window), beyond(asked.stamp, place)
    batch = asked.entity.page_size
    limit = batch if place is not None or not since else 0
    portions = _portions(asked, joined((since, after, _widest(asked))))
    answer = await _query(asked, portions[0], joined((since, after)), limit)
    rows, reached = answer.records, _reached(asked, answer.records)
    if place is not None and reached == place:
        raise NoProgress(f"Salesforce's {asked.name} after {place} lead back to it")
    if reached is not None:
        for portion in portions[1:]:
            rows = _matched(asked, rows, await _others(asked, portion, since, place, reached))
    whole = len(rows) == len(answer.records)
    last = answer.done and not (limit and len(answer.records) >= limit)
    ended = reached is None or (last and whole)
    return Stretch(_records(asked, rows), None if ended else reached, answer.total)


async def by_id(asked: Asked, keys: Sequence[str]) -> list[Record]:
    """The records that still exist, in the bin too; those that do not are simply not among them."""
    found: list[Record] = []
    for begin in range(0, len(keys), IDS_AT_ONCE):
        some = keys[begin : begin + IDS_AT_ONCE]
        for _ in range(TRIES):
            rows, torn = await _put_together(asked, among(some))
            found += _records(asked, rows)
            if not torn:
                break
            some = torn
        else:
            raise BadAnswer(f"records of Salesforce's {asked.name} change while they are read")
    return found


async def _put_together(asked: Asked, where: str) -> tuple[list[Row], list[str]]:
    """Rows from all portions of fields, and the ids of those that changed in between."""
    first, *others = _portions(asked, where)
    begun = await _whole(asked, first, where)
    rows = begun
    for portion in others:
        rows = _matched(asked, rows, _by_id(await _whole(asked, portion, where)))
    complete = _by_id(rows)
    return rows, [row["Id"] for row in begun if row["Id"] not in complete]


async def living(asked: Asked, keys: Sequence[str]) -> set[str]:
    """Which of some records exist outside the bin; in it too, where the object cannot tell."""
    outside = f"{DELETED} = FALSE" if DELETED in asked.found.types else ""
    found: set[str] = set()
    for begin in range(0, len(keys), BARE_IDS_AT_ONCE):
        where = joined((among(keys[begin : begin + BARE_IDS_AT_ONCE]), outside))
        rows = await asked.api.query_whole(select(["Id"], asked.name, where=where))
        found.update(str(row["Id"]) for row in rows)
    return found


async def _whole(asked: Asked, fields: Sequence[str], where: str) -> list[Row]:
    return await asked.api.query_whole(select(fields, asked.name, where=where, order=asked.order))


async def _query(asked: Asked, fields: Sequence[str], where: str, limit: int) -> Rows:
    query = select(fields, asked.name, where=where, order=asked.order, limit=limit)
    return await asked.api.query(query, asked.entity.page_size)


async def _others(
    asked: Asked, fields: Sequence[str], since: str, place: Place | None, last: Place
) -> dict[str, Row]:
    """Further fields of the records between two places; wide rows come in several answers."""
    found: dict[str, Row] = {}
    at = place
    while True:
        where = joined((since, beyond(asked.stamp, at), up_to(asked.stamp, last)))
        answer = await _query(asked, fields, where, 0)
        found |= _by_id(answer.records)
        reached = _reached(asked, answer.records)
        if answer.done or reached is None or reached == at:
            return found
        at = reached


def _matched(asked: Asked, rows: list[Row], others: dict[str, Row]) -> list[Row]:
    """Rows put together from their parts. One that changed between the questions is met again further on."""
    stamp = asked.stamp
    return [
        row | other
        for row in rows
        if (other := others.get(row["Id"])) is not None
        and (not stamp or other.get(stamp) == row.get(stamp))
    ]


def _by_id(rows: Sequence[Row]) -> dict[str, Row]:
    return {row["Id"]: row for row in rows}


def _reached(asked: Asked, rows: Sequence[Row]) -> Place | None:
    if not rows:
        return None
    last = rows[-1]
    if not isinstance(last.get("Id"), str) or (asked.stamp and not last.get(asked.stamp)):
        raise BadAnswer(f"Salesforce gave a record of {asked.name} without id or {asked.stamp}")
    return Place(str(last[asked.stamp]) if asked.stamp else "", last["Id"])


def _records(asked: Asked, rows: list[Row]) -> list[Record]:
    return from_rest(rows, asked.found.types, asked.stamp, asked.api.address)


def _portions(asked: Asked, where: str) -> list[list[str]]:
    """The fields in portions that leave room in the address for the condition."""
    query = select([], asked.name, where=where, order=asked.order, limit=asked.entity.page_size)
    # The address stands behind the host's name, which is a header.
    room = LONGEST_ADDRESS - len(DATA) - len("/v00.0/queryAll?q=") - length(query)
    return in_portions(asked.fields, asked.always, room)


def _widest(asked: Asked) -> str:
    """As long as the conditions get by which the other portions are asked for."""
    return up_to(asked.stamp, Place("0000-00-00T00:00:00.000+0000", "0" * 18))
