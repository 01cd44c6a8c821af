"""How Salesforce states its limits and words its errors.

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/errorcodes.htm
"""

import re

import httpx

from sources.errors import (
    MissingScope,
    QuotaExhausted,
    RateLimited,
    SourceError,
    Unauthorized,
    Unavailable,
)
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
from sources.salesforce.refusals import (
    InvalidField,
    NoReplication,
    NoSuchObject,
    NotInBulk,
    NotThere,
    OtherVersion,
    QueryTimeout,
    TooManyIds,
)

LIMIT = "REQUEST_LIMIT_EXCEEDED"
# One code for two limits, told apart by Salesforce's words alone.
AT_ONCE = "ConcurrentRequests"
AT_ONCE_SECONDS = 5.0

KINDS: dict[str, type[SourceError]] = {
    "INVALID_SESSION_ID": Unauthorized,
    "INVALID_AUTH_HEADER": Unauthorized,
    "API_DISABLED_FOR_ORG": Unauthorized,
    "API_CURRENTLY_DISABLED": Unauthorized,
    "INSUFFICIENT_ACCESS": MissingScope,
    "INSUFFICIENT_ACCESS_OR_READONLY": MissingScope,
    "INVALID_FIELD": InvalidField,
    "INVALID_TYPE": NoSuchObject,
    "INVALIDENTITY": NotInBulk,
    "EXCEEDED_LIMIT": NotInBulk,
    "LIMIT_EXCEEDED": NotInBulk,
    "API_ERROR": NotInBulk,
    "EXCEEDED_ID_LIMIT": TooManyIds,
    "INVALID_REPLICATION_DATE": NoReplication,
    "QUERY_TIMEOUT": QueryTimeout,
    "SERVER_UNAVAILABLE": Unavailable,
}
BY_STATUS: dict[int, type[SourceError]] = {404: NotThere, 409: OtherVersion}
# Seen without JSON and gone at the next try.
PASSING = frozenset({406, 420})

_USAGE = re.compile(r"api-usage=(\d{1,15})/(\d{1,15})")


def judge(reply: Reply) -> Verdict:
    """What an error answer of Salesforce means; a 403 may as well be a limit."""
    details = reply.details()
    code, text = str(details.get("errorCode") or ""), vendor_text(details)
    said = f"{code}: {text}" if code and text else code or text
    if code == LIMIT:
        return _limited(text, said, retry_after(reply.headers))
    if reply.status in BY_STATUS:
        return Verdict(BY_STATUS[reply.status], said)
    if code in KINDS:
        return Verdict(KINDS[code], said, retry_after(reply.headers))
    if reply.status in PASSING:
        return Verdict(Unavailable, said, retry_after(reply.headers))
    if reply.status == 429:
        after = retry_after(reply.headers)
        return Verdict(RateLimited, said, UNSAID_PAUSE_SECONDS if after is None else after, "all")
    verdict = judge_by_status(reply)
    return Verdict(verdict.error, said, verdict.after, verdict.hold)


def _limited(text: str, said: str, after: float | None) -> Verdict:
    if AT_ONCE in text:
        return Verdict(RateLimited, said, AT_ONCE_SECONDS if after is None else after, "all")
    return Verdict(QuotaExhausted, said)


def allowance(headers: httpx.Headers) -> Allowance:
    """What is left of the day's requests: the org's, and where there is one, the app's own share."""
    usages = _USAGE.findall(headers.get("Sforce-Limit-Info", ""))
    left = [max(int(most) - int(used), 0) for used, most in usages]
    return Allowance(min(left, default=None))


SALESFORCE = Policy(judge, allowance)
