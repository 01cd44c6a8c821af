"""The flow of CSV files."""

from collections.abc import Sequence
from typing import Annotated, Unpack

from flows.parameters import WHICH, Asked
from flows.sync_flow import Answer, sync_asked, sync_flow


@sync_flow("csv")
async def csv_sync(
    # Their names are those of the tables in crm-sync.toml.
    entities: Annotated[Sequence[str] | None, *WHICH] = (),
    **asked: Unpack[Asked],
) -> Answer:
    """Bring CSV files up to date in PostgreSQL; `source` is one of crm-sync.toml."""
    return await sync_asked(entities, **asked)
