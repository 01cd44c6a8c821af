"""What a source is asked and what it answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from sources.entity import Entity

Reading = Literal["changes", "deletes", "associations", "by_id", "count"]
Record = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Window:
    """The span of modification stamps a run reads: `since` (inclusive, None for everything) to `until`."""

    since: datetime | None
    until: datetime


@dataclass(frozen=True, slots=True)
class Page:
    """Some records, the cursor of the next page (None at the end) and, where given, the total."""

    records: list[Record]
    cursor: str | None = None
    total: int | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """Whom the credential belongs to, what time it is there, and which API version answers."""

    id: str
    now: datetime | None
    api_version: str = ""


class Source(Protocol):
    """Everything a sync asks of a source; no hidden state, so that a page can be asked for again."""

    async def fetch(
        self,
        entity: Entity,
        reading: Reading,
        window: Window,
        cursor: str | None,
        *,
        keys: Sequence[str] = (),
    ) -> Page:
        """One page of `entity`; `count` answers only a total, `by_id` reads `keys`."""
        ...

    async def account(self) -> Account:
        """Check the credential; raises Unauthorized."""
        ...

    async def describe(self, entity: Entity) -> Entity:
        """The entity with the fields that the CRM's metadata adds to the declaration."""
        ...
