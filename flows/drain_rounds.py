"""Round after round of an entity's events: whose they are, whom they may not bring back, and what reads them."""

from collections.abc import Iterator, Sequence

from flows import drain_asked, drain_pushed
from flows.draining import Drain
from flows.entity import describe
from flows.forget import stored_name
from sources.listening import account_of
from sources.privacy import Privacy, WrongKey
from tasks.forgotten import forgotten
from tasks.threads import in_database
from warehouse import inbox, tombstones
from warehouse.connection import Connection
from warehouse.forget import erase_keys
from warehouse.inbox import Waiting

# Events in memory at once.
ROUND = 2_000
ERASURE = "privacy_deleted"


def ignore_all(
    conn: Connection, privacy: Privacy, source: str, names: Sequence[str], reason: str
) -> int:
    """Note that nothing is to be done for the events of some names, save for those that ask for erasure."""
    ignored = 0
    for name in names:
        for some in _hints(conn, source, name):
            _empty_forgotten(conn, privacy, source, name, some)
            ignored += inbox.mark_ignored(conn, [one.id for one in some], reason)
    return ignored


def give_up_all(conn: Connection, source: str, name: str, reason: str) -> int:
    """Note that nobody knows what to do with the events of a name, though they hold records."""
    return sum(
        inbox.mark_dead(conn, [one.id for one in some], reason)
        for some in _hints(conn, source, name)
    )


def _hints(conn: Connection, source: str, name: str) -> Iterator[list[Waiting]]:
    after = 0
    while some := inbox.pending(conn, source, name, ROUND, after):
        after = some[-1].id
        yield [one for one in some if one.action != ERASURE]


def _empty_forgotten(
    conn: Connection, privacy: Privacy, source: str, name: str, events: Sequence[Waiting]
) -> None:
    """What is said of people who were erased is not kept either where nothing comes of it."""
    entity = stored_name(conn, source, name)
    if not tombstones.exist(conn, source, entity):
        return
    keys = {event.record_key for event in events if event.record_key}
    found = forgotten(conn, privacy, source, entity, keys)
    inbox.erase_payloads(conn, [one.id for one in events if one.record_key in found])
    erase_keys(conn, source, name, list(found))


async def drain_all(drain: Drain) -> None:
    """Round after round of the events that wait, each name's from its first."""
    await describe(drain.run)
    for name in drain.order.names:
        after = 0
        while some := await _pending(drain, name, after):
            after = some[-1].id
            drain.tally.events += len(some)
            drain.run.announce(len(some))
            await _deal_with(drain, some)
            if len(some) < ROUND:
                # What came meanwhile is the next drain's: this one has an end, however many come.
                break


async def _pending(drain: Drain, name: str, after: int) -> list[Waiting]:
    most = min(ROUND, drain.order.limit - drain.tally.events) if drain.order.limit else ROUND
    if most <= 0:
        return []
    return await in_database(
        inbox.pending, drain.run.conn, drain.order.source.name, name, most, after
    )


async def _deal_with(drain: Drain, events: Sequence[Waiting]) -> None:
    # Who asks for erasure has a transaction of its own, before anything else is read.
    events = [event for event in events if event.action != ERASURE]
    strangers, ours = _by_account(drain, events)
    await drain.ignore(strangers, "it is of another account than the credential's")
    erased, rest = await in_database(_apart, drain, ours)
    if erased:
        await in_database(_erase, drain, erased)
        await drain.ignore(erased, "its record was erased on demand")
    if drain.order.pushed:
        await drain_pushed.apply(drain, rest)
    else:
        await drain_asked.ask_again(drain, rest)


def _by_account(drain: Drain, events: Sequence[Waiting]) -> tuple[list[Waiting], list[Waiting]]:
    """Events of other accounts, and ours: one address may be told of several."""
    reader = drain.run.source.reader
    strangers: list[Waiting] = []
    ours: list[Waiting] = []
    for event in events:
        said = _account_said(drain, event) if reader.account else ""
        (strangers if said and said != reader.account else ours).append(event)
    return strangers, ours


def _account_said(drain: Drain, event: Waiting) -> str:
    """The account that an event says it is of; '' where it does not say, or cannot be read."""
    try:
        payload = drain.run.source.reader.privacy.open(event.payload or b"P")
    except WrongKey:
        return ""
    return account_of(drain.order.source, payload)


def _apart(drain: Drain, events: Sequence[Waiting]) -> tuple[list[Waiting], list[Waiting]]:
    """Events of records that were erased on demand, and all others."""
    run = drain.run
    source, entity = run.source.name, run.entity.name
    if not tombstones.exist(run.conn, source, entity):
        return [], list(events)
    keys = {event.record_key for event in events if event.record_key}
    found = forgotten(run.conn, run.target.privacy, source, entity, keys)
    erased = [event for event in events if event.record_key in found]
    return erased, [event for event in events if event.record_key not in found]


def _erase(drain: Drain, events: Sequence[Waiting]) -> None:
    """Keep that events came, and nothing of what they say."""
    conn, source = drain.run.conn, drain.order.source.name
    inbox.erase_payloads(conn, [event.id for event in events])
    keys = [event.record_key for event in events if event.record_key]
    for name in drain.order.names:
        erase_keys(conn, source, name, keys)
