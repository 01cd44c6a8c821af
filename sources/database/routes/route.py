"""A way from a SELECT to columns of text."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import polars as pl
import sqlalchemy as sa


@dataclass(frozen=True, slots=True)
class Answer:
    """What a SELECT answered: columns of text named by its labels, and the values of its last row as they came.

    `size` is about how many bytes it took, `cut`: it was left before its end because those were enough.
    """

    frame: pl.DataFrame
    last: tuple[Any, ...] = ()
    size: int = 0
    cut: bool = False


# Reads a SELECT on an open connection; ends early once an answer is larger than so many bytes.
Route = Callable[[sa.Connection, sa.Select[Any], int], Answer]
