"""Bodies that are too large to be held run into a sink."""

from asyncio import StreamWriter
from collections.abc import Callable

import httpx
import pytest

from sources.errors import BadAnswer, Refused, Unavailable
from sources.http import Http
from sources.meter import metered
from tests.sources.little_server import ok, serving


class Cup:
    """A sink that remembers what came."""

    def __init__(self, wanted: bytes) -> None:
        self.wanted = wanted
        self.size = len(wanted)
        self.begun = 0
        self.body = b""

    def begin(self) -> None:
        self.begun += 1
        self.body = b""

    def write(self, piece: bytes) -> None:
        self.body += piece

    def end(self) -> None:
        if self.body != self.wanted:
            raise BadAnswer("another body than expected")


def http(answer: Callable[[httpx.Request], httpx.Response], retry_attempts: int = 1) -> Http:
    return Http(
        "https://x.example",
        transport=httpx.MockTransport(answer),
        retry_attempts=retry_attempts,
        backoff=0,
        max_body=100,
    )


async def test_a_body_goes_into_the_sink_whatever_its_size():
    cup = Cup(b"x" * 1000)

    with metered() as meter:
        async with http(lambda _: httpx.Response(200, content=cup.wanted)) as client:
            reply = await client.request("GET", "/file", sink=cup)

    assert (reply.status, reply.body, cup.body) == (200, b"", cup.wanted)
    assert meter.bytes_fetched == 1000


async def test_a_spoiled_body_is_asked_for_again():
    cup = Cup(b"right")
    bodies = [b"wrong", b"right"]

    async with http(lambda _: httpx.Response(200, content=bodies.pop(0))) as client:
        await client.request("GET", "/file", sink=cup)

    assert (cup.begun, cup.body) == (2, b"right")


async def test_a_body_that_stays_spoiled_is_told():
    cup = Cup(b"right")

    async with http(lambda _: httpx.Response(200, content=b"wrong")) as client:
        with pytest.raises(BadAnswer, match="another body than expected"):
            await client.request("GET", "/file", sink=cup)

    assert cup.begun == 2


async def test_a_refusal_is_read_and_not_poured():
    cup = Cup(b"right")

    async with http(lambda _: httpx.Response(404, json={"message": "no"})) as client:
        with pytest.raises(Refused, match="answered 404: no"):
            await client.request("GET", "/file", sink=cup)

    assert cup.begun == 0


async def test_a_redirection_that_is_welcome_is_not_poured():
    cup = Cup(b"right")

    async with http(lambda _: httpx.Response(301, headers={"Location": "/x"})) as client:
        reply = await client.request("GET", "/file", sink=cup, accept=(200, 301))

    assert (reply.status, cup.begun) == (301, 0)


async def test_a_body_that_breaks_off_begins_anew():
    cup = Cup(b"x" * 100)
    heads = 0

    async def answer(_head: bytes, writer: StreamWriter) -> None:
        nonlocal heads
        heads += 1
        whole = ok(cup.wanted)
        writer.write(whole[:-50] if heads == 1 else whole)
        if heads == 1:
            writer.close()

    async with serving(answer) as url, Http(url, retry_attempts=1, backoff=0) as client:
        await client.request("GET", "/file", sink=cup)

    assert (cup.begun, cup.body) == (2, cup.wanted)


async def test_a_body_that_always_breaks_off_is_told():
    cup = Cup(b"x" * 100)

    async def answer(_head: bytes, writer: StreamWriter) -> None:
        writer.write(ok(cup.wanted)[:-50])
        writer.close()

    async with serving(answer) as url, Http(url, retry_attempts=1, backoff=0) as client:
        with pytest.raises(Unavailable, match="got no answer"):
            await client.request("GET", "/file", sink=cup)
