"""After the reading: does it add up, what was restored, and what is gone for good."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import replace

from flows.context import EntityRun
from flows.fetching import Pass, fetch
from flows.passes import bury, load_chunk, run_pass
from sources.page import Records
from tasks.load import key_texts
from tasks.shape import table_of
from tasks.threads import in_database
from tasks.transform import transform
from warehouse import history, seen, sweep

log = logging.getLogger("crm_sync")

ASK_AT_ONCE = 100
# How often pages that shift are read before a run gives up on them.
READINGS = 4
# Of a short list, so many may go at once: a pipeline with its stages is soon more than a third of it.
FEW = 20


async def reconcile(run: EntityRun, changes: Pass) -> str | None:
    """Count the window again and read it once more if it holds more than was read; what is still wrong."""
    if run.entity.shifting and (moving := await _until_nothing_new(run, changes)):
        return moving
    wrong = await _disagreement(run, changes)
    if wrong is None:
        return None
    log.warning("%s %s: %s; reading it again", run.source.name, run.entity.name, wrong)
    await run_pass(run, replace(changes, attempt=changes.attempt + 1))
    wrong = await _disagreement(run, changes)
    return wrong and f"{wrong}, also after reading the window again"


async def _until_nothing_new(run: EntityRun, changes: Pass) -> str | None:
    """Read pages that shift until two readings agree; a reason where they never do.

    One page per list has no neighbour that a record could slip past, and where the total stayed and all of
    it was met, nothing did. Of a resumed run, nobody knows.
    """
    if run.pages <= run.entity.shifting and run.plan.resumes is None:
        return None
    if run.total is not None and run.plan.resumes is None:
        counted = (await fetch(run, Pass("count", "count", changes.since), None)).total
        if counted == run.total == await in_database(seen.count_listed, run.conn, run.run_ids):
            return None
    for attempt in range(1, READINGS):
        before = await _older(run)
        size = _cut_elsewhere(run.entity.page_size, attempt)
        await run_pass(run, replace(changes, attempt=changes.attempt + attempt, page_size=size))
        if before == await _older(run):
            return None
    return (
        f"its pages kept shifting: each of {READINGS} readings met records the one before had not"
    )


def _cut_elsewhere(page_size: int, attempt: int) -> int:
    """A page size for reading again: what ties at the edge of a page may be missed the same way each time."""
    return max(1, page_size - attempt * max(1, page_size // 8))


async def _older(run: EntityRun) -> int:
    """How many records were met that did not come to be after the window: of those, the next run reads all."""
    read = await in_database(seen.count_listed, run.conn, run.run_ids)
    table, until = table_of(run.source.name, run.entity), run.plan.window.until
    return read - await in_database(
        sweep.count_later, run.conn, table, run.run_ids, run.entity.born, until
    )


async def _disagreement(run: EntityRun, changes: Pass) -> str | None:
    counted = (await fetch(run, Pass("count", "count", changes.since), None)).total
    read = await in_database(seen.count_listed, run.conn, run.run_ids)
    if counted is None or counted <= read:
        return None
    return f"the source counts {counted} records in the window, but only {read} distinct ones were read"


async def restore_missing(run: EntityRun) -> None:
    """Ask for rows that count as deleted but are not in the archived list any more: some are restored."""
    table = table_of(run.source.name, run.entity)
    since = run.plan.window.until - run.entity.restorable
    keys = await in_database(sweep.maybe_restored, run.conn, table, run.run_ids, since)
    for some in _slices(keys):
        await ask_for(run, some)


async def replace_completely(run: EntityRun) -> str | None:
    """Remove the rows that the source denies; a reason where that is refused."""
    table = table_of(run.source.name, run.entity)
    keys = await in_database(sweep.unseen, run.conn, table, run.run_ids)
    stored = await in_database(sweep.total, run.conn, table)
    denied: list[str] = []
    for some in _slices(keys):
        found = await ask_for(run, some)
        denied += [key for key in some if key not in found]
        if refused := _too_many(run, len(denied), stored):
            return refused
    run.removed = await in_database(_remove, run, denied)
    return None


async def part_with_missing(run: EntityRun) -> str | None:
    """Mark rows as deleted (or remove them) that a reading of everything did not meet; a reason to refuse.

    They are asked for by id; where nobody can be asked, a second reading must miss them too.
    """
    if run.versions and run.left_out and not run.entity.group:
        # Which rows these parts hold, nothing tells.
        return f"{', '.join(run.left_out)} was not read, so that nothing is taken for gone"
    keys = await _missing(run)
    if not keys:
        return None
    stored = await in_database(sweep.total, run.conn, table_of(run.source.name, run.entity))
    if refused := _implausible(run, len(keys), stored):
        return refused
    if (run.entity.whole and not run.entity.vanishes) or not run.entity.asks_by_id:
        await run_pass(run, Pass("changes", "changes", run.plan.window.since, attempt=READINGS))
    else:
        for some in _slices(keys):
            await ask_for(run, some)
    keys = await _missing(run)
    if run.options.replaces:
        run.removed = await in_database(_remove, run, keys)
    else:
        await in_database(bury, run, keys)
    return None


async def _missing(run: EntityRun) -> list[str]:
    """Keys of rows that this run has not met, of the parts that the source has answered for."""
    return await in_database(
        sweep.unseen,
        run.conn,
        table_of(run.source.name, run.entity),
        run.run_ids,
        _looked_at(run),
        living=not run.options.replaces,
    )


def _looked_at(run: EntityRun) -> sweep.Group | None:
    """The rows that this run would have met if they were still there (None: all)."""
    column, versions = run.entity.group, run.versions
    if not column:
        return None
    if versions is None:
        answered = [name for name, _ in run.entity.parts if name not in run.left_out]
        return sweep.Group(column, answered)
    if versions.reads is None:
        return sweep.Group(column, list(run.left_out), inside=False)
    read = {*versions.reads, *versions.gone} - run.left_out.keys()
    return sweep.Group(column, sorted(read))


def _implausible(run: EntityRun, missing: int, stored: int) -> str | None:
    """Whether a reading missed more than it would if it were whole."""
    return _too_many(run, missing, stored) if missing == stored or missing > FEW else None


def _too_many(run: EntityRun, gone: int, stored: int) -> str | None:
    if gone <= run.config.max_removed * stored:
        return None
    return (
        f"more than {run.config.max_removed:.0%} of the stored rows are not at the source any more;"
        " nothing was removed (max_removed in crm-sync.toml sets the limit)"
    )


def _slices(keys: Sequence[str]) -> Iterator[Sequence[str]]:
    return (keys[begin : begin + ASK_AT_ONCE] for begin in range(0, len(keys), ASK_AT_ONCE))


def _remove(run: EntityRun, keys: Sequence[str]) -> int:
    with run.conn.transaction():
        history.fence(run.conn, run.target.run_id)
        return sweep.remove(run.conn, table_of(run.source.name, run.entity), keys)


async def ask_for(run: EntityRun, keys: Sequence[str]) -> set[str]:
    """Read records by key and load what the source has; the keys of those."""
    asking = Pass("by_id", "by_id")
    chunk = await fetch(run, asking, None, keys=keys)
    found = keys_of(run, chunk.records) if chunk.records else set()
    if chunk.records:
        await load_chunk(run, asking, chunk)
    return found


def keys_of(run: EntityRun, records: Records) -> set[str]:
    """The keys of raw records as the warehouse spells them."""
    rows = transform(run.entity, records).rows.drop_nulls(list(run.entity.key))
    return set(key_texts(rows, run.entity.key))
