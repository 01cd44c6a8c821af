"""What Salesforce's error answers mean, and what its headers say."""

import json
from typing import Any

import httpx
import pytest

from sources.errors import (
    MissingScope,
    QuotaExhausted,
    RateLimited,
    Refused,
    SourceError,
    Unauthorized,
    Unavailable,
)
from sources.policy import Reply
from sources.salesforce.policy import allowance, judge
from sources.salesforce.refusals import (
    InvalidField,
    NoReplication,
    NoSuchObject,
    NotInBulk,
    NotThere,
    OtherVersion,
    QueryTimeout,
)


def reply(status: int, body: Any = b"", **headers: str) -> Reply:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(status, httpx.Headers(headers), content)


def refusal(status: int, code: str, message: str = "x") -> Reply:
    return reply(status, [{"message": message, "errorCode": code}])


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (refusal(401, "INVALID_SESSION_ID"), Unauthorized),
        (refusal(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded."), QuotaExhausted),
        (
            refusal(
                403,
                "REQUEST_LIMIT_EXCEEDED",
                "ConcurrentRequests (Concurrent API Requests) Limit exceeded.",
            ),
            RateLimited,
        ),
        (refusal(403, "API_DISABLED_FOR_ORG"), Unauthorized),
        (refusal(403, "INSUFFICIENT_ACCESS"), MissingScope),
        (refusal(403, "SOMETHING_ELSE"), Refused),
        (refusal(400, "INVALID_FIELD"), InvalidField),
        (refusal(400, "INVALID_TYPE"), NoSuchObject),
        (refusal(400, "MALFORMED_QUERY"), Refused),
        (refusal(400, "QUERY_TIMEOUT"), QueryTimeout),
        (refusal(400, "INVALID_REPLICATION_DATE"), NoReplication),
        (refusal(400, "INVALIDENTITY"), NotInBulk),
        (refusal(400, "EXCEEDED_LIMIT"), NotInBulk),
        (refusal(404, "NOT_FOUND"), NotThere),
        (refusal(409, "API_ERROR"), OtherVersion),
        (reply(409), OtherVersion),
        (reply(406), Unavailable),
        (reply(420), Unavailable),
        (reply(429), RateLimited),
        (reply(500, b"<html>"), Unavailable),
        (refusal(500, "UNKNOWN_EXCEPTION"), Unavailable),
        (refusal(503, "SERVER_UNAVAILABLE"), Unavailable),
        (reply(414, b"<html>"), Refused),
    ],
)
def test_an_error_is_what_its_code_says_before_its_status(
    answer: Reply, expected: type[SourceError]
):
    assert judge(answer).error is expected


def test_too_many_at_once_hold_everyone_back_for_seconds():
    verdict = judge(refusal(403, "REQUEST_LIMIT_EXCEEDED", "ConcurrentRequests Limit exceeded."))

    assert (verdict.after, verdict.hold) == (5.0, "all")


def test_code_and_words_are_both_told():
    assert judge(refusal(400, "INVALID_FIELD", "No such column")).text == (
        "INVALID_FIELD: No such column"
    )


@pytest.mark.parametrize(
    ("header", "left"),
    [
        ("api-usage=18/15000", 14982),
        ("api-usage=18/5000; per-app-api-usage=17/250(appName=sync)", 233),
        ("api-usage=300/250", 0),
        ("", None),
        ("nonsense", None),
    ],
)
def test_the_smaller_of_two_allowances_counts(header: str, left: int | None):
    assert allowance(httpx.Headers({"Sforce-Limit-Info": header})).remaining == left
