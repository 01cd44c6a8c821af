"""Which files of a commit a path names: a file, a folder or a pattern."""

import logging
import posixpath
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

from sources.errors import ConfigError
from sources.github_csv.api import Entry, Repository
from sources.github_csv.patterns import fits, is_table, parted

MOST_LINKS = 5
LONGEST_LINK = 4096

log = logging.getLogger("crm_sync")


@dataclass(frozen=True, slots=True)
class Listing:
    """What is asked for, in words for messages, and where in a repository it is looked for."""

    repository: Repository
    place: str
    path: str
    commit: str

    async def files(self) -> list[Entry]:
        """The files, by path; raises ConfigError where there is none."""
        named, wild = parted(self.path)
        at = await self._at("/".join(named))
        if wild:
            found = await self._fitting(at, "/".join(named), wild)
        elif at is None:
            found = []
        elif at.kind == "tree":
            found = await self._in_folder(at)
        else:
            found = [await self._outright(at)]
        if not found:
            raise self._wrong("names no file")
        return sorted(found, key=lambda entry: entry.path)

    async def _at(self, path: str, *, strict: bool = True) -> Entry | None:
        """What is at a path, found folder by folder: a tree's answer then stays small."""
        here: Entry | None = Entry("", self.commit, "tree")
        for name in filter(None, path.split("/")):
            if here is None or (here.kind != "tree" and not strict):
                return None
            if here.kind != "tree":
                raise self._wrong(f"leads through {here.path}, which is {_what(here)}")
            above = here.path
            inside = {one.path: one for one in (await self.repository.tree(here.sha)).entries}
            here = inside.get(name)
            here = here and replace(here, path=posixpath.join(above, name))
        return here

    async def _in_folder(self, folder: Entry) -> list[Entry]:
        tree = await self.repository.tree(folder.sha)
        tables = [one for one in tree.entries if is_table(one.path)]
        return await self._followed([_below(folder.path, one) for one in tables])

    async def _fitting(self, at: Entry | None, above: str, wild: list[str]) -> list[Entry]:
        if at is None or at.kind != "tree":
            return []
        found = [
            _below(above, one)
            async for one in self._below(at.sha, deep=len(wild) > 1 or wild[0] == "**")
            if fits(wild, one.path)
        ]
        return await self._followed(found)

    async def _below(self, sha: str, *, deep: bool) -> AsyncIterator[Entry]:
        """Everything in a tree or below it; where GitHub cuts the answer, folder by folder."""
        tree = await self.repository.tree(sha, below=deep)
        if not tree.cut:
            for one in tree.entries:
                yield one
            return
        for one in (await self.repository.tree(sha)).entries:
            yield one
            if one.kind == "tree":
                async for inner in self._below(one.sha, deep=True):
                    yield _below(one.path, inner)

    async def _followed(self, entries: list[Entry]) -> list[Entry]:
        """The files among what fits, links to files replaced by what they lead to."""
        found = []
        for entry in entries:
            end = await self._end(entry) if entry.is_link else entry
            if end is not None and end.kind == "blob":
                found.append(end)
            elif entry.is_link:
                log.warning(
                    "%s: %s is a link that leads to no file of %s, and is passed over",
                    self.place,
                    entry.path,
                    self.repository.name,
                )
        return found

    async def _outright(self, entry: Entry) -> Entry:
        """The file that was asked for by its name; raises ConfigError where it is none."""
        end = await self._end(entry) if entry.is_link else entry
        if end is None or end.kind != "blob":
            raise self._wrong(f"is {_what(entry)}, not a file of this repository")
        return end

    async def _end(self, link: Entry) -> Entry | None:
        """The file that a link leads to, under the link's name; None where it leads elsewhere."""
        here: Entry | None = link
        for _ in range(MOST_LINKS):
            if here is None or not here.is_link or here.size > LONGEST_LINK:
                break
            target = await self.repository.blob(here.sha, f"link {here.path}")
            folder = posixpath.dirname(here.path)
            path = posixpath.normpath(posixpath.join(folder, target.decode(errors="replace")))
            here = None if path.startswith(("/", "..")) else await self._at(path, strict=False)
        return replace(here, path=link.path) if here and not here.is_link else None

    def _wrong(self, reason: str) -> ConfigError:
        return ConfigError(
            f"{self.place}: path = {self.path!r} {reason} in {self.repository.name} at commit {self.commit[:12]}:"
            " give the path of a file, of a folder, or a pattern such as data/*.csv"
        )


def _below(above: str, entry: Entry) -> Entry:
    return replace(entry, path=posixpath.join(above, entry.path))


def _what(entry: Entry) -> str:
    if entry.is_link:
        return "a symbolic link"
    return {"commit": "a submodule (another repository)", "tree": "a folder"}.get(
        entry.kind, "a file"
    )
