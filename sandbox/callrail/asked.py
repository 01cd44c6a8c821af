"""What a request asks for: dates in a time zone, a page, an order. What nobody knows is overlooked."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from starlette.requests import Request

from sandbox.callrail.errors import refusal

MOST, USUAL = 250, 100
RETENTION_MONTHS = 25
MINUTE = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}")
# Name: how many days before today it begins and ends.
RANGES = {
    "recent": (6, 0),
    "today": (0, 0),
    "yesterday": (1, 1),
    "last_7_days": (7, 1),
    "last_30_days": (30, 1),
}
DAY_END = time(23, 59, 59, 999_999)


@dataclass(frozen=True, slots=True)
class Span:
    """From one moment to another, both included."""

    first: datetime
    last: datetime

    def __contains__(self, moment: datetime) -> bool:
        return self.first <= moment <= self.last


def span_of(params: Mapping[str, str], now: datetime, zone: ZoneInfo) -> Span:
    """The dates asked for; without any, the last seven days."""
    today = now.astimezone(zone).date()
    earliest = _months_before(today, RETENTION_MONTHS)
    start, end = params.get("start_date"), params.get("end_date")
    if start or end:
        first = _moment(start, zone, time()) if start else _at(today, time(), zone)
        last = _moment(end, zone, DAY_END) if end else _at(today, DAY_END, zone)
    else:
        first, last = _named(params.get("date_range", "recent"), today, zone)
    if first < _at(earliest, time(), zone):
        raise refusal(
            400, "Call data is kept for 25 months. Please change the date range of your request."
        )
    return Span(first, last)


def zone_of(params: Mapping[str, str], usual: ZoneInfo) -> ZoneInfo:
    """The zone the dates are meant in; one nobody knows is overlooked."""
    try:
        return ZoneInfo(params["time_zone"])
    except (KeyError, ValueError, OSError):
        return usual


def number(request: Request, name: str, usual: int, least: int = 1) -> int:
    """A whole number; that others are refused is an assumption."""
    text = request.query_params.get(name)
    if text is None:
        return usual
    if not text.isdecimal() or int(text) < least:
        raise refusal(400, f"{name} must be a number from {least}")
    return int(text)


def page_size(request: Request) -> int:
    """Records per page: more than the most is cut, and told so."""
    return min(number(request, "per_page", USUAL), MOST)


def _named(name: str, today: date, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """A date range by name; an unknown one counts as none (an assumption)."""
    if name == "all_time":
        return datetime(2000, 1, 1, tzinfo=UTC), _at(today, DAY_END, zone)
    begins = {
        "this_month": today.replace(day=1),
        "last_month": _months_before(today.replace(day=1), 1),
        "this_year": today.replace(month=1, day=1),
        "last_year": today.replace(year=today.year - 1, month=1, day=1),
    }
    ends = {
        "last_month": today.replace(day=1) - timedelta(days=1),
        "last_year": today.replace(month=1, day=1) - timedelta(days=1),
    }
    if name in begins:
        return _at(begins[name], time(), zone), _at(ends.get(name, today), DAY_END, zone)
    first, last = RANGES.get(name, RANGES["recent"])
    return (
        _at(today - timedelta(days=first), time(), zone),
        _at(today - timedelta(days=last), DAY_END, zone),
    )


def _moment(text: str, zone: ZoneInfo, unsaid: time) -> datetime:
    """A day, or a day with hour and minute."""
    try:
        if MINUTE.fullmatch(text):
            return datetime.fromisoformat(text).replace(tzinfo=zone)
        return _at(date.fromisoformat(text), unsaid, zone)
    except ValueError:
        raise refusal(400, f"{text} is not a valid date") from None


def _at(day: date, hour: time, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, hour, zone)


def _months_before(day: date, months: int) -> date:
    count = day.year * 12 + day.month - 1 - months
    year, month = divmod(count, 12)
    for last in (day.day, 30, 29, 28):
        try:
            return date(year, month + 1, last)
        except ValueError:
            continue
    raise AssertionError(day)
