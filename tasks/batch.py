"""What travels between the tasks of a chunk.

Plain classes, not dataclasses: Prefect walks into lists, dicts and dataclasses that it is handed, and
walking thousands of records would cost more than moving them. Prefect also remembers what tasks return
until the flow ends, so each has a `release` that lets the records go.
"""

from collections.abc import Sequence
from typing import Any

import polars as pl

from sources.entity import Entity
from sources.page import Records, Unreadable
from warehouse.merge_spec import Shape


class Chunk:
    """Some pages of one pass, read by one task run; `cursor` is where the next chunk begins.

    `left_out` are parts the source did not answer for, with the reason, `gone` keys it says are no more,
    `unreadable` what could not be taken apart.
    """

    __slots__ = (
        "cached",
        "cursor",
        "gone",
        "left_out",
        "meter",
        "pages",
        "records",
        "start",
        "total",
        "unreadable",
    )

    def __init__(
        self,
        records: Records,
        *,
        start: str | None,
        cursor: str | None,
        pages: int = 1,
        total: int | None = None,
        meter: dict[str, float] | None = None,
        left_out: dict[str, str] | None = None,
        gone: Sequence[str] = (),
        unreadable: Sequence[Unreadable] = (),
        cached: bool = False,
    ) -> None:
        self.records = records
        self.left_out = left_out or {}
        self.gone = list(gone)
        self.unreadable = list(unreadable)
        self.start = start
        self.cursor = cursor
        self.pages = pages
        self.total = total
        self.meter = meter or {}
        self.cached = cached

    def release(self) -> None:
        """Let the records go; they are in a batch now."""
        self.records = []
        self.unreadable = []


class Problem:
    """A value that is not what its field should hold; `parsed` is False where the column cannot hold it."""

    __slots__ = ("column", "message", "parsed", "row", "value")

    def __init__(
        self, row: int, column: str, value: str | None, message: str, *, parsed: bool
    ) -> None:
        self.row = row
        self.column = column
        self.value = value
        self.message = message
        self.parsed = parsed


class Reject:
    """A record that does not land: its key (or hash), its raw form, the field at fault and the reason."""

    __slots__ = ("field", "key", "raw", "reason")

    def __init__(self, key: str, raw: str, reason: str, field: str | None = None) -> None:
        self.key = key
        self.raw = raw
        self.reason = reason
        self.field = field


class Batch:
    """A chunk as a typed frame: declared columns, `extra`, `deleted_at`, `_row` and `_shape`.

    `_row` is the record's place in `records`, which keeps the raw form for those that are rejected.
    """

    __slots__ = ("entity", "problems", "records", "rejects", "rows", "shapes", "unreadable")

    def __init__(
        self,
        entity: Entity,
        rows: pl.DataFrame,
        shapes: list[Shape],
        records: Records,
        problems: list[Problem],
        rejects: list[Reject] | None = None,
    ) -> None:
        self.entity = entity
        self.rows = rows
        self.shapes = shapes
        self.records = records
        self.problems = problems
        self.rejects = rejects if rejects is not None else []
        self.unreadable: list[Unreadable] = []

    def value(self, row: int, column: str) -> Any:
        """The value of one record, by its `_row`; None where the column or the row is not there."""
        if column not in self.rows.columns:
            return None
        found = self.rows.filter(pl.col("_row") == row)[column]
        return found[0] if len(found) else None

    def release(self) -> None:
        """Let rows and records go; they are in the warehouse now."""
        self.rows = self.rows.clear()
        self.records = []
        self.problems = []
        self.rejects = []
        self.unreadable = []
