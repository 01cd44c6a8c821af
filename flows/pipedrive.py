"""Pipedrive's flow."""

from datetime import date, datetime
from typing import Any, Literal

from prefect import flow
from prefect.client.schemas import State

from flows.options import SyncOptions, parse_since
from flows.run_name import run_name
from flows.sync import sync_source

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


@flow(name="pipedrive-sync", flow_run_name=run_name, persist_result=False)
async def pipedrive_sync(
    entities: list[PipedriveEntity] | None = None,
    full: bool = False,
    force_overwrite: bool = False,
    since: date | datetime | str | None = None,
    dry_run: bool = False,
    batch_size: int | None = None,
    max_records: int = 0,
    strict: bool | None = None,
    resume: bool = True,
    debug: bool = False,
    source: str = "pipedrive",
) -> State[list[dict[str, Any]]]:
    """Bring Pipedrive's records, what is attached to them, and its lists up to date in PostgreSQL."""
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
