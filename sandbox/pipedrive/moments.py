"""How the vendor writes moments: in three ways, by the age of the operation."""

import re
from datetime import UTC, datetime

EXACT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)


def zulu(moment: datetime) -> str:
    """Version 2: `2026-05-15T10:27:31Z`."""
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def naive(moment: datetime) -> str:
    """Version 1: `2026-05-15 10:27:31`, in UTC without saying so."""
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}"


def fine(moment: datetime) -> str:
    """Leads: `2026-05-15T10:27:31.164Z`."""
    moment = moment.astimezone(UTC)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def parsed(text: str) -> datetime | None:
    """The moment of a parameter; None for any other spelling than the one that is accepted."""
    if not EXACT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def whole_seconds(moment: datetime) -> datetime:
    """A stamp as it is kept."""
    return moment.astimezone(UTC).replace(microsecond=0)


def whole_milliseconds(moment: datetime) -> datetime:
    """A lead's stamp as it is kept."""
    return moment.astimezone(UTC).replace(microsecond=moment.microsecond // 1000 * 1000)
