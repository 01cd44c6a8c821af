"""Version 1: lists by start and limit, over a set that moves meanwhile.

https://developers.pipedrive.com/docs/api/v1/Leads, …/Notes, …/Files. Whatever can be is sorted by what does
not change, and pages overlap; who reads them compares two readings.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from sources.entity import Entity
from sources.errors import NoProgress
from sources.exchange import Params
from sources.page import Page, Record, Window
from sources.pipedrive.api import Answer, Api, beside, records_of
from sources.pipedrive.cursored import page_size, second
from sources.pipedrive.records import living, prepared

# So many records of a page are read with the next one again: a few may leave the list meanwhile.
OVERLAP = 10
GONE = frozenset({404, 410})
NEWEST_FIRST = "update_time DESC"
# In a cursor: the list is not sorted as it was asked for.
MIXED = "mixed"


@dataclass(frozen=True, slots=True)
class Listing:
    """A list, by what it is sorted when read whole, and whether it can be asked for changes alone.

    One that cannot is read newest first, until a page that is older than the window from end to end; to the
    end where its stamps show that it is sorted in another way.
    """

    resource: str
    sort: str
    since: bool


LISTS: dict[str, tuple[Listing, ...]] = {
    "leads": (
        Listing("v1/leads", "add_time ASC", since=True),
        Listing("v1/leads/archived", "add_time ASC", since=False),
    ),
    "notes": (Listing("v1/notes", "id ASC", since=True),),
    "files": (Listing("v1/files", "id ASC", since=False),),
}


async def changed(api: Api, entity: Entity, window: Window, cursor: str | None) -> Page:
    """A page of what changed, or of everything; the cursor says in which list, and how far."""
    number, place, *mixed = (cursor or "0~0").split("~")
    listings, start = LISTS[entity.name], int(place)
    listing = listings[int(number)]
    answer = await api.get(listing.resource, _params(entity, listing, window, start))
    records = prepared(entity, records_of(answer), window.until)
    following = _next_start(entity, answer, start, len(records))
    past = False
    if window.since is not None and not listing.since and records:
        stamps = _stamps(records)
        # What was seen on one page holds for those behind it.
        mixed = mixed or ([] if _descending(stamps) else [MIXED])
        past = not mixed and _all_before(stamps, window.since)
    if following is not None and not past:
        return Page(records, "~".join((number, str(following), *mixed)))
    behind = int(number) + 1
    return Page(records, f"{behind}~0" if behind < len(listings) else None)


async def by_id(api: Api, entity: Entity, window: Window, keys: Sequence[str]) -> list[Record]:
    """Records by id, one by one; those that are gone are simply missing."""
    found: list[Record] = []
    for key in keys:
        path = f"{entity.path}/{key}"
        reply = await api.ask(path, accept=(200, *GONE))
        if reply.status in GONE:
            continue
        found += living([reply.json()["data"]])
    return prepared(entity, found, window.until)


async def all_pages(api: Api, resource: str, limit: int) -> list[Record]:
    """Every record of a list that is short enough for memory."""
    found: list[Record] = []
    start = 0
    while True:
        answer = await api.get(resource, {"start": start, "limit": limit})
        records = records_of(answer)
        found += records
        pagination = _pagination(answer)
        if not records or not pagination.get("more_items_in_collection"):
            return found
        start += len(records)


def _params(entity: Entity, listing: Listing, window: Window, start: int) -> Params:
    params: dict[str, str | int | None] = {
        "start": start,
        "limit": page_size(entity, window),
        "sort": listing.sort,
    }
    if window.since is None:
        return params
    if listing.since:
        return {**params, "updated_since": second(window.since)}
    return {**params, "sort": NEWEST_FIRST}


def _next_start(entity: Entity, answer: Answer, start: int, records: int) -> int | None:
    """Where the next page begins; a little before the end of this one, but never where it began."""
    pagination = _pagination(answer)
    if not pagination.get("more_items_in_collection"):
        return None
    following = pagination.get("next_start")
    end = int(following) if isinstance(following, int) else start + records
    if end <= start:
        raise NoProgress(f"Pipedrive's list of {entity.name} leads from {start} back to {end}")
    return max(end - min(OVERLAP, entity.page_size // 2), start + 1)


def _pagination(answer: Answer) -> Answer:
    """What an answer says of further pages; where it says nothing, there are none."""
    found = beside(answer, "pagination")
    return found if isinstance(found, dict) else {}


def _stamps(records: Sequence[Any]) -> list[datetime | None]:
    """When the records of a page changed, where that can be read."""
    return [_moment(one.get("update_time")) if isinstance(one, dict) else None for one in records]


def _descending(stamps: Sequence[datetime | None]) -> bool:
    """Whether no stamp is missing or newer than the one before."""
    known = [stamp for stamp in stamps if stamp is not None]
    return len(known) == len(stamps) and all(a >= b for a, b in pairwise(known))


def _all_before(stamps: Sequence[datetime | None], since: datetime) -> bool:
    """Whether a page shows an order, and nothing that is within the window; stamps have no fractions."""
    known = [stamp for stamp in stamps if stamp is not None]
    return known[0] > known[-1] and known[0] < since.replace(microsecond=0)


def _moment(text: Any) -> datetime | None:
    try:
        moment = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
