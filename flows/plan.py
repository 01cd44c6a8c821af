"""Where a run starts, what it reads, and whether it may earn the anchor: rules without any I/O."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from flows.options import SyncOptions, same_flags
from sources.page import Window
from warehouse.past import Anchor

Strategy = Literal["manual", "full", "incremental", "initial_full", "resumed"]
Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Past:
    """What SyncHistory knows of an entity: the anchor, the latest run, and the last archived sweep."""

    anchor: Anchor | None = None
    latest: Row | None = None
    swept: datetime | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run will do.

    `cursors` has where each unfinished pass goes on, `done` the finished ones, `pinned` the versions of
    parts that the interrupted run was reading.
    """

    strategy: Strategy
    window: Window
    passes: tuple[str, ...]
    may_anchor: bool
    resumes: int | None = None
    chain: tuple[int, ...] = ()
    done: frozenset[str] = frozenset()
    cursors: dict[str, str | None] = field(default_factory=dict)
    pinned: Row | None = None


def plan_run(
    options: SyncOptions,
    past: Past,
    until: datetime,
    *,
    lookback: timedelta,
    deletes_every: timedelta | None,
    delta: bool = True,
) -> Plan:
    """Decide by order of precedence: since, force-overwrite, full, SyncHistory, everything.

    `deletes_every` is None for an entity without an archived list; `delta` is False for one that is
    always read whole.
    """
    interrupted = _interrupted(options, past)
    if interrupted is not None:
        return _resumed(options, interrupted, past, lookback)
    strategy, since = _start(options, past, lookback, delta=delta)
    passes = (
        ("changes", "deletes")
        if _deletes_due(options, past, until, deletes_every)
        else ("changes",)
    )
    return Plan(
        strategy,
        Window(since, until),
        passes,
        _may_anchor(options, past, since, lookback),
    )


def _start(
    options: SyncOptions, past: Past, lookback: timedelta, *, delta: bool
) -> tuple[Strategy, datetime | None]:
    if options.since is not None:
        return "manual", options.since
    if options.reads_everything:
        return "full", None
    if past.anchor is None:
        return "initial_full", None
    if not delta:
        return "full", None
    return "incremental", past.anchor.until - lookback


def _deletes_due(
    options: SyncOptions, past: Past, until: datetime, deletes_every: timedelta | None
) -> bool:
    if deletes_every is None or options.max_records:
        return False
    return options.replaces or past.swept is None or until - past.swept >= deletes_every


def _may_anchor(
    options: SyncOptions, past: Past, since: datetime | None, lookback: timedelta
) -> bool:
    """A run that reads only part of what changed must not become the start of the next delta."""
    if options.dry_run or options.max_records:
        return False
    if options.since is None:
        return True
    return past.anchor is not None and since is not None and since <= past.anchor.until - lookback


def _interrupted(options: SyncOptions, past: Past) -> Row | None:
    """The latest run, if it failed after making progress and was asked for the same."""
    latest = past.latest
    if latest is None or not options.resume or options.dry_run or latest["status"] != "failed":
        return None
    configuration = latest["configuration"]
    resumable = configuration.get("resumable", True) and configuration.get("checkpoint")
    return latest if resumable and same_flags(options, configuration) else None


def _resumed(options: SyncOptions, latest: Row, past: Past, lookback: timedelta) -> Plan:
    configuration = latest["configuration"]
    window = configuration["window"]
    checkpoint = configuration["checkpoint"]
    since = window["since"] and datetime.fromisoformat(window["since"])
    return Plan(
        "resumed",
        Window(since or None, datetime.fromisoformat(window["until"])),
        tuple(configuration.get("passes") or ("changes",)),
        _may_anchor(options, past, since or None, lookback),
        resumes=latest["id"],
        chain=(*configuration.get("chain", ()), latest["id"]),
        done=frozenset(checkpoint.get("done", ())),
        cursors={checkpoint["pass"]: checkpoint["cursor"]} if checkpoint.get("pass") else {},
        pinned=configuration.get("pinned"),
    )


def everything_due(
    options: SyncOptions, plan: Plan, last: datetime | None, every: timedelta | None
) -> bool:
    """Whether a pass beside the records must take all of them, changed or not.

    `last` is when it last did (None: never), `every` how often it shall (None: once is enough).
    """
    if last is None or options.reads_everything:
        return True
    return every is not None and plan.window.until - last >= every


def canonical(moment: datetime | None) -> str | None:
    """A moment as SyncHistory spells it: UTC, microseconds, Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if moment else None
