"""Files of a repository on this machine's disk, in a private folder that goes with the source."""

import asyncio
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from sources.errors import BadAnswer, SourceError, TooLarge
from sources.github_csv.api import Repository
from sources.github_csv.lfs import LargeFiles, Pointer, pointer_in

# What the API hands out at most: https://docs.github.com/rest/git/blobs.
LARGEST_BLOB = 100 * 1024 * 1024
# So much is kept for a second reading.
KEPT_BYTES = 2 * 1024 * 1024 * 1024


class FileSink:
    """A file that is written while it is hashed; it has its name only once it is what was asked for."""

    def __init__(self, path: Path, size: int, wanted: str, *, is_blob: bool) -> None:
        """`wanted` is the id of a blob, else the SHA-256 of the bytes."""
        self.size = size
        self._path = path
        self._part = path.with_name(f"{path.name}.part")
        self._wanted = wanted
        self._is_blob = is_blob
        self._file: IO[bytes] | None = None
        self._left = size

    def begin(self) -> None:
        """Write from the start."""
        self.close()
        self._left = self.size
        self._hash = (
            hashlib.sha256()
            if not self._is_blob or len(self._wanted) == 64
            else hashlib.sha1(usedforsecurity=False)
        )
        if self._is_blob:
            self._hash.update(b"blob %d\0" % self.size)
        with _told(self._part):
            self._file = os.fdopen(
                os.open(self._part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb"
            )

    def write(self, piece: bytes) -> None:
        """Take in the next bytes; what is more than expected is not stored."""
        self._left -= len(piece)
        if self._left < 0 or self._file is None:
            raise BadAnswer(f"the file is longer than the {self.size} bytes it should have")
        self._hash.update(piece)
        with _told(self._part):
            self._file.write(piece)

    def end(self) -> None:
        """Give the file its name; raises BadAnswer where it is not what was asked for."""
        self.close()
        if self._left:
            raise BadAnswer(
                f"the file ends {self._left} bytes short of the {self.size} it should have"
            )
        if self._hash.hexdigest() != self._wanted:
            raise BadAnswer("the file's bytes are not those its hash stands for")
        self._part.replace(self._path)

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            with _told(self._part):
                self._file.close()
            self._file = None


class Downloads:
    """Blobs by their ids, each fetched once; what was fetched first goes when there is too much."""

    def __init__(self, folder: Path, large: LargeFiles) -> None:
        self._folder = folder
        self._large = large
        self._turns: dict[str, asyncio.Lock] = {}

    async def path_of(self, repository: Repository, part: str, sha: str, size: int) -> Path:
        """Where a file of a repository is on the disk; one that is kept in LFS is fetched from there."""
        async with self._turns.setdefault(sha, asyncio.Lock()):
            path = await self._fetched(repository, part, sha, size)
            found = pointer_in(path)
            return await self._resolved(repository, part, found) if found else path

    async def _fetched(self, repository: Repository, part: str, sha: str, size: int) -> Path:
        path = self._folder / sha
        if not path.exists():
            if size > LARGEST_BLOB:
                raise too_large(part, repository, size)
            sink = FileSink(path, size, sha, is_blob=True)
            try:
                await repository.blob(sha, f"file {part}", sink)
            except TooLarge:
                raise too_large(part, repository, size) from None
            finally:
                sink.close()
            self._make_room(path)
        return path

    async def _resolved(self, repository: Repository, part: str, pointer: Pointer) -> Path:
        path = self._folder / pointer.oid
        if not path.exists():
            sink = FileSink(path, pointer.size, pointer.oid, is_blob=False)
            try:
                await self._large.fetch(repository, part, pointer, sink)
            finally:
                sink.close()
            self._make_room(path)
        return path

    def _make_room(self, newest: Path) -> None:
        """Remove what was fetched first while there is too much."""
        kept = sorted(self._folder.iterdir(), key=lambda path: path.stat().st_mtime_ns)
        total = sum(path.stat().st_size for path in kept)
        for path in kept:
            if total <= KEPT_BYTES:
                return
            if path != newest and not path.name.endswith(".part"):
                total -= path.stat().st_size
                path.unlink()


def too_large(part: str, repository: Repository, size: int) -> TooLarge:
    """What to do about a file that the API does not hand out."""
    return TooLarge(
        f"{part} of {repository.name} has {size:,} bytes, and GitHub's API hands out files of up to 100 MB:"
        " keep it in Git LFS, compress it (.gz, .zst), or split it"
    )


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """A disk that fails is no fault of the network's, which would be tried again."""
    try:
        yield
    except OSError as error:
        raise SourceError(
            f"{path.parent} cannot be written to: {error.strerror}; TMPDIR names another place"
        ) from error
