"""Draining the inbox: what pushed events are about is read again, and merged as by any run."""

from collections.abc import Sequence
from typing import Any

from prefect import flow, runtime
from prefect.client.schemas import State

from flows import progress
from flows.drain_events import receive
from flows.drain_source import Draining
from flows.failure import told_plainly
from flows.forget import Place
from flows.options import SyncOptions
from flows.page_storage import root_of
from flows.result import Result
from flows.run_name import drain_name
from flows.secrets import privacy_of_run, warehouse_url
from flows.sync import conclude, speak_up
from sources.config import Config
from sources.errors import ConfigError
from sources.registry import configured, declared_entities, kind_of
from tasks.steps import AS_TASKS, Steps
from tasks.threads import in_database
from warehouse import embedded
from warehouse.prepare import prepare

Row = dict[str, Any]


@flow(name="webhooks-drain", flow_run_name=drain_name, persist_result=False)
@told_plainly
async def webhooks_drain(
    source: str | None = None,
    entities: list[str] | None = None,
    limit: int = 0,
    events: Any = None,  # of no declared type: Prefect logs what does not fit one, people's data and all
    debug: bool = False,
) -> State[list[Row]]:
    """Read again what pushed events are about, of all sources or one, of all entities or some.

    `limit` is how many events of an entity to deal with (0: all). `events` is a payload as Prefect's own
    events carry it, {"source": "hubspot", "body": ...}, or a list of them; they go through the inbox as well.
    """
    return conclude(await drain(source, entities, limit, events, debug=debug))


async def drain(
    source: str | None = None,
    entities: Sequence[str] | None = None,
    limit: int = 0,
    events: Any = None,
    *,
    debug: bool = False,
    steps: Steps = AS_TASKS,
) -> list[Result]:
    """Deal with the events that are due; a run for each entity that has any, no anchor and not resumed."""
    speak_up(debug=debug)
    config = configured()
    _refuse_wrong(config, source, entities, limit)
    privacy = await privacy_of_run()
    url = await warehouse_url(config)
    await in_database(prepare, url, config.bookkeeping_schema, upgrades=embedded.is_at(url))
    flow_run_id = str(runtime.flow_run.id) if runtime.flow_run.id else None
    place = Place(url, config.bookkeeping_schema, privacy, flow_run_id, root_of(config))
    if events:
        await in_database(receive, config, place, events)
    draining = Draining(config, place, SyncOptions(debug=debug), steps, entities, limit)
    results: list[Result] = []
    for name in await in_database(draining.sources, source):
        results += await draining.drain(name)
    results += await in_database(draining.unread, source)
    progress.concluded(results)
    return results


def _refuse_wrong(
    config: Config, source: str | None, entities: Sequence[str] | None, limit: int
) -> None:
    """Raise ConfigError for what nobody can mean, before anything is read."""
    if limit < 0:
        raise ConfigError(f"limit is {limit}: give a number of events, or 0 for all")
    if source is None:
        return
    kind = kind_of(config.source(source))
    if entities and not (kind.custom_objects or kind.any_entity):
        declared_entities(config.source(source), entities)
