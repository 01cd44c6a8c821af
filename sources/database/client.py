"""A database asked for pages: whole tables by key, what changed by stamp and key, never by OFFSET."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from hashlib import sha256
from typing import Any

import polars as pl
import sqlalchemy as sa

from sources.config import SourceConfig
from sources.database import description
from sources.database.connected import Connected
from sources.database.cursor import Span, Values
from sources.database.declared import table
from sources.database.description import Description
from sources.database.keys import values_of
from sources.database.layout import layout_of
from sources.database.options import Options, Said
from sources.database.ranges import cut
from sources.database.routes.route import Answer
from sources.database.shapes import Shaper
from sources.database.statements import Statements
from sources.entity import Entity
from sources.errors import ConfigError, MissingScope, NoProgress, Refused
from sources.meter import current_meter
from sources.page import Account, Catalogue, Page, Quota, Reading, Window
from sources.rows import Rows

# Rows of usual width stay below: 50,000 of them are some ten megabytes.
MOST_BYTES = 16 * 1024 * 1024
EVERYTHING = 2**62
# Keys of more columns make longer statements, which some databases refuse.
KEYS_AT_ONCE = 100

Tuples = Sequence[tuple[Any, ...]]


class Database:
    """One database; holds connections, what its tables look like, and no state of any reading."""

    def __init__(
        self,
        connected: Connected,
        config: SourceConfig,
        options: Options,
        declared: Mapping[str, Entity],
    ) -> None:
        self._connected = connected
        self._config = config
        self._options = options
        self._declared = declared
        self._descriptions: dict[str, Description] = {}

    async def account(self) -> Account:
        """Open a connection and read the database's clock."""
        dialect = self._connected.dialect
        now = await self._connected.ask("", self._clock)
        version = ".".join(map(str, getattr(dialect, "server_version_info", None) or ()))
        label = "MariaDB" if getattr(dialect, "is_mariadb", False) else ""
        label = label or self._connected.backend.label or dialect.name
        return Account(self._connected.address.database, now, f"{label} {version}".strip())

    async def catalogue(self, known: Mapping[str, str]) -> Catalogue:
        """The declared entities and those of the file; where there are none, every table of the schema."""
        named = dict.fromkeys((*self._declared, *self._config.entities))
        if named:
            return Catalogue([await self._named(name) for name in named])
        found, left_out = [], {}
        schema = self._options.others.schema
        for name in await self._connected.ask("", lambda one: description.tables(one, schema)):
            entity = table(name=name.table, path=name.table, fields=(), found=True)
            try:
                found.append(self._shaper(entity, await self._describe(entity)).shaped(entity))
            except (ConfigError, MissingScope) as error:
                left_out[name.table] = str(error)
        return Catalogue(found, left_out)

    async def describe(self, entity: Entity, among: Sequence[Entity] = ()) -> Entity:
        """The entity with the columns that its table has beside those declared."""
        shaper = self._shaper(entity, self._known(entity) or await self._describe(entity))
        try:
            return shaper.with_columns(shaper.shaped(entity))
        except ConfigError as error:
            raise ConfigError(f"{self._config.name}.{entity.name}: {error}") from None

    async def fetch(
        self,
        entity: Entity,
        reading: Reading,
        window: Window,
        cursor: str | None,
        *,
        keys: Sequence[str] = (),
    ) -> Page:
        """One page of an entity; `ranges` are where parts of a reading begin, `count` gives only a total."""
        found = self._known(entity) or await self._describe(entity)
        said, backend = self._options.of(entity.name), self._connected.backend
        layout = layout_of(entity, found, said, backend, window.until)
        statements = Statements(layout, window, backend)
        match reading:
            case "changes":
                return await self._page(entity, statements, window, cursor)
            case "count" if layout.stamp is not None:
                answer = await self._read(entity, statements.count())
                return Page([], None, int(answer.frame.item()))
            case "by_id":
                wanted = [values_of(key, layout.key, said.timezone) for key in keys]
                return await self._by_key(entity, statements, [one for one in wanted if one])
            case "ranges" if backend.splits and not window.limit and said.rows_per_range:
                ask = partial(self._tuples, entity)
                spans = await cut(statements, said.rows_per_range, ask)
                return Page([{"cursor": span.text} for span in spans])
            case _:
                return Page([])

    async def quota(self) -> Quota | None:
        """A database sets no allowance."""
        return None

    async def _page(
        self, entity: Entity, statements: Statements, window: Window, cursor: str | None
    ) -> Page:
        layout = statements.layout
        span = Span.of(cursor) if cursor else Span(keyless=layout.keyless)
        rows = min(entity.page_size, window.limit or entity.page_size)
        if span.keyless:
            return await self._keyless(entity, statements, span, rows)
        answer = await self._read(entity, statements.page(span, rows), MOST_BYTES)
        frames = [layout.finished(answer.frame)]
        if answer.frame.height < rows and not answer.cut:
            return Page(Rows(*frames))
        last = statements.place_of(answer)
        if last == span.after:
            raise NoProgress(
                f"{self._config.name}.{entity.name}: the page behind {last} leads back to it"
            )
        if not layout.certain:
            frames.append(layout.finished(await self._alike(entity, statements, last)))
        return Page(Rows(*frames), span.behind(last).text)

    async def _keyless(self, entity: Entity, statements: Statements, span: Span, rows: int) -> Page:
        """Rows without a key, which are told as rejected; there is no order to read very many of them in."""
        answer = await self._read(entity, statements.keyless(rows), MOST_BYTES)
        full = answer.cut or answer.frame.height == entity.page_size
        left_out = {"rows without a key": f"there are more than {rows}"} if full else {}
        records = Rows(statements.layout.finished(answer.frame))
        return Page(records, replace(span, keyless=False).text, left_out=left_out)

    async def _alike(self, entity: Entity, statements: Statements, last: Values) -> pl.DataFrame:
        answer = await self._read(entity, statements.alike(last, entity.page_size + 1))
        if answer.frame.height <= entity.page_size:
            return answer.frame
        raise ConfigError(
            f"{self._config.name}.{entity.name}: more than {entity.page_size} rows share one key, so that"
            f" {', '.join(entity.key)} does not tell rows apart: name other columns, key = […]"
        )

    async def _by_key(self, entity: Entity, statements: Statements, keys: Sequence[Values]) -> Page:
        frames = []
        for begin in range(0, len(keys), KEYS_AT_ONCE):
            some = keys[begin : begin + KEYS_AT_ONCE]
            answer = await self._read(entity, statements.by_key(some))
            frames.append(statements.layout.finished(answer.frame))
        return Page(Rows(*frames))

    async def _read(
        self, entity: Entity, statement: sa.Select[Any], most_bytes: int = EVERYTHING
    ) -> Answer:
        read = self._connected.backend.read
        answer = await self._connected.ask(
            self._what(entity), lambda connection: read(connection, statement, most_bytes)
        )
        current_meter().bytes_fetched += answer.size
        return answer

    async def _tuples(self, entity: Entity, statement: sa.Select[Any]) -> Tuples:
        tuples = self._connected.backend.tuples
        return await self._connected.ask(
            self._what(entity), lambda connection: tuples(connection, statement)
        )

    async def _named(self, name: str) -> Entity:
        """A declared or configured entity; one that cannot be read fails by itself, when it is its turn."""
        said = self._options.of(name)
        entity = self._declared.get(name) or table(name=name, path=_path(name, said), fields=())
        try:
            found = await self._describe(entity)
            shaped = self._shaper(entity, found).shaped(entity)
        except (ConfigError, MissingScope):
            return entity
        return shaped if said.query else replace(shaped, path=found.path)

    def _known(self, entity: Entity) -> Description | None:
        """What was found when the database was looked through; by its place, if it has got another name."""
        found = self._descriptions
        return found.get(entity.name) or (found.get(entity.path) if entity.found else None)

    async def _describe(self, entity: Entity) -> Description:
        """What the database says of an entity's table or query now."""
        said, backend = self._options.of(entity.name), self._connected.backend

        def look(connection: sa.Connection) -> Description:
            try:
                if said.query:
                    return description.asked(connection, said.query, backend)
                name = description.find(connection, said.table or (entity.path,), said.schema)
                return description.described(connection, name, backend)
            except ConfigError as error:
                raise ConfigError(f"{self._what(entity)}: {error}") from None

        try:
            found = await self._connected.ask(self._what(entity), look)
        except Refused as error:
            if not said.query:
                raise
            # What is wrong with it is for whoever wrote it to mend.
            raise ConfigError(f"{error} (query = …)") from None
        self._descriptions[entity.name] = found
        return found

    def _shaper(self, entity: Entity, found: Description) -> Shaper:
        fields = self._config.entity(entity.name).fields
        return Shaper(found, self._options.of(entity.name), self._connected.backend, fields)

    def _what(self, entity: Entity) -> str:
        """What is asked about, for messages: the entity, and its table where that is called otherwise."""
        found = self._known(entity)
        own = f"{self._config.name}.{entity.name}"
        return f"{own} ({found.name})" if found else own

    def _clock(self, connection: sa.Connection) -> datetime | None:
        statement = self._connected.backend.clock
        if not statement:
            return None
        now = connection.execute(sa.text(statement)).scalar()
        moment = now if isinstance(now, datetime) else datetime.fromisoformat(str(now))
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)


def _path(name: str, said: Said) -> str:
    """The place an entity is read from: its table, or its query by what it says."""
    if said.query:
        return f"query {sha256(said.query.encode()).hexdigest()[:16]}"
    return said.table[0] if said.table else name
