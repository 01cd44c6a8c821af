"""Which dates CallRail is asked for."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sources.callrail.entities import CALLS
from sources.callrail.windows import MINUTE, begin, days, earliest, minutes, slices
from sources.page import Window

NEW_YORK = ZoneInfo("America/New_York")
moments = st.datetimes(
    datetime(2020, 1, 1), datetime(2040, 1, 1), timezones=st.sampled_from([UTC, NEW_YORK])
)


def at(*parts: int, zone=UTC) -> datetime:
    return datetime(*parts, tzinfo=zone)


def test_a_window_is_asked_for_in_utc_whatever_zone_it_is_told_in():
    # 01:30 in New York happens twice on the day summer time ends.
    first = datetime(2026, 11, 1, 1, 30, tzinfo=NEW_YORK, fold=0)
    second = datetime(2026, 11, 1, 1, 30, tzinfo=NEW_YORK, fold=1)

    [part] = slices(Window(first, second))
    asked = minutes(part.since, part.until)

    assert asked == {
        "start_date": "2026-11-01T05:30",
        "end_date": "2026-11-01T06:31",
        "time_zone": "UTC",
    }


def test_the_minute_in_which_a_window_ends_is_asked_for_whole():
    asked = minutes(at(2026, 2, 1, 10, 0, 59), at(2026, 2, 3, 10, 0, 1))

    assert (asked["start_date"], asked["end_date"]) == ("2026-02-01T10:00", "2026-02-03T10:01")


def test_whole_days_have_one_more_on_either_side():
    asked = days(at(2026, 2, 1, 23), at(2026, 2, 3, 1), at(2024, 1, 1))

    assert (asked["start_date"], asked["end_date"]) == ("2026-01-31", "2026-02-04")


def test_everything_begins_25_months_ago_and_a_day():
    until = at(2026, 11, 23, 4)

    first, *_ = slices(Window(None, until))

    assert first.since == earliest(until) == at(2024, 10, 24)
    assert days(first.since, first.until, earliest(until))["start_date"] == "2024-10-24"


def test_a_window_that_begins_earlier_is_cut():
    until = at(2026, 11, 23, 4)

    assert begin(Window(at(2020, 1, 1), until)) == at(2024, 10, 24)


@pytest.mark.parametrize("span", [timedelta(days=20), timedelta(days=90), timedelta(days=700)])
def test_what_is_new_comes_into_the_last_part_alone_of_a_long_window(span: timedelta):
    until = at(2026, 11, 23, 4)

    *_, settled, recent = slices(Window(until - span, until))

    begun = datetime.fromisoformat(
        days(settled.since, settled.until, earliest(until))["end_date"]
    ) + timedelta(days=1)
    # Midnight comes twelve hours later where days begin last.
    assert begun.replace(tzinfo=UTC) + timedelta(hours=12) < until
    # A delta of calls and forms reads it again.
    assert until - recent.since < CALLS.lookback


def test_a_delta_is_one_part():
    until = at(2026, 11, 23, 4)

    assert len(slices(Window(until - CALLS.lookback - timedelta(days=1), until))) == 1


def test_months_that_are_too_short_are_cut_to_the_safe_side():
    # 25 months before 31 March is no day at all.
    assert earliest(at(2027, 3, 31)) == at(2025, 3, 4)


@given(moments)
def test_never_further_back_than_25_months_and_hardly_less(now: datetime):
    months = 12 * now.year + now.month - 25
    kept_from = at(*divmod(months - 1, 12)[:1], (months - 1) % 12 + 1, 1)

    begun = earliest(now)

    assert begun > kept_from
    assert begun <= kept_from + timedelta(days=33)


@given(moments, st.timedeltas(timedelta(), timedelta(days=750)))
def test_what_is_asked_for_holds_the_window_without_a_gap(until: datetime, span: timedelta):
    # Some hours do not exist in New York; what they mean is said in UTC.
    until = until.astimezone(UTC)
    window = Window(until - span, until)

    parts = slices(window)

    assert parts[0].since == begin(window)
    assert parts[-1].until == until
    assert all(one.until == other.since for one, other in pairwise(parts))
    for part in parts:
        limit = earliest(until)
        for asked in (minutes(part.since, part.until), days(part.since, part.until, limit)):
            begun, ended = (
                datetime.fromisoformat(asked[name]).replace(tzinfo=UTC)
                for name in ("start_date", "end_date")
            )
            assert limit - MINUTE < begun <= part.since
            assert ended >= part.until
