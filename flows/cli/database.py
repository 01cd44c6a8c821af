"""`crm-sync db`: upgrade, psql, stop."""

import os

from flows.cli.ends import FAILED, SUCCESS
from flows.cli.warehouse import embedded_exists, warehouse_url
from sources.registry import configured
from warehouse import embedded
from warehouse.connection import describe, refuse_pooler


def upgrade() -> int:
    """Bring the bookkeeping tables up to date; what they lack rights for is told as GRANTs."""
    from warehouse.upgrade import upgrade as apply

    config = configured()
    url = warehouse_url(config)
    refuse_pooler(url)
    applied = apply(url, config.bookkeeping_schema)
    done = f"applied {', '.join(applied)}" if applied else "up to date already"
    print(f"{describe(url)}: {done}")
    return SUCCESS


def psql() -> int:
    """Print how to open the database; a password in WAREHOUSE_URL is not printed."""
    if os.environ.get("WAREHOUSE_URL"):
        print('psql "$WAREHOUSE_URL"')
        return SUCCESS
    if not embedded_exists():
        print(f"No embedded database in {embedded.home()} yet, and WAREHOUSE_URL is not set.")
        return FAILED
    embedded.start()
    print(embedded.psql_line())
    return SUCCESS


def stop() -> int:
    """Stop the embedded server."""
    stopped = embedded.stop()
    print("Stopped." if stopped else f"No embedded PostgreSQL is running in {embedded.home()}.")
    return SUCCESS
