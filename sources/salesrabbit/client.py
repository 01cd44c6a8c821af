"""SalesRabbit asked for pages (the classic API, https://api.salesrabbit.com)."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from sources.entity import Entity
from sources.errors import BadAnswer, NoProgress, Refused
from sources.http import Http
from sources.page import Account, Catalogue, Page, Quota, Reading, Record, Window
from sources.policy import server_date
from sources.salesrabbit.entities import ENTITIES, FEEDS, LEADS
from sources.salesrabbit.policy import Unchanged
from sources.salesrabbit.records import lead, records_of

# Whether a stamp equal to the one asked for is included, and how it is rounded, is not said.
STEP_BACK = timedelta(seconds=1)


class Place(NamedTuple):
    """Where a reading stands: which feed, which page, and what the page before it was."""

    feed: int = 0
    page: int = 1
    before: str = ""

    @classmethod
    def at(cls, cursor: str | None) -> "Place":
        """The place a cursor names; the first one without."""
        if cursor is None:
            return cls()
        feed, page, before = cursor.split("~")
        return cls(int(feed), int(page), before)

    def __str__(self) -> str:
        return f"{self.feed}~{self.page}~{self.before}"


class SalesRabbit:
    """One SalesRabbit account; holds a connection and no state of any reading."""

    def __init__(self, http: Http) -> None:
        self._http = http

    async def account(self) -> Account:
        """Check the token and read SalesRabbit's clock; whose account it is, the API does not tell."""
        reply = await self._http.request(
            "GET",
            "/leadStatuses",
            # A token that may not read this may still read other lists.
            accept=(200, 403, 404),
            expect_json=False,
        )
        return Account("", server_date(reply))

    async def catalogue(self, known: Mapping[str, str]) -> Catalogue:
        """The declared entities: there are no others."""
        return Catalogue(tuple(ENTITIES.values()))

    async def describe(self, entity: Entity, among: Sequence[Entity] = ()) -> Entity:
        """The entity as declared: no metadata says more."""
        return entity

    async def fetch(
        self,
        entity: Entity,
        reading: Reading,
        window: Window,
        cursor: str | None,
        *,
        keys: Sequence[str] = (),
    ) -> Page:
        """One page; how many records there are, SalesRabbit does not say."""
        match reading:
            case "changes":
                return await self._listed(entity, window, Place.at(cursor))
            case "by_id" if entity.name == LEADS.name:
                return Page(await self._by_id(keys))
            case "count":
                return Page([])
            case _:
                raise ValueError(f"{entity.name} cannot be asked for {reading}")

    async def quota(self) -> Quota | None:
        """No daily limit is known."""
        return None

    async def _listed(self, entity: Entity, window: Window, place: Place) -> Page:
        """A page of a list; of a delta, of one feed after the other."""
        feeds = FEEDS.get(entity.name, ()) if window.since else ()
        found: list[Record] = []
        while True:
            header = {feeds[place.feed]: _stamp(window.since)} if feeds and window.since else {}
            records, following = await self._page(entity, place, header)
            found += records
            if following is None and place.feed + 1 < len(feeds):
                following = Place(place.feed + 1)
                if place.page == 1:
                    # Short feeds are one page together: nothing can have slipped past between them.
                    place = following
                    continue
            return Page(found, following and str(following))

    async def _page(
        self, entity: Entity, place: Place, header: Mapping[str, str]
    ) -> tuple[list[Record], Place | None]:
        """The records of one page of one feed, and where the next one is."""
        # The order of leads is not said; by creation, what is new comes last and moves nothing.
        order = {"sortBy": "dateCreated", "order": "asc"} if entity.name == LEADS.name else {}
        params = {"page": str(place.page), "perPage": str(entity.page_size), **order}
        try:
            reply = await self._http.request(
                "GET", f"/{entity.path}", params=params, headers=header
            )
        except Unchanged:
            return [], None
        records, units = records_of(entity, reply.json())
        mark = _mark(entity, records)
        more = _more(reply.json(), units, entity.page_size)
        if place.before == mark and (more or records):
            if not entity.whole:
                raise NoProgress(f"SalesRabbit's page {place.page} of {entity.name} repeats itself")
            # Some lists are given whole on every page.
            return [], None
        return records, Place(place.feed, place.page + 1, mark) if more else None

    async def _by_id(self, keys: Sequence[str]) -> list[Record]:
        """Leads one by one; those SalesRabbit does not have are simply not among them."""
        found: list[Record] = []
        for key in keys:
            try:
                reply = await self._http.request("GET", f"/leads/{int(key)}")
            except Refused as error:
                if error.status != 404:
                    raise
                continue
            answer = reply.json()
            record = answer.get("data") if isinstance(answer, dict) else None
            if not isinstance(record, dict):
                raise BadAnswer(f"SalesRabbit's answer has no lead {key}")
            found.append(lead(record))
        return found


def _stamp(moment: datetime) -> str:
    """ISO 8601, though the header's name suggests another form."""
    return (moment.astimezone(UTC) - STEP_BACK).replace(microsecond=0).isoformat()


def _more(answer: Any, units: int, asked: int) -> bool:
    """Whether there is another page; where nothing is said, a full one may have a next."""
    meta = answer.get("meta")
    said = meta.get("morePages") if isinstance(meta, dict) else None
    return units >= asked if said is None else bool(said)


def _mark(entity: Entity, records: Sequence[Record]) -> str:
    """What tells a page from another: the keys on it."""
    places = [field.path for field in entity.fields if field.name in entity.key]
    keys = [
        [record.get(place) for place in places] if isinstance(record, dict) else record
        for record in records
    ]
    return hashlib.sha256(repr(keys).encode()).hexdigest()[:16]
