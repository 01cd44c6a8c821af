"""CSV files, asked for pages."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from sources.csv_files import local, remote
from sources.csv_files.asked import URL, Asked
from sources.csv_files.cursor import Cursor
from sources.csv_files.found import Found
from sources.csv_files.stamps import changed_since, with_bounds
from sources.entity import Entity
from sources.errors import ConfigError, Unavailable
from sources.page import GONE, Account, Catalogue, Page, Quota, Reading, Window
from sources.tabular.discovery import described, header_of
from sources.tabular.file import Header, TextFile
from sources.tabular.pages import EMPTY, Place, read_page
from sources.tabular.streams import Streams

HEADERS_AT_ONCE = 4
# How often a file that changes while it is read is begun anew.
BEGINNINGS = 3


class CsvFiles:
    """The files of some entities; what is kept open between questions only saves opening it again."""

    def __init__(
        self,
        asked: Mapping[str, Asked],
        entities: Mapping[str, Entity],
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._asked = asked
        self._entities = entities
        self._clock = clock
        self._streams = Streams()

    def close(self) -> None:
        """Let go of what is open."""
        self._streams.close()

    async def account(self) -> Account:
        """Nobody's, by the clock of this machine: which files there are shows with the first question."""
        return Account("", None)

    async def catalogue(self, known: Mapping[str, str]) -> Catalogue:
        """The entities that are configured."""
        return Catalogue(tuple(self._entities.values()))

    async def describe(self, entity: Entity, among: Sequence[Entity] = ()) -> Entity:
        """The entity with the columns of all its files."""
        turn = asyncio.Semaphore(HEADERS_AT_ONCE)

        async def header(found: Found) -> Header | None:
            async with turn:
                return await asyncio.to_thread(header_of, self._text(entity, found), entity)

        files = await asyncio.to_thread(self._files, entity)
        try:
            async with asyncio.TaskGroup() as group:
                tasks = {found.part: group.create_task(header(found)) for found in files}
        except BaseExceptionGroup as errors:
            # The others were ended because of the first.
            raise errors.exceptions[0] from None
        return described(entity, {part: task.result() for part, task in tasks.items()})

    async def fetch(
        self,
        entity: Entity,
        reading: Reading,
        window: Window,
        cursor: str | None,
        *,
        keys: Sequence[str] = (),
    ) -> Page:
        """One page of one file, or what the files are now; how many rows there are, nobody says."""
        match reading:
            case "versions":
                return Page(await asyncio.to_thread(self._versions, entity, window))
            case "changes":
                at = Cursor.of(cursor) if cursor else None
                return await asyncio.to_thread(self._page, entity, window, at)
            case "count":
                return Page([])
            case _:
                raise ValueError(f"{entity.name} cannot be asked for {reading}")

    async def quota(self) -> Quota | None:
        """Nobody counts."""
        return None

    def _files(self, entity: Entity) -> list[Found]:
        """All files there are now, by name; raises ConfigError for a path that names none."""
        asked = self._asked[entity.name]
        found: dict[str, Found] = {}
        for path in asked.paths:
            here = (
                remote.files_at(asked, path)
                if URL.match(path)
                else local.files_at(asked.place, path)
            )
            if not here:
                # Rows of files that are out of reach are not gone, nor is the table up to date without them.
                raise ConfigError(
                    f"[{asked.place}] there is no file at {path}: put one there, or correct path"
                )
            found |= {one.part: one for one in here}
        return [found[part] for part in sorted(found)]

    def _file(self, entity: Entity, part: str) -> Found | None:
        asked = self._asked[entity.name]
        return remote.file_at(asked, part) if URL.match(part) else local.file_at(part)

    def _text(self, entity: Entity, found: Found) -> TextFile:
        dialect = self._asked[entity.name].dialect
        return TextFile(found.part, found.open, dialect, found.stamp, whole=found.at_hand)

    def _versions(self, entity: Entity, window: Window) -> list[dict[str, str]]:
        now = self._clock()
        noted = [found.noted(now) for found in self._files(entity)]
        return with_bounds(noted, window.versions)

    def _page(self, entity: Entity, window: Window, cursor: Cursor | None) -> Page:
        """A page of the file where a reading stands, or of the first."""
        parts = self._parts(entity, window)
        if cursor is not None:
            parts = [part for part in parts if part >= cursor.part]
        if not parts:
            return Page([])
        cursor = cursor if cursor and cursor.part == parts[0] else Cursor(parts[0])
        following = str(Cursor(parts[1])) if len(parts) > 1 else None
        found = self._file(entity, cursor.part)
        if found is None:
            return Page([], following, left_out={cursor.part: GONE})
        cursor = _for_content(cursor, found)
        page = read_page(
            self._text(entity, found),
            entity,
            Place.of(cursor.at) if cursor.at else None,
            self._streams,
            limit=window.limit,
            since=changed_since(entity, window, found.part),
        )
        if page.following is not None:
            following = str(cursor._replace(at=str(page.following)))
        left_out = {found.part: EMPTY} if page.empty else {}
        return Page(page.rows, following, left_out=left_out, unreadable=page.unreadable)

    def _parts(self, entity: Entity, window: Window) -> list[str]:
        """The names of the files to read: those that a run has noted, else all that are there."""
        if window.parts is not None:
            return sorted(window.parts)
        noted = [said["part"] for said in window.versions]
        return sorted(noted) if noted else [found.part for found in self._files(entity)]


def _for_content(cursor: Cursor, found: Found) -> Cursor:
    """Where to go on in a file: at its start, if it is not what it was."""
    if cursor.stamp in {"", found.stamp}:
        return cursor._replace(stamp=found.stamp)
    if cursor.begun >= BEGINNINGS:
        raise Unavailable(
            f"{found.part} keeps changing while it is read; try again when it is complete"
        )
    return Cursor(found.part, found.stamp, None, cursor.begun + 1)
