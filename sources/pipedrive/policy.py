"""How Pipedrive states its limits and words its errors.

https://pipedrive.readme.io/docs/core-api-concepts-rate-limiting
"""

from collections.abc import Mapping

import httpx

from sources.errors import (
    BadAnswer,
    MissingScope,
    QuotaExhausted,
    RateLimited,
    Refused,
    RetryLater,
)
from sources.limits import Rate
from sources.policy import (
    Allowance,
    Policy,
    Reply,
    Verdict,
    judge_by_status,
    retry_after,
    vendor_text,
)

BURST_SECONDS = 2.0
# Of the smallest plan; the headers of every answer tell what the account's own allows.
RATES: Mapping[str, tuple[Rate, ...]] = {"all": (Rate(20, BURST_SECONDS),)}
# What a page of most lists costs of the daily budget.
TOKENS_PER_REQUEST = 10
# Who would not wait is shut out by what stands in front of the API; for how long is not documented.
SHUT_OUT_SECONDS = 600.0
_MEANING = {
    402: "the company's account is not open, for it was not paid or its trial has ended",
    415: "the company's plan does not have this; leave the entity out with `without` in crm-sync.toml",
}


def judge(reply: Reply) -> Verdict:
    """What an error answer of Pipedrive means."""
    text = vendor_text(reply.details())
    if reply.status == 429:
        return _limited(reply, text)
    if reply.status == 403:
        return _forbidden(reply, text)
    if reply.status in _MEANING:
        return Verdict(
            Refused, f"{text}: {_MEANING[reply.status]}" if text else _MEANING[reply.status]
        )
    if reply.status == 501:
        return Verdict(Refused, text)
    return judge_by_status(reply)


def allowance(headers: httpx.Headers) -> Allowance:
    """What the headers say: the burst's rate, and what is left of the day's budget, in tokens."""
    most = _number(headers, "x-ratelimit-limit")
    rates = {"all": Rate(most, BURST_SECONDS)} if most else {}
    return Allowance(daily_left(headers), rates)


PIPEDRIVE = Policy(judge, allowance)


def daily_left(headers: httpx.Headers) -> int | None:
    """Tokens left of the company's daily budget, where that is told."""
    return _number(headers, "x-daily-ratelimit-token-remaining")


def daily_limit(headers: httpx.Headers) -> int | None:
    """The company's daily budget in tokens, where that is told."""
    return _number(headers, "x-daily-ratelimit-token-limit")


def _limited(reply: Reply, text: str) -> Verdict:
    """The burst, unless nothing is left of the day; the reset is told in seconds from now."""
    if daily_left(reply.headers) == 0:
        return Verdict(QuotaExhausted, text)
    after = retry_after(reply.headers)
    if after is None:
        reset = _number(reply.headers, "x-ratelimit-reset")
        after = BURST_SECONDS if reset is None else float(reset)
    return Verdict(RateLimited, text, after, "all")


def _forbidden(reply: Reply, text: str) -> Verdict:
    """Only JSON is Pipedrive's own word; a page of HTML comes from the wall in front of it."""
    try:
        reply.json()
    except BadAnswer:
        after = retry_after(reply.headers)
        said = "shut out for asking on in spite of refusals"
        return Verdict(RetryLater, said, SHUT_OUT_SECONDS if after is None else after)
    return Verdict(MissingScope, text)


def _number(headers: httpx.Headers, name: str) -> int | None:
    value = headers.get(name, "").strip()
    if value.startswith("-") and value[1:].isdecimal():
        return 0
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 16 else None
