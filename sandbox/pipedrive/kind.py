"""What a kind of record is: what it is made of, and how it may be asked for."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sandbox.pipedrive.moments import zulu

ADMIN = 25

# What becomes of a deleted record: no trace; a flag in the list; a status that must be asked for.
Ending = Literal["vanishes", "flag", "status"]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """`blank` is what a record shows where nobody entered anything, `optional` what must be asked for.

    `filters` are parameters that narrow a list to equal values, `fields` the path of the definitions.
    """

    name: str
    path: str
    version: int = 2
    blank: Mapping[str, Any]
    optional: Mapping[str, Any] = field(default_factory=dict)
    filters: tuple[str, ...] = ()
    sorts: tuple[str, ...] = ("id", "update_time", "add_time")
    since: bool = True
    until: bool = True
    ids: bool = True
    fields: str = ""
    ending: Ending = "vanishes"
    write: Callable[[datetime], str] = zulu
    added: str = "add_time"
    changed: str = "update_time"
    most: int = 500
    singular: str = "Item"

    @property
    def has_custom_fields(self) -> bool:
        """Whether the account may add fields of its own."""
        return bool(self.fields) and self.name not in ("activities", "notes")
