"""What happened at a moment, page by page: calls, forms and conversations.

A record that disappears (a call marked as spam) moves all later ones a place forward, and one slips past
between two pages. So a part of the window with several pages is complete only if its total has not shrunk and
no fewer records were read than it says; else that part is read again.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sources.callrail import windows
from sources.callrail.api import Api, Listed, marked
from sources.callrail.entities import CALLS, FORM_SUBMISSIONS, TEXT_MESSAGES
from sources.entity import Entity
from sources.errors import NoProgress
from sources.page import Page, Window

# What records are asked for by.
MOMENTS = {
    CALLS.name: "start_time",
    FORM_SUBMISSIONS.name: "submitted_at",
    TEXT_MESSAGES.name: "last_message_at",
}
READINGS = 4
UNKNOWN = -1


class Place(NamedTuple):
    """Where a reading stands: in which account, which part of the window, before which page (from 0).

    `total` is how many records the part had at its first page, `read` how many were read of them.
    """

    account: str
    part: int = 0
    page: int = 0
    total: int = UNKNOWN
    read: int = 0
    attempt: int = 0

    @classmethod
    def at(cls, cursor: str) -> "Place":
        """The place a cursor names."""
        account, *numbers = cursor.split("~")
        return cls(account, *map(int, numbers))

    def __str__(self) -> str:
        return "~".join(map(str, self))

    def again(self, entity: Entity, total: int) -> "Place":
        """The beginning of the part once more; raises NoProgress where that has been tried enough."""
        if self.attempt + 1 >= READINGS:
            raise NoProgress(f"{entity.name} kept disappearing while they were read")
        return Place(self.account, self.part, 0, total, 0, self.attempt + 1)


async def read(
    api: Api, entity: Entity, window: Window, accounts: Sequence[str], cursor: str | None
) -> Page:
    """One page, account by account, the oldest first."""
    if cursor is None and not accounts:
        return Page([])
    place = Place(accounts[0]) if cursor is None else Place.at(cursor)
    parts = windows.slices(window)
    dates = params(entity, window, parts[place.part])
    listed = await _page(api, entity, place, dates)
    following = await _following(api, entity, place, listed, dates)
    if following is None and place.part + 1 < len(parts):
        following = Place(place.account, place.part + 1)
    if following is None:
        other = next((account for account in accounts if account > place.account), None)
        following = Place(other) if other else None
    records = [marked(one, account_id=place.account) for one in listed.records]
    return Page(records, following and str(following))


async def count(api: Api, entity: Entity, window: Window, accounts: Sequence[str]) -> int:
    """How many records the window holds now in all accounts, without those that came after it."""
    whole = Window(windows.begin(window), window.until)
    dates = {**params(entity, window, whole), "order": "desc"}
    return sum([await _count(api, entity, account, dates, window.until) for account in accounts])


async def _count(
    api: Api, entity: Entity, account: str, dates: Mapping[str, str], until: datetime
) -> int:
    """A total less what is newer than a moment; the newest come first."""
    newer, number = 0, 0
    while True:
        number += 1
        listed = await api.few(entity, account, number, dates)
        later = sum(_is_later(record, entity, until) for record in listed.records)
        newer += later
        if later < len(listed.records) or not listed.more:
            return (listed.total or 0) - newer


def _is_later(record: Any, entity: Entity, until: datetime) -> bool:
    """Whether a record is of after a moment; one that does not say so in a known way is not."""
    try:
        return datetime.fromisoformat(record[MOMENTS[entity.name]]) > until
    except (KeyError, TypeError, ValueError):
        return False


def params(entity: Entity, window: Window, part: Window) -> Mapping[str, str]:
    """The dates of a part of the window, and an order that nothing new disturbs."""
    first, last = windows.begin(part), part.until
    order = {"sort": MOMENTS[entity.name], "order": "asc"}
    if entity.name == CALLS.name:
        return {**order, **windows.minutes(first, last)}
    # Conversations cannot be sorted: the newest come first. Only of calls it is written that they heed the
    # zone and the time of day.
    order = order if entity.name == FORM_SUBMISSIONS.name else {}
    return {**order, **windows.days(first, last, windows.earliest(window.until))}


async def _page(api: Api, entity: Entity, place: Place, dates: Mapping[str, str]) -> Listed:
    if entity.name == CALLS.name:
        return await api.relative(entity, place.account, place.page, dates)
    return await api.page(entity, place.account, place.page + 1, dates)


async def _following(
    api: Api, entity: Entity, place: Place, listed: Listed, dates: Mapping[str, str]
) -> Place | None:
    """The next place in the same part; None where it is complete."""
    if place.page == 0 and not listed.more and place.total == UNKNOWN:
        return None
    total = listed.total
    if total is None and (not listed.more or place.total == UNKNOWN):
        total = await api.total(entity, place.account, dates)
    if total is None:
        total = place.total
    if place.total == UNKNOWN and listed.total is None:
        # Only now it shows that there are more pages. What disappeared since this one is not known of.
        return place._replace(total=total)
    read = place.read + len(listed.records)
    if total < place.total or (not listed.more and read < total):
        return place.again(entity, total)
    if not listed.more:
        return None
    return place._replace(page=place.page + 1, total=total, read=read)
