"""CallRail's flow."""

from collections.abc import Sequence
from typing import Annotated, Literal, Unpack

from flows.parameters import WHICH, Asked
from flows.sync_flow import Answer, sync_asked, sync_flow

CallrailEntity = Literal[
    "accounts",
    "companies",
    "users",
    "tags",
    "trackers",
    "calls",
    "form_submissions",
    "text_messages",
]


@sync_flow("callrail")
async def callrail_sync(
    entities: Annotated[Sequence[CallrailEntity] | None, *WHICH] = (),
    **asked: Unpack[Asked],
) -> Answer:
    """Bring CallRail's calls, forms, conversations and lists up to date in PostgreSQL."""
    return await sync_asked(entities, **asked)
