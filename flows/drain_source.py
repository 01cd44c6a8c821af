"""What a drain does with a source's events: erasure first, then what can be asked for, entity by entity."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from flows.catalogue import chosen_of
from flows.context import SourceRun
from flows.drain_asked import can_be_asked
from flows.drain_entity import drain_entity
from flows.drain_erasure import erase_on_demand
from flows.drain_rounds import give_up_all, ignore_all
from flows.draining import HOW_TO_SEE, PUSHED, Order, set_aside
from flows.failure import message_of
from flows.forget import Place
from flows.options import SyncOptions
from flows.result import Result
from flows.sync import SIDE_BY_SIDE, open_source
from sources.config import Config, SourceConfig
from sources.errors import SourceError
from sources.registry import kind_of
from tasks.steps import Steps
from tasks.threads import in_database
from warehouse import inbox
from warehouse.connection import connect
from warehouse.inbox_view import asked_for

NOT_CHOSEN = "crm-sync.toml does not choose the entity, or the account has none of that name"
NOT_ASKED = "its records cannot be asked for one by one; the entity's next sync reads them"


@dataclass(frozen=True, slots=True)
class Draining:
    """A drain of the inbox: of some `entities` (None: all), and so many events of each (0: all)."""

    config: Config
    place: Place
    options: SyncOptions
    steps: Steps
    entities: Sequence[str] | None = None
    limit: int = 0

    def sources(self, source: str | None) -> list[str]:
        """The sources of which events wait."""
        return sorted({name for name, _ in self._waiting(source)})

    def unread(self, source: str | None) -> list[Result]:
        """What was believed and understood by nobody when it came: said once, by the run that meets it."""
        with connect(self.place.url, schema=self.place.schema) as conn:
            found = inbox.tell_unread(conn, source)
        return [Result(name, "deliveries", "unreconciled", error=_said(n)) for name, n in found]

    async def drain(self, name: str) -> list[Result]:
        """Deal with a source's events: those that ask for erasure first, whether it answers or not."""
        try:
            source = self.config.source(name)
            erased = await in_database(erase_on_demand, self.place, source, self.entities)
            return erased + await self._others(source)
        except SourceError as error:
            waiting = await in_database(self._waiting, name)
            return [
                Result(name, entity, "failed", error=message_of(error)) for _, entity in waiting
            ]

    async def _others(self, source: SourceConfig) -> list[Result]:
        waiting = await in_database(self._hints, source.name)
        hopeless = [name for name in waiting if _cannot_be_asked(source, name)]
        results = [await in_database(self._ignore, source, one, NOT_ASKED) for one in hopeless]
        names = [name for name in waiting if name not in hopeless]
        if not names:
            return results
        asks = source.kind != PUSHED
        place = self.place
        async with open_source(
            self.config, source, place.url, place.privacy, self.options, self.steps, asks=asks
        ) as run:
            orders, unknown = await self._orders(run, source, names)
            # What only an event holds cannot be read another day.
            aside = self._ignore if asks else self._give_up
            results += [await in_database(aside, source, one, NOT_CHOSEN) for one in unknown]
            return results + await _side_by_side(run, orders)

    async def _orders(
        self, run: SourceRun, source: SourceConfig, names: Sequence[str]
    ) -> tuple[list[Order], list[str]]:
        """What is to be drained by entity, and the names that belong to none."""
        chosen = await chosen_of(run, source, None)
        orders: list[Order] = []
        known: set[str] = set()
        for entity, config in chosen:
            # Who sent the event may know the entity by its place in the account alone.
            by = tuple(
                name for name in names if name in {entity.name, entity.path, entity.object_type}
            )
            if by and not known.issuperset(by):
                orders.append(Order(source, entity, config, by, self.limit))
                known.update(by)
        return orders, [name for name in names if name not in known]

    def _waiting(self, source: str | None) -> dict[tuple[str, str], int]:
        """How many events are due, by source and entity."""
        with connect(self.place.url, schema=self.place.schema) as conn:
            found = inbox.groups(conn, source)
        wanted = self.entities
        return {key: n for key, n in found.items() if wanted is None or key[1] in wanted}

    def _hints(self, source: str) -> list[str]:
        """The entities of which other events are due than those that ask for erasure."""
        with connect(self.place.url, schema=self.place.schema) as conn:
            asked = asked_for(conn, source)
        due = self._waiting(source)
        return [name for (_, name), n in due.items() if n > len(asked.get(name, ()))]

    def _ignore(self, source: SourceConfig, entity: str, reason: str) -> Result:
        with connect(self.place.url, schema=self.place.schema) as conn:
            count = ignore_all(conn, self.place.privacy, source.name, [entity], reason)
        return set_aside(source.name, entity, count)

    def _give_up(self, source: SourceConfig, entity: str, reason: str) -> Result:
        with connect(self.place.url, schema=self.place.schema) as conn:
            count = give_up_all(conn, source.name, entity, reason)
        said = f"{count} event(s) were given up ({HOW_TO_SEE}): {reason}"
        return Result(source.name, entity, "unreconciled", error=said)


def _said(unread: int) -> str:
    return f"{unread} event(s) came that nobody understands ({HOW_TO_SEE})"


def _cannot_be_asked(source: SourceConfig, name: str) -> bool:
    entity = kind_of(source).entities.get(name)
    return entity is not None and source.kind != PUSHED and not can_be_asked(entity)


async def _side_by_side(run: SourceRun, orders: Sequence[Order]) -> list[Result]:
    """Drain some entities at a time, as a sync does."""
    turn = asyncio.Semaphore(SIDE_BY_SIDE)

    async def in_turn(order: Order) -> Result:
        async with turn:
            return await drain_entity(run, order)

    # A group, when interrupted, waits until every entity has closed its history row.
    async with asyncio.TaskGroup() as group:
        runs = [group.create_task(in_turn(order)) for order in orders]
    return [done.result() for done in runs]
