"""`python -m benchmarks.salesforce_bulk`: contacts by Bulk API 2.0, rows a second and peak memory by their number.

A whole sync as a deployment runs it, into an empty warehouse, from a look-alike that writes its pages when
they are asked for. Peak memory is to stay the same whether there are a hundred thousand rows or a million.
Nothing here passes or fails by a time.
"""

import argparse
import asyncio
import json
import os
import tempfile
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.measured import Measured, run
from flows import progress
from flows.metrics import peak_rss_mb
from flows.result import Result
from sandbox.process import running
from sandbox.salesforce import TOKEN
from warehouse import embedded
from warehouse.connection import connect

SIZES = (100_000, 1_000_000)
BOOKS = ("sync_history", "seen_key", "column_name", "rejected_record", "alembic_version")
console = Console()


def main() -> None:
    """Sync each number of contacts, and print what it took."""
    arguments = parsed()
    if arguments.child:
        asyncio.run(sync())
        return
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
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    return parser.parse_args()


def measured(rows: int, fields: int, warehouse: str, home: str) -> Measured:
    """One sync in a process of its own."""
    with connect(warehouse) as conn:
        conn.execute("drop schema if exists salesforce cascade")
        for table in BOOKS:
            conn.execute(f"drop table if exists ingestion_{table}")
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
        return run("benchmarks.salesforce_bulk", "--child", env=env)


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


class Results:
    """A listener that keeps the results."""

    rows: list[dict]

    def started(self, source: str, entity: str, total: int | None) -> None:
        """Nothing to do."""

    def advanced(self, source: str, entity: str, records: int) -> None:
        """Nothing to do."""

    def finished(self, source: str, entity: str, status: str) -> None:
        """Nothing to do."""

    def concluded(self, results: list[Result]) -> None:
        """Keep the history rows."""
        self.rows = [result.row for result in results]


async def sync() -> None:
    """Sync contacts by the flow and print its metrics as JSON."""
    from flows.salesforce import salesforce_sync

    results = Results()
    with progress.listening(results):
        state = await salesforce_sync(entities=["contacts"], return_state=True)
    [row] = results.rows
    metrics = row["performance_metrics"]
    if row["status"] != "success":
        raise SystemExit(f"the sync ended as {state}: {row['error_message']}")
    said = {
        "seconds": metrics["duration_seconds"],
        "peak_mb": peak_rss_mb(),
        "rows": row["records_created"],
        "requests": metrics["api_calls"],
        "cpu_seconds": metrics["cpu_seconds"],
        "stages": metrics["stages"],
    }
    print(json.dumps(said))


if __name__ == "__main__":
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "ERROR")
    os.environ.setdefault("PREFECT_SERVER_LOGGING_LEVEL", "CRITICAL")
    main()
