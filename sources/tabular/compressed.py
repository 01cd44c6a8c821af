"""Files as streams of the text in them, unpacked where they are packed; what they are, their first bytes say."""

import gzip
import io
from pathlib import Path
from typing import BinaryIO, cast

import zstandard

from sources.errors import BadAnswer, ConfigError

GZIP, ZSTANDARD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"
# What people call CSV and is none.
NO_TEXT = {
    b"PK\x03\x04": "a ZIP archive or an Excel workbook: unpack it, or save it as CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook: save it as CSV",
    b"PAR1": "a Parquet file",
    b"%PDF": "a PDF document",
}
# Little enough that even text that was packed to nearly nothing unpacks to some megabytes.
_PACKED_AT_ONCE = 4096


def opened(path: Path) -> BinaryIO:
    """A file on this machine, at its first byte; raises ConfigError where it cannot be read."""
    try:
        return uncompressed(str(path), path.open("rb"))
    except FileNotFoundError:
        raise BadAnswer(f"{path} is there no more") from None
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}") from None


def uncompressed(name: str, raw: BinaryIO) -> BinaryIO:
    """The same stream, unpacked where it begins as gzip or Zstandard do; raises ConfigError for no text."""
    buffered = io.BufferedReader(cast("io.RawIOBase", raw), 1 << 16)
    head = buffered.peek(4)[:4]
    if head in NO_TEXT:
        buffered.close()
        raise ConfigError(f"{name} is {NO_TEXT[head]}")
    if head.startswith(GZIP):
        return cast("BinaryIO", gzip.GzipFile(fileobj=buffered))
    if head == ZSTANDARD:
        return cast("BinaryIO", io.BufferedReader(_Zstandard(buffered), 1 << 17))
    return cast("BinaryIO", buffered)


class _Zstandard(io.RawIOBase):
    """Zstandard frames unpacked; unlike the library's own reader, it notices that the last one is cut off."""

    def __init__(self, packed: BinaryIO) -> None:
        self._packed = packed
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._begun = False
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while not self._left:
            packed = self._frame.unused_data if self._frame.eof else b""
            packed = packed or self._packed.read(_PACKED_AT_ONCE)
            if not packed:
                if self._begun and not self._frame.eof:
                    raise EOFError("the last frame is cut off")
                return 0
            if self._frame.eof:
                self._frame = zstandard.ZstdDecompressor().decompressobj()
            self._begun = True
            self._left = self._frame.decompress(packed)
        piece, self._left = self._left[: len(buffer)], self._left[len(buffer) :]
        buffer[: len(piece)] = piece
        return len(piece)

    def close(self) -> None:
        self._packed.close()
        super().close()
