"""Text to typed columns: what a value means, and NULL where it means nothing of the kind.

Whole columns at a time, each reading only where the ones before left something: a source mostly spells
all values of a field alike.
"""

import re
from collections.abc import Callable
from functools import lru_cache, partial

import polars as pl

UTC_MICROSECONDS = pl.Datetime("us", "UTC")


def as_it_is(text: pl.Series) -> pl.Series:
    """Any text is text."""
    return text


DIGIT = re.compile("[0-9]")
# Four digits of year, or '24-02-03' would be the year 24.
DAY = r"^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}"
# Fewer digits could as well be seconds, a count or a year; fourteen are mostly 20260203100000.
EPOCH_MILLISECONDS = r"^-?[0-9]{11,13}$"


def to_datetime(text: pl.Series) -> pl.Series:
    """ISO 8601 with or without zone (UTC when unsaid), a bare date, or epoch milliseconds."""
    return _in_calendar(_first_reading(text, MOMENTS))


def to_date(text: pl.Series) -> pl.Series:
    """A day, or the day of a moment as it is written: 23:30-05:00 is not the morning after."""
    return _in_calendar(_first_reading(text, DAYS))


Parse = Callable[[pl.Series], pl.Series]


def _first_reading(text: pl.Series, readings: tuple[Parse, ...]) -> pl.Series:
    """What the first reading that understands a value makes of it; a column mostly needs but one.

    No value is understood by two of them in two ways, so that the one which fits the first value may begin.
    """
    first = text.drop_nulls().head(1)
    fits = _fitting(DIGIT.sub("1", first[0]), readings) if len(first) else readings[0]
    found = fits(text)
    for read in readings:
        if read is fits:
            continue
        if found.null_count() == text.null_count():
            break
        found = found.zip_with(found.is_not_null(), read(text))
    return found


@lru_cache(maxsize=1024)
def _fitting(spelling: str, readings: tuple[Parse, ...]) -> Parse:
    """The reading of a spelling whose digits are all 1: a day, a time and a zone as well as a number."""
    value = pl.Series([spelling])
    return next((read for read in readings if read(value).null_count() == 0), readings[0])


def _zoned(text: pl.Series) -> pl.Series:
    return _iso(text).str.to_datetime("%+", strict=False, time_unit="us", time_zone="UTC")


def _other_zone(time: str, text: pl.Series) -> pl.Series:
    """Zones as in +00, and times without seconds."""
    return _iso(text).str.to_datetime(
        f"%Y-%m-%dT{time}%#z", strict=False, time_unit="us", time_zone="UTC"
    )


def _without_zone(time: str, text: pl.Series) -> pl.Series:
    naive = _iso(text).str.to_datetime(f"%Y-%m-%dT{time}", strict=False, time_unit="us")
    return naive.dt.replace_time_zone("UTC")


def _iso(text: pl.Series) -> pl.Series:
    return _like(text, DAY).str.to_uppercase().str.replace(" ", "T", literal=True)


def _midnight(text: pl.Series) -> pl.Series:
    return _day(text).cast(UTC_MICROSECONDS)


def _epoch_milliseconds(text: pl.Series) -> pl.Series:
    number = _like(text, EPOCH_MILLISECONDS).cast(pl.Int64, strict=False)
    return number.cast(pl.Datetime("ms", "UTC")).cast(UTC_MICROSECONDS)


def _day(text: pl.Series) -> pl.Series:
    return _like(text, f"{DAY}$").str.to_date("%Y-%m-%d", strict=False)


def _day_of_moment(text: pl.Series) -> pl.Series:
    moment = to_datetime(text)
    written = _day(text.str.extract(f"({DAY})[Tt ]"))
    day = written.zip_with(written.is_not_null(), moment.dt.date())
    return day.zip_with(moment.is_not_null(), day.clear(len(day)))


TIMES = ("%H:%M:%S%.f", "%H:%M")
DAYS: tuple[Parse, ...] = (_day, _day_of_moment)
MOMENTS: tuple[Parse, ...] = (
    _zoned,
    _midnight,
    _epoch_milliseconds,
    *(partial(_without_zone, time) for time in TIMES),
    *(partial(_other_zone, time) for time in TIMES),
)


def _in_calendar(moment: pl.Series) -> pl.Series:
    # PostgreSQL knows no year 0 and prints years beyond 9999 in a way few clients read.
    return _only(moment, moment.dt.year().is_between(1, 9999))


def _like(text: pl.Series, pattern: str) -> pl.Series:
    """The values that a pattern fits, NULL for the others."""
    return _only(text, text.str.contains(pattern))


def _only(values: pl.Series, wanted: pl.Series) -> pl.Series:
    if wanted.all():
        return values
    return values.zip_with(wanted.fill_null(value=False), values.clear(len(values)))


# [0-9], not \d, which knows digits of all scripts.
NUMBER = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$"
WHOLE = r"^[+-]?[0-9]+(\.0*)?$"
# Different numbers of so many digits are different doubles, and whole ones up to here are exact.
DIGITS_EXACT_IN_FLOAT = 15
EXACT_IN_FLOAT = 2**53


def to_decimal(text: pl.Series) -> pl.Series:
    """A number of any size, kept as text all the way to `numeric`: no double ever touches it."""
    return _like(text, NUMBER)


def to_integer(text: pl.Series) -> pl.Series:
    """A whole number that fits a bigint, however it is spelled."""
    return _first_reading(text, WHOLES)


def _digits(text: pl.Series) -> pl.Series:
    return text.cast(pl.Int64, strict=False)


def _whole(text: pl.Series) -> pl.Series:
    whole = _like(text, WHOLE).str.replace(r"\.0*$", "").str.strip_prefix("+")
    return whole.cast(pl.Int64, strict=False)


def _whole_exponent(text: pl.Series) -> pl.Series:
    """Spellings like 1.2E3, where a double holds them exactly."""
    number = _like(text, NUMBER)
    digits = number.str.replace(r"[eE].*$", "").str.count_matches("[0-9]")
    wide = number.cast(pl.Float64, strict=False)
    # At least 1: what is too small for a double reads as 0.
    exact = (wide == wide.round(0)) & wide.abs().is_between(1, EXACT_IN_FLOAT)
    short = digits <= DIGITS_EXACT_IN_FLOAT
    return _only(wide, exact & short).cast(pl.Int64, strict=False)


WHOLES = (_digits, _whole, _whole_exponent)


WORDS = {
    **dict.fromkeys(("true", "t", "yes", "y", "on", "1"), True),
    **dict.fromkeys(("false", "f", "no", "n", "off", "0"), False),
}


def to_boolean(text: pl.Series) -> pl.Series:
    """A word for yes or no."""
    return text.str.to_lowercase().replace_strict(WORDS, default=None, return_dtype=pl.Boolean)
