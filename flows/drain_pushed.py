"""Events that hold the record itself: transformed, validated and loaded as they are, in the order they came."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby

from flows.draining import Drain
from flows.fetching import Pass
from flows.passes import load_chunk
from sources.errors import BadAnswer
from sources.exact_json import decode_json
from sources.page import Record
from sources.privacy import WrongKey
from tasks.batch import Chunk
from tasks.shape import table_of
from tasks.threads import in_database
from warehouse import by_key, history, inbox
from warehouse.inbox import Waiting
from warehouse.merged import Merged

PUSHED = Pass("pushed", "by_id")
UNREADABLE = "its payload is no JSON object"
ERASED = "what it said was erased"
UNKNOWN = "nobody can be asked for the record, and the event does not hold it"


async def apply(drain: Drain, events: Sequence[Waiting]) -> None:
    """Load records, and note as deleted what events say is deleted, each in its turn."""
    for action, some in groupby(events, key=lambda event: event.action):
        match action:
            case "record":
                await _load(drain, list(some))
            case "deleted":
                await _bury(drain, list(some))
            case _:
                await drain.ignore(list(some), UNKNOWN)


async def _load(drain: Drain, events: Sequence[Waiting]) -> None:
    run, whole, broken = drain.run, [event for event in events if event.payload is not None], []
    await drain.ignore([event for event in events if event.payload is None], ERASED)
    records: list[Record] = []
    loaded: list[Waiting] = []
    for event in whole:
        record = _record(drain, event)
        if record is None:
            broken.append(event)
        else:
            records.append(record)
            loaded.append(event)
    if broken:
        await drain.give_up_on(broken, UNREADABLE)
    if not records:
        return
    run.source.reader.privacy.protect(run.entity, records)
    drain.tally.records += len(records)
    # What does not fit its table is kept with the rejected records; the event has done its part.
    await load_chunk(run, PUSHED, Chunk(records, start=None, cursor=None))
    await drain.done(loaded)


def _record(drain: Drain, event: Waiting) -> Record | None:
    """What an event holds; None where nobody can read it. Raises WrongKey where our keys do not open it."""
    try:
        found = decode_json(drain.run.source.reader.privacy.open(event.payload or b""))
    except WrongKey:
        raise
    except (BadAnswer, ValueError):
        return None
    return found if isinstance(found, dict) else None


async def _bury(drain: Drain, events: Sequence[Waiting]) -> None:
    moments = {e.record_key: e.occurred_at or e.received_at for e in events if e.record_key}
    await in_database(_settle, drain, moments, [event.id for event in events])
    drain.tally.done += len(events)


def _settle(drain: Drain, moments: dict[str, datetime], ids: Sequence[int]) -> None:
    run = drain.run
    with run.conn.transaction():
        history.fence(run.conn, run.target.run_id)
        table = table_of(run.source.name, run.entity)
        buried = by_key.bury_each(run.conn, table, moments, run.target.run_id)
        history.count(run.conn, run.target.run_id, Merged(deleted=buried))
        inbox.mark_done(run.conn, ids, run.target.run_id)
