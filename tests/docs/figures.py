"""Sums, averages and groups as SQL has them."""

from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any


def grouped(pairs: Iterable[tuple[Hashable, Any]]) -> dict[Any, list[Any]]:
    found: defaultdict[Hashable, list[Any]] = defaultdict(list)
    for key, each in pairs:
        found[key].append(each)
    return found


def total(amounts: Iterable[Decimal | None]) -> Decimal | None:
    """A sum as SQL has it: what is not known is passed over, and nothing known is no sum."""
    known = [each for each in amounts if each is not None]
    return sum(known, Decimal()) if known else None


def rounded(value: Decimal | None, places: int) -> Decimal | None:
    return value and value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def in_days(length: timedelta) -> Decimal | None:
    return rounded(Decimal(length // timedelta(microseconds=1)) / 86_400_000_000, 1)


def told(rows: Iterable[Sequence[Any]]) -> list[str]:
    """Rows in an order of their own, for comparing."""
    return sorted(repr(tuple(map(_plain, row))) for row in rows)


def _plain(value: Any) -> Any:
    """A number whatever its scale, a moment whatever its zone."""
    if isinstance(value, Decimal):
        return Decimal() if value == 0 else value.normalize()
    return value.timestamp() if isinstance(value, datetime) else value
