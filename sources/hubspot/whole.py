"""What HubSpot only gives whole: owners with their teams, and what each type of object has of its own."""

from collections.abc import Iterator

from sources.entity import Entity
from sources.errors import MissingScope, NoProgress
from sources.hubspot.api import Api, after, results
from sources.page import Page, Record

LIVE, ARCHIVED = "live", "archived"
# What lies inside the records of a list and is a table of its own.
PEOPLE = ("owners", "teams", "owner_teams")


async def read_whole(
    api: Api, entity: Entity, cursor: str | None, sensitive: tuple[str, ...]
) -> Page:
    """A page of a list: of owners, or of one type of object after the other."""
    if entity.name in PEOPLE:
        return await _people(api, entity, cursor)
    return await _per_type(api, entity, cursor, sensitive)


async def _people(api: Api, entity: Entity, cursor: str | None) -> Page:
    """Those who are there, then those who have left: old records point at them."""
    state, _, place = (cursor or LIVE).partition("~")
    reply = await api.get(
        api.path("owners"),
        {
            "limit": str(entity.page_size),
            "archived": str(state == ARCHIVED).lower(),
            **({"after": place} if place else {}),
        },
    )
    records = [row for owner in results(reply) for row in _rows_of_owner(entity, owner)]
    following = after(reply.json())
    if following is not None:
        if following == place:
            raise NoProgress(f"HubSpot's list of owners leads from {place} back to itself")
        return Page(records, f"{state}~{following}")
    return Page(records, ARCHIVED if state == LIVE else None)


def _rows_of_owner(entity: Entity, owner: Record) -> Iterator[Record]:
    # Nobody says when an owner left; that of the last change comes nearest.
    left = {"archivedAt": owner.get("updatedAt")} if owner.get("archived") else {}
    if entity.name == "owners":
        yield owner | left
        return
    for team in owner.get("teams") or ():
        if entity.name == "teams":
            yield {"id": team.get("id"), "name": team.get("name")}
        else:
            yield {**team, "owner_id": owner["id"], **left}


async def _per_type(
    api: Api, entity: Entity, cursor: str | None, sensitive: tuple[str, ...]
) -> Page:
    """The list of one type of object; the cursor is the type's name."""
    names = [name for name, _ in entity.parts]
    if not names:
        return Page([])
    name = cursor or names[0]
    following = next(iter(names[names.index(name) + 1 :]), None)
    path = dict(entity.parts)[name]
    try:
        records = await _list_of_type(api, entity, path, sensitive)
    except MissingScope as error:
        # That this type cannot be read, its own run says as a failure.
        return Page([], following, left_out={name: str(error)})
    return Page([{**row, "object_type": name} for row in records], following)


async def _list_of_type(
    api: Api, entity: Entity, path: str, sensitive: tuple[str, ...]
) -> list[Record]:
    if entity.path == "pipelines":
        found = results(await api.get(api.path("pipelines", path)))
        return found if entity.name == "pipelines" else list(_stages(found))
    found = await properties(api, path, sensitive)
    return found if entity.name == "properties" else list(_options(found))


async def properties(api: Api, path: str, sensitivities: tuple[str, ...]) -> list[Record]:
    """The definitions of a type's properties, of every sensitivity that may be read."""
    found: list[Record] = []
    for sensitivity in sensitivities:
        found += results(
            await api.get(
                api.path("properties", path),
                {"archived": "false", "dataSensitivity": sensitivity},
            )
        )
    return found


def _stages(pipelines: list[Record]) -> Iterator[Record]:
    for pipeline in pipelines:
        for stage in pipeline.get("stages") or ():
            yield {**stage, "pipeline_id": pipeline["id"]}


def _options(definitions: list[Record]) -> Iterator[Record]:
    for definition in definitions:
        for option in definition.get("options") or ():
            yield {**option, "property": definition["name"]}
