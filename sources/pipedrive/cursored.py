"""Version 2: lists by cursor, records by id, and what is attached to deals.

https://developers.pipedrive.com/docs/api/v1/Deals. Lists are sorted by id: a record that changes meanwhile
stays where it is, and one that changes behind the reader is in the next window.
"""

from collections.abc import Sequence
from datetime import UTC, datetime

from sources.entity import Entity
from sources.errors import NoProgress
from sources.exchange import Params
from sources.page import Page, Record, Window
from sources.pipedrive.api import Api, beside, records_of, slices
from sources.pipedrive.optional import included
from sources.pipedrive.records import living, prepared

IDS_AT_ONCE = 100
# Archived deals are in a list of their own.
LISTS = {"deals": ("v2/deals", "v2/deals/archived")}
STABLE = {"sort_by": "id", "sort_direction": "asc"}


async def changed(api: Api, entity: Entity, window: Window, cursor: str | None) -> Page:
    """A page of what changed, or of everything; the cursor says in which list, and how far."""
    since = second(window.since) if window.since else None
    return await _page(api, entity, window, cursor, {"updated_since": since})


async def deleted(api: Api, entity: Entity, window: Window, cursor: str | None) -> Page:
    """A page of what was deleted; Pipedrive tells for 30 days."""
    return await _page(api, entity, window, cursor, {"status": "deleted"}, gone=True)


async def by_id(api: Api, entity: Entity, window: Window, keys: Sequence[str]) -> list[Record]:
    """Records by id, from whichever list has them; those that are gone are simply missing."""
    found: list[Record] = []
    for some in slices(keys, IDS_AT_ONCE):
        left = [str(key) for key in some]
        for resource in _lists(entity):
            if not left:
                break
            params: Params = {
                "ids": ",".join(left),
                "limit": IDS_AT_ONCE,
                "include_fields": included(entity),
            }
            # A short page may have others behind it, and what is not met counts as gone.
            met = living(await all_pages(api, resource, params))
            found += met
            known = {str(one.get("id")) for one in met}
            left = [key for key in left if key not in known]
    return prepared(entity, found, window.until)


async def attached(api: Api, entity: Entity, resource: str, keys: Sequence[str]) -> list[Record]:
    """All products of some deals."""
    found: list[Record] = []
    for some in slices(keys, IDS_AT_ONCE):
        deals = ",".join(map(str, some))
        asked: Params = {"deal_ids": deals, "limit": entity.page_size, **STABLE}
        found += await all_pages(api, resource, asked)
    return found


async def all_pages(api: Api, resource: str, params: Params) -> list[Record]:
    """Every record of a list that is short enough for memory."""
    found: list[Record] = []
    place: str | None = None
    passed: set[str | None] = set()
    while True:
        passed.add(place)
        answer = await api.get(resource, {**params, "cursor": place})
        found += records_of(answer)
        following = beside(answer, "next_cursor") or None
        if following is None:
            return found
        if following in passed:
            raise NoProgress(f"Pipedrive's {resource} leads from {place} back to {following}")
        place = following


def second(moment: datetime) -> str:
    """A moment in the one spelling Pipedrive accepts: whole seconds, UTC; the fraction before is read too."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def page_size(entity: Entity, window: Window) -> int:
    """How many records to ask for: no more than are wanted."""
    return min(entity.page_size, window.limit or entity.page_size)


async def _page(
    api: Api,
    entity: Entity,
    window: Window,
    cursor: str | None,
    more: Params,
    *,
    gone: bool = False,
) -> Page:
    number, _, place = (cursor or "0~").partition("~")
    resources = _lists(entity)
    resource = resources[int(number)]
    params = {
        "limit": page_size(entity, window),
        **STABLE,
        "include_fields": included(entity),
        "cursor": place or None,
        **more,
    }
    answer = await api.get(resource, params)
    records = prepared(entity, records_of(answer), window.until, gone=gone)
    following = beside(answer, "next_cursor") or None
    if following is not None:
        if following == place:
            raise NoProgress(f"Pipedrive's {resource} leads from {place} back to itself")
        return Page(records, f"{number}~{following}")
    behind = int(number) + 1
    return Page(records, f"{behind}~" if behind < len(resources) else None)


def _lists(entity: Entity) -> tuple[str, ...]:
    return LISTS.get(entity.name, (entity.path,))
