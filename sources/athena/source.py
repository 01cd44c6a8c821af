"""Athena asked for pages: a window is one query, and its answer is what is paged.

The query's id is in the cursor, so that a reading that is taken up again pays for no second one.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy.engine.interfaces import Dialect

from sources.athena.calls import MOST_ROWS, Athena, Failed
from sources.athena.connection import connected
from sources.athena.errors import Gone
from sources.athena.queries import Table, columns_of, spelled
from sources.athena.tables import Tables, described, undeclared
from sources.config import SourceConfig
from sources.database.description import listed
from sources.database.options import Options
from sources.entity import Entity
from sources.errors import ConfigError, Unavailable
from sources.page import Account, Catalogue, Page, Quota, Reading, Window
from sources.rows import Rows

# So often a query that came to nothing for no fault of ours is asked again.
MOST_AGAIN = 2
# What may be said of a table elsewhere, and not of one in Athena.
NOT_HERE = ("query", "schema", "deleted")

Numbered = Mapping[str, tuple[str, Sequence[str]]]


class Place(NamedTuple):
    """Where a reading stands: which query, how many came to nothing before it, and which page."""

    query: str
    again: int = 0
    token: str | None = None

    @classmethod
    def of(cls, cursor: str) -> "Place":
        """The place that a cursor names."""
        query, again, token = cursor.split("~", 2)
        return cls(query, int(again), token or None)

    def __str__(self) -> str:
        return f"{self.query}~{self.again}~{self.token or ''}"


@dataclass(slots=True)
class AthenaSource:
    """A database in Athena; `numbered` are the entities whose equal rows get a number, by which columns."""

    athena: Athena
    dialect: Dialect
    config: SourceConfig
    options: Options
    declared: Mapping[str, Entity]
    numbered: Numbered
    _known: Tables | None = None

    async def account(self) -> Account:
        """Look at the database's tables, which checks the credential, and read Athena's clock."""
        return Account("", (await self._catalogue()).now)

    async def catalogue(self, known: Mapping[str, str]) -> Catalogue:
        """The declared entities, and those that the configuration names."""
        tables = await self._catalogue()
        names = dict.fromkeys((*self.declared, *self.config.entities))
        return Catalogue([self._entity(name, tables) for name in names])

    async def describe(self, entity: Entity, among: Sequence[Entity] = ()) -> Entity:
        """The entity with the columns its table has."""
        table = self._table(entity, await self._catalogue())
        place = f"{self.config.name}.{entity.name}"
        return described(place, entity, table.columns, self.options.of(entity.name))

    async def fetch(
        self,
        entity: Entity,
        reading: Reading,
        window: Window,
        cursor: str | None,
        *,
        keys: Sequence[str] = (),
    ) -> Page:
        """One page. What a query answers is one snapshot, so that nothing needs to be counted."""
        match reading:
            case "changes" if cursor is None:
                return await self._asked(entity, window)
            case "changes":
                return await self._answered(entity, window, Place.of(cursor or ""))
            case "count":
                return Page([])
            case _:
                raise ValueError(f"{entity.name} cannot be asked for {reading}")

    async def quota(self) -> Quota | None:
        """Athena is paid by what it reads; it has no daily limit."""
        return None

    async def _asked(self, entity: Entity, window: Window, again: int = 0) -> Page:
        """Start the window's query; its id is to be remembered before anything else."""
        table = self._table(entity, await self._catalogue())
        wanted = [*(field.path for field in entity.fields), *entity.asked]
        label, alike = self.numbered.get(entity.name, ("", ()))
        same = [name for name in alike if name in table.columns]
        query = table.rows(
            [name for name in dict.fromkeys((*wanted, *same)) if name in table.columns],
            {field.path for field in entity.fields if field.kind == "datetime"},
            stamp=next((f.path for f in entity.fields if f.name == entity.changed), ""),
            since=window.since,
            limit=window.limit,
            ordinal=(label, same) if label else None,
        )
        place = Place(await self.athena.start(spelled(query, self.dialect)), again)
        if window.limit:
            # A look at a few rows: there is nothing to go on with.
            return await self._answered(entity, window, place)
        return Page([], str(place), pause=True)

    async def _answered(self, entity: Entity, window: Window, place: Place) -> Page:
        """A page of a query's answer; what is lost of it, is asked for anew."""
        try:
            if place.token is None:
                await self.athena.completed(place.query)
            answer = await self.athena.page(
                place.query, place.token, min(entity.page_size, MOST_ROWS)
            )
        except Gone:
            if place.again >= MOST_AGAIN:
                raise
            return await self._asked(entity, window, place.again + 1)
        except Failed as failed:
            now = (await self._catalogue()).now
            cured = isinstance(failed.reason, Unavailable) and place.again < MOST_AGAIN
            # What failed in an earlier run may have been mended since.
            if cured or failed.started < now:
                return await self._asked(entity, window, place.again + 1)
            raise failed.reason from None
        following = answer.following and str(place._replace(token=answer.following))
        return Page(Rows(answer.frame), following or None)

    async def _catalogue(self) -> Tables:
        """The database's tables, asked for once."""
        if self._known is None:
            database = self.athena.context["Database"]
            told = await self.athena.whole(spelled(columns_of(database), self.dialect))
            if not told.height:
                raise ConfigError(
                    f"{self.config.name}: Athena shows no table in a database called {database}; is that"
                    " its name, and may the credential see it in Glue?"
                )
            self._known = Tables.of(database, told)
        return self._known

    def _entity(self, name: str, tables: Tables) -> Entity:
        if name in self.declared:
            return self.declared[name]
        said = self.options.of(name)
        found = tables.first(said.table or (name,))
        columns = tables.columns[found] if found else {}
        return undeclared(f"{self.config.name}.{name}", name, columns, said)

    def _table(self, entity: Entity, tables: Tables) -> Table:
        said = self.options.of(entity.name)
        candidates = said.table or (entity.path,)
        name = tables.first(candidates)
        if name is None:
            raise ConfigError(
                f"{self.config.name}.{entity.name}: there is no table {' or '.join(candidates)} in"
                f' {tables.database}; there are: {listed(tuple(tables.columns))} (table = "…" names one;'
                f' without = ["{entity.name}"] leaves the entity out)'
            )
        return Table(tables.database, name, tables.columns[name], said.timezone)


@asynccontextmanager
async def open_athena(
    address: str,
    variable: str,
    config: SourceConfig,
    declared: Mapping[str, Entity],
    said: Mapping[str, Mapping[str, Any]],
    numbered: Numbered | None = None,
) -> AsyncIterator[AthenaSource]:
    """A database in Athena, whose address stands in `variable`."""
    options = Options(config, said)
    for name, one in options.tables.items():
        wrong = [option for option in NOT_HERE if getattr(one, option)]
        if wrong:
            raise ConfigError(
                f"{config.name}.{name}: {', '.join(wrong)} cannot be said of a table in Athena"
                " (its database is the one in the address)"
            )
    athena, dialect = connected(address, variable, config)
    try:
        yield AthenaSource(athena, dialect, config, options, declared, numbered or {})
    finally:
        athena.client.close()
