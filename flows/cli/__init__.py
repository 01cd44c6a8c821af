"""The `crm-sync` command: thin over the flows."""

from flows.cli.app import main

__all__ = ["main"]
