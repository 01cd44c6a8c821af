"""Another try for rejected records: read again by id, else made again from their stored raw form."""

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

from prefect import flow
from prefect.client.schemas import State

from flows import progress
from flows.catalogue import chosen_of
from flows.closing import close, close_failed
from flows.context import EntityRun, SourceRun
from flows.entity import connections, describe
from flows.failure import message_of
from flows.fetching import Pass
from flows.options import SyncOptions
from flows.passes import load_chunk
from flows.plan import Plan
from flows.reconcile import ask_for
from flows.result import Result
from flows.secrets import warehouse_url
from flows.sync import conclude, open_source
from flows.version import CODE_VERSION
from sources.config import Config, EntityConfig
from sources.entity import Entity
from sources.errors import SourceError
from sources.exact_json import decode_json
from sources.page import Window
from sources.privacy import Privacy
from sources.registry import configured
from tasks.batch import Chunk
from tasks.history import Books
from tasks.load import Target
from tasks.report import Reporter
from tasks.steps import AS_TASKS, Steps
from tasks.threads import in_database
from warehouse import embedded, history, locks, rejects
from warehouse.connection import Connection, connect
from warehouse.prepare import prepare

AT_ONCE = 100  # records per question
HASHED = "#"  # how the stored key of a record without one begins
NOT_BY_ITSELF = (
    "cannot be replayed: either crm-sync.toml chooses other entities, or its records are read beside those"
    " of another entity, whose next run reads them again"
)

Row = dict[str, Any]
Groups = dict[tuple[str, str], list[int]]


@flow(name="rejects-replay", flow_run_name="replay {source} {entity}", persist_result=False)
async def rejects_replay(
    source: str | None = None,
    entity: str | None = None,
    reject_id: int | None = None,
    debug: bool = False,
) -> State[list[Row]]:
    """Try open rejected records again, all of them or those of a source, an entity, or one alone."""
    return conclude(await replay(source, entity, reject_id, debug=debug))


async def replay(
    source: str | None = None,
    entity: str | None = None,
    reject_id: int | None = None,
    *,
    debug: bool = False,
    steps: Steps = AS_TASKS,
) -> list[Result]:
    """Try open rejects again; a run per entity, whose rows no delta begins at and no run resumes."""
    config = configured()
    url = await warehouse_url(config)
    await in_database(prepare, url, config.bookkeeping_schema, upgrades=embedded.is_at(url))
    waiting = await in_database(_waiting, url, config, source, entity, reject_id)
    results: list[Result] = []
    for name in sorted({group[0] for group in waiting}):
        groups = {group: ids for group, ids in waiting.items() if group[0] == name}
        results += await _of_source(config, url, name, groups, SyncOptions(debug=debug), steps)
    progress.concluded(results)
    return results


def _waiting(
    url: str, config: Config, source: str | None, entity: str | None, reject_id: int | None
) -> Groups:
    with connect(url, schema=config.bookkeeping_schema) as conn:
        return rejects.open_ids(conn, source, entity, reject_id)


async def _of_source(
    config: Config, url: str, name: str, groups: Groups, options: SyncOptions, steps: Steps
) -> list[Result]:
    """Replay a source's rejects, one entity after the other: there are few of them."""
    try:
        source = config.source(name)
        async with open_source(config, source, url, Privacy.from_env(), options, steps) as run:
            known = {
                entity.name: (entity, said) for entity, said in await chosen_of(run, source, None)
            }
            return [
                await _of_entity(run, *known[entity], ids)
                if entity in known
                else Result(name, entity, "failed", error=NOT_BY_ITSELF)
                for (_, entity), ids in groups.items()
            ]
    except SourceError as error:
        return [Result(name, entity, "failed", error=str(error)) for _, entity in groups]


async def _of_entity(
    source: SourceRun, entity: Entity, config: EntityConfig, ids: list[int]
) -> Result:
    """Replay an entity's rejects under its lock."""
    reporter = Reporter(source.name, entity.name, mask_all=source.mask_values)
    async with connections(source) as (lock, conn):
        if await in_database(locks.lock, lock, source.name, entity.name):
            result = await _recorded(source, entity, config, conn, reporter, ids)
        else:
            result = Result(
                source.name, entity.name, "skipped", error="another run is at work on it"
            )
    progress.finished(source.name, entity.name, result.outcome)
    return result


async def _recorded(
    source: SourceRun,
    entity: Entity,
    config: EntityConfig,
    conn: Connection,
    reporter: Reporter,
    ids: list[int],
) -> Result:
    """A run with a history row, but without a window: it is neither an anchor nor resumed."""
    await in_database(history.close_orphans, conn, source.name, entity.name)
    books = Books(conn)
    run_id = await source.steps.open(source.name, entity.name, _configuration(source), books)
    plan = Plan("manual", Window(None, source.until), (), may_anchor=False)
    target = Target(conn, source.name, run_id, reporter, privacy=source.reader.privacy)
    run = EntityRun(source, config, entity, conn, plan, target, reporter)
    try:
        await _try_again(run, ids)
        found = await in_database(rejects.fates, conn, run_id, ids)
    except Exception as error:  # noqa: BLE001 - whatever it was is told in the history row
        said = message_of(error)
        reporter.failed(said)
        return Result(
            source.name, entity.name, "failed", await close_failed(run, books, said, {}), said
        )
    except BaseException:
        # Cancelled or interrupted: said in the row, then passed on.
        await asyncio.shield(
            close_failed(run, books, "the replay was cancelled or interrupted", {})
        )
        raise
    status = "partial" if found["stay"] else "success"
    row = await close(run, books, status, None, {"replay": found})
    reporter.completed(row.get("records_created", 0), row.get("records_updated", 0), found["stay"])
    return Result(source.name, entity.name, "partial" if found["stay"] else "success", row)


def _configuration(source: SourceRun) -> Row:
    return {
        "strategy": "replay",
        "anchor": False,
        "account": source.reader.account,
        "api_version": source.reader.api_version,
        "code_version": CODE_VERSION,
        "flow_run_id": source.flow_run_id,
    }


async def _try_again(run: EntityRun, ids: list[int]) -> None:
    await describe(run)
    run.announce(len(ids))
    for some in _slices(ids):
        rows = await in_database(rejects.some, run.conn, some)
        keyed = [row for row in rows if asked_by_id(run.entity, row)]
        if keyed:
            await ask_for(run, [row["record_key"] for row in keyed])
        await _make_again(run, [row for row in rows if not asked_by_id(run.entity, row)])


def asked_by_id(entity: Entity, row: Row) -> bool:
    """Whether the source can be asked for the record: by a key, and one of a single part."""
    asks = entity.asks_by_id and not entity.whole
    return asks and len(entity.key) == 1 and not row["record_key"].startswith(HASHED)


async def _make_again(run: EntityRun, rows: Sequence[Row]) -> None:
    """Transform, validate and load the stored raw form; what is not rejected again is closed."""
    if not rows:
        return
    records = [decode_json(row["raw"].encode()) for row in rows]
    run.source.reader.privacy.protect(run.entity, records)
    await load_chunk(run, Pass("replay", "by_id"), Chunk(records, start=None, cursor=None))
    ids = [row["id"] for row in rows]
    await in_database(rejects.close_not_repeated, run.conn, run.target.run_id, ids)


def _slices(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    return (ids[begin : begin + AT_ONCE] for begin in range(0, len(ids), AT_ONCE))
