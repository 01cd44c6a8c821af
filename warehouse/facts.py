"""What is known of an entity's last weeks: the facts that alerts are judged by.

Days are counted back from the moment of asking: day 0 are the last 24 hours. A weekday is then compared
with the same one in other weeks whatever the time zone, and at any hour.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple


class Key(NamedTuple):
    """An entity of a source."""

    crm_source: str
    entity: str


@dataclass(frozen=True, slots=True)
class Run:
    """A run, as far as its health goes; `anchor`: the next delta may build on it."""

    id: int
    began: datetime
    ended: datetime | None
    status: str
    failed: bool
    strategy: str
    records: int
    anchor: bool
    error: str | None = None

    @property
    def seconds(self) -> float:
        """How long it took; 0 while it runs."""
        return (self.ended - self.began).total_seconds() if self.ended else 0.0


@dataclass(frozen=True, slots=True)
class Day:
    """What happened in 24 hours; `deltas` are incremental runs that ended well, `changed` the records they wrote.

    What they read would count most records several times: a delta reads again what the last one read late.
    """

    deltas: int = 0
    changed: int = 0
    read: int = 0
    calls: int = 0
    hits: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of an entity; runs are those that read it, the newest first.

    `weeks_ago` holds, for one week before now and further ones, how old the anchor was then, at most within
    an hour; `anchors` when those of late, and the latest of any age, ended, the newest first; `rejected` how
    many records were first rejected on each day, of day 0 only those that still are, `waiting` those that are.
    """

    crm_source: str
    entity: str
    first: datetime
    runs: tuple[Run, ...] = ()
    fulls: tuple[Run, ...] = ()
    days: Mapping[int, Day] = field(default_factory=dict)
    rejected: Mapping[int, int] = field(default_factory=dict)
    weeks_ago: tuple[timedelta | None, ...] = ()
    anchors: tuple[datetime, ...] = ()
    waiting: Mapping[int, int] = field(default_factory=dict)
