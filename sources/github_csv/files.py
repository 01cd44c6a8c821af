"""The files of one entity: which there are in a commit, what their columns are, and their text."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import BinaryIO

from sources.entity import Entity
from sources.errors import BadAnswer
from sources.github_csv.api import Repository
from sources.github_csv.asked import Asked
from sources.github_csv.downloads import Downloads
from sources.github_csv.listing import Listing
from sources.github_csv.parts import Part
from sources.tabular.compressed import uncompressed
from sources.tabular.discovery import header_of
from sources.tabular.file import TextFile

SIDE_BY_SIDE = 4


@dataclass(slots=True)
class Files:
    """What an entity is read from; what a commit holds never changes, and is asked for once."""

    asked: Asked
    repository: Repository
    downloads: Downloads
    _listed: dict[str, list[Part]] = field(default_factory=dict)

    async def commit(self, known: str = "") -> str:
        """The commit to read now; free of charge while it is the `known` one."""
        return await self.repository.commit(self.asked.ref, known)

    async def parts(self, commit: str) -> list[Part]:
        """The files in a commit, by name; raises ConfigError where there is none."""
        if commit not in self._listed:
            listing = Listing(self.repository, self.asked.place, self.asked.path, commit)
            self._listed[commit] = [Part.of(entry) for entry in await listing.files()]
        return self._listed[commit]

    async def text(self, part: Part) -> TextFile:
        """A file's text, fetched where it is not here yet."""
        path = await self.downloads.path_of(self.repository, part.name, part.sha, part.size)
        opener = partial(_open, part.name, path)
        return TextFile(part.name, opener, self.asked.dialect, part.sha, whole=True)

    async def with_headers(
        self, entity: Entity, parts: Sequence[Part], before: Sequence[Part] = ()
    ) -> list[Part]:
        """The files with their columns; what is as it was `before` is not fetched for that."""
        turn = asyncio.Semaphore(SIDE_BY_SIDE)
        by_name = {part.name: part for part in before}

        async def complete(part: Part) -> Part:
            known = by_name.get(part.name)
            if known is not None and known.sha == part.sha and known.header is not None:
                return known
            async with turn:
                header = await asyncio.to_thread(header_of, await self.text(part), entity)
            if header is None:
                return replace(part, header=())
            return replace(part, header=header.columns, remarks=header.remarks)

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(complete(part)) for part in parts]
        except BaseExceptionGroup as errors:
            # The others were ended because of the first.
            raise errors.exceptions[0] from None
        return [task.result() for task in tasks]


def _open(part: str, path: Path) -> BinaryIO:
    """A file by the name that people know."""
    try:
        return uncompressed(part, path.open("rb"))
    except FileNotFoundError:
        raise BadAnswer(
            f"{part} was removed from this machine to make room; it is fetched again"
        ) from None
