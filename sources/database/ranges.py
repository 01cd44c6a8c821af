"""Where a large table is cut, so that its parts are read side by side."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from math import ceil
from typing import Any

import sqlalchemy as sa

from sources.database.cursor import Span, Values
from sources.database.statements import Statements
from sources.errors import ConfigError, Refused

Ask = Callable[[sa.Select[Any]], Awaitable[Sequence[tuple[Any, ...]]]]


async def cut(statements: Statements, rows: int, ask: Ask) -> list[Span]:
    """Spans of about so many rows each, which together are all rows; none where one would do."""
    try:
        ends = await _ends(statements, rows, ask)
    except (Refused, ConfigError):
        # A database that knows no row numbers; it is read from one end to the other.
        return []
    if not ends:
        return []
    spans = [Span(after, to) for after, to in pairwise([None, *ends, None])]
    return [replace(spans[0], keyless=statements.layout.keyless), *spans[1:]]


async def _ends(statements: Statements, rows: int, ask: Ask) -> list[Values]:
    if statements.by_number and (ends := _even(await ask(statements.extent()), rows)) is not None:
        return ends
    return [tuple(end) for end in await ask(statements.every(rows))]


def _even(answer: Sequence[tuple[Any, ...]], rows: int) -> list[Values] | None:
    """Ends that lie evenly between the lowest and the highest number; None where those are no numbers."""
    [(low, high, count)] = answer
    parts = ceil(int(count) / rows)
    if parts < 2:
        return []
    try:
        lowest, highest = int(low), int(high)
    except (ValueError, TypeError):
        return None
    ends = (lowest + (highest - lowest) * part // parts for part in range(1, parts))
    return [(end,) for end in dict.fromkeys(ends)]
