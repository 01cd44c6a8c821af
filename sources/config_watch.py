"""What `crm-sync.toml` says of watching and of keeping: the tables [health] and [retention]."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated

from annotated_types import Ge
from pydantic import AfterValidator, ConfigDict, Strict

from sources.config_values import Duration, Share, must_be, refuse, whole

ONLY_KNOWN_KEYS = ConfigDict(extra="forbid")
# What is learned from: five weeks, so that a weekday can be compared with the same ones before it.
LEARNED_FROM = timedelta(days=36)

Times = Annotated[float, Strict(), Ge(1), must_be("a number, 1 or more")]


def at_least(least: timedelta, spelled: str, why: str) -> AfterValidator:
    """A check for a duration that is long enough."""

    def check(value: timedelta) -> timedelta:
        if value < least:
            raise refuse(f"must be {spelled} or more: {why}")
        return value

    return AfterValidator(check)


@dataclass(frozen=True, slots=True)
class HealthConfig:
    """From when on something is wrong."""

    __pydantic_config__ = ONLY_KNOWN_KEYS

    failure_rate: Share = 0.05
    duration: Times = 2.0
    volume_drop: Share = 0.75
    rate_limit: Share = 0.05
    rejected: Annotated[int, whole(1)] = 20


@dataclass(frozen=True, slots=True)
class RetentionConfig:
    """How long what is written down is kept."""

    __pydantic_config__ = ONLY_KNOWN_KEYS

    history: Annotated[
        Duration, at_least(timedelta(days=40), "40d", "alerts learn from five weeks")
    ] = timedelta(days=400)
    rejected: Annotated[
        Duration, at_least(timedelta(days=10), "10d", "alerts learn from a week")
    ] = timedelta(days=30)
    alerts: Annotated[
        Duration, at_least(timedelta(days=40), "40d", "alerts learn from five weeks")
    ] = timedelta(days=400)
    events: Duration = timedelta(days=30)
    pages: Annotated[Duration, at_least(timedelta(hours=6), "6h", "retries may want them")] = (
        timedelta(hours=6)
    )
