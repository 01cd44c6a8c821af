"""Records: what the sandbox keeps of each. Never changed, only replaced."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

Key = int | str


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """`values` holds what was entered, by the API's names; `custom` the account's own fields, by code."""

    id: Key
    values: Mapping[str, Any]
    custom: Mapping[str, Any] = field(default_factory=dict)
    added: datetime
    updated: datetime
    deleted: datetime | None = None
    archived: datetime | None = None

    def but(self, **changes: Any) -> "Record":
        """The same record, with some things different."""
        return replace(self, **changes)
