"""Pipedrive's flow."""

from collections.abc import Sequence
from typing import Annotated, Literal, Unpack

from flows.parameters import WHICH, Asked
from flows.sync_flow import Answer, sync_asked, sync_flow

PipedriveEntity = Literal[
    "deals",
    "persons",
    "organizations",
    "activities",
    "products",
    "leads",
    "notes",
    "files",
    "users",
    "pipelines",
    "stages",
    "activity_types",
    "lead_labels",
    "currencies",
    "filters",
    "fields",
    "field_options",
]


@sync_flow("pipedrive")
async def pipedrive_sync(
    entities: Annotated[Sequence[PipedriveEntity] | None, *WHICH] = (),
    **asked: Unpack[Asked],
) -> Answer:
    """Bring Pipedrive's records, what is attached to them, and its lists up to date in PostgreSQL."""
    return await sync_asked(entities, **asked)
