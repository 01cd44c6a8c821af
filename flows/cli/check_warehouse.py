"""Whether the warehouse can be used as a sync uses it."""

import os
from collections.abc import Iterator

from flows.cli.api import configured_server
from flows.cli.finding import Finding
from flows.cli.warehouse import warehouse_url
from sources.config import Config
from warehouse import embedded
from warehouse.connection import connect, describe, refuse_pooler
from warehouse.errors import WarehouseError
from warehouse.prepare import has_version


def warehouse_findings(config: Config, source: str) -> Iterator[Finding]:
    """Reachable, no pooler, rights, and bookkeeping tables; ends at the first that forbids the next."""
    schema = config.bookkeeping_schema
    try:
        url = warehouse_url(config)
        with connect(url, schema=schema) as conn:
            version = conn.info.server_version // 10_000
            yield Finding(True, "warehouse", f"PostgreSQL {version}, {_place(url)}")
            refuse_pooler(url)
            yield Finding(
                True, "sessions", "each connection has its own; no transaction-mode pooler"
            )
            from warehouse.upgrade import missing_grants, pending

            grants = missing_grants(conn, schema, [source])
            wanted = "\n".join(["Let the owner run:", *(f"  {grant};" for grant in grants)])
            user = conn.info.user
            yield (
                Finding(False, "rights", f"the role {user} lacks some", wanted)
                if grants
                else Finding(True, "rights", f"the role {user} has what it needs")
            )
        yield _tables(url, schema, pending(url, schema))
    except WarehouseError as error:
        yield Finding(False, "warehouse", str(error))


def _place(url: str) -> str:
    if os.environ.get("WAREHOUSE_URL") or configured_server():
        return describe(url)
    return f"embedded in {embedded.home()} (WAREHOUSE_URL is not set)"


def _tables(url: str, schema: str, waiting: list[str]) -> Finding:
    if not waiting:
        return Finding(True, "tables", f"bookkeeping in schema {schema} is up to date")
    if not has_version(url, schema):
        return Finding(
            True, "tables", f"the first sync creates the bookkeeping tables in schema {schema}"
        )
    lacking = f"bookkeeping in schema {schema} lacks {', '.join(waiting)}"
    if not os.environ.get("WAREHOUSE_URL"):
        return Finding(True, "tables", f"{lacking}; the next sync applies it")
    return Finding(False, "tables", lacking, "Run `crm-sync db upgrade` once.")
