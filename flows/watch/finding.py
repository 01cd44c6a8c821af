"""What a rule finds wrong, and what rules are given to find it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal, NamedTuple

from sources.config_watch import HealthConfig

Rule = Literal[
    "failure_rate",
    "freshness",
    "stuck",
    "zero_records",
    "volume",
    "quarantine",
    "rate_limit",
    "duration",
    "inbox",
    "given_up",
]
# The higher, the sooner somebody should look: nothing comes, less comes or not always, it takes longer.
DOWN, LESS, SLOWER = 3, 2, 1
SEVERITY: dict[Rule, int] = {
    "failure_rate": LESS,
    "freshness": DOWN,
    "stuck": DOWN,
    "zero_records": LESS,
    "volume": LESS,
    "quarantine": LESS,
    "rate_limit": SLOWER,
    "duration": SLOWER,
    "inbox": LESS,
    "given_up": LESS,
}
# What one fault may show as; records that are turned away are another matter than none that come.
FLOW, QUARANTINE = "flow", "quarantine"
# These look at a whole day, so that one fault shows in one entity after the other, and goes as slowly.
VOLUMES: frozenset[str] = frozenset({"zero_records", "volume"})
BY_DAY: frozenset[str] = frozenset({*VOLUMES, "failure_rate"})
# These are over when they are over.
PLAIN: frozenset[str] = frozenset({"failure_rate", "freshness", "stuck", "inbox"})
# What makes runs unfit to learn from: those that took too long, and days that brought too little.
SLOW: frozenset[str] = frozenset({"duration", "stuck"})
SPARSE: frozenset[str] = frozenset({"failure_rate", "freshness", *VOLUMES})

DAY, HOUR = timedelta(days=1), timedelta(hours=1)


class Trouble(NamedTuple):
    """What was found wrong in a span of time."""

    rules: frozenset[str]
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it always was; `entity` is '' for what concerns a whole source."""

    crm_source: str
    entity: str
    rule: Rule
    summary: str
    numbers: dict[str, Any] = field(default_factory=dict)
    error: str | None = None
    severity: int = 0

    def __post_init__(self) -> None:
        if not self.severity:
            object.__setattr__(self, "severity", SEVERITY[self.rule])

    @property
    def family(self) -> str:
        """What it may be one fault with."""
        return QUARANTINE if self.rule in {"quarantine", "given_up"} else FLOW

    @property
    def stored(self) -> dict[str, Any]:
        """As plain values."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class View:
    """From where an entity is looked at: the moment, the limits, and what was known to be wrong before.

    `stale_after` is how old data may get (None: as the schedule was kept so far), `closed` when what was last
    wrong with the entity was over, `dead` are runs that only look as if they were running.
    """

    now: datetime
    limits: HealthConfig = field(default_factory=HealthConfig)
    stale_after: timedelta | None = None
    closed: datetime | None = None
    troubles: Sequence[Trouble] = ()
    dead: frozenset[int] = frozenset()

    def told(self, rules: frozenset[str]) -> datetime | None:
        """Since when an alert is open that told of such a thing; None where none is."""
        opened = [
            trouble.first
            for trouble in self.troubles
            if trouble.rules & rules and trouble.first <= self.now <= trouble.last
        ]
        return min(opened, default=None)

    def troubled(self, ago: int, rules: frozenset[str] = SPARSE) -> bool:
        """Whether such a thing was wrong on the day that many days ago, or was about to be found."""
        begin, end = self.now - (ago + 1) * DAY, self.now - ago * DAY
        return any(
            begin < trouble.last and trouble.first - DAY < end
            for trouble in self.troubles
            if trouble.rules & rules
        )

    def in_trouble(self, moment: datetime, rules: frozenset[str]) -> bool:
        """Whether such a thing was wrong at a moment, or was about to be found."""
        return any(
            trouble.first - HOUR <= moment <= trouble.last
            for trouble in self.troubles
            if trouble.rules & rules
        )
