"""SalesPro's flow."""

from collections.abc import Sequence
from typing import Annotated, Literal, Unpack

from flows.parameters import WHICH, Asked
from flows.sync_flow import Answer, sync_asked, sync_flow

SalesProEntity = Literal[
    "customers",
    "estimates",
    "credit_applications",
    "payments",
    "lead_results",
    "user_activities",
]


@sync_flow("salespro")
async def salespro_sync(
    # Beside the declared tables there may be others, by their names in crm-sync.toml.
    entities: Annotated[Sequence[SalesProEntity | str] | None, *WHICH] = (),
    **asked: Unpack[Asked],
) -> Answer:
    """Bring SalesPro's customers, estimates and what came of them up to date in PostgreSQL."""
    return await sync_asked(entities, **asked)
