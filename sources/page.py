"""What a source is asked and what it answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from sources.entity import Entity
from sources.rows import Rows

Reading = Literal[
    "changes", "deletes", "associations", "history", "by_id", "count", "ranges", "versions"
]
Record = dict[str, Any]
Records = list[Record] | Rows
# Why a part is left out that was there when its version was told, and is not when it is read.
GONE = "it is there no more"


@dataclass(frozen=True, slots=True)
class Window:
    """The span of modification stamps a run reads: `since` (inclusive, None for everything) to `until`.

    `limit` says that no more than so many records are wanted (0: all). Of an entity whose parts have
    versions, `parts` are those to read (None: all), `new` the ones among them of which everything is wanted
    whatever `since` says (never read before, or with rejected records), and `versions` what `versions` answered: to the
    last good run when it is asked again, to this run when records are.
    """

    since: datetime | None
    until: datetime
    limit: int = 0
    parts: tuple[str, ...] | None = None
    new: tuple[str, ...] = ()
    versions: tuple[Mapping[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A piece of a page that could not be taken apart: where it is, what it says, and what is wrong.

    `part` names the part that it is in: read again without it, the piece is no more.
    """

    place: str
    raw: str
    reason: str
    part: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """Some records, the cursor of the next page (None at the end) and, where given, the total.

    `left_out` are parts the source did not answer for, each with the reason ('' where there is nothing),
    `gone` the keys of records that it says are no more, `unreadable` what should be records and cannot be
    taken apart. `pause`: what comes next takes its time, so that the cursor is to be remembered first.
    """

    records: Records
    cursor: str | None = None
    total: int | None = None
    left_out: Mapping[str, str] = field(default_factory=dict)
    gone: Sequence[str] = ()
    unreadable: Sequence[Unreadable] = ()
    pause: bool = False


@dataclass(frozen=True, slots=True)
class Account:
    """Whom the credential belongs to, what time it is there, and which API version answers."""

    id: str
    now: datetime | None
    api_version: str = ""


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Every entity of an account; `left_out` is what could not be looked for, with the reason."""

    entities: Sequence[Entity]
    left_out: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Quota:
    """How many requests an account may still make, of how many, and when that begins anew."""

    limit: int
    remaining: int
    resets_at: datetime | None = None


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
        """One page of `entity`; `count` answers only a total, `by_id` reads `keys`.

        `associations` and `history` answer the part named by the cursor for the records of `keys`.
        `ranges` answers the cursors at which parts of `changes` begin that may be read side by side,
        `versions` the version of each part of a versioned entity.
        """
        ...

    async def catalogue(self, known: Mapping[str, str]) -> Catalogue:
        """Every entity that can be read: the declared, and those that only the account knows.

        `known` are those found before, name by place, for when the account cannot be asked for them.
        """
        ...

    async def account(self) -> Account:
        """Check the credential; raises Unauthorized."""
        ...

    async def describe(self, entity: Entity, among: Sequence[Entity]) -> Entity:
        """The entity with what the CRM's metadata and the other entities of the account add to it."""
        ...

    async def quota(self) -> Quota | None:
        """What is left of the account's daily allowance, where there is one that can be asked for."""
        ...
