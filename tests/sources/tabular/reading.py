"""Delimited text in memory, read as a source reads it: page after page."""

from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from io import BytesIO
from typing import Any
from unittest.mock import patch

from sources.config import EntityConfig, FieldConfig, apply
from sources.entity import Entity
from sources.page import Unreadable
from sources.tabular import pages
from sources.tabular.discovery import described, header_of
from sources.tabular.entities import entity_of
from sources.tabular.file import TextFile
from sources.tabular.options import Dialect
from sources.tabular.pages import Place, read_page
from sources.tabular.streams import Streams


@dataclass
class Read:
    """All that was read of a file."""

    entity: Entity
    rows: list[dict[str, Any]] = field(default_factory=list)
    unreadable: list[Unreadable] = field(default_factory=list)
    pages: int = 0
    empty: bool = False

    @property
    def lines(self) -> list[int]:
        return [int(row["_line"]) for row in self.rows]

    @property
    def damaged(self) -> list[int]:
        return [int(piece.place.rpartition(" ")[2]) for piece in self.unreadable]

    def cells(self, *names: str) -> list[tuple[str, ...]]:
        """The values of some columns, nothing being ''."""
        return [tuple(row[name] or "" for name in names) for row in self.rows]


def entity(fields: Mapping[str, FieldConfig] | None = None, **options: Any) -> Entity:
    of = entity_of("prices", "list.prices", "prices.csv", options, fields or {})
    return apply(of, EntityConfig(fields=fields or {}))


def text_file(text: bytes, **options: Any) -> TextFile:
    dialect = Dialect.of("list.prices", options)
    return TextFile("prices.csv", lambda: BytesIO(text), dialect, "1", whole=True)


@contextmanager
def small_blocks(size: int):
    """Blocks so small that a little text has many."""
    with patch.multiple(pages, BLOCK=size, _LITTLE=size, _BYTES_PER_RECORD=1):
        yield


def read(
    text: bytes,
    *,
    page_size: int = 50_000,
    fields: Mapping[str, FieldConfig] | None = None,
    keeps: bool = True,
    since: datetime | None = None,
    **options: Any,
) -> Read:
    """Read all of a text; `keeps=False` forgets everything between two pages."""
    options = {"key": "id", **options}
    file = text_file(text, **options)
    of = replace(entity(fields, **options), page_size=page_size)
    of = described(of, {file.part: header_of(file, of)})
    found, streams, place = Read(of), Streams(), None
    while True:
        page = read_page(file, of, place, streams, since=since)
        found.rows += list(page.rows)
        found.unreadable += page.unreadable
        found.pages += 1
        found.empty = page.empty
        if page.following is None:
            return found
        assert page.following != place
        place = Place.of(str(page.following))
        if not keeps:
            streams.close()
            streams = Streams()
