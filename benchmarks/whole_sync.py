"""A whole sync of one entity as a deployment runs it: the flow, its tasks, cache, checks and history.

Seconds are counted inside the flow, so that starting Prefect's own server is not among them.
"""

import asyncio
import json
import os
import sys

from flows import progress
from flows.metrics import peak_rss_mb


class Results(progress.Listener):
    """A listener that keeps the results."""

    def __init__(self) -> None:
        self.rows: list[dict] = []

    def concluded(self, results) -> None:
        """Keep the history rows."""
        self.rows = [result.row for result in results]


async def main(source: str, entity: str) -> None:
    """Sync an entity by its flow and print its metrics as JSON."""
    from flows.registry import flow_of
    from sources.registry import configured

    sync = flow_of(configured().source(source).kind)
    results = Results()
    with progress.listening(results):
        state = await sync(source=source, entities=[entity], return_state=True)
    [row] = results.rows
    metrics = row["performance_metrics"]
    if row["status"] != "success":
        raise SystemExit(f"the sync ended as {state}: {row['error_message']}")
    print(
        json.dumps(
            {
                "seconds": metrics["duration_seconds"],
                "peak_mb": peak_rss_mb(),
                "rows": row["records_created"],
                "requests": metrics["api_calls"],
                "stages": metrics["stages"],
                "cpu_seconds": metrics["cpu_seconds"],
            }
        )
    )


if __name__ == "__main__":
    os.environ.setdefault("PREFECT_LOGGING_LEVEL", "ERROR")
    os.environ.setdefault("PREFECT_SERVER_LOGGING_LEVEL", "CRITICAL")
    asyncio.run(main(*sys.argv[1:]))
