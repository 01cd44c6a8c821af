"""`python -m benchmarks.salesforce_bulk`: contacts by Bulk API 2.0, rows a second and peak memory by their number.

A whole sync as a deployment runs it, into an empty warehouse, from a look-alike that writes its pages when
they are asked for. Peak memory is to stay the same whether there are a hundred thousand rows or a million.
Nothing here passes or fails by a time.
"""

import argparse
import os
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.measured import Measured, emptied, run
from sandbox.process import running
from sandbox.salesforce import TOKEN
from warehouse import embedded

SIZES = (100_000, 1_000_000)
console = Console()


def main() -> None:
    """Sync each number of contacts, and print what it took."""
    arguments = parsed()
    table = Table(title=f"contacts with {arguments.fields} fields, by Bulk API 2.0")
    for name in ("rows", "seconds", "rows/s", "cpu s", "requests", "peak MB"):
        table.add_column(name, justify="right")
    with tempfile.TemporaryDirectory(prefix="crm-bench-") as home:
        os.environ["CRM_SYNC_HOME"] = home
        try:
            for rows in arguments.rows:
                console.print(f"{rows:,} contacts")
                table.add_row(*cells(measured(rows, arguments.fields, embedded.start(), home)))
        finally:
            embedded.stop()
    console.print(table)


def parsed() -> argparse.Namespace:
    """The sizes asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=SIZES)
    parser.add_argument("--fields", type=int, default=40)
    return parser.parse_args()


def measured(rows: int, fields: int, warehouse: str, home: str) -> Measured:
    """One sync in a process of its own."""
    emptied(warehouse, "salesforce")
    config = Path(home, "crm-sync.toml")
    config.write_text('[salesforce]\napi = "bulk"\n')
    numbers = ("--contacts", str(rows), "--fields", str(fields))
    with running("sandbox.salesforce", "--fast", *numbers) as org:
        env = {
            "SALESFORCE_INSTANCE_URL": org.url,
            "SALESFORCE_ACCESS_TOKEN": TOKEN,
            "SALESFORCE_BULK_WAIT": "0.1",
            "WAREHOUSE_URL": warehouse,
            "CRM_SYNC_CONFIG": str(config),
            "PREFECT_HOME": str(Path(home, "prefect")),
        }
        return run("benchmarks.whole_sync", "salesforce", "contacts", env=env)


def cells(one: Measured) -> tuple[str, ...]:
    """A row of the table."""
    rows, seconds = one.said["rows"], one.said["seconds"]
    return (
        f"{rows:,}",
        f"{seconds:.1f}",
        f"{rows / seconds:,.0f}",
        f"{one.said['cpu_seconds']:.1f}",
        f"{one.said['requests']:,.0f}",
        f"{one.peak_mb:.0f}",
    )


if __name__ == "__main__":
    main()
