"""What is asked beside the records of an object: associations and the history of properties.

https://developers.hubspot.com/docs/api-reference/crm-associations-v4.
"""

from collections.abc import Sequence
from typing import Any

from sources.entity import Companion, Entity
from sources.errors import BadAnswer, MissingScope, NoProgress, Refused
from sources.hubspot import objects
from sources.hubspot.api import Api, after, refuse_other_gaps, results, slices
from sources.hubspot.beside import TRACED_LIMIT, links, versions
from sources.page import Page, Record

UNDEFINED = frozenset({400, 404})


async def associated(api: Api, entity: Entity, part: str, keys: Sequence[str]) -> Page:
    """All links of some records to one type of object; a type that cannot be asked for is left out."""
    path = dict(companion(entity, "associations").parts)[part]
    try:
        return Page(await _links(api, entity, part, path, keys))
    except MissingScope as error:
        return Page([], left_out={part: str(error)})
    except Refused as error:
        if error.status in UNDEFINED and not await _labels(api, entity, path):
            # The two types cannot be associated at all.
            return Page([], left_out={part: ""})
        raise


async def traced(api: Api, entity: Entity, part: str, keys: Sequence[str]) -> Page:
    """Every version HubSpot keeps of the traced properties of some records."""
    names = dict(companion(entity, "history").parts)[part].split(",")
    rows: list[Record] = []
    for some in slices(keys, TRACED_LIMIT):
        for record in await objects.batch(api, entity, some, ["hs_object_id"], names):
            rows += versions(record)
    return Page(rows)


def companion(entity: Entity, reading: str) -> Companion:
    """What is read beside an entity by this question."""
    for found in entity.beside:
        if found.reading == reading:
            return found
    raise ValueError(f"{entity.name} has no {reading}")


async def _links(
    api: Api, entity: Entity, to_type: str, path: str, keys: Sequence[str]
) -> list[Record]:
    rows: list[Record] = []
    asked: list[Record] = [{"id": str(key)} for key in keys]
    while asked:
        reply = await api.post(
            api.path("associations", f"{entity.path}/{path}/batch/read"), {"inputs": asked}
        )
        answer = reply.json()
        # A record without associations is an error entry; it is as normal as one with some.
        refuse_other_gaps(f"associations of {entity.name}", answer)
        found = results(reply)
        for result in found:
            rows += links(entity.name, to_type, result)
        asked = _continued(entity, asked, found)
    return rows


def _continued(entity: Entity, asked: list[Record], found: list[Any]) -> list[Record]:
    """The records with more links than one answer holds, each with where its next ones begin."""
    before = {one["id"]: one.get("after") for one in asked}
    following: list[Record] = []
    for result in found:
        key, place = str(result["from"]["id"]), after(result)
        if key not in before:
            raise BadAnswer(f"HubSpot gave associations of {entity.name} {key}, unasked")
        if place is not None:
            if place == before[key]:
                raise NoProgress(f"the associations of {entity.name} {key} lead back to {place}")
            following.append({"id": key, "after": place})
    return following


async def _labels(api: Api, entity: Entity, path: str) -> list[Record]:
    """The ways in which two types can be associated; none where HubSpot knows no such pair."""
    try:
        return results(await api.get(api.path("associations", f"{entity.path}/{path}/labels")))
    except Refused as error:
        if error.status in UNDEFINED:
            return []
        raise
