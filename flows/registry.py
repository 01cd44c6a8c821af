"""Which flow syncs which kind of source; a new CRM is one line here."""

from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any

# By name: whoever only lists or checks sources does not wait for Prefect's import.
FLOWS = {
    "hubspot": "flows.hubspot:hubspot_sync",
    "pipedrive": "flows.pipedrive:pipedrive_sync",
    "salesforce": "flows.salesforce:salesforce_sync",
    "callrail": "flows.callrail:callrail_sync",
    "salesrabbit": "flows.salesrabbit:salesrabbit_sync",
    "csv": "flows.csv_files:csv_sync",
    "github_csv": "flows.github_csv:github_csv_sync",
    "salespro": "flows.salespro:salespro_sync",
    "marketsharp": "flows.marketsharp:marketsharp_sync",
    "database": "flows.database:database_sync",
}


def flow_of(kind: str) -> Callable[..., Awaitable[Any]]:
    """The flow a deployment of this kind runs."""
    module, _, name = FLOWS[kind].partition(":")
    found: Callable[..., Awaitable[Any]] = getattr(import_module(module), name)
    return found
