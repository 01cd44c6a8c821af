"""What Pipedrive's refusals mean, and what its headers tell."""

import httpx
import msgspec
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
from sources.limits import Rate
from sources.pipedrive.policy import SHUT_OUT_SECONDS, allowance, judge
from sources.policy import Reply

HTML = b"<html><head><title>Attention Required! | Cloudflare</title></head></html>"


def reply(status: int, error: str = "", headers: dict[str, str] | None = None, **more) -> Reply:
    body = {"success": False, "error": error, "error_info": "Please check …", **more}
    return Reply(status, httpx.Headers(headers or {}), msgspec.json.encode(body))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (reply(400, "Bad request"), Refused),
        (reply(401, "unauthorized access", errorCode=401), Unauthorized),
        (reply(402, "Payment required"), Refused),
        (reply(403, "Scope and URL mismatch", errorCode=403), MissingScope),
        (reply(403, "You do not have permission to do this"), MissingScope),
        (Reply(403, httpx.Headers(), HTML), RetryLater),
        (Reply(403, httpx.Headers(), b""), RetryLater),
        (reply(404, "Deal not found"), Refused),
        (reply(405), Refused),
        (reply(410, "Deal has been deleted"), Refused),
        # The status counts, whatever the body says of success.
        (Reply(410, httpx.Headers(), b'{"success":true,"data":{"id":11}}'), Refused),
        (reply(415, "Feature is not enabled"), Refused),
        (reply(422), Refused),
        (reply(429, "request over limit"), RateLimited),
        (reply(500), Unavailable),
        (reply(501), Refused),
        (reply(503, "Scheduled maintenance"), Unavailable),
        (Reply(524, httpx.Headers(), HTML), Unavailable),
    ],
)
def test_each_refusal_is_sorted_by_its_remedy(answer: Reply, error: type[Exception]):
    assert judge(answer).error is error


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"x-ratelimit-reset": "2"}, 2.0),
        ({"x-ratelimit-reset": "17"}, 17.0),
        ({"x-ratelimit-reset": "2", "retry-after": "5"}, 5.0),
        ({}, 2.0),
        ({"x-ratelimit-reset": "soon"}, 2.0),
        ({"x-ratelimit-reset": "2", "x-daily-ratelimit-token-remaining": "4000"}, 2.0),
    ],
)
def test_the_reset_of_the_burst_is_counted_from_now(headers: dict[str, str], seconds: float):
    verdict = judge(reply(429, headers=headers))

    assert (verdict.error, verdict.after, verdict.hold) == (RateLimited, seconds, "all")


@pytest.mark.parametrize("left", ["0", "-7"])
def test_a_budget_that_is_gone_stops_the_run(left: str):
    headers = {"x-daily-ratelimit-token-remaining": left, "x-ratelimit-reset": "2"}

    assert judge(reply(429, headers=headers)).error is QuotaExhausted


def test_who_is_shut_out_waits():
    known = judge(Reply(403, httpx.Headers({"retry-after": "90"}), HTML))
    unknown = judge(Reply(403, httpx.Headers(), HTML))

    assert (known.after, unknown.after) == (90.0, SHUT_OUT_SECONDS)


@pytest.mark.parametrize(
    ("status", "said"), [(402, "account is not open"), (415, "leave the entity out")]
)
def test_a_refusal_for_good_says_what_to_do(status: int, said: str):
    assert said in judge(reply(status, "Vendor's words")).text
    assert "Vendor's words" in judge(reply(status, "Vendor's words")).text
    assert said in judge(Reply(status, httpx.Headers(), b"")).text


def test_headers_tell_the_plan_and_the_budget():
    told = allowance(
        httpx.Headers(
            {
                "x-ratelimit-limit": "80",
                "x-ratelimit-remaining": "79",
                "x-daily-ratelimit-token-limit": "150000",
                "x-daily-ratelimit-token-remaining": "145543",
            }
        )
    )
    nothing = allowance(httpx.Headers({"x-ratelimit-limit": "none"}))

    assert told.remaining == 145_543
    assert told.rates == {"all": Rate(80, 2.0)}
    assert nothing.remaining is None
    assert nothing.rates == {}
