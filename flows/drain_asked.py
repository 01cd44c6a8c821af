"""Events as hints: the records they are about are asked for by id, and what the source denies is gone."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from flows.beside import ask_about
from flows.draining import Drain
from flows.failure import message_of
from flows.reconcile import ASK_AT_ONCE, FEW, ask_for
from sources.entity import Entity
from sources.errors import (
    ConfigError,
    MissingScope,
    QuotaExhausted,
    RetryLater,
    SourceError,
    Unauthorized,
    Unavailable,
)
from tasks.shape import table_of
from tasks.threads import in_database
from warehouse import by_key, history, inbox, sweep
from warehouse.errors import WarehouseError, explained
from warehouse.inbox import Waiting
from warehouse.merged import Merged

# What is no fault of the records that were asked for: others would fare no better now.
OF_THE_SOURCE = (Unavailable, RetryLater, QuotaExhausted, Unauthorized, MissingScope, ConfigError)
# What says itself when to ask again, or waits for a person: no attempt of the events.
NO_ATTEMPT = (RetryLater, QuotaExhausted, Unauthorized, ConfigError)
GONE = frozenset({"deleted", "merged"})
NAMELESS = "it does not say which record it is about; the next sync reads what changed"
TOO_MANY = (
    "the source denies more of the stored records than its events say were deleted; they stay until a"
    " whole reading has decided (max_removed in crm-sync.toml sets the limit)"
)

About = dict[str, list[Waiting]]


def can_be_asked(entity: Entity) -> bool:
    """Whether single records of an entity can be asked for."""
    return entity.asks_by_id and not entity.whole and len(entity.key) == 1


async def ask_again(drain: Drain, events: Sequence[Waiting]) -> None:
    """Read again what events are about, each record once; they are done when that has landed."""
    await drain.ignore([event for event in events if not event.record_key], NAMELESS)
    about: About = {}
    for event in events:
        if event.record_key:
            about.setdefault(event.record_key, []).append(event)
    keys = list(about)
    for begin in range(0, len(keys), ASK_AT_ONCE):
        await _ask({key: about[key] for key in keys[begin : begin + ASK_AT_ONCE]}, drain)


async def _ask(about: About, drain: Drain) -> None:
    """Ask for some records at once; where one of them is refused, by halves until it stands alone."""
    try:
        await _read(drain, about)
    except Exception as error:
        if _is_of_others(error):
            if isinstance(error, SourceError) and not isinstance(error, NO_ATTEMPT):
                await drain.try_later(_all(about), message_of(error))
            raise
        if len(about) == 1:
            await drain.try_later(_all(about), message_of(error))
            return
        keys = list(about)
        half = len(keys) // 2
        for some in (keys[:half], keys[half:]):
            await _ask({key: about[key] for key in some}, drain)


def _is_of_others(error: Exception) -> bool:
    """Whether something went wrong that has nothing to do with the records asked for."""
    return isinstance(error, (*OF_THE_SOURCE, WarehouseError)) or explained(error) is not None


async def _read(drain: Drain, about: About) -> None:
    run = drain.run
    found = await ask_for(run, list(about))
    drain.tally.records += len(found)
    linked = [key for key, events in about.items() if any(e.action == "linked" for e in events)]
    if linked:
        await _ask_about_links(drain, linked)
    denied = {key: events for key, events in about.items() if key not in found}
    if denied and await _implausible(drain, denied):
        await drain.try_later(_all(denied), TOO_MANY)
        about = {key: events for key, events in about.items() if key in found}
        denied = {}
    moments = {key: _moment(events, run.plan.window.until) for key, events in denied.items()}
    ids = [event.id for event in _all(about)]
    await in_database(_settle, drain, moments, ids)
    drain.tally.done += len(ids)


async def _ask_about_links(drain: Drain, keys: Sequence[str]) -> None:
    """Read the associations of records that are stored; those of others come with the records."""
    run = drain.run
    table = table_of(run.source.name, run.entity)
    alive = await in_database(by_key.living, run.conn, table, keys)
    for companion in run.entity.beside:
        if companion.reading == "associations" and alive:
            await ask_about(run, companion, alive)


async def _implausible(drain: Drain, denied: Mapping[str, Sequence[Waiting]]) -> bool:
    """Whether more records are denied, without an event that says so, than a credential's eyes would miss."""
    run = drain.run
    unsaid = [key for key, said in denied.items() if not any(e.action in GONE for e in said)]
    table = table_of(run.source.name, run.entity)
    alive = await in_database(by_key.living, run.conn, table, unsaid) if unsaid else []
    if drain.denied + len(alive) <= FEW:
        drain.denied += len(alive)
        return False
    stored = await in_database(sweep.roughly, run.conn, table)
    if drain.denied + len(alive) > run.config.max_removed * stored:
        return True
    drain.denied += len(alive)
    return False


def _settle(drain: Drain, moments: Mapping[str, datetime], ids: Sequence[int]) -> None:
    """Note stored rows as deleted that the source denies, and the events as done, in one transaction."""
    run = drain.run
    with run.conn.transaction():
        history.fence(run.conn, run.target.run_id)
        table = table_of(run.source.name, run.entity)
        buried = by_key.bury_each(run.conn, table, moments, run.target.run_id)
        history.count(run.conn, run.target.run_id, Merged(deleted=buried))
        inbox.mark_done(run.conn, ids, run.target.run_id)


def _moment(events: Sequence[Waiting], until: datetime) -> datetime:
    """When a record went, as the latest event that says so tells; else the moment of this run."""
    told = [event.occurred_at for event in events if event.action in GONE and event.occurred_at]
    return max(told, default=until)


def _all(about: Mapping[str, Sequence[Waiting]]) -> list[Waiting]:
    return [event for events in about.values() for event in events]
