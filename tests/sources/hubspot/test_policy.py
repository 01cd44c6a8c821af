import json
from itertools import product

import httpx
import pytest

from sources.errors import (
    MissingScope,
    QuotaExhausted,
    RateLimited,
    Refused,
    RetryLater,
    Unauthorized,
    Unavailable,
)
from sources.hubspot.policy import HUBSPOT, RATES
from sources.limits import Rate
from sources.policy import Reply

HTML = b"<html><body>Bad gateway</body></html>"


def reply(status, body=b"", **headers):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return Reply(
        status, httpx.Headers({k.replace("_", "-"): v for k, v in headers.items()}), content
    )


def limited(policy, key="policyName"):
    return {
        "status": "error",
        "message": f"You have reached your {policy.lower()} limit.",
        "errorType": "RATE_LIMIT",
        "correlationId": "c033cdaa-2c40-4a64-ae48-b4cec88dad24",
        key: policy,
    }


@pytest.mark.parametrize("key", ["policyName", "groupName"])
def test_a_used_up_day_is_not_waited_for(key):
    verdict = HUBSPOT.judge(reply(429, limited("DAILY", key), retry_after="1"))

    assert verdict.error is QuotaExhausted
    assert verdict.text == "You have reached your daily limit."


@pytest.mark.parametrize(
    ("body", "headers", "after", "hold"),
    [
        (limited("TEN_SECONDLY_ROLLING"), {}, 10, "all"),
        (limited("ten_secondly_rolling"), {}, 10, "all"),
        (limited("TEN_SECONDLY_ROLLING", "groupName"), {}, 10, "all"),
        (limited("SECONDLY"), {}, 1, "search"),
        (limited("TEN_SECONDLY_ROLLING"), {"retry_after": "4"}, 4, "all"),
        (limited("SECONDLY"), {"retry_after": "0"}, 0, "search"),
        (limited("SOMETHING_NEW"), {}, 60, "all"),
        ({"status": "error", "errorType": "RATE_LIMIT"}, {}, 60, "all"),
        (HTML, {}, 60, "all"),
        (b"", {"retry_after": "7"}, 7, "all"),
        ([], {}, 60, "all"),
    ],
)
def test_a_short_limit_holds_back_those_whom_it_concerns(body, headers, after, hold):
    verdict = HUBSPOT.judge(reply(429, body, **headers))

    assert (verdict.error, verdict.after, verdict.hold) == (RateLimited, after, hold)


SCOPES = {"requiredGranularScopes": ["crm.objects.custom.read", "crm.schemas.custom.read"]}
SCOPES_MESSAGE = "One or more of the following scopes are required."


@pytest.mark.parametrize(
    ("body", "scopes"),
    [
        ({"category": "MISSING_SCOPES", "context": SCOPES}, tuple(*SCOPES.values())),
        ({"category": "MISSING_SCOPES", "errors": [{"context": SCOPES}]}, tuple(*SCOPES.values())),
        ({"errors": [{"code": "MISSING_SCOPES", "context": SCOPES}]}, tuple(*SCOPES.values())),
        (
            {"category": "MISSING_SCOPES", "context": SCOPES, "errors": [{"context": SCOPES}]},
            tuple(*SCOPES.values()),
        ),
        ({"category": "MISSING_SCOPES", "context": {"requiredScopes": ["oauth"]}}, ("oauth",)),
        ({"category": "MISSING_SCOPES"}, ()),
        ({"category": "MISSING_SCOPES", "context": None, "errors": None}, ()),
    ],
)
def test_missing_scopes_are_named_wherever_hubspot_puts_them(body, scopes):
    verdict = HUBSPOT.judge(reply(403, {"message": SCOPES_MESSAGE, **body}))

    assert (verdict.error, verdict.scopes) == (MissingScope, scopes)
    assert verdict.text == SCOPES_MESSAGE


