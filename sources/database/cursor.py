"""Where a reading stands, as text: between which rows, told by the values they are sorted by."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

import msgspec

from sources.errors import Refused

Values = tuple[Any, ...]

# By a letter each: JSON knows fewer kinds of values than drivers do.
WRITTEN: Mapping[type, tuple[str, Callable[[Any], Any]]] = {
    bool: ("b", bool),
    int: ("i", str),
    float: ("f", float.hex),
    str: ("s", str),
    Decimal: ("d", str),
    datetime: ("m", datetime.isoformat),
    date: ("D", date.isoformat),
    time: ("t", time.isoformat),
    UUID: ("u", str),
    bytes: ("x", bytes.hex),
}
READ: Mapping[str, Callable[[Any], Any]] = {
    "b": bool,
    "i": int,
    "f": float.fromhex,
    "s": str,
    "d": Decimal,
    "m": datetime.fromisoformat,
    "D": date.fromisoformat,
    "t": time.fromisoformat,
    "u": UUID,
    "x": bytes.fromhex,
}


@dataclass(frozen=True, slots=True)
class Span:
    """Rows behind `after` up to and with `to` (None: without a bound); `keyless`: those without a key come first."""

    after: Values | None = None
    to: Values | None = None
    keyless: bool = False

    @property
    def text(self) -> str:
        """The span as a cursor."""
        said = {"after": _written(self.after), "to": _written(self.to), "keyless": self.keyless}
        return msgspec.json.encode({name: value for name, value in said.items() if value}).decode()

    @classmethod
    def of(cls, text: str) -> "Span":
        """The span that a cursor holds; raises Refused for one that is not of this making."""
        try:
            said = msgspec.json.decode(text)
            return cls(_read(said.get("after")), _read(said.get("to")), bool(said.get("keyless")))
        except (msgspec.DecodeError, ValueError, KeyError, AttributeError, TypeError):
            raise Refused("the place where the reading was left cannot be read", 400) from None

    def behind(self, last: Values) -> "Span":
        """What is left of it behind a row."""
        return replace(self, after=last, keyless=False)


def _written(values: Values | None) -> list[list[Any]] | None:
    return None if values is None else [_one(value) for value in values]


def _one(value: Any) -> list[Any]:
    if isinstance(value, bytearray | memoryview):
        value = bytes(value)
    letter, spell = WRITTEN.get(type(value), ("s", str))
    return [letter, spell(value)]


def _read(said: list[list[Any]] | None) -> Values | None:
    return None if said is None else tuple(READ[letter](text) for letter, text in said)
