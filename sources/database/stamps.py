"""When a row changed: how a column tells it, and how a window's bounds are compared with that."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

import polars as pl
import sqlalchemy as sa

# What a clock shows twice when it is set back; a bound within it is moved before both.
SET_BACK = timedelta(hours=1)
# No two clocks of the world are further apart: so far off is a text that says a zone, read without it.
APART = timedelta(hours=26)
NAIVE = r"^[0-9]{4,}-[0-9]{2}-[0-9]{2}[ Tt][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?$"
FORMATS = ("%Y-%m-%dT%H:%M:%S%.f", "%Y-%m-%dT%H:%M")

Clause = sa.ColumnElement[bool]


class Untyped(sa.types.UserDefinedType[Any]):
    """A value that the driver, or the database, makes fit what it is compared with."""

    cache_ok = True


def value(raw: Any) -> sa.BindParameter[Any]:
    """A value as a parameter, sent as it is."""
    return sa.bindparam(None, raw, type_=Untyped())


@dataclass(frozen=True, slots=True)
class Stamp:
    """A column that says when a row changed: a moment with its zone, one of the clock in `zone`, or a day.

    `off`: by so much it may say it too early or too late; a bound is moved to where nothing is missed.
    """

    column: sa.ColumnElement[Any]
    kind: Literal["aware", "naive", "day"]
    zone: ZoneInfo
    off: timedelta = timedelta()

    def spelled(self, moment: datetime, *, earliest: bool) -> Any:
        """A moment as this column has it, rounded down; `earliest`: of two that the clock shows alike."""
        moment = moment.replace(microsecond=0).astimezone(UTC)
        if self.kind == "aware":
            return moment
        if earliest:
            moment -= self.off or (SET_BACK if self.zone.key != "UTC" else timedelta())
        naive = moment.astimezone(self.zone).replace(tzinfo=None)
        return naive if self.kind == "naive" else naive.date()


def from_on(stamp: Stamp, since: datetime) -> Clause:
    """Whether a row changed at a moment or later."""
    return stamp.column >= value(stamp.spelled(since, earliest=True))


def up_to(stamp: Stamp, until: datetime) -> Clause:
    """Whether a row changed before a moment: days are over, and hours that come twice have not begun."""
    bound = value(stamp.spelled(until, earliest=True))
    return stamp.column < bound if stamp.kind == "day" else stamp.column <= bound


@dataclass(frozen=True, slots=True)
class Bounds:
    """How a window's two ends are compared with a stamp."""

    since: Callable[[Stamp, datetime], Clause] = from_on
    until: Callable[[Stamp, datetime], Clause] = up_to


def with_zone(moments: pl.Series, zone: ZoneInfo) -> pl.Series:
    """Moments with their zone said: what has none is of the clock in `zone`."""
    if moments.null_count() == len(moments):
        return moments
    short = moments.str.ends_with("+00")
    if short.all():
        return moments + ":00"
    naive = moments.str.contains(NAIVE)
    if zone.key == "UTC":
        said = moments + "Z"
    else:
        said = _of_clock(moments.zip_with(naive.fill_null(value=False), _nothing(moments)), zone)
    moments = moments.zip_with(~short.fill_null(value=False), moments + ":00")
    return moments.zip_with(~(naive & said.is_not_null()).fill_null(value=False), said)


def _of_clock(naive: pl.Series, zone: ZoneInfo) -> pl.Series:
    """Naive moments in UTC; of an hour that comes twice the first, of one that is left out the next."""
    iso = naive.str.to_uppercase().str.replace(" ", "T", literal=True)
    clock = _nothing(naive).cast(pl.Datetime("us"))
    for spelling in FORMATS:
        read = iso.str.to_datetime(spelling, strict=False, time_unit="us")
        clock = clock.zip_with(clock.is_not_null(), read)
    moment = _localized(clock, zone)
    later = _localized(clock.dt.offset_by("1h"), zone)
    moment = moment.zip_with(moment.is_not_null(), later)
    return moment.dt.convert_time_zone("UTC").dt.strftime("%Y-%m-%dT%H:%M:%S%.6fZ")


def _localized(clock: pl.Series, zone: ZoneInfo) -> pl.Series:
    return clock.dt.replace_time_zone(zone.key, ambiguous="earliest", non_existent="null")


def _nothing(like: pl.Series) -> pl.Series:
    return like.clear(len(like))
