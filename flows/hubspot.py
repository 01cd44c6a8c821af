"""HubSpot's flow."""

from collections.abc import Sequence
from typing import Annotated, Literal, Unpack

from flows.parameters import WHICH, Asked
from flows.sync_flow import Answer, sync_asked, sync_flow

HubspotEntity = Literal[
    "contacts",
    "companies",
    "deals",
    "tickets",
    "products",
    "line_items",
    "quotes",
    "calls",
    "emails",
    "meetings",
    "notes",
    "tasks",
    "appointments",
    "leads",
    "owners",
    "teams",
    "owner_teams",
    "pipelines",
    "pipeline_stages",
    "properties",
    "property_options",
]


@sync_flow("hubspot")
async def hubspot_sync(
    # Beside HubSpot's own there are the account's objects, by the names of their tables.
    entities: Annotated[Sequence[HubspotEntity | str] | None, *WHICH] = (),
    **asked: Unpack[Asked],
) -> Answer:
    """Bring HubSpot's objects, associations and lists up to date in PostgreSQL."""
    return await sync_asked(entities, **asked)
