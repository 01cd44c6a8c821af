"""User activities with the ids that the source does not give them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sources.entity import Entity
from sources.page import Account, Catalogue, Page, Quota, Reading, Source, Window
from sources.rows import Rows
from sources.salespro.entities import USER_ACTIVITIES
from sources.salespro.events import with_ids


@dataclass(frozen=True, slots=True)
class WithIds:
    """A source whose user activities come without ids, all rows that are alike numbered or on one page."""

    source: Source

    async def account(self) -> Account:
        """Check the credential."""
        return await self.source.account()

    async def catalogue(self, known: Mapping[str, str]) -> Catalogue:
        """Every entity that can be read."""
        return await self.source.catalogue(known)

    async def describe(self, entity: Entity, among: Sequence[Entity]) -> Entity:
        """The entity with what its table has."""
        return await self.source.describe(entity, among)

    async def fetch(
        self,
        entity: Entity,
        reading: Reading,
        window: Window,
        cursor: str | None,
        *,
        keys: Sequence[str] = (),
    ) -> Page:
        """One page; of user activities, with an id in each row."""
        page = await self.source.fetch(entity, reading, window, cursor, keys=keys)
        if entity.name != USER_ACTIVITIES.name or not isinstance(page.records, Rows):
            return page
        return replace(page, records=Rows(*map(with_ids, page.records.frames)))

    async def quota(self) -> Quota | None:
        """What is left of an allowance, where there is one."""
        return await self.source.quota()
