"""Salesforce's flow."""

from datetime import date, datetime
from typing import Any, Literal

from prefect import flow
from prefect.client.schemas import State

from flows.options import SyncOptions, parse_since
from flows.run_name import run_name
from flows.sync import sync_source

SalesforceEntity = Literal[
    "accounts",
    "contacts",
    "leads",
    "opportunities",
    "opportunity_line_items",
    "opportunity_contact_roles",
    "campaigns",
    "campaign_members",
    "cases",
    "tasks",
    "events",
    "users",
    "products",
    "pricebooks",
    "pricebook_entries",
]


@flow(name="salesforce-sync", flow_run_name=run_name, persist_result=False)
async def salesforce_sync(
    # Beside these there are the objects that crm-sync.toml names.
    entities: list[SalesforceEntity | str] | None = None,
    full: bool = False,
    force_overwrite: bool = False,
    since: date | datetime | str | None = None,
    dry_run: bool = False,
    batch_size: int | None = None,
    max_records: int = 0,
    strict: bool | None = None,
    resume: bool = True,
    debug: bool = False,
    source: str = "salesforce",
) -> State[list[dict[str, Any]]]:
    """Bring Salesforce's objects up to date in PostgreSQL."""
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
