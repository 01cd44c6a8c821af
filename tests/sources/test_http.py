import asyncio
import contextlib
import gzip
import logging
import traceback
import zlib
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import httpx
import pytest
from pydantic import SecretStr

from sources.auth import RefreshingToken, StaticToken, Token
from sources.errors import (
    BadAnswer,
    ConfigError,
    MissingScope,
    QuotaExhausted,
    RateLimited,
    Refused,
    RetryLater,
    SourceError,
    TooLarge,
    Unauthorized,
    Unavailable,
)
from sources.http import Http
from sources.hubspot.policy import HUBSPOT
from sources.limits import Limits, Rate
from sources.meter import metered
from sources.policy import Reply, retry_after, server_date
from tests.sources.little_server import ok, serving
from tests.sources.virtual_time import now, run

TOKEN = "pat-na1-11112222-3333-4444-5555-666677778888"


class Script:
    """A vendor that answers with prepared responses, the last one again and again."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.requests = []

    def __call__(self, request):
        self.requests.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        status, body, headers = (
            (*answer, {}, {})[:3] if isinstance(answer, tuple) else (answer, {}, {})
        )
        if isinstance(body, bytes):
            return httpx.Response(status, content=body, headers=headers)
        return httpx.Response(status, json=body, headers=headers)


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self):
        self.time = 1000.0
        self.slept = []

    def __call__(self):
        return self.time

    async def sleep(self, seconds):
        self.slept.append(seconds)
        self.time += seconds


def client(script, **options):
    """A client of the script, a clock for its limits and one for its own pauses."""
    clock, pauses = Clock(), Clock()
    options.setdefault("limits", Limits(clock=clock, sleep=clock.sleep))
    options.setdefault("auth", StaticToken(SecretStr(TOKEN)))
    http = Http(
        "https://api.example.test/base",
        transport=httpx.MockTransport(script),
        sleep=pauses.sleep,
        **options,
    )
    return http, clock, pauses


async def test_a_good_answer_is_returned_with_exact_numbers():
    script = Script((200, b'{"amount": 1.10}', {"X-Some": "thing"}))
    http, _, _ = client(script)

    reply = await http.request("GET", "/things", params={"limit": 5, "after": None, "on": True})

    assert reply.json() == {"amount": Decimal("1.10")}
    assert (reply.status, reply.headers["x-some"]) == (200, "thing")
    request = script.requests[0]
    assert str(request.url) == "https://api.example.test/base/things?limit=5&on=true"
    assert request.headers["authorization"] == f"Bearer {TOKEN}"
    assert request.headers["user-agent"].startswith("crm-sync/")
    assert request.headers["accept-encoding"] == "gzip, deflate"


async def test_a_question_in_json_keeps_its_numbers_exact():
    script = Script(200)
    http, _, _ = client(script)

    await http.request("POST", "/search", json={"value": Decimal("0.10"), "ids": [2**70]})

    assert script.requests[0].content == b'{"value":0.10,"ids":[1180591620717411303424]}'
    assert script.requests[0].headers["content-type"] == "application/json"


async def test_other_welcome_statuses_and_other_bodies_than_json():
    http, _, _ = client(Script((207, {"errors": [1]}), (304, b""), (200, b"a,b\n1,2\n")))

    gaps = await http.request("POST", "/batch/read", accept=(200, 207))
    unchanged = await http.request("GET", "/file", accept=(200, 304), expect_json=False)
    file = await http.request("GET", "/file", expect_json=False)

    assert (gaps.status, gaps.json()) == (207, {"errors": [1]})
    assert unchanged.status == 304
    assert file.body == b"a,b\n1,2\n"


FAULTS = [
    *(pytest.param((status, b"<html>sorry</html>"), id=str(status)) for status in (408, 423, 425)),
    *(
        pytest.param((status, {"message": "oops"}), id=str(status))
        for status in (500, 502, 503, 504, 521, 522, 523, 524)
    ),
    pytest.param(httpx.ConnectError("refused"), id="refused"),
    pytest.param(httpx.ReadTimeout("slow"), id="read timeout"),
    pytest.param(httpx.ConnectTimeout("slow"), id="connect timeout"),
    pytest.param(httpx.ReadError("reset"), id="reset"),
    pytest.param(httpx.RemoteProtocolError("cut off"), id="protocol"),
    pytest.param(ConnectionResetError("raw"), id="raw reset"),
    pytest.param((200, b"<html>maintenance</html>", {"content-type": "text/html"}), id="html"),
    pytest.param((200, b'{"results": [1, 2'), id="cut off"),
    pytest.param((200, b""), id="empty"),
    pytest.param((200, b"broken", {"content-encoding": "gzip"}), id="bad gzip"),
]


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_passing_fault_is_asked_again_and_forgotten(fault):
    script = Script(fault, fault, (200, {"ok": True}))
    http, _, pauses = client(script)

    with metered() as meter:
        reply = await http.request("GET", "/things")

    assert reply.json() == {"ok": True}
    assert (meter.api_calls, meter.retries, meter.rate_limit_hits) == (3, 2, 0)
    assert len(pauses.slept) == 2
    assert meter.seconds_waiting == pytest.approx(sum(pauses.slept))


@pytest.mark.parametrize("fault", FAULTS)
async def test_a_lasting_fault_is_given_up_after_the_attempts(fault):
    script = Script(fault)
    http, _, pauses = client(script, retry_attempts=2)

    with pytest.raises(Unavailable) as given_up:
        await http.request("GET", "/things", params={"email": "ana@example.org"})

    assert len(script.requests) == 3
    assert len(pauses.slept) == 2
    assert str(given_up.value).startswith("GET /things ")
    assert "ana@" not in str(given_up.value)


async def test_pauses_grow_are_random_and_have_a_ceiling():
    longest = [0.0] * 12
    for _ in range(60):
        http, _, pauses = client(Script(503), retry_attempts=12)
        with contextlib.suppress(Unavailable):
            await http.request("GET", "/things")
        longest = [max(pair) for pair in zip(longest, pauses.slept, strict=True)]

    assert longest[0] <= 1 < longest[3] <= 8
    assert 15 < max(longest) <= 30


@pytest.mark.parametrize("status", [503, 502, 500])
async def test_a_server_s_own_pause_is_obeyed(status):
    http, _, pauses = client(Script((status, b"", {"Retry-After": "7"}), 200))

    await http.request("GET", "/things")

    assert 7 <= pauses.slept[0] <= 7.5


@pytest.mark.parametrize("status", [429, 503])
async def test_a_long_pause_is_left_to_a_later_run(status):
    script = Script((status, b"", {"Retry-After": "61"}))
    http, _, pauses = client(script)

    with pytest.raises(RetryLater) as later:
        await http.request("GET", "/things")

    assert later.value.seconds == 61
    assert not later.value.retryable
    assert len(script.requests) == 1
    assert pauses.slept == []


@pytest.mark.parametrize(
    ("headers", "held"),
    [
        ({}, 60),
        ({"Retry-After": "5"}, 5),
        ({"Retry-After": "60"}, 60),
        ({"Retry-After": "soon"}, 60),
    ],
)
async def test_a_429_holds_everyone_back_for_as_long_as_it_says_or_a_minute(headers, held):
    http, clock, pauses = client(Script((429, {"message": "slow down"}, headers), 200))

    with metered() as meter:
        await http.request("GET", "/things")

    assert clock.time - 1000 == pytest.approx(held, abs=0.01)
    assert pauses.slept == []
    assert (meter.rate_limit_hits, meter.retries) == (1, 1)
    assert meter.seconds_waiting == pytest.approx(held, abs=0.01)


@pytest.mark.parametrize(
    ("policy", "buckets", "held"),
    [
        ("TEN_SECONDLY_ROLLING", ("all",), 10),
        ("SECONDLY", ("all", "search"), 1),
        ("SECONDLY", ("all",), 1),
        ("SECONDLY", (), 1),
    ],
)
async def test_hubspot_s_429s_name_their_window(policy, buckets, held):
    answers = (429, {"policyName": policy, "message": "limit"}), 200
    http, clock, pauses = client(Script(*answers), policy=HUBSPOT)

    await http.request("GET", "/things", buckets=buckets)

    waited = clock.time - 1000 + sum(pauses.slept)
    assert held - 0.01 <= waited <= held + 0.5


async def test_a_limit_that_stays_refused_is_given_up_and_holds_the_others():
    script = Script((429, {"policyName": "TEN_SECONDLY_ROLLING", "message": "limit"}))
    clock = Clock()
    limits = Limits(clock=clock, sleep=clock.sleep)
    http, _, _ = client(script, policy=HUBSPOT, limits=limits, retry_attempts=3)

    with pytest.raises(RateLimited, match="GET /things answered 429: limit"):
        await http.request("GET", "/things")

    assert len(script.requests) == 4
    assert clock.time - 1000 == pytest.approx(30, abs=0.1)
    assert await limits.acquire("all") == pytest.approx(10, abs=0.01)


async def test_a_daily_limit_stops_at_once():
    script = Script((429, {"policyName": "DAILY", "message": "You have reached your daily limit."}))
    http, _, pauses = client(script, policy=HUBSPOT)

    with pytest.raises(QuotaExhausted, match="daily limit"):
        await http.request("GET", "/things")

    assert len(script.requests) == 1
    assert pauses.slept == []


async def test_what_is_kept_for_others_is_not_touched():
    left = {"X-HubSpot-RateLimit-Daily-Remaining": "500"}
    few = {"X-HubSpot-RateLimit-Daily-Remaining": "100"}
    script = Script((200, {}, left), (200, {}, few))
    http, _, _ = client(script, policy=HUBSPOT, reserve=100)
    await http.request("GET", "/one")
    await http.request("GET", "/two")

    with pytest.raises(QuotaExhausted, match="100 requests .* 100 are kept for others"):
        await http.request("GET", "/three")

    assert len(script.requests) == 2


def test_one_429_pauses_all_requests_of_the_account():
    async def main():
        moments = []

        def answer(request):
            moments.append((request.url.path, now()))
            first = len(moments) == 1
            return httpx.Response(
                429 if first else 200, json={"policyName": "TEN_SECONDLY_ROLLING"}
            )

        limits = Limits(clock=now)
        transport = httpx.MockTransport(answer)
        async with (
            Http("https://a.test", limits=limits, policy=HUBSPOT, transport=transport) as one,
            Http("https://a.test", limits=limits, policy=HUBSPOT, transport=transport) as two,
        ):
            first = asyncio.create_task(one.request("GET", "/first"))
            await asyncio.sleep(1)
            await asyncio.gather(first, *(two.request("GET", f"/{n}") for n in range(5)))
        return [moment - moments[0][1] for _, moment in moments]

    started, *others = run(main())

    assert started == 0
    assert all(moment == pytest.approx(10, abs=0.01) for moment in others)


@pytest.mark.parametrize(
    ("status", "error"),
    [
        (301, Refused),
        (302, Refused),
        (204, Refused),
        (400, Refused),
        (404, Refused),
        (409, Refused),
        (414, Refused),
        (401, Unauthorized),
    ],
)
async def test_what_time_does_not_cure_is_not_asked_again(status, error):
    script = Script((status, {"message": "no"}, {"Location": "https://elsewhere.test/"}))
    http, _, _ = client(script)

    with pytest.raises(error) as refused:
        await http.request("GET", "/things")

    assert len(script.requests) == 1
    assert str(refused.value) == f"GET /things answered {status}: no"
    assert not isinstance(refused.value, Refused) or refused.value.status == status


async def test_missing_scopes_are_named():
    body = {
        "category": "MISSING_SCOPES",
        "message": "One or more of the following scopes are required.",
        "context": {"requiredGranularScopes": ["crm.objects.deals.read"]},
    }
    http, _, _ = client(Script((403, body)), policy=HUBSPOT)

    with pytest.raises(MissingScope, match=r"needs crm\.objects\.deals\.read") as missing:
        await http.request("GET", "/deals")

    assert missing.value.scopes == ("crm.objects.deals.read",)


@pytest.mark.parametrize(
    ("status", "error"), [(477, RetryLater), (530, Unauthorized), (403, Refused)]
)
async def test_hubspot_s_own_statuses(status, error):
    script = Script((status, b"<html>"))
    http, _, _ = client(script, policy=HUBSPOT)

    with pytest.raises(error):
        await http.request("GET", "/deals")

    assert len(script.requests) == 1


def oauth(lifetime=timedelta(minutes=30)):
    """A refreshing token whose access tokens are token-1, token-2, …."""
    count = 0

    async def refresh():
        nonlocal count
        count += 1
        return Token(SecretStr(f"token-{count}"), datetime.now(UTC) + lifetime)

    return RefreshingToken(refresh)


def only(good):
    """A vendor that takes just one token."""

    def answer(request):
        welcome = request.headers["authorization"] == f"Bearer {good}"
        return httpx.Response(200 if welcome else 401, json={"message": "expired"})

    return answer


async def test_a_token_turned_down_is_renewed_once_and_the_request_sent_again():
    http, _, pauses = client(only("token-2"), auth=oauth())

    with metered() as meter:
        replies = await asyncio.gather(*(http.request("GET", f"/{n}") for n in range(10)))

    assert [reply.status for reply in replies] == [200] * 10
    assert meter.api_calls == 20
    assert pauses.slept == []


async def test_a_token_turned_down_twice_is_unauthorized():
    script = Script((401, {"message": "expired"}))
    http, _, _ = client(script, auth=oauth())

    with pytest.raises(Unauthorized, match="GET /things answered 401: expired"):
        await http.request("GET", "/things")

    assert len(script.requests) == 2


@pytest.mark.parametrize("encoding", [None, "gzip"])
@pytest.mark.parametrize("states_length", [True, False])
async def test_an_answer_that_is_too_large_is_not_read_to_the_end(encoding, states_length):
    read = 0

    async def pieces():
        nonlocal read
        packer = zlib.compressobj(wbits=31)
        for _ in range(1000):
            read += 1
            piece = b" " * 1000
            yield packer.compress(piece) + packer.flush(zlib.Z_SYNC_FLUSH) if encoding else piece

    headers = {"content-encoding": encoding} if encoding else {}
    if states_length:
        headers["content-length"] = "1000000"
    http, _, _ = client(
        lambda _: httpx.Response(200, headers=headers, content=pieces()), max_body=5000
    )

    with pytest.raises(TooLarge, match="GET /things answered"):
        await http.request("GET", "/things")

    assert read <= 6


async def test_an_answer_of_just_the_largest_size_is_read():
    http, _, _ = client(Script((200, b'"' + b"x" * 98 + b'"')), max_body=100)

    assert (await http.request("GET", "/things")).json() == "x" * 98


async def test_a_small_body_that_unfolds_too_far_is_refused():
    bomb = gzip.compress(b" " * 10_000_000)
    http, _, _ = client(Script((200, bomb, {"content-encoding": "gzip"})), max_body=100_000)

    with pytest.raises(TooLarge):
        await http.request("GET", "/things")


@pytest.mark.parametrize(
    "text",
    [
        f"The token {TOKEN} is wrong",
        f"The token {TOKEN[:20]}... is wrong",
        f"Bearer={TOKEN}",
        "The key pat-eu1-99998888-7777-6666-5555-444433332222 is wrong",
        "bad eyJhbGciOiJI.eyJzdWIiOiIx.c2lnbmF0dXJl here",
        "x" * 290 + " " + TOKEN,
    ],
)
async def test_messages_quote_the_vendor_but_no_token(text):
    http, _, _ = client(Script((400, {"message": text})))

    with pytest.raises(Refused) as refused:
        await http.request("GET", "/things")

    shown = str(refused.value)
    assert TOKEN[:20] not in shown
    assert "9999888" not in shown
    assert "eyJ" not in shown
    assert len(shown) < 340


async def test_a_vendor_s_long_text_is_cut_and_kept_on_one_line():
    http, _, _ = client(Script((400, {"message": "no\r\nway " * 1000})))

    with pytest.raises(Refused) as refused:
        await http.request("GET", "/things")

    assert "\n" not in str(refused.value)
    assert len(str(refused.value)) == len("GET /things answered 400: ") + 300


async def test_logs_and_tracebacks_show_neither_token_nor_query_nor_body(caplog):
    caplog.set_level(logging.DEBUG, logger="crm_sync")

    async def answer(head, writer):
        writer.write(
            ok(b'{"email": "ben@example.org"}') if b"/good" in head else b"ben@example.org\r\n\r\n"
        )
        await writer.drain()
        writer.close()

    query, shown = {"email": "ana@example.org"}, ""
    async with (
        serving(answer) as url,
        Http(url, auth=StaticToken(SecretStr(TOKEN)), retry_attempts=0) as http,
    ):
        await http.request("GET", "/good", params=query)
        try:
            await http.request("GET", f"/bad?x={query['email']}", params=query)
        except Unavailable as error:
            shown = "".join(traceback.format_exception(error))

    lines = [r.getMessage() for r in caplog.records if r.name.startswith(("crm_sync", "http"))]
    assert [line.rsplit(" ", 2)[0] for line in lines] == [
        "GET /good 200",
        "GET /bad RemoteProtocolError",
    ]
    for text in (*lines, shown):
        assert TOKEN not in text
        assert "ana@" not in text
        assert "ben@" not in text
    assert "httpx" not in shown.replace("site-packages", "")


@pytest.mark.parametrize(
    "path", ["https://elsewhere.test/steal", "//elsewhere.test/steal", "things"]
)
async def test_a_path_that_leads_elsewhere_is_refused(path):
    script = Script(200)
    http, _, _ = client(script)

    with pytest.raises(ValueError, match="begins with one slash"):
        await http.request("GET", path)

    assert script.requests == []


@pytest.mark.parametrize(
    "url", ["", "api.example.test", "ftp://x", "https://", "https://u:secret@x.test"]
)
def test_a_base_url_that_is_none_is_refused_without_showing_it(url):
    with pytest.raises(ConfigError) as refused:
        Http(url)

    assert "secret" not in str(refused.value)


async def test_concurrent_pieces_of_work_are_counted_apart():
    script = Script((200, {"x": 1}))
    http, _, _ = client(script)

    async def work(calls):
        with metered() as meter:
            await asyncio.gather(*(http.request("GET", "/things") for _ in range(calls)))
        return meter

    meters = await asyncio.gather(work(1), work(3), work(5))

    assert [meter.api_calls for meter in meters] == [1, 3, 5]
    assert [meter.bytes_fetched for meter in meters] == [7, 21, 35]


async def test_headers_teach_the_limits_and_the_meter():
    headers = {
        "X-HubSpot-RateLimit-Max": "2",
        "X-HubSpot-RateLimit-Interval-Milliseconds": "10000",
        "X-HubSpot-RateLimit-Daily-Remaining": "41",
    }
    clock = Clock()
    limits = Limits({"all": (Rate(100, 10.0),)}, clock=clock, sleep=clock.sleep)
    http, _, _ = client(Script((200, {}, headers)), policy=HUBSPOT, limits=limits)

    with metered() as meter:
        for _ in range(3):
            await http.request("GET", "/things")

    assert meter.rate_limit_remaining == 41
    assert clock.time - 1000 == pytest.approx(10.05, abs=0.01)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"Retry-After": "3"}, 3),
        ({"Retry-After": "0.5"}, 0.5),
        ({"Retry-After": "-3"}, None),
        ({"Retry-After": "nan"}, None),
        ({"Retry-After": "9" * 400}, 7 * 24 * 3600),
        ({"Retry-After": "tomorrow"}, None),
        (
            {
                "Retry-After": "Sun, 22 Nov 2026 12:00:30 GMT",
                "Date": "Sun, 22 Nov 2026 12:00:00 GMT",
            },
            30,
        ),
        (
            {
                "Retry-After": "Sun, 22 Nov 2026 11:00:00 GMT",
                "Date": "Sun, 22 Nov 2026 12:00:00 GMT",
            },
            0,
        ),
        ({"Retry-After": "Sun, 22 Nov 2020 11:00:00 GMT"}, 0),
    ],
)
def test_retry_after_in_all_its_forms(headers, seconds):
    assert retry_after(httpx.Headers(headers)) == seconds


@pytest.mark.parametrize(
    ("date", "moment"),
    [
        ("Sun, 22 Nov 2026 12:00:00 GMT", datetime(2026, 11, 22, 12, tzinfo=UTC)),
        ("Sun, 22 Nov 2026 12:00:00 -0000", datetime(2026, 11, 22, 12, tzinfo=UTC)),
        ("Sun, 22 Nov 2026 12:00:00 +0200", datetime(2026, 11, 22, 10, tzinfo=UTC)),
        ("Fri, 31 Dec 9999 23:59:59 -1200", None),
        ("noon", None),
        ("", None),
    ],
)
def test_the_server_s_clock_is_read_from_its_answer(date, moment):
    assert server_date(Reply(200, httpx.Headers({"Date": date}), b"")) == moment


async def test_resets_cut_off_bodies_and_hung_up_connections_are_asked_again():
    count = 0

    async def answer(_head, writer):
        nonlocal count
        count += 1
        if count == 1:
            writer.transport.abort()
        elif count == 2:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
            await writer.drain()
            writer.close()
        elif count == 3:
            writer.write(ok(b'{"cut": '))
        else:
            writer.write(ok(b'{"whole": 1}'))
            await writer.drain()
            writer.close()  # without saying so: the next request meets a dead connection

    async with serving(answer) as url, Http(url, sleep=Clock().sleep) as http:
        replies = [(await http.request("GET", "/x")).json() for _ in range(3)]

    assert replies == [{"whole": 1}] * 3


async def test_silence_and_dripping_bodies_are_given_up():
    drips = 0

    async def answer(head, writer):
        nonlocal drips
        if b"/silent" in head:
            await asyncio.sleep(1)
            return
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10000\r\n\r\n")
        while not writer.is_closing():
            drips += 1
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(0.02)

    async with serving(answer) as url, Http(url, timeout=0.05, retry_attempts=0) as http:
        with pytest.raises(Unavailable, match="GET /silent got no answer: ReadTimeout"):
            await http.request("GET", "/silent")
        with pytest.raises(Unavailable, match="GET /dripping got no answer: TimeoutError"):
            await http.request("GET", "/dripping")

    assert 10 <= drips <= 40


async def test_nobody_listening_is_unavailable():
    async with serving(None) as url:
        pass

    async with Http(url, retry_attempts=1, sleep=Clock().sleep) as http:
        with pytest.raises(Unavailable, match="GET /x got no answer: ConnectError"):
            await http.request("GET", "/x")


async def test_a_cancelled_request_is_cancelled_and_frees_its_connection():
    async def answer(head, writer):
        if b"/slow" in head:
            await asyncio.sleep(5)
        writer.write(ok(b"{}"))

    async with serving(answer) as url, Http(url) as http:
        slow = asyncio.create_task(http.request("GET", "/slow"))
        await asyncio.sleep(0.05)
        slow.cancel()
        with pytest.raises(asyncio.CancelledError):
            await slow
        assert (await http.request("GET", "/quick")).status == 200


async def test_a_real_server_never_sees_more_than_the_limit_and_gets_all_of_it():
    arrivals = []

    async def answer(_head, writer):
        arrivals.append(asyncio.get_running_loop().time())
        writer.write(ok(b"{}"))

    limits = Limits({"all": (Rate(20, 0.2),)})
    async with serving(answer) as url, Http(url, limits=limits) as http:
        await asyncio.gather(*(http.request("GET", f"/{n}") for n in range(100)))

    windows = [sum(start <= a < start + 0.2 for a in arrivals) for start in arrivals]
    assert max(windows) == 20
    assert arrivals[-1] - arrivals[0] < 4 * 0.25 + 1


async def test_slow_answers_do_not_slow_down_what_may_be_sent():
    arrivals = []

    async def answer(_head, writer):
        arrivals.append(asyncio.get_running_loop().time())
        await asyncio.sleep(0.5)
        writer.write(ok(b"{}"))

    limits = Limits({"all": (Rate(1, 0.01),)})
    async with serving(answer) as url, Http(url, limits=limits) as http:
        await asyncio.gather(*(http.request("GET", f"/{n}") for n in range(5)))

    assert arrivals[-1] - arrivals[0] < 0.5


async def test_a_slow_handshake_does_not_bunch_up_what_the_limit_spaced():
    arrivals = []

    async def answer(_head, writer):
        arrivals.append(asyncio.get_running_loop().time())
        writer.write(ok(b"{}"))

    class SlowHandshake(httpx.AsyncHTTPTransport):
        async def handle_async_request(self, request):
            if len(arrivals) == 0:
                await asyncio.sleep(0.15)
            return await super().handle_async_request(request)

    limits = Limits({"all": (Rate(3, 0.2),)})
    async with serving(answer) as url, Http(url, limits=limits, transport=SlowHandshake()) as http:
        await asyncio.gather(*(http.request("GET", f"/{n}") for n in range(9)))

    windows = [sum(start <= a < start + 0.2 for a in arrivals) for start in arrivals]
    assert max(windows) == 3


@pytest.mark.parametrize("error", [BadAnswer, RateLimited, Unavailable])
def test_only_what_time_may_cure_is_retryable(error):
    assert issubclass(error, SourceError)
    assert error.retryable
