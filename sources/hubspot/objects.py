"""Objects page by page: the list, the search, the count, and records by id.

https://developers.hubspot.com/docs/api-reference/crm-objects and its guide to searching.
"""

from collections.abc import Sequence
from datetime import datetime

from sources.entity import Entity
from sources.errors import NoProgress
from sources.hubspot.api import Api, after, refuse_other_gaps, results, slices
from sources.hubspot.settings import BATCH_LIMIT, LIST_LIMIT, SEARCH_LIMIT
from sources.page import Page, Record, Window
from sources.policy import Reply

# Longer addresses are refused with 414; 15,000 characters are known to pass.
LONGEST_PROPERTY_LIST = 12_000
# A search from the epoch itself ends in a 500.
EARLIEST_SEARCH_MS = 1000
SEARCH = ("search",)


async def listed(api: Api, entity: Entity, cursor: str | None, *, archived: bool) -> Page:
    """A page of the list of live or of archived records."""
    joined = ",".join(asked_properties(entity))
    fits = len(joined) <= LONGEST_PROPERTY_LIST
    reply = await api.get(
        _objects(api, entity),
        {
            "limit": str(min(entity.page_size, LIST_LIMIT)),
            "archived": str(archived).lower(),
            "properties": joined if fits else "hs_object_id",
            **({"after": cursor} if cursor else {}),
        },
    )
    records = results(reply)
    following = after(reply.json())
    if following is not None and following == cursor:
        raise NoProgress(f"HubSpot's list of {entity.name} leads from {cursor} back to itself")
    if not fits and records:
        keys = [record["id"] for record in records]
        records = await by_id(api, entity, keys, archived=archived)
    return Page(records, following)


async def searched(api: Api, entity: Entity, window: Window, cursor: str | None) -> Page:
    """Keyset by id: no cap of 10,000 results, and a record that changes meanwhile does not move."""
    last, _, offset = (cursor or "").partition("~")
    filters = [_filter(entity.changed_property, "GTE", _search_from(window))]
    if last:
        filters.append(_filter("hs_object_id", "GT", last))
    limit = SEARCH_LIMIT if entity.page_size >= LIST_LIMIT else entity.page_size
    reply = await _search(api, entity, filters, limit, asked_properties(entity), offset or "0")
    records = results(reply)
    total = reply.json().get("total")
    more = after(reply.json())
    if not records:
        # An empty page may still have a next one; only the offset can lead there.
        return Page([], f"{last}~{more}" if more and more != offset else None, total)
    reached = str(records[-1]["id"])
    if last and int(reached) <= int(last):
        raise NoProgress(
            f"HubSpot's search of {entity.name} after id {last} came back to {reached}"
        )
    ended = more is None and (total is None or int(total) <= len(records))
    return Page(records, None if ended else reached, total)


async def counted(api: Api, entity: Entity, window: Window) -> Page:
    """How many live records the window holds now; everything that existed at `until` for a full one."""
    until = str(_milliseconds(window.until))
    if window.since is None:
        filters = [_filter(entity.created_property, "LTE", until)]
    else:
        filters = [
            _filter(entity.changed_property, "GTE", _search_from(window)),
            _filter(entity.changed_property, "LTE", until),
        ]
    reply = await _search(api, entity, filters, 1, ["hs_object_id"], "0")
    return Page([], None, reply.json().get("total"))


async def by_id(
    api: Api, entity: Entity, keys: Sequence[str], *, archived: bool = False
) -> list[Record]:
    """Records by id; those HubSpot does not have are simply not among them (207)."""
    records: list[Record] = []
    for some in slices(keys, BATCH_LIMIT):
        records += await batch(api, entity, some, asked_properties(entity), archived=archived)
    return records


async def batch(
    api: Api,
    entity: Entity,
    keys: Sequence[str],
    properties: Sequence[str],
    traced: Sequence[str] = (),
    *,
    archived: bool = False,
) -> list[Record]:
    """One batch of records by id, with the history of the `traced` properties."""
    reply = await api.post(
        f"{_objects(api, entity)}/batch/read",
        {
            "inputs": [{"id": str(key)} for key in keys],
            "properties": list(properties),
            "propertiesWithHistory": list(traced),
        },
        params={"archived": str(archived).lower()},
    )
    refuse_other_gaps(f"{entity.name} by id", reply.json())
    return results(reply)


def asked_properties(entity: Entity) -> list[str]:
    """The properties to name in a request: the fields' own, then those for `extra`."""
    own = (
        f.path.removeprefix("properties.")
        for f in entity.fields
        if f.path.startswith("properties.")
    )
    return list(dict.fromkeys((*own, *entity.asked)))


async def _search(
    api: Api,
    entity: Entity,
    filters: list[Record],
    limit: int,
    properties: Sequence[str],
    offset: str,
) -> Reply:
    return await api.post(
        f"{_objects(api, entity)}/search",
        {
            "filterGroups": [{"filters": filters}],
            "sorts": [{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
            "properties": list(properties),
            "limit": limit,
            "after": offset,
        },
        accept=(200,),
        buckets=SEARCH,
    )


def _objects(api: Api, entity: Entity) -> str:
    return api.path("objects", entity.path)


def _filter(name: str, operator: str, value: str) -> Record:
    return {"propertyName": name, "operator": operator, "value": value}


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)


def _search_from(window: Window) -> str:
    since = EARLIEST_SEARCH_MS if window.since is None else _milliseconds(window.since)
    return str(max(since, EARLIEST_SEARCH_MS))
