"""A whole sync as a deployment runs it: the flow, its tasks, cache, checks and history.

Seconds are counted inside the flow, so that starting Prefect's own server is not among them.
"""

import asyncio
import json
import os

from flows import progress
from flows.metrics import peak_rss_mb


class Results:
    """A listener that keeps the results."""

    def __init__(self) -> None:
        self.rows: list[dict] = []

    def started(self, source: str, entity: str, total: int | None) -> None:
        """Nothing to do."""

    def advanced(self, source: str, entity: str, records: int) -> None:
        """Nothing to do."""

    def finished(self, source: str, entity: str, status: str) -> None:
        """Nothing to do."""

    def concluded(self, results) -> None:
        """Keep the history rows."""
        self.rows = [result.row for result in results]


async def main() -> None:
    """Sync contacts by the flow and print its metrics as JSON."""
    from flows.hubspot import hubspot_sync

    results = Results()
    with progress.listening(results):
        state = await hubspot_sync(entities=["contacts"], return_state=True)
    [row] = results.rows
    metrics = row["performance_metrics"]
    if row["status"] != "success":
        raise SystemExit(f"the sync ended as {state}")
    print(
        json.dumps(
            {
                "seconds": metrics["duration_seconds"],
                "peak_mb": peak_rss_mb(),
                "rows": row["records_created"],
                "stages": metrics["stages"],
                "cpu_seconds": metrics["cpu_seconds"],
            }
        )
    )


if __name__ == "__main__":
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "ERROR")
    os.environ.setdefault("PREFECT_SERVER_LOGGING_LEVEL", "CRITICAL")
    asyncio.run(main())
