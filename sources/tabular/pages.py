"""Pages of a file: some megabytes of text at a time, as columns and as lines that are no records."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

import polars as pl

from sources.entity import Entity
from sources.page import Unreadable
from sources.rows import Rows
from sources.tabular.columns import REST, columns_of
from sources.tabular.cutting import cut
from sources.tabular.discovery import header_of
from sources.tabular.encoding import as_utf8, length_in
from sources.tabular.file import Header, TextFile
from sources.tabular.frames import frame_of
from sources.tabular.grammar import LINE_END
from sources.tabular.records import TOO_LONG, Cut, Form, Refused
from sources.tabular.refusals import refuse_nonsense, unreadable
from sources.tabular.stream import Stream, closed_on_error
from sources.tabular.streams import Streams

BLOCK = 4 << 20
LONGEST_RECORD = 16 << 20
# Few records need little text.
_BYTES_PER_RECORD, _LITTLE = 1 << 10, 1 << 16
EMPTY = "it holds no records"


class Place(NamedTuple):
    """Where a file goes on: byte and line, and by which encoding and header it was read so far.

    `within`: in the middle of a line that is too long to be one. `wary`: behind a quote that was not closed.
    """

    offset: int
    line: int
    encoding: str
    header: str
    within: bool = False
    wary: bool = False

    def __str__(self) -> str:
        return json.dumps(tuple(self))

    @classmethod
    def of(cls, text: str) -> "Place":
        """The place that its text names."""
        return cls(*json.loads(text))


@dataclass(frozen=True, slots=True)
class TabularPage:
    """Some records of a file, what of it is none, and where it goes on; `empty`: there is none in it at all."""

    rows: Rows
    unreadable: tuple[Unreadable, ...]
    following: Place | None
    empty: bool = False


def read_page(
    file: TextFile,
    entity: Entity,
    place: Place | None,
    streams: Streams,
    *,
    limit: int = 0,
    since: datetime | None = None,
) -> TabularPage:
    """A page of a file: from its start, or where it goes on; rows that changed before `since` are left out."""
    header = _header(file, entity, place, streams)
    if header is None:
        return TabularPage(Rows(), (), None, empty=True)
    begin = Place(header.offset, header.line, header.encoding, header.digest)
    if place is None or place.header != header.digest:
        place = begin
    most = min(limit, entity.page_size) if limit else entity.page_size
    stream = _stream_at(file, place, streams)
    with closed_on_error(stream):
        found, following = _Reading(file, header, stream).page(place, most)
        if place == begin:
            refuse_nonsense(file, header, found)
        rows, too_wide = columns_of(_framed(found, header), header, file, entity, since)
    if following is None:
        stream.close()
    else:
        streams.keep(file.part, file.version, stream)
    refused = sorted((*found.refused, *too_wide), key=lambda one: one.line)
    nothing = following is None and place == begin and not (refused or found.pieces)
    return TabularPage(rows, unreadable(file, refused), following, empty=nothing)


def _header(file: TextFile, entity: Entity, place: Place | None, streams: Streams) -> Header | None:
    """The file's header; read anew, unless it was read for the page before."""
    known = place and streams.header(file.part, file.version, place.header)
    if known:
        return known
    header = header_of(file, entity, place.encoding if place else None)
    if header:
        streams.know(file.part, file.version, header)
    return header


def _stream_at(file: TextFile, place: Place, streams: Streams) -> Stream:
    """A stream that stands at a place: the one that the page before left there, or a new one."""
    stream = streams.taken(file.part, file.version, place.offset)
    if stream is None:
        stream = file.stream()
        with closed_on_error(stream):
            stream.go_to(place.offset)
    return stream


class _Reading:
    """A page on its way from a stream."""

    def __init__(self, file: TextFile, header: Header, stream: Stream) -> None:
        self._header, self._stream = header, stream
        null = frozenset(word.encode() for word in file.dialect.null)
        self._form = Form(header.grammar, len(header.names), header.encoding, null)

    def page(self, place: Place, most: int) -> tuple[Cut, Place | None]:
        """What is next, and where it goes on."""
        if place.within:
            place = self._behind_line(place)
        size = min(BLOCK, max(_LITTLE, most * _BYTES_PER_RECORD))
        while True:
            text, final = self._text(size)
            found = cut(
                text,
                self._form,
                place.line,
                final=final,
                most=most,
                wary=place.wary,
                insists=size >= LONGEST_RECORD,
            )
            if found.end or final:
                break
            if size >= LONGEST_RECORD:
                return self._too_long(text, found), self._after(text, place, found, within=True)
            size *= 2
        following = self._after(text, place, found)
        return found, None if final and found.end == len(text) else following

    def _text(self, size: int) -> tuple[bytes, bool]:
        """The next piece of text, and whether it is certainly the last one."""
        raw = self._stream.peek(size)
        final = len(raw) < size
        return as_utf8(raw, self._header.encoding, final=final), final

    def _after(self, text: bytes, place: Place, found: Cut, *, within: bool = False) -> Place:
        """Take what was found from the stream; where that leads."""
        self._stream.take(length_in(self._header.encoding, text, found.end))
        return place._replace(
            offset=self._stream.offset, line=found.line, within=within, wary=found.wary
        )

    @staticmethod
    def _too_long(text: bytes, found: Cut) -> Cut:
        """Give up a line that does not end; its rest is no record either."""
        reason = TOO_LONG.format(size=LONGEST_RECORD >> 20)
        found.refused.append(Refused(found.line, text, reason))
        found.end = len(text)
        return found

    def _behind_line(self, place: Place) -> Place:
        """Where the line ends that was too long."""
        while True:
            text, final = self._text(BLOCK)
            end = LINE_END.search(text)
            at_cut = end is not None and end[0] == b"\r" and end.end() == len(text) and not final
            behind = end.end() if end and not at_cut else len(text) - at_cut
            skipped = Cut(end=behind, line=place.line + (end is not None and not at_cut))
            place = self._after(text, place, skipped)
            if final or (end and not at_cut):
                return place


def _framed(found: Cut, header: Header) -> pl.DataFrame | None:
    if not found.pieces:
        return None
    names = [REST if name is None else name for name in header.names]
    return frame_of(found.pieces, names, header.grammar.delimiter, found.sign)
