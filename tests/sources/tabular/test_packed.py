"""Packed files, files that are none, and streams that are kept open or are not."""

import gzip
import io
from pathlib import Path

import pytest
import zstandard

from sources.errors import BadAnswer, ConfigError, Unavailable
from sources.meter import metered
from sources.tabular.compressed import opened, uncompressed
from sources.tabular.stream import Stream
from sources.tabular.streams import MOST_KEPT, Streams

TEXT = b"".join(b"%d,some words\n" % number for number in range(100_000))


def frames(text: bytes) -> bytes:
    half = len(text) // 2
    return zstandard.compress(text[:half]) + zstandard.compress(text[half:])


def members(text: bytes) -> bytes:
    half = len(text) // 2
    return gzip.compress(text[:half]) + gzip.compress(text[half:])


PACKED = [bytes, gzip.compress, zstandard.compress, frames, members]


@pytest.mark.parametrize("pack", PACKED)
@pytest.mark.parametrize("size", [1 << 10, 1 << 20, 1 << 26])
def test_a_stream_gives_the_text_whatever_it_is_packed_with(pack, size: int):
    stream, pieces = Stream("x", uncompressed("x", io.BytesIO(pack(TEXT)))), []
    while piece := stream.peek(size):
        pieces.append(piece)
        stream.take(len(piece))

    assert b"".join(pieces) == TEXT
    assert stream.offset == len(TEXT)


@pytest.mark.parametrize("pack", PACKED)
def test_a_stream_goes_on_anywhere(pack):
    stream = Stream("x", uncompressed("x", io.BytesIO(pack(TEXT))))
    stream.go_to(1_000_000)

    assert stream.peek(20) == TEXT[1_000_000:1_000_020]


@pytest.mark.parametrize("pack", PACKED[1:])
@pytest.mark.parametrize("left", [10, 1_000, -1])
def test_a_packed_file_that_is_cut_off_is_no_shorter_file(pack, left: int):
    stream = Stream("x", uncompressed("x", io.BytesIO(pack(TEXT)[:left])))

    with pytest.raises(BadAnswer, match="x cannot be unpacked to its end"):
        stream.peek(len(TEXT) + 1)


def checked(text: bytes) -> bytes:
    return zstandard.ZstdCompressor(write_checksum=True).compress(text)


@pytest.mark.parametrize("pack", [gzip.compress, members, checked])
def test_a_packed_file_that_is_damaged_is_told(pack):
    packed = bytearray(pack(TEXT))
    packed[len(packed) // 2] ^= 0xFF
    stream = Stream("x", uncompressed("x", io.BytesIO(bytes(packed))))

    with pytest.raises(BadAnswer, match="x cannot be unpacked"):
        stream.peek(len(TEXT) + 1)


def test_a_place_behind_the_end_is_told():
    with pytest.raises(BadAnswer, match="ends before the place"):
        Stream("x", uncompressed("x", io.BytesIO(gzip.compress(b"short")))).go_to(100)


@pytest.mark.parametrize("head", [b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"PAR1", b"%PDF"])
def test_what_is_no_text_is_named(head: bytes):
    with pytest.raises(ConfigError, match="^x is an? "):
        uncompressed("x", io.BytesIO(head + b"\0" * 100))


def test_a_file_that_is_gone_or_closed_to_us_is_told(tmp_path: Path):
    with pytest.raises(BadAnswer, match="there no more"):
        opened(tmp_path / "none.csv")
    with pytest.raises(ConfigError, match="cannot be read"):
        opened(tmp_path)


def test_a_disk_that_fails_is_told():
    class Broken(io.BytesIO):
        def read(self, *_):
            raise OSError("Input/output error")

    with pytest.raises(Unavailable, match="x cannot be read: Input/output error"):
        Stream("x", Broken()).peek(1)


@pytest.mark.parametrize(("counts", "bytes_fetched"), [(True, 5), (False, 0)])
def test_bytes_are_counted_once(counts: bool, bytes_fetched: int):
    with metered() as meter:
        Stream("x", io.BytesIO(b"12345"), counts=counts).peek(10)

    assert meter.bytes_fetched == bytes_fetched


def test_only_so_many_streams_are_kept_and_each_is_taken_once():
    streams, files = Streams(), [io.BytesIO() for _ in range(MOST_KEPT + 1)]
    for number, file in enumerate(files):
        streams.keep(f"part {number}", "1", Stream("x", file))

    assert files[0].closed
    assert streams.taken("part 0", "1", 0) is None
    assert streams.taken("part 1", "2", 0) is None
    assert streams.taken("part 1", "1", 0) is not None
    assert streams.taken("part 1", "1", 0) is None

    streams.close()

    assert [file.closed for file in files] == [True, False, *[True] * (MOST_KEPT - 1)]
