"""What runs did, for people and for programs."""

from collections.abc import Sequence
from typing import IO, Any

import msgspec
from rich.console import Console
from rich.text import Text

from flows.cli.screen import span, table
from flows.result import Result

NUMBERS = (
    "read",
    "created",
    "updated",
    "unchanged",
    "deleted",
    "rejected",
    "time",
    "calls",
    "new columns",
)

WRITTEN = ("success", "partial", "unreconciled")


def print_json(results: Sequence[Result], out: IO[str]) -> None:
    """One JSON document: the history rows of the runs; one that was skipped has none."""
    rows_json([result.row for result in results if result.row], out)


def rows_json(rows: Sequence[dict[str, Any]], out: IO[str]) -> None:
    """History rows as one JSON document, moments in ISO 8601."""
    document = msgspec.json.encode({"runs": list(rows)})
    out.write(msgspec.json.format(document, indent=2).decode() + "\n")


def print_results(results: Sequence[Result], console: Console, place: str = "") -> None:
    """A line per entity, what went wrong in full, and where to look next; `place` is where the data is."""
    if any(result.outcome == "preview" for result in results):
        _print_preview(results, console)
        return
    columns = ("entity", "status", *NUMBERS[:-1])
    console.print(table(columns, map(_cells, results), console.width, right=NUMBERS))
    _print_problems(results, console)
    _print_hints(results, console, place)


def _cells(result: Result) -> Sequence[Any]:
    row, metrics = result.row, result.row.get("performance_metrics") or {}
    return (
        result.entity,
        row.get("status") or result.outcome,
        row.get("records_processed"),
        row.get("records_created"),
        row.get("records_updated"),
        metrics.get("unchanged", 0 if row else None),
        metrics.get("deleted", 0 if row else None),
        row.get("records_failed"),
        span(metrics.get("duration_seconds")),
        metrics.get("api_calls"),
    )


def _print_preview(results: Sequence[Result], console: Console) -> None:
    columns = ("entity", "read", "created", "updated", "unchanged", "rejected", "new columns")
    rows = [
        (
            result.entity,
            result.row.get("records_processed"),
            result.row.get("records_created"),
            result.row.get("records_updated"),
            result.row.get("unchanged"),
            result.row.get("records_failed"),
            len(result.row.get("new_columns") or ()),
        )
        for result in results
    ]
    console.print(table(columns, rows, console.width, right=NUMBERS))
    for result in results:
        if names := result.row.get("new_columns"):
            console.print(Text(f"{result.entity}, new columns: {', '.join(names)}"))
    _print_problems(results, console)
    console.print(Text("A dry run: nothing was written.", style="bold"))


def _print_problems(results: Sequence[Result], console: Console) -> None:
    for result in results:
        if result.error:
            style = "yellow" if result.outcome == "skipped" else "red"
            console.print(Text(f"{result.entity}: {result.error}", style=style))


def _print_hints(results: Sequence[Result], console: Console, place: str) -> None:
    source = results[0].source
    if rejected := sum(result.row.get("records_failed") or 0 for result in results):
        console.print(
            Text(f"{rejected:,} rejected, kept with reasons: crm-sync rejects list {source}")
        )
    written = [
        f"{result.source}.{result.entity}" for result in results if result.outcome in WRITTEN
    ]
    if written and place:
        console.print(Text(f"{', '.join(written)} in {place}"), soft_wrap=True)
