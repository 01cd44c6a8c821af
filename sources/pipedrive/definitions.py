"""What records are made of: definitions in one form, whichever version serves them.

https://developers.pipedrive.com/docs/api/v1/DealFields, …/LeadFields, …/NoteFields.
"""

from collections.abc import Iterator

from sources.entity import Entity
from sources.errors import MissingScope, Refused
from sources.page import Page, Record
from sources.pipedrive import cursored, paged
from sources.pipedrive.api import Api
from sources.pipedrive.shapes import MOST

# What a company has not got, or this credential may not see, says nothing of the other parts.
LEFT_OUT = frozenset({402, 404, 410, 415})


async def read(api: Api, resource: str) -> list[Record]:
    """All definitions of one kind of record."""
    if resource.startswith("v2/"):
        return await cursored.all_pages(api, resource, {"limit": MOST})
    return [_as_new(old) for old in await paged.all_pages(api, resource, MOST)]


async def part(api: Api, entity: Entity, cursor: str | None) -> Page:
    """The definitions of one kind, or their options; the cursor is the kind's name."""
    names = [name for name, _ in entity.parts]
    if not names:
        return Page([])
    name = cursor or names[0]
    following = next(iter(names[names.index(name) + 1 :]), None)
    try:
        found = await read(api, dict(entity.parts)[name])
    except (MissingScope, Refused) as error:
        return Page([], following, left_out=left_out(name, error))
    rows = found if entity.name == "fields" else _options(found)
    return Page([{**row, "entity": name} for row in rows], following)


def left_out(name: str, error: MissingScope | Refused) -> dict[str, str]:
    """The part that is refused, with the reason; raises what says something of the others too."""
    if isinstance(error, Refused) and error.status not in LEFT_OUT:
        raise error
    return {name: str(error)}


def _options(definitions: list[Record]) -> Iterator[Record]:
    for definition in definitions:
        for position, option in enumerate(definition.get("options") or (), 1):
            yield {**option, "field_code": definition.get("field_code"), "position": position}


def _as_new(old: Record) -> Record:
    """A definition of version 1 as version 2 spells it."""
    names = {"field_code": "key", "field_name": "name", "is_custom_field": "edit_flag"}
    kept = {key: value for key, value in old.items() if key in ("field_type", "options")}
    return {**{new: old.get(known) for new, known in names.items()}, **kept}
