"""`crm-sync history`: the latest runs, newest first."""

import sys
from collections.abc import Sequence
from typing import Any

from rich.console import Console
from rich.text import Text

from flows.cli.screen import console, span, table, window
from flows.cli.warehouse import books
from sources.registry import configured
from warehouse import past

Row = dict[str, Any]
RIGHT = ("id", "read", "created", "updated", "rejected", "took")
COLUMNS = ("id", "entity", "began (UTC)", "status", "strategy", "window (UTC)", *RIGHT[1:])
SPARE = ("window (UTC)", "strategy", "took")


def history(source: str | None, limit: int, *, json: bool) -> int:
    """Show the latest runs."""
    config = configured()
    if source is not None:
        config.source(source)
    with books(config) as conn:
        rows = past.runs(conn, source, limit)
    if json:
        from flows.cli.outcome import rows_json

        rows_json(rows, sys.stdout)
    else:
        print_history(rows, console())
    return 0


def print_history(rows: Sequence[Row], screen: Console) -> None:
    """Runs as a table, with less about each where there is little room, and errors in full below."""
    if not rows:
        screen.print("No runs yet.")
        return
    screen.print(table(COLUMNS, map(_cells, rows), screen.width, right=RIGHT, spare=SPARE))
    for row in rows:
        if row["error_message"]:
            screen.print(Text(f"{row['id']}: {row['error_message']}", style="red"))


def _cells(row: Row) -> list[Any]:
    configuration = row["configuration"] or {}
    took = (row["end_time"] - row["start_time"]).total_seconds() if row["end_time"] else None
    return [
        str(row["id"]),
        f"{row['crm_source']}.{row['sync_type']}",
        row["start_time"],
        row["status"],
        configuration.get("strategy"),
        window(configuration),
        row["records_processed"],
        row["records_created"],
        row["records_updated"],
        row["records_failed"],
        span(took),
    ]
