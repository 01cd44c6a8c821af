"""SalesRabbit's flow."""

from collections.abc import Sequence
from typing import Annotated, Literal, Unpack

from flows.parameters import WHICH, Asked
from flows.sync_flow import Answer, sync_asked, sync_flow

SalesRabbitEntity = Literal[
    "leads",
    "users",
    "lead_statuses",
    "lead_status_histories",
    "lead_status_activities",
]


@sync_flow("salesrabbit")
async def salesrabbit_sync(
    entities: Annotated[Sequence[SalesRabbitEntity] | None, *WHICH] = (),
    **asked: Unpack[Asked],
) -> Answer:
    """Bring SalesRabbit's leads, their status histories and its users up to date in PostgreSQL."""
    return await sync_asked(entities, **asked)
