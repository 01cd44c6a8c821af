"""SalesPro's tables in a database of somebody's; user activities are paged by their stamps alone.

They have no key, so that a place between two rows is one between two stamps: all rows of one stamp are on
one page, where those that are alike can be counted.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import sqlalchemy as sa

from sources.database.backends.backend import Backend
from sources.database.client import EVERYTHING, MOST_BYTES, Database
from sources.database.cursor import Span
from sources.database.layout import Layout, layout_of
from sources.database.routes.route import Answer
from sources.database.source import opener_of
from sources.database.stamps import Clause, value
from sources.entity import Entity
from sources.page import Page, Reading, Window
from sources.rows import Rows
from sources.salespro.entities import ENTITIES, EVENT, SAID, USER_ACTIVITIES
from sources.salespro.events import MADE_OF, with_ids

STAMP, COUNT = "_stamp", "_count"
STAMPED = "created_at"  # the column that orders them


class Place(NamedTuple):
    """A place between stamps: behind one, or (`whole`) before the first row that has it."""

    stamp: Any
    whole: bool

    @classmethod
    def of(cls, cursor: str) -> "Place":
        """The place that a cursor names."""
        found = Span.of(cursor)
        return cls((found.after or (None,))[0], found.keyless)

    def __str__(self) -> str:
        return Span(None if self.stamp is None else (self.stamp,), keyless=self.whole).text


class SalesPro(Database):
    """A database with SalesPro's tables."""

    async def describe(self, entity: Entity, among: Sequence[Entity] = ()) -> Entity:
        """The entity with the columns of its table; of user activities, with the id that is made of them."""
        if entity.name != USER_ACTIVITIES.name:
            return await super().describe(entity, among)
        if self._options.of(entity.name).key:
            # Somebody knows what tells the rows apart.
            return await super().describe(replace(_plain(entity), key=()), among)
        described = await super().describe(_plain(entity), among)
        [event] = [field for field in entity.fields if field.path == EVENT]
        return replace(
            described,
            key=entity.key,
            fields=(event, *(replace(field, required=False) for field in described.fields)),
            asks_by_id=False,
            splits=False,
        )

    async def fetch(
        self,
        entity: Entity,
        reading: Reading,
        window: Window,
        cursor: str | None,
        *,
        keys: Sequence[str] = (),
    ) -> Page:
        """One page of an entity."""
        if all(field.path != EVENT for field in entity.fields):
            return await super().fetch(entity, reading, window, cursor, keys=keys)
        match reading:
            case "changes":
                return await self._activities(entity, window, cursor)
            case "count":
                return await self._counted(entity, window)
            case _:
                return Page([])

    async def _activities(self, entity: Entity, window: Window, cursor: str | None) -> Page:
        """Rows in the order of their stamps; the page ends where a stamp does."""
        asked = await self._asked(entity, window)
        place = Place.of(cursor) if cursor else None
        if place is None and window.since is None:
            # Rows without a stamp have no place in the order.
            answer = await self._read(entity, asked.rows(asked.order.is_(None)), EVERYTHING)
            return asked.page(answer, Place(None, whole=False))
        rows = min(entity.page_size, window.limit or entity.page_size)
        statement = asked.rows(*asked.behind(place)).order_by(asked.order).limit(rows)
        answer = await self._read(entity, statement, MOST_BYTES)
        if answer.frame.height < rows and not answer.cut:
            return asked.page(answer, None)
        stamps = answer.frame[STAMP]
        before = answer.frame.filter(stamps != stamps[-1])
        last = answer.last[-1]
        if before.height:
            return asked.page(replace(answer, frame=before), Place(last, whole=True))
        answer = await self._read(entity, asked.rows(asked.order == asked.sent(last)), EVERYTHING)
        return asked.page(answer, Place(last, whole=False))

    async def _counted(self, entity: Entity, window: Window) -> Page:
        asked = await self._asked(entity, window)
        if asked.layout.stamp is None:
            return Page([])
        until = asked.backend.bounds.until(asked.layout.stamp, window.until)
        answer = await self._read(entity, asked.count(until))
        return Page([], None, int(answer.frame.item()))

    async def _asked(self, entity: Entity, window: Window) -> "Asked":
        plain = _plain(entity)
        found = self._descriptions.get(entity.name) or await self._describe(plain)
        backend = self._connected.backend
        layout = layout_of(plain, found, self._options.of(entity.name), backend, window.until)
        return Asked(layout, window, backend)


@dataclass(frozen=True, slots=True)
class Asked:
    """What user activities are asked for in one window."""

    layout: Layout
    window: Window
    backend: Backend

    @property
    def order(self) -> sa.ColumnElement[Any]:
        """What rows are sorted by."""
        return self.layout.stamp.column if self.layout.stamp else self.layout.key[0]

    def rows(self, *where: Clause) -> sa.Select[Any]:
        """Rows of the window, each with its stamp as the driver is to have it back."""
        columns = [column.label(label) for label, column in self.layout.columns.items()]
        return sa.select(*columns, self.order.label(STAMP)).where(*self._since(), *where)

    def count(self, until: Clause) -> sa.Select[Any]:
        """How many rows the window holds."""
        [source] = sa.select(self.layout.key[0]).get_final_froms()
        counted = sa.select(sa.func.count().label(COUNT)).select_from(source)
        return counted.where(*self._since(), until)

    def behind(self, place: Place | None) -> list[Clause]:
        """Rows behind a place, of those that have one."""
        if place is None or place.stamp is None:
            return [self.order.is_not(None)]
        bound = self.sent(place.stamp)
        return [self.order >= bound if place.whole else self.order > bound]

    def sent(self, stamp: Any) -> sa.BindParameter[Any]:
        """A stamp that was read, as it is compared."""
        return value(self.backend.sent(self.order, stamp))

    def page(self, answer: Answer, following: Place | None) -> Page:
        """An answer's rows, and where the next ones are."""
        rows = Rows(with_ids(self.layout.finished(answer.frame)))
        return Page(rows, None if following is None else str(following))

    def _since(self) -> list[Clause]:
        if self.layout.stamp is None or self.window.since is None:
            return []
        return [self.backend.bounds.since(self.layout.stamp, self.window.since)]


def _plain(entity: Entity) -> Entity:
    """User activities as their table has them, with all that an id is made of."""
    own = [field for field in entity.fields if field.path != EVENT]
    places = {field.path for field in own}
    needed = [field for field in MADE_OF if field.path not in places]
    key = tuple(field.name for field in own if field.path == STAMPED)
    return replace(entity, key=key, fields=(*own, *needed))


open_copy = opener_of("DATABASE_URL", ENTITIES, SAID, SalesPro)
