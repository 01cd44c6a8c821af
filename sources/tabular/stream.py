"""Streams of bytes that are read piece by piece."""

import gzip
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

import zstandard

from sources.errors import BadAnswer, Unavailable
from sources.meter import current_meter

_SKIPPED_AT_ONCE = 1 << 20
_NOT_UNPACKED = (EOFError, gzip.BadGzipFile, zlib.error, zstandard.ZstdError)


class Stream:
    """A file from `offset` on: what was looked at and not taken is still there."""

    def __init__(self, name: str, file: BinaryIO, *, counts: bool = True) -> None:
        self.name = name
        self.offset = 0
        self._counts = counts
        self._file = file
        self._buffer = b""
        self._at_end = False

    def peek(self, size: int) -> bytes:
        """The next `size` bytes; fewer only at the end."""
        pieces, there = [self._buffer], len(self._buffer)
        while there < size and not self._at_end:
            piece = self._read(size - there)
            pieces.append(piece)
            there += len(piece)
            self._at_end = not piece
        self._buffer = b"".join(pieces) if len(pieces) > 1 else self._buffer
        return self._buffer[:size]

    def take(self, size: int) -> None:
        """Go on behind the next `size` bytes."""
        self._buffer = self._buffer[size:]
        self.offset += size

    def go_to(self, offset: int) -> None:
        """Go to a place further on, past what is between where the file allows it."""
        if self.seekable():
            self._file.seek(offset)
            self.offset, self._buffer, self._at_end = offset, b"", False
        else:
            self._skip_to(offset)

    def seekable(self) -> bool:
        """Whether any place is reached without reading what is before it."""
        return self._file.seekable() and not isinstance(self._file, gzip.GzipFile)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _skip_to(self, offset: int) -> None:
        while self.offset < offset:
            if not (piece := self.peek(min(offset - self.offset, _SKIPPED_AT_ONCE))):
                raise BadAnswer(f"{self.name} ends before the place where its reading was to go on")
            self.take(len(piece))

    def _read(self, size: int) -> bytes:
        try:
            piece = self._file.read(size)
        except _NOT_UNPACKED as error:
            raise BadAnswer(
                f"{self.name} cannot be unpacked to its end; it may still be being written ({error})"
            ) from None
        except OSError as error:
            raise Unavailable(f"{self.name} cannot be read: {error}") from error
        if self._counts:
            current_meter().bytes_fetched += len(piece)
        return piece


@contextmanager
def closed_on_error(stream: Stream) -> Iterator[Stream]:
    """A stream that is of no use any more when reading it fails."""
    try:
        yield stream
    except BaseException:
        stream.close()
        raise
