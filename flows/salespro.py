"""SalesPro's flow."""

from datetime import date, datetime
from typing import Any, Literal

from prefect import flow
from prefect.client.schemas import State

from flows.options import SyncOptions, parse_since
from flows.run_name import run_name
from flows.sync import sync_source

SalesProEntity = Literal[
    "customers",
    "estimates",
    "credit_applications",
    "payments",
    "lead_results",
    "user_activities",
]


@flow(name="salespro-sync", flow_run_name=run_name, persist_result=False)
async def salespro_sync(
    # Beside the declared tables there may be others, by their names in crm-sync.toml.
    entities: list[SalesProEntity | str] | None = None,
    full: bool = False,
    force_overwrite: bool = False,
    since: date | datetime | str | None = None,
    dry_run: bool = False,
    batch_size: int | None = None,
    max_records: int = 0,
    strict: bool | None = None,
    resume: bool = True,
    debug: bool = False,
    source: str = "salespro",
) -> State[list[dict[str, Any]]]:
    """Bring SalesPro's customers, estimates and what came of them up to date in PostgreSQL."""
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
