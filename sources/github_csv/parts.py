"""The files of an entity in one commit: what is noted of each, and what a cursor says."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Self

import msgspec

from sources.github_csv.api import Entry

Noted = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Part:
    """A file: its path, the blob that it is, and that blob's size.

    `header` are its columns, where known, `remarks` what is odd about them.
    """

    name: str
    sha: str
    size: int
    header: tuple[str, ...] | None = None
    remarks: tuple[str, ...] = ()

    @classmethod
    def of(cls, entry: Entry) -> Self:
        """A file that was listed."""
        return cls(entry.path, entry.sha, entry.size)

    def note(self, commit: str) -> dict[str, str]:
        """What is noted of it in SyncHistory."""
        return {
            "part": self.name,
            "version": self.sha,
            "commit": commit,
            "size": str(self.size),
            "header": msgspec.json.encode(self.header).decode(),
        }


class Cursor(NamedTuple):
    """Where a reading stands: in which commit, at which file, and where in that."""

    commit: str
    part: str
    at: str | None = None

    @classmethod
    def of(cls, text: str) -> "Cursor":
        """The place that a cursor names."""
        return cls(*msgspec.json.decode(text, type=tuple[str, str, str | None]))

    def __str__(self) -> str:
        return msgspec.json.encode(tuple(self)).decode()


def parts_of(noted: Sequence[Noted]) -> list[Part]:
    """The files that a run noted; none where they were noted in another way, and are to be asked for again."""
    try:
        return [
            Part(said["part"], said["version"], int(said["size"]), _header(said)) for said in noted
        ]
    except (KeyError, ValueError, msgspec.MsgspecError):
        return []


def _header(said: Noted) -> tuple[str, ...] | None:
    return msgspec.json.decode(said["header"], type=tuple[str, ...] | None)


def commit_of(noted: Sequence[Noted]) -> str:
    """The commit that all of them were noted in; '' where there is none."""
    commits = {said.get("commit", "") for said in noted}
    return commits.pop() if len(commits) == 1 else ""
