"""How HubSpot states its limits and words its errors."""

from collections.abc import Iterator, Mapping
from typing import Any

import httpx

from sources.errors import (
    MissingScope,
    QuotaExhausted,
    RateLimited,
    Refused,
    RetryLater,
    Unauthorized,
    Unavailable,
)
from sources.limits import Rate
from sources.policy import (
    UNSAID_PAUSE_SECONDS,
    Allowance,
    Policy,
    Reply,
    Verdict,
    judge_by_status,
    retry_after,
    vendor_text,
)

# Searches have a limit of their own, apart from the 10-second one.
RATES: Mapping[str, tuple[Rate, ...]] = {"all": (Rate(100, 10.0),), "search": (Rate(5, 1.0),)}
# An OAuth app may ask more often, for each account that installed it, and has no daily limit.
OAUTH_RATES = {**RATES, "all": (Rate(110, 10.0),)}

# policyName of a 429: how long its window is, and whom it concerns.
_WINDOWS = {"TEN_SECONDLY_ROLLING": (10.0, "all"), "SECONDLY": (1.0, "search")}
_LOCKED_SECONDS = 2.0
_MOVING_SECONDS = 3600.0
_BAD_CREDENTIAL = frozenset(
    {"INVALID_AUTHENTICATION", "EXPIRED_AUTHENTICATION", "BAD_REFRESH_TOKEN"}
)


def judge(reply: Reply) -> Verdict:
    """What an error answer of HubSpot means."""
    details = reply.details()
    text = vendor_text(details)
    after = retry_after(reply.headers)
    if reply.status == 429:
        return _limited(details, text, after)
    if reply.status == 403:
        return _forbidden(details, text)
    if reply.status == 423:
        return Verdict(Unavailable, text, _LOCKED_SECONDS if after is None else after)
    if reply.status == 477:
        moving = text or "the account is moving to another data centre"
        return Verdict(RetryLater, moving, _MOVING_SECONDS if after is None else after)
    if reply.status == 530:
        return Verdict(Unauthorized, text or "the token does not have the form of a HubSpot token")
    if reply.status < 500 and _names(details) & _BAD_CREDENTIAL:
        return Verdict(Unauthorized, text)
    return judge_by_status(reply)


def allowance(headers: httpx.Headers) -> Allowance:
    """What HubSpot's headers say; searches and some other calls carry none."""
    remaining = _number(headers, "Daily-Remaining")
    if remaining is None:
        remaining = _number(headers, "Remaining")
    most, milliseconds = _number(headers, "Max"), _number(headers, "Interval-Milliseconds")
    rates = {"all": Rate(most, milliseconds / 1000)} if most and milliseconds else {}
    return Allowance(remaining, rates)


HUBSPOT = Policy(judge, allowance)


def _limited(details: Mapping[str, Any], text: str, after: float | None) -> Verdict:
    policies = {str(details.get(key)).upper() for key in ("policyName", "groupName")}
    if "DAILY" in policies:
        return Verdict(QuotaExhausted, text)
    for policy, (seconds, hold) in _WINDOWS.items():
        if policy in policies:
            return Verdict(RateLimited, text, seconds if after is None else after, hold)
    return Verdict(RateLimited, text, UNSAID_PAUSE_SECONDS if after is None else after, "all")


def _forbidden(details: Mapping[str, Any], text: str) -> Verdict:
    names = _names(details)
    if "MISSING_SCOPES" in names:
        return Verdict(MissingScope, text, scopes=tuple(dict.fromkeys(_scopes(details))))
    return Verdict(Unauthorized if names & _BAD_CREDENTIAL else Refused, text)


def _names(details: Mapping[str, Any]) -> set[str]:
    """What the error calls itself; which field says it varies."""
    said = [details.get(key) for key in ("category", "status", "errorType")]
    said += [error.get(key) for error in _errors(details) for key in ("category", "code")]
    return {name.upper() for name in said if isinstance(name, str)}


def _scopes(details: Mapping[str, Any]) -> Iterator[str]:
    for holder in (details, *_errors(details)):
        context = holder.get("context")
        for key in ("requiredGranularScopes", "requiredScopes"):
            scopes = context.get(key) if isinstance(context, Mapping) else None
            yield from (scope for scope in scopes or () if isinstance(scope, str))


def _errors(details: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    errors = details.get("errors")
    return [e for e in errors if isinstance(e, Mapping)] if isinstance(errors, list) else []


def _number(headers: httpx.Headers, name: str) -> int | None:
    value = headers.get(f"X-HubSpot-RateLimit-{name}", "").strip()
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 16 else None
