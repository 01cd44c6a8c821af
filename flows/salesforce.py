"""Salesforce's flow."""

from collections.abc import Sequence
from typing import Annotated, Literal, Unpack

from flows.parameters import WHICH, Asked
from flows.sync_flow import Answer, sync_asked, sync_flow

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


@sync_flow("salesforce")
async def salesforce_sync(
    # Beside these there are the objects that crm-sync.toml names.
    entities: Annotated[Sequence[SalesforceEntity | str] | None, *WHICH] = (),
    **asked: Unpack[Asked],
) -> Answer:
    """Bring Salesforce's objects up to date in PostgreSQL."""
    return await sync_asked(entities, **asked)
