"""How to understand a vendor's answers: what each CRM tells the HTTP client, as plain data."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import cached_property
from typing import Any

import httpx

from sources.errors import (
    BadAnswer,
    RateLimited,
    Refused,
    SourceError,
    Unauthorized,
    Unavailable,
)
from sources.exact_json import decode_json
from sources.limits import Rate

# Where a 429 does not say how long: the longest pause that short-term limits commonly have.
UNSAID_PAUSE_SECONDS = 60.0
_LONGEST_PAUSE_SECONDS = 7 * 24 * 3600.0
_WAITS_COUNT_AS_FAULTS = frozenset({408, 423, 425})
_SECONDS = re.compile(r"\d+(\.\d+)?", re.ASCII)


@dataclass(frozen=True)
class Reply:
    """An answer read to its end."""

    status: int
    headers: httpx.Headers = field(repr=False)
    body: bytes = field(repr=False)

    def json(self) -> Any:
        """The body's JSON, read once; raises BadAnswer."""
        return self._decoded

    @cached_property
    def _decoded(self) -> Any:
        return decode_json(self.body)

    def details(self) -> dict[str, Any]:
        """The JSON object an error answer carries, or an empty one."""
        try:
            decoded = self.json()
        except BadAnswer:
            return {}
        if isinstance(decoded, list) and decoded:
            decoded = decoded[0]
        return decoded if isinstance(decoded, dict) else {}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an unwelcome answer means: the error it is, and for how long to wait.

    The client asks again only for errors that are `retryable`, after at least `after` seconds, and
    holds everyone back who needs the limit `hold`.
    """

    error: type[SourceError]
    text: str = ""
    after: float | None = None
    hold: str | None = None
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Allowance:
    """What headers say about limits: requests left, and rates by the name of the limit."""

    remaining: int | None = None
    rates: Mapping[str, Rate] = field(default_factory=dict)


def judge_by_status(reply: Reply) -> Verdict:
    """Plain HTTP: what a status means where the vendor has told nothing else."""
    text = vendor_text(reply.details())
    after = retry_after(reply.headers)
    if reply.status == 429:
        return Verdict(RateLimited, text, UNSAID_PAUSE_SECONDS if after is None else after, "all")
    if reply.status >= 500 or reply.status in _WAITS_COUNT_AS_FAULTS:
        return Verdict(Unavailable, text, after)
    if reply.status == 401:
        return Verdict(Unauthorized, text)
    return Verdict(Refused, text)


def no_allowance(_headers: httpx.Headers) -> Allowance:
    """A vendor whose headers say nothing about limits."""
    return Allowance()


@dataclass(frozen=True, slots=True)
class Policy:
    """One vendor's ways: how its errors read and where it states its limits."""

    judge: Callable[[Reply], Verdict] = judge_by_status
    allowance: Callable[[httpx.Headers], Allowance] = no_allowance


def vendor_text(details: Mapping[str, Any]) -> str:
    """The vendor's own words in an error answer, wherever the usual APIs put them."""
    for key in ("message", "error_description", "error", "detail", "title"):
        found = details.get(key)
        if isinstance(found, Mapping):
            found = found.get("message")
        if isinstance(found, str) and found:
            return found
    return ""


def retry_after(headers: httpx.Headers) -> float | None:
    """The seconds a Retry-After header asks for; a date counts by the server's own clock."""
    stated = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(stated):
        return min(float(stated), _LONGEST_PAUSE_SECONDS)
    moment = http_date(stated)
    if moment is None:
        return None
    now = http_date(headers.get("date", "")) or datetime.now(UTC)
    return min(max((moment - now).total_seconds(), 0.0), _LONGEST_PAUSE_SECONDS)


def server_date(reply: Reply) -> datetime | None:
    """The server's clock at the time of the answer, to the second."""
    return http_date(reply.headers.get("date", ""))


def http_date(text: str) -> datetime | None:
    """The moment a date header names, in UTC."""
    try:
        moment = parsedate_to_datetime(text)
        return moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
