"""What changed, or everything: by REST or in bulk, and at the end what was deleted for good."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field

from sources.page import Page, Window
from sources.salesforce import bulk, purged, rest
from sources.salesforce.asked import Asked
from sources.salesforce.refusals import NotInBulk, QueryTimeout
from sources.salesforce.settings import BULK_ABOVE
from sources.salesforce.soql import Place

log = logging.getLogger("crm_sync.salesforce")

REST = "rest:"
# Jobs that may come to nothing before their records are read by REST.
MOST_JOBS = 2


@dataclass(frozen=True, slots=True)
class Manner:
    """How an org is read: in bulk above so many records, or by which way whatever their number.

    `ways` are `auto`, `rest` or `bulk` by the names of entities.
    """

    bulk_above: int = BULK_ABOVE
    ways: Mapping[str, str] = field(default_factory=dict)
    jobs: bulk.Jobs = field(default_factory=bulk.Jobs)


async def counted(asked: Asked, window: Window) -> Page:
    """How many records the window holds now; None where Salesforce takes too long to count them."""
    try:
        return Page([], None, await asked.api.count(asked.name, asked.within(window)))
    except QueryTimeout:
        return Page([])


async def begin(asked: Asked, window: Window, manner: Manner) -> Page:
    """The first page, by the way that suits the number of records."""
    way = manner.ways.get(asked.entity.name, "auto")
    if 0 < window.limit <= manner.bulk_above:
        way = "rest"
    first: Page | None = None
    if way == "auto" and asked.since(window):
        # The first page of a delta tells how many there are; mostly it is the only one.
        first = await _by_rest(asked, window, None)
        way = _suiting(first.total, manner)
    elif way == "auto":
        way = _suiting((await counted(asked, window)).total, manner)
    if way == "bulk":
        try:
            return await manner.jobs.begin(asked, window)
        except NotInBulk as error:
            log.info("salesforce %s: read by REST: %s", asked.entity.name, error)
    return first or await _by_rest(asked, window, None)


async def go_on(asked: Asked, window: Window, cursor: str, manner: Manner) -> Page:
    """The page at a cursor; raises `bulk.Lost` where its job has come to nothing."""
    if cursor.startswith(purged.CURSOR):
        return await purged.purged(asked, window)
    if not cursor.startswith(bulk.CURSOR):
        return await _by_rest(asked, window, Place.parse(cursor.removeprefix(REST)))
    work = bulk.Work.parse(cursor)
    if work.locator != bulk.END:
        return await manner.jobs.go_on(asked, work)
    await manner.jobs.finish(asked, work)
    return Page([], _after_the_last(asked, window))


async def instead(asked: Asked, window: Window, lost: bulk.Lost, manner: Manner) -> Page:
    """In place of a job that has come to nothing: another one; after some, REST."""
    again = lost.again and lost.work.attempt < MOST_JOBS
    how = "beginning another" if again else "reading by REST"
    log.warning("salesforce %s: %s; %s", asked.entity.name, lost, how)
    if again:
        try:
            return await manner.jobs.begin(asked, window, lost.work.attempt + 1)
        except NotInBulk as error:
            log.warning("salesforce %s: read by REST: %s", asked.entity.name, error)
    return Page([], REST, pause=True)


def _suiting(total: int | None, manner: Manner) -> str:
    return "bulk" if total is None or total > manner.bulk_above else "rest"


async def _by_rest(asked: Asked, window: Window, place: Place | None) -> Page:
    stretch = await rest.read(asked, window, place)
    if stretch.following is not None:
        return Page(stretch.records, f"{REST}{stretch.following}", stretch.total)
    return Page(stretch.records, _after_the_last(asked, window), stretch.total)


def _after_the_last(asked: Asked, window: Window) -> str | None:
    """What comes when all records are read: what was deleted for good, where that can be told."""
    tells = asked.found.replicateable and asked.entity.deleted
    return purged.CURSOR if tells and not asked.partial and not window.limit else None
