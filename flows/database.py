"""The flow of databases: any that SQLAlchemy reaches, under the name that crm-sync.toml gives it."""

from collections.abc import Sequence
from typing import Annotated, Unpack

from flows.parameters import WHICH, Asked
from flows.sync_flow import Answer, sync_asked, sync_flow


@sync_flow("database")
async def database_sync(
    entities: Annotated[Sequence[str] | None, *WHICH] = (),
    **asked: Unpack[Asked],
) -> Answer:
    """Bring the tables of a database up to date in PostgreSQL."""
    return await sync_asked(entities, **asked)
