"""Records as columns: what a table or a file answers, without taking each row apart."""

from collections.abc import Iterator, Sequence
from io import BytesIO
from typing import Any, overload

import polars as pl


class Rows(Sequence[dict[str, Any]]):
    """Records as frames whose columns are text (None: no value), named by the fields' places.

    What one frame lacks of another's columns, its records do not speak of. A plain class, since tasks are
    handed it, and Prefect would walk into anything else.
    """

    __slots__ = ("frames",)

    def __init__(self, *frames: pl.DataFrame) -> None:
        self.frames = tuple(frame for frame in frames if frame.height)

    def __len__(self) -> int:
        return sum(frame.height for frame in self.frames)

    @overload
    def __getitem__(self, index: int) -> dict[str, Any]: ...
    @overload
    def __getitem__(self, index: slice) -> "Rows": ...
    def __getitem__(self, index: int | slice) -> "dict[str, Any] | Rows":
        if isinstance(index, slice):
            return self._cut(index)
        place = index + len(self) if index < 0 else index
        for frame in self.frames:
            if 0 <= place < frame.height:
                return frame.row(place, named=True)
            place -= frame.height
        raise IndexError(f"there is no record {index} among {len(self)}")

    def _cut(self, wanted: slice) -> "Rows":
        begin, end, step = wanted.indices(len(self))
        if step != 1:
            raise ValueError("records are cut in their order")
        frames = []
        for frame in self.frames:
            frames.append(frame[max(begin, 0) : max(end, 0)])
            begin, end = begin - frame.height, end - frame.height
        return Rows(*frames)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for frame in self.frames:
            yield from frame.iter_rows(named=True)

    def storable(self) -> "Rows":
        """The same without NUL characters, which PostgreSQL does not take."""
        return Rows(*map(_without_nul, self.frames))

    def __add__(self, more: "Rows") -> "Rows":
        """Both, one after the other; frames of the same columns become one."""
        frames = list(self.frames)
        for frame in more.frames:
            if frames and frames[-1].columns == frame.columns:
                frames[-1] = frames[-1].vstack(frame)
            else:
                frames.append(frame)
        return Rows(*frames)


def _without_nul(frame: pl.DataFrame) -> pl.DataFrame:
    # To write all of it and look through the bytes takes a tenth of asking each value.
    written = BytesIO()
    frame.write_csv(written, include_header=False, quote_style="never")
    if b"\0" not in written.getvalue():
        return frame
    return frame.with_columns(pl.all().str.replace_all("\0", "", literal=True))