@pytest.mark.parametrize(
    ("status", "body", "error", "text"),
    [
        (
            400,
            {"category": "VALIDATION_ERROR", "message": "Invalid input"},
            Refused,
            "Invalid input",
        ),
        (
            400,
            {"status": "error", "message": "Unable to infer object type from: butterflies"},
            Refused,
            "Unable to infer object type from: butterflies",
        ),
        (
            400,
            {
                "status": "BAD_REFRESH_TOKEN",
                "error": "invalid_grant",
                "error_description": "refresh token is invalid, expired or revoked",
                "message": "missing or invalid refresh token",
            },
            Unauthorized,
            "missing or invalid refresh token",
        ),
        (
            401,
            {"category": "INVALID_AUTHENTICATION", "message": "Not found"},
            Unauthorized,
            "Not found",
        ),
        (401, {"category": "EXPIRED_AUTHENTICATION"}, Unauthorized, ""),
        (401, HTML, Unauthorized, ""),
        (403, {"message": "Not for this account"}, Refused, "Not for this account"),
        (403, HTML, Refused, ""),
        (403, {"category": "INVALID_AUTHENTICATION"}, Unauthorized, ""),
        (404, {"category": "OBJECT_NOT_FOUND", "message": "not found"}, Refused, "not found"),
        (409, {"category": "CONFLICT", "message": "exists"}, Refused, "exists"),
        (414, HTML, Refused, ""),
        (301, b"", Refused, ""),
        (408, b"", Unavailable, ""),
        (530, HTML, Unauthorized, "the token does not have the form of a HubSpot token"),
    ],
)
def test_errors_that_time_does_or_does_not_cure(status, body, error, text):
    verdict = HUBSPOT.judge(reply(status, body))

    assert (verdict.error, verdict.text) == (error, text)


TROUBLE = [500, 502, 503, 504, 521, 522, 523, 524]


@pytest.mark.parametrize(
    ("status", "body"),
    list(product(TROUBLE, [HTML, b"", {"message": "oops"}, None])),
)
def test_a_server_in_trouble_is_asked_again(status, body):
    verdict = HUBSPOT.judge(reply(status, body))

    assert (verdict.error, verdict.after) == (Unavailable, None)


def test_a_server_in_trouble_may_say_when():
    assert HUBSPOT.judge(reply(503, HTML, retry_after="9")).after == 9


@pytest.mark.parametrize(("headers", "after"), [({}, 2), ({"retry_after": "5"}, 5)])
def test_a_locked_record_is_asked_for_after_two_seconds(headers, after):
    verdict = HUBSPOT.judge(reply(423, {"message": "Locked"}, **headers))

    assert (verdict.error, verdict.after) == (Unavailable, after)


@pytest.mark.parametrize(("headers", "after"), [({}, 3600), ({"retry_after": "86400"}, 86400)])
def test_an_account_that_moves_is_left_for_a_later_run(headers, after):
    verdict = HUBSPOT.judge(reply(477, HTML, **headers))

    assert (verdict.error, verdict.after) == (RetryLater, after)


FULL = {
    "X-HubSpot-RateLimit-Daily": "625000",
    "X-HubSpot-RateLimit-Daily-Remaining": "624877",
    "X-HubSpot-RateLimit-Interval-Milliseconds": "10000",
    "X-HubSpot-RateLimit-Max": "190",
    "X-HubSpot-RateLimit-Remaining": "187",
    "X-HubSpot-RateLimit-Secondly": "19",
    "X-HubSpot-RateLimit-Secondly-Remaining": "18",
}
OAUTH = {name: value for name, value in FULL.items() if "Daily" not in name}


@pytest.mark.parametrize(
    ("headers", "remaining", "rates"),
    [
        (FULL, 624877, {"all": Rate(190, 10.0)}),
        (OAUTH, 187, {"all": Rate(190, 10.0)}),
        ({}, None, {}),
        ({"X-HubSpot-RateLimit-Max": "190"}, None, {}),
        (
            {"X-HubSpot-RateLimit-Max": "0", "X-HubSpot-RateLimit-Interval-Milliseconds": "0"},
            None,
            {},
        ),
        (dict.fromkeys(FULL, "many"), None, {}),
    ],
)
def test_headers_tell_the_account_s_real_limits_where_there_are_any(headers, remaining, rates):
    allowance = HUBSPOT.allowance(httpx.Headers(headers))

    assert (allowance.remaining, allowance.rates) == (remaining, rates)


def test_the_limits_without_any_headers_are_those_of_the_smallest_account():
    assert {"all": (Rate(100, 10.0),), "search": (Rate(5, 1.0),)} == RATES
