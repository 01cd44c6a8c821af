"""The flow of databases: any that SQLAlchemy reaches, under the name that crm-sync.toml gives it."""

from datetime import date, datetime
from typing import Any

from prefect import flow
from prefect.client.schemas import State

from flows.options import SyncOptions, parse_since
from flows.run_name import run_name
from flows.sync import sync_source


@flow(name="database-sync", flow_run_name=run_name, persist_result=False)
async def database_sync(
    entities: list[str] | None = None,
    full: bool = False,
    force_overwrite: bool = False,
    since: date | datetime | str | None = None,
    dry_run: bool = False,
    batch_size: int | None = None,
    max_records: int = 0,
    strict: bool | None = None,
    resume: bool = True,
    debug: bool = False,
    source: str = "database",
) -> State[list[dict[str, Any]]]:
    """Bring the tables of a database up to date in PostgreSQL."""
    options = SyncOptions(
        full=full,
        force_overwrite=force_overwrite,
        since=parse_since(since),
        dry_run=dry_run,
        batch_size=batch_size,
        max_records=max_records,
        strict=strict,
        resume=resume,
        debug=debug,
    )
    return await sync_source(source, entities, options)
