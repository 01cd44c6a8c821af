"""What a run shows of itself in Prefect's UI, as tables and Markdown: plain functions of its results."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flows.cli.screen import moment, span
from flows.result import Result

Row = dict[str, Any]

MASK = "***"
# PostgreSQL quotes values and names alike.
_QUOTED = re.compile(r'"[^"]*"')
_MARKUP = re.compile(r"([\\`*_{}\[\]<>|#])")


def table_of(results: Sequence[Result]) -> list[Row]:
    """What each entity's run did, in numbers."""
    return [
        {
            "entity": one.entity,
            "status": one.outcome,
            "created": one.row.get("records_created"),
            "updated": one.row.get("records_updated"),
            "unchanged": _metric(one, "unchanged"),
            "deleted": _metric(one, "deleted"),
            "rejected": one.row.get("records_failed"),
            "read": one.row.get("records_processed"),
            "time": span(_metric(one, "duration_seconds")),
            "requests": _metric(one, "api_calls"),
            "SyncHistory": one.row.get("id"),
        }
        for one in results
    ]


def summary_of(results: Sequence[Result], rejects: Sequence[Row], *, mask: bool) -> str:
    """What the runs did, what went wrong, and where to look, in Markdown."""
    source = results[0].source
    good = sum(one.outcome in {"success", "preview"} for one in results)
    parts = [
        f"## {source}: {good} of {len(results)} entities without trouble",
        _problems(results),
        _runs(results),
        _rejects(source, rejects, mask=mask),
    ]
    return "\n\n".join(filter(None, parts))


def window_of(results: Sequence[Result]) -> str:
    """From when to when the runs have read: `11-22 18:00 to 11-23 07:45`; nothing where none did."""
    windows = [
        window for one in results if (window := (one.row.get("configuration") or {}).get("window"))
    ]
    if not windows:
        return ""
    # SyncHistory spells moments alike, so that they sort as they are.
    until = _spelled(max(one["until"] for one in windows))
    since = min((one["since"] for one in windows if one["since"]), default=None)
    return f"{_spelled(since)} to {until}" if since else f"up to {until}"


def _spelled(stamp: str) -> str:
    return moment(datetime.fromisoformat(stamp))


def _problems(results: Sequence[Result]) -> str:
    return "\n".join(f"- **{one.entity}**: {plain(one.error)}" for one in results if one.error)


def _runs(results: Sequence[Result]) -> str:
    """The rows of SyncHistory, and what they read."""
    rows = [
        (one.row["id"], one.entity, one.row["status"], *_read(one))
        for one in results
        if one.row.get("id")
    ]
    if not rows:
        return ""
    return _table(("SyncHistory", "entity", "status", "strategy", "window (UTC)"), rows)


def _read(result: Result) -> tuple[str, str]:
    configuration = result.row.get("configuration") or {}
    resumed = configuration.get("resumes")
    strategy = configuration.get("strategy") or ""
    return (f"{strategy} of {resumed}" if resumed else strategy), window_of([result])


def _rejects(source: str, rejects: Sequence[Row], *, mask: bool) -> str:
    """Records that did not land, each with its reason; the values that reasons quote stay in the warehouse."""
    if not rejects:
        return ""
    rows = [
        (
            row["id"],
            row["entity"],
            MASK if mask else plain(row["record_key"]),
            plain(_QUOTED.sub(f'"{MASK}"', row["reason"])),
            row["attempts"],
        )
        for row in rejects
    ]
    table = _table(("rejected", "entity", "record", "reason", "attempts"), rows)
    return f"{table}\n\n`crm-sync rejects list {source}` lists all that are open."


def _table(columns: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def plain(text: str) -> str:
    """A text that Markdown shows as it is, on one line."""
    return _MARKUP.sub(r"\\\1", " ".join(text.split()))


def _metric(result: Result, name: str) -> Any:
    metrics = result.row.get("performance_metrics") or {}
    return metrics.get(name, result.row.get(name))
