"""What GitHub's answers mean: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api."""

from datetime import UTC, datetime

import httpx

from sources.errors import MissingScope, RateLimited, TooLarge
from sources.policy import (
    UNSAID_PAUSE_SECONDS,
    Allowance,
    Policy,
    Reply,
    Verdict,
    judge_by_status,
    retry_after,
    server_date,
    vendor_text,
)

READ_CONTENTS = ("Contents: read",)
# The hour begins within the second that is named.
MARGIN_SECONDS = 1.0


def judge(reply: Reply) -> Verdict:
    """What an answer means; 403 is a limit, a right that is missing, or a file too large for the API."""
    if reply.status not in (403, 429):
        return judge_by_status(reply)
    text = vendor_text(reply.details())
    pause = _pause(reply)
    if pause is not None:
        return Verdict(RateLimited, text, pause, "all")
    if _is_too_large(reply):
        return Verdict(TooLarge, text)
    if reply.headers.get("x-github-sso"):
        text = f"{text} (authorise the token for the organisation's single sign-on)"
    return Verdict(MissingScope, text, scopes=READ_CONTENTS)


def allowance(headers: httpx.Headers) -> Allowance:
    """How many requests are left of the hour."""
    left = headers.get("x-ratelimit-remaining", "")
    return Allowance(remaining=int(left) if left.isdecimal() else None)


def _pause(reply: Reply) -> float | None:
    """For how long a limit asks to wait; None where there is no limit at work."""
    stated = retry_after(reply.headers)
    if stated is not None:
        return stated
    if reply.headers.get("x-ratelimit-remaining") == "0":
        return _until_reset(reply)
    return UNSAID_PAUSE_SECONDS if reply.status == 429 or _is_secondary(reply) else None


def _until_reset(reply: Reply) -> float:
    """Seconds until the hour begins anew, by GitHub's own clock."""
    reset = reply.headers.get("x-ratelimit-reset", "")
    if not reset.isdecimal():
        return UNSAID_PAUSE_SECONDS
    now = server_date(reply) or datetime.now(UTC)
    return max(int(reset) - now.timestamp(), 0.0) + MARGIN_SECONDS


def _is_secondary(reply: Reply) -> bool:
    """Whether too much was asked at once: nothing but words tells this from a right that is missing."""
    details = reply.details()
    said = f"{details.get('message')} {details.get('documentation_url')}".lower()
    return "secondary rate limit" in said or "secondary-rate-limits" in said or "abuse" in said


def _is_too_large(reply: Reply) -> bool:
    errors = reply.details().get("errors")
    return isinstance(errors, list) and any(
        isinstance(one, dict) and one.get("code") == "too_large" for one in errors
    )


GITHUB = Policy(judge, allowance)
