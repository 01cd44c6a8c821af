"""MarketSharp's flow."""

from collections.abc import Sequence
from typing import Annotated, Literal, Unpack

from flows.parameters import WHICH, Asked
from flows.sync_flow import Answer, sync_asked, sync_flow

MarketSharpEntity = Literal[
    "contacts",
    "appointments",
    "jobs",
    "activities",
    "inquiries",
    "addresses",
    "products",
]


@sync_flow("marketsharp")
async def marketsharp_sync(
    # Beside the declared tables there may be others, by their names in crm-sync.toml.
    entities: Annotated[Sequence[MarketSharpEntity | str] | None, *WHICH] = (),
    **asked: Unpack[Asked],
) -> Answer:
    """Bring MarketSharp's contacts, appointments and jobs up to date in PostgreSQL."""
    return await sync_asked(entities, **asked)
