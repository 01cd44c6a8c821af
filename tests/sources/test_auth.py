import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from sources.auth import Carrier, RefreshingToken, StaticToken, Token
from sources.errors import Unauthorized, Unavailable

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class Vendor:
    """Hands out tokens t1, t2, … that last half an hour."""

    def __init__(self, lifetime=timedelta(minutes=30), rotates=False):
        self.now = NOON
        self.lifetime = lifetime
        self.rotates = rotates
        self.handed_out = 0
        self.fails = 0

    def clock(self):
        return self.now

    async def refresh(self):
        await asyncio.sleep(0.001)
        if self.fails:
            self.fails -= 1
            raise Unavailable("token endpoint down")
        self.handed_out += 1
        return Token(
            SecretStr(f"t{self.handed_out}"),
            self.now + self.lifetime,
            SecretStr(f"r{self.handed_out}") if self.rotates else None,
        )


def token_of(vendor, **options):
    return RefreshingToken(vendor.refresh, now=vendor.clock, **options)


async def bare(auth):
    return (await auth.token()).get_secret_value()


async def test_a_static_token_is_carried_as_bearer_and_never_renewed():
    auth = StaticToken(SecretStr(" pat-na1-secret\n"))

    token = await auth.token()

    assert auth.headers(token) == {"Authorization": "Bearer pat-na1-secret"}
    assert await auth.renew(token) is False


async def test_a_carrier_says_where_a_vendor_wants_its_token():
    auth = StaticToken(SecretStr("abc"), Carrier("Authorization", 'Token token="{}"'))

    assert auth.headers(await auth.token()) == {"Authorization": 'Token token="abc"'}


@pytest.mark.parametrize("token", ["", "  ", "a\nb", "töken", "a\x7fb", "pat\u2026"])
def test_a_token_no_header_can_carry_is_refused_without_showing_it(token):
    with pytest.raises(Unauthorized) as refused:
        StaticToken(SecretStr(token))

    assert not token.strip() or token not in str(refused.value)


async def test_one_token_serves_until_a_minute_before_its_end():
    vendor = Vendor()
    auth = token_of(vendor)

    assert await bare(auth) == "t1"
    vendor.now = NOON + timedelta(minutes=28, seconds=59)
    assert await bare(auth) == "t1"
    vendor.now = NOON + timedelta(minutes=29)
    assert await bare(auth) == "t2"


async def test_a_short_lived_token_is_still_used_more_than_once():
    vendor = Vendor(lifetime=timedelta(seconds=40))
    auth = token_of(vendor)

    assert [await bare(auth) for _ in range(3)] == ["t1"] * 3
    vendor.now += timedelta(seconds=20)
    assert await bare(auth) == "t2"


async def test_many_who_need_a_token_share_one_refresh():
    vendor = Vendor()
    auth = token_of(vendor)

    tokens = await asyncio.gather(*(bare(auth) for _ in range(50)))

    assert set(tokens) == {"t1"}


async def test_many_turned_down_at_once_share_one_refresh():
    vendor = Vendor()
    auth = token_of(vendor)
    used = await auth.token()

    renewed = await asyncio.gather(*(auth.renew(used) for _ in range(20)))

    assert all(renewed)
    assert await bare(auth) == "t2"


async def test_who_was_turned_down_with_an_old_token_takes_the_one_there_is():
    vendor = Vendor()
    auth = token_of(vendor)
    old = await auth.token()
    await auth.renew(old)

    assert await auth.renew(old) is True

    assert vendor.handed_out == 2


async def test_one_who_stops_waiting_does_not_stop_the_others():
    vendor = Vendor()
    auth = token_of(vendor)
    first = asyncio.create_task(auth.token())
    second = asyncio.create_task(auth.token())
    await asyncio.sleep(0)

    first.cancel()

    assert (await second).get_secret_value() == "t1"
    assert vendor.handed_out == 1


async def test_a_failed_refresh_reaches_all_who_wait_and_the_next_tries_again():
    vendor = Vendor()
    vendor.fails = 1
    auth = token_of(vendor)

    outcomes = await asyncio.gather(auth.token(), auth.token(), return_exceptions=True)

    assert [type(outcome) for outcome in outcomes] == [Unavailable, Unavailable]
    assert await bare(auth) == "t1"


async def test_a_rotated_refresh_token_is_stored_before_the_new_token_is_used():
    vendor = Vendor(rotates=True)
    stored = []

    async def store(token):
        stored.append(token.get_secret_value())
        if len(stored) == 1:
            raise OSError("disk full")

    auth = token_of(vendor, store=store)

    with pytest.raises(OSError, match="disk full"):
        await auth.token()
    assert await bare(auth) == "t2"
    assert stored == ["r1", "r2"]


def test_a_token_works_through_several_event_loops_even_when_one_died_refreshing():
    vendor = Vendor()
    auth = token_of(vendor)

    async def die_refreshing():
        asyncio.create_task(auth.token())  # noqa: RUF006
        await asyncio.sleep(0)

    asyncio.run(die_refreshing())

    assert asyncio.run(bare(auth)) == "t1"
    assert asyncio.run(bare(auth)) == "t1"
    vendor.now += timedelta(hours=1)
    assert asyncio.run(bare(auth)) == "t2"


async def test_no_secret_shows_when_objects_are_printed():
    async def refresh():
        return Token(SecretStr("hidden-1"), NOON + timedelta(hours=1), SecretStr("hidden-2"))

    refreshing = RefreshingToken(refresh, now=lambda: NOON)
    static = StaticToken(SecretStr("hidden-3"))
    await refreshing.token()

    for shown in (refreshing, static, await refresh(), vars(static)):
        assert "hidden" not in repr(shown)
        assert "hidden" not in str(shown)
