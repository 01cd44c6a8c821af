"""Passes beside an entity's records: what the source says of each changed one, asked by its key."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from flows import progress
from flows.context import EntityRun
from flows.fetching import Pass, fetch
from flows.plan import canonical, everything_due
from sources.entity import Companion
from tasks.batch import Chunk
from tasks.beside import Answer, scope_of
from tasks.fetch import question_digest
from tasks.report import Reporter
from tasks.shape import table_of
from tasks.threads import in_database
from warehouse import beside, history, past
from warehouse.tables import Table, ensure_table, stored_columns

log = logging.getLogger("crm_sync")

# Records in the first question, and rows that an answer should not exceed by much: some records have
# hundreds of thousands of links.
FIRST_KEYS = 100
KEPT_ROWS = 50_000


@dataclass(slots=True)
class Aside:
    """One companion's pass in one run: whom it asks about, and what it did.

    `since_run`: only records written by later runs (None: all). `left_out` are the parts that are not asked.
    """

    companion: Companion
    reporter: Reporter
    since_run: int | None
    left_out: set[str]
    asked: int = 0
    written: int = 0
    removed: int = 0


async def read_beside(run: EntityRun, companion: Companion) -> None:
    """Ask about the records written since this was last done, or about all where that is due."""
    name, digest = companion.reading, question_digest(companion)
    before = await in_database(_before, run, companion)
    known = before.said if before and before.said.get("of") == digest else {}
    whole = everything_due(run.options, run.plan, _moment(known), _every(run, companion))
    aside = Aside(
        companion,
        Reporter(run.source.name, companion.entity.name, mask_all=run.source.mask_values),
        None if whole or before is None else before.run_id,
        set() if whole else set(known.get("left_out", ())),
    )
    owners = table_of(run.source.name, run.entity)
    await in_database(ensure_table, run.conn, table_of(run.source.name, companion.entity))
    await _ask_all(run, aside, owners)
    if companion.replaces:
        aside.removed += await in_database(_remove_dead, run, aside, owners)
    said = {
        "at": canonical(run.plan.window.until) if whole else known["at"],
        "of": digest,
        "left_out": sorted(aside.left_out),
    }
    await in_database(history.mark, run.conn, run.target.run_id, {name: said})
    run.done.add(name)
    run.metrics.beside[companion.entity.name] = {
        "asked": aside.asked,
        "written": aside.written,
        "removed": aside.removed,
    }


async def ask_about(run: EntityRun, companion: Companion, keys: Sequence[str]) -> None:
    """Ask about some records now.

    It is noted nowhere: the next run asks about all records that were written, whoever asked meanwhile.
    """
    name, before = companion.entity.name, await in_database(_before, run, companion)
    reporter = Reporter(run.source.name, name, mask_all=run.source.mask_values)
    left_out = set(before.said.get("left_out", ())) if before else set()
    aside = Aside(companion, reporter, None, left_out)
    await in_database(ensure_table, run.conn, table_of(run.source.name, companion.entity))
    for begin in range(0, len(keys), FIRST_KEYS):
        some = keys[begin : begin + FIRST_KEYS]
        await _ask(run, aside, some, some[-1])
    counted = run.metrics.beside.setdefault(name, {"asked": 0, "written": 0, "removed": 0})
    for what in counted:
        counted[what] += getattr(aside, what)


async def _ask_all(run: EntityRun, aside: Aside, owners: Table) -> None:
    """Slice after slice of keys, each with a checkpoint."""
    after = _reached(run, aside)
    if after is not None:
        # What was written since, behind the place that an interrupted run had reached.
        await _ask_span(run, aside, owners, run.plan.chain[0], None, after)
    await _ask_span(run, aside, owners, aside.since_run, after, None)
    if aside.asked:
        progress.finished(run.source.name, _called(run, aside), "success")


async def _ask_span(
    run: EntityRun,
    aside: Aside,
    owners: Table,
    since_run: int | None,
    after: str | None,
    until: str | None,
) -> None:
    size = min(FIRST_KEYS, aside.companion.keys_at_once)
    while keys := await in_database(
        beside.written_since, run.conn, owners, since_run, after, size, until=until
    ):
        if not aside.asked:
            progress.started(run.source.name, _called(run, aside), None)
        rows = await _ask(run, aside, keys, until or keys[-1])
        progress.advanced(run.source.name, _called(run, aside), len(keys))
        after = keys[-1]
        size = min(max(KEPT_ROWS * len(keys) // max(rows, 1), 1), aside.companion.keys_at_once)


def _called(run: EntityRun, aside: Aside) -> str:
    return f"{run.entity.name} {aside.companion.reading}"


def _asking(aside: Aside) -> str:
    """What a place in the order of keys belongs to: the question, and whom it is about."""
    return f"{question_digest(aside.companion)}:{aside.since_run or 'all'}:"


def _reached(run: EntityRun, aside: Aside) -> str | None:
    """How far an interrupted run had come, if it was asking the same of the same records."""
    place = run.plan.cursors.get(aside.companion.reading) or ""
    asking = _asking(aside)
    return place.removeprefix(asking) if place.startswith(asking) else None


async def _ask(run: EntityRun, aside: Aside, keys: Sequence[str], reached: str) -> int:
    """All parts of the question about some records, landed together; how many rows that were."""
    companion = aside.companion
    asking = Pass(companion.reading, companion.reading)
    parts = [name for name, _ in companion.parts if name not in aside.left_out]
    chunks = await asyncio.gather(*(fetch(run, asking, part, keys=keys) for part in parts))
    for chunk in chunks:
        _leave_out(run, aside, chunk.left_out)
    records = [record for chunk in chunks for record in chunk.records]
    with run.metrics.stage("transform"):
        batch = await run.steps.transform(companion.entity, Chunk(records, start=None, cursor=None))
    with run.metrics.stage("validate"):
        batch = await run.steps.validate(batch, aside.reporter, strict=run.strict)
    answered = tuple(part for part in parts if part not in aside.left_out)
    checkpoint = {
        "pass": companion.reading,
        "cursor": f"{_asking(aside)}{reached}",
        "done": sorted(run.done),
    }
    with run.metrics.stage("load"):
        answer = Answer(batch, run.entity.name, keys, answered)
        written, removed = await run.steps.load_beside(run.target, companion, answer, checkpoint)
    batch.release()
    aside.asked += len(keys)
    aside.written += written
    aside.removed += removed
    return len(records)


def _leave_out(run: EntityRun, aside: Aside, left_out: Mapping[str, str]) -> None:
    """Ask no more for what the source refuses, and say so once."""
    for part, reason in left_out.items():
        if part not in aside.left_out and reason:
            log.warning(
                "%s %s: %s of %s left out: %s",
                run.source.name,
                run.entity.name,
                aside.companion.reading,
                part,
                reason,
            )
        aside.left_out.add(part)


def _remove_dead(run: EntityRun, aside: Aside, owners: Table) -> int:
    """Remove what was said of records that are gone."""
    scope = scope_of(run.source.name, aside.companion, ())
    with run.conn.transaction():
        history.fence(run.conn, run.target.run_id)
        beside.take_turn(run.conn, scope.table)
        removed = beside.remove_dead(run.conn, scope, owners, aside.since_run)
        if aside.since_run is None and scope.part:
            asked_for = tuple(name for name, _ in aside.companion.parts)
            removed += beside.remove_foreign(run.conn, replace(scope, parts=asked_for))
        return removed


def _before(run: EntityRun, companion: Companion) -> past.Noted | None:
    """What the last run noted that did this; nothing where the table is not there any more."""
    if not stored_columns(run.conn, table_of(run.source.name, companion.entity)):
        return None
    return past.noted(run.conn, run.source.name, run.entity.name, companion.reading)


def _every(run: EntityRun, companion: Companion) -> timedelta | None:
    """How long records may go unasked that did not change; histories only grow when their records change."""
    return run.config.associations_every if companion.reading == "associations" else None


def _moment(said: Mapping[str, Any]) -> datetime | None:
    return datetime.fromisoformat(said["at"]) if said.get("at") else None
