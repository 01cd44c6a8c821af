"""Records kept as the bytes they are answered with: little memory, little work per request."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import msgspec

from sandbox.hubspot.records import Record


class _Unpacked(Mapping[str, str]):
    """The properties of a packed record, read out of its bytes only when someone looks."""

    __slots__ = ("_packed",)

    def __init__(self, packed: bytes) -> None:
        self._packed = packed

    def _read(self) -> dict[str, str]:
        shown: dict[str, Any] = msgspec.json.decode(self._packed + b"}")["properties"]
        return {name: value for name, value in shown.items() if value is not None}

    def __getitem__(self, name: str) -> str:
        return self._read()[name]

    def __iter__(self) -> Any:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedRecord(Record):
    """A record with its JSON (all but the closing brace) for one list of properties."""

    packed: bytes
    names: list[str]

    def but(self, **changes: Any) -> Record:
        """An ordinary record: the bytes no longer tell the truth."""
        kept = {field.name: getattr(self, field.name) for field in fields(Record)}
        kept["properties"] = dict(self.properties)
        return Record(**(kept | changes))


def pack(id: int, created_ms: int, updated_ms: int, packed: bytes, names: list[str]) -> Record:
    """A record that is nothing but its bytes."""
    return PackedRecord(
        id=id,
        created_ms=created_ms,
        updated_ms=updated_ms,
        properties=_Unpacked(packed),
        packed=packed,
        names=names,
    )
