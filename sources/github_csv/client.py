"""CSV files on GitHub, asked for pages: every reading keeps to one commit."""

import asyncio
from collections.abc import Mapping, Sequence

from sources.entity import Entity
from sources.github_csv.files import Files
from sources.github_csv.parts import Cursor, Noted, Part, commit_of, parts_of
from sources.github_csv.settings import API_VERSION
from sources.page import Account, Catalogue, Page, Quota, Reading, Window
from sources.tabular.discovery import described
from sources.tabular.file import Header
from sources.tabular.grammar import Grammar
from sources.tabular.pages import EMPTY, Place, read_page
from sources.tabular.streams import Streams


class GithubCsv:
    """The files of some repositories; what is remembered between questions only saves asking again."""

    def __init__(self, entities: Mapping[str, Entity], files: Mapping[str, Files]) -> None:
        self._entities = entities
        self._files = files
        self._streams = Streams()
        self._latest: dict[str, Sequence[Part]] = {}

    def close(self) -> None:
        """Let go of what is open."""
        self._streams.close()

    async def account(self) -> Account:
        """Nobody's: whether files can be read shows with the first question, which this would double."""
        return Account("", None, API_VERSION)

    async def catalogue(self, known: Mapping[str, str]) -> Catalogue:
        """The entities that are configured."""
        return Catalogue(tuple(self._entities.values()))

    async def describe(self, entity: Entity, among: Sequence[Entity] = ()) -> Entity:
        """The entity with the columns of all its files, as they were when last asked for."""
        files = self._files[entity.name]
        parts = self._latest.get(entity.name)
        if parts is None:
            parts = await files.with_headers(entity, await files.parts(await files.commit()))
        headers = {part.name: _header(part) for part in parts}
        return await asyncio.to_thread(described, entity, headers)

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
                return Page([dict(said) for said in await self._versions(entity, window.versions)])
            case "changes":
                return await self._page(entity, window, Cursor.of(cursor) if cursor else None)
            case "count":
                return Page([])
            case _:
                raise ValueError(f"{entity.name} cannot be asked for {reading}")

    async def quota(self) -> Quota | None:
        """The limits are of an hour, and told with every answer."""
        return None

    async def _versions(self, entity: Entity, noted: Sequence[Noted]) -> Sequence[Noted]:
        """The files as they are now; as they were noted, where nothing was committed since."""
        files = self._files[entity.name]
        before = parts_of(noted)
        known = commit_of(noted) if before else ""
        commit = await files.commit(known)
        if commit == known:
            self._latest[entity.name] = before
            return noted
        # What has changed is fetched for its columns, and is here when it is read.
        parts = await files.with_headers(entity, await files.parts(commit), before)
        self._latest[entity.name] = parts
        return [part.note(commit) for part in parts]

    async def _page(self, entity: Entity, window: Window, cursor: Cursor | None) -> Page:
        """A page of the file where a reading stands, or of the first; an empty file is not all rows deleted."""
        files = self._files[entity.name]
        commit = (cursor.commit if cursor else commit_of(window.versions)) or await files.commit()
        parts = await _wanted(files, window, commit)
        if cursor is not None:
            parts = [part for part in parts if part.name >= cursor.part]
        if not parts:
            return Page([])
        here = parts[0]
        at = cursor.at if cursor and cursor.part == here.name else None
        page = await asyncio.to_thread(
            read_page,
            await files.text(here),
            entity,
            Place.of(at) if at else None,
            self._streams,
            limit=window.limit,
        )
        following = None
        if page.following is not None:
            following = Cursor(commit, here.name, str(page.following))
        elif len(parts) > 1:
            following = Cursor(commit, parts[1].name)
        return Page(
            page.rows,
            str(following) if following else None,
            left_out={here.name: EMPTY} if page.empty else {},
            unreadable=page.unreadable,
        )


async def _wanted(files: Files, window: Window, commit: str) -> list[Part]:
    """The files to read by name: those that a run has noted, else those of the commit."""
    parts = parts_of(window.versions) or await files.parts(commit)
    wanted = None if window.parts is None else set(window.parts)
    return sorted(
        (part for part in parts if wanted is None or part.name in wanted), key=lambda one: one.name
    )


def _header(part: Part) -> Header | None:
    """A header as far as the columns of an entity depend on it."""
    if not part.header:
        return None
    comma = Grammar(b",", b'"', b"")
    return Header("utf-8", comma, part.header, offset=0, line=1, remarks=part.remarks)
