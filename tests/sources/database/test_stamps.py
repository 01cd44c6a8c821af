"""Moments with and without zones: no bound is ever later than a row that it should let in."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import polars as pl
import pytest
import sqlalchemy as sa
from hypothesis import example, given
from hypothesis import strategies as st

from sources.database.stamps import Stamp, with_zone

ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe"]
zones = st.sampled_from([ZoneInfo(name) for name in ZONES])
moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
# The night in which clocks in Berlin show two o'clock twice.
SET_BACK = datetime(2026, 10, 25, 0, 30, tzinfo=UTC)
COLUMN: sa.ColumnElement[datetime] = sa.column("at", sa.DateTime())


@given(row=moments, since=moments, zone=zones)
@example(row=SET_BACK + timedelta(hours=1), since=SET_BACK, zone=ZoneInfo("Europe/Berlin"))
@example(row=SET_BACK + timedelta(minutes=31), since=SET_BACK, zone=ZoneInfo("Europe/Berlin"))
def test_what_changed_since_is_let_in_whatever_the_clock(
    row: datetime, since: datetime, zone: ZoneInfo
):
    if row < since:
        return
    shown = row.astimezone(zone).replace(tzinfo=None)

    assert row >= Stamp(COLUMN, "aware", zone).spelled(since, earliest=True)
    assert shown >= Stamp(COLUMN, "naive", zone).spelled(since, earliest=True)
    assert shown.date() >= Stamp(COLUMN, "day", zone).spelled(since, earliest=True)


@given(row=moments, until=moments, zone=zones)
def test_what_came_after_is_not_counted(row: datetime, until: datetime, zone: ZoneInfo):
    if row <= until + timedelta(seconds=1):
        return
    shown = row.astimezone(zone).replace(tzinfo=None)

    assert shown > Stamp(COLUMN, "naive", zone).spelled(until, earliest=True)


@given(moment=moments, zone=zones, separator=st.sampled_from([" ", "T"]))
def test_a_moment_without_a_zone_is_of_the_clock_that_is_named(
    moment: datetime, zone: ZoneInfo, separator: str
):
    shown = moment.astimezone(zone).replace(tzinfo=None)

    [found] = with_zone(pl.Series([shown.isoformat(separator)]), zone)

    # Of an hour that comes twice, the first is meant.
    assert datetime.fromisoformat(found) == shown.replace(tzinfo=zone, fold=0)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (None, None),
        ("infinity", "infinity"),
        ("2026-02-03", "2026-02-03"),
        ("2026-02-03 04:05:06+00", "2026-02-03 04:05:06+00:00"),
        ("2026-02-03T04:05:06Z", "2026-02-03T04:05:06Z"),
        ("2026-02-03 04:05:06.5+05:30", "2026-02-03 04:05:06.5+05:30"),
        ("0044-03-15 00:00:00 BC", "0044-03-15 00:00:00 BC"),
        ("", ""),
    ],
)
def test_what_says_its_zone_or_is_no_moment_stays(zone: str, text: str | None, wanted: str | None):
    column = pl.Series(["2026-02-03 04:05", text], dtype=pl.String)

    assert with_zone(column, ZoneInfo(zone))[1] == wanted


def test_an_hour_that_clocks_leave_out_is_the_one_after():
    found = with_zone(pl.Series(["2026-03-29 02:30:00"]), ZoneInfo("Europe/Berlin"))

    assert datetime.fromisoformat(found[0]) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)
