"""Keys as the warehouse spells them, back to the values that a source knows."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from sources.database.cursor import Values
from sources.database.types import clock_of, key_kind

BINARY = (sa.LargeBinary, sa.BINARY, sa.VARBINARY)


def parts(key: str, count: int) -> list[str]:
    """The parts of a key: in a composite one, ':' stands between them, and a backslash before one of theirs."""
    if count == 1:
        return [key]
    found = [""]
    characters = iter(key)
    for char in characters:
        if char == "\\":
            found[-1] += next(characters, "")
        elif char == ":":
            found.append("")
        else:
            found[-1] += char
    return found


def values_of(key: str, columns: Sequence[sa.ColumnElement[Any]], zone: ZoneInfo) -> Values | None:
    """A key's values; None where it cannot be one of these columns', so that no row has it."""
    texts = parts(key, len(columns))
    if len(texts) != len(columns):
        return None
    try:
        return tuple(
            _value(text, column, zone) for text, column in zip(texts, columns, strict=True)
        )
    except (ValueError, InvalidOperation):
        return None


def _value(text: str, column: sa.ColumnElement[Any], zone: ZoneInfo) -> Any:
    clock = clock_of(column.type)
    if clock == "day":
        return date.fromisoformat(text[:10])
    if clock in ("aware", "naive", "utc"):
        moment = datetime.fromisoformat(text)
        moment = moment.replace(tzinfo=moment.tzinfo or UTC)
        own = zone if clock == "naive" else UTC
        return moment if clock == "aware" else moment.astimezone(own).replace(tzinfo=None)
    if isinstance(column.type, BINARY) and text.startswith("\\x"):
        return bytes.fromhex(text[2:])
    match key_kind(column.type):
        case "integer":
            return int(text)
        case "decimal":
            return Decimal(text)
        case "boolean":
            return text in ("t", "true", "1")
        case _:
            return text
