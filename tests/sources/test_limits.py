import asyncio
import contextlib
import random
import uuid
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sources.errors import RetryLater
from sources.gate import MARGIN_SECONDS
from sources.limits import Limits, Rate, shared_limits
from tests.sources.virtual_time import VirtualLoop, now, run

HUBSPOT = {"all": (Rate(100, 10.0),), "search": (Rate(5, 1.0),)}


def limits_of(**rates: Rate) -> Limits:
    return Limits({name: (rate,) for name, rate in rates.items()}, clock=now)


def most_in_a_window(moments: list[float], seconds: float) -> int:
    moments = sorted(moments)
    return max(sum(start <= m < start + seconds for m in moments) for start in moments)


async def departures(limits: Limits, count: int, *names: str) -> list[float]:
    async def one() -> float:
        await limits.acquire(*names)
        return limits.clock()

    return list(await asyncio.gather(*(one() for _ in range(count))))


def test_a_hundred_per_ten_seconds_is_never_overrun_and_kept_full():
    async def main():
        return await departures(Limits(HUBSPOT, clock=now), 350, "all")

    sent = run(main())

    assert most_in_a_window(sent, 10.0) == 100
    assert sent[-1] - sent[0] == pytest.approx(3 * (10.0 + MARGIN_SECONDS), abs=0.02)


def test_searches_obey_both_limits_and_the_wide_one_stays_full():
    async def main():
        limits, searches, lists = Limits(HUBSPOT, clock=now), [], []

        async def worker(sent: list[float], *names: str) -> None:
            while now() < 1060:
                await limits.acquire(*names)
                sent.append(now())
                await asyncio.sleep(0.3)

        await asyncio.gather(
            *(worker(searches, "all", "search") for _ in range(4)),
            *(worker(lists, "all") for _ in range(6)),
        )
        return searches, lists

    searches, lists = run(main())

    assert most_in_a_window(searches, 1.0) == 5
    assert most_in_a_window(searches + lists, 10.0) == 100
    assert len([moment for moment in searches + lists if moment < 1060]) == 600
    assert len(searches) > 90


def test_searches_alone_use_all_they_may():
    async def main():
        return await departures(Limits(HUBSPOT, clock=now), 51, "all", "search")

    sent = run(main())

    assert max(sent) - min(sent) == pytest.approx(10 * (1 + MARGIN_SECONDS), abs=0.05)


@settings(max_examples=60)
@given(
    requests=st.integers(1, 12),
    seconds=st.sampled_from([0.2, 1.0, 3.0]),
    seed=st.integers(0, 10_000),
    callers=st.integers(1, 60),
)
def test_no_window_is_overrun_whatever_the_callers_do(requests, seconds, seed, callers):
    dice = random.Random(seed)

    async def caller(limits: Limits, sent: list[float]) -> None:
        await asyncio.sleep(dice.uniform(0, 2 * seconds))
        async with limits.turn("all") as turn:
            await asyncio.sleep(dice.choice([0, 0, dice.uniform(0, 2 * seconds)]))  # connecting
            sent.append(now())
            turn.sent()
            await asyncio.sleep(dice.uniform(0, seconds))

    async def main() -> list[float]:
        limits, sent = limits_of(all=Rate(requests, seconds)), []
        tasks = [asyncio.create_task(caller(limits, sent)) for _ in range(callers)]
        for task in dice.sample(tasks, len(tasks) // 5):
            asyncio.get_running_loop().call_later(dice.uniform(0, seconds), task.cancel)
        await asyncio.gather(*tasks, return_exceptions=True)
        return sent

    sent = run(main())

    assert not sent or most_in_a_window(sent, seconds) <= requests


def test_who_comes_first_is_served_first():
    async def main():
        limits, served = limits_of(all=Rate(2, 1.0)), []

        async def caller(number: int) -> None:
            await asyncio.sleep(number / 100)
            await limits.acquire("all")
            served.append(number)

        await asyncio.gather(*(caller(number) for number in range(11)))
        return served

    assert run(main()) == list(range(11))


def test_a_newcomer_does_not_take_the_room_of_those_who_wait():
    async def main():
        limits, served = limits_of(all=Rate(1, 60.0)), []

        async def caller(name: str) -> None:
            await limits.acquire("all")
            served.append(name)

        await caller("first")
        waiting = asyncio.create_task(caller("second"))
        await asyncio.sleep(0.1)
        limits.learn("all", Rate(2, 60.0))
        newcomer = asyncio.create_task(caller("third"))
        await asyncio.gather(waiting, newcomer)
        return served

    assert run(main()) == ["first", "second", "third"]


def test_those_who_queue_for_the_narrow_limit_take_no_room_at_the_wide_one():
    async def main():
        limits = limits_of(all=Rate(5, 1.0), search=Rate(1, 60.0))
        searches = asyncio.create_task(departures(limits, 10, "all", "search"))
        await asyncio.sleep(5)
        waited = await limits.acquire("all")
        searches.cancel()
        return waited

    assert run(main()) == 0


def test_a_request_counts_from_when_it_is_sent_not_from_when_it_was_allowed():
    async def main():
        limits = limits_of(all=Rate(1, 1.0))
        async with limits.turn("all") as turn:
            await asyncio.sleep(3)
            sent = now()
            turn.sent()
            await asyncio.sleep(0.5)
        await limits.acquire("all")
        return now() - sent

    assert run(main()) == pytest.approx(1 + MARGIN_SECONDS, abs=0.01)


def test_a_cancelled_caller_gives_its_place_to_the_next():
    async def main():
        limits = limits_of(all=Rate(5, 10.0), search=Rate(1, 1.0))
        await departures(limits, 5, "all")
        waiting = asyncio.create_task(limits.acquire("all", "search"))
        await asyncio.sleep(0.1)
        waiting.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await waiting
        return await limits.acquire("search")

    assert run(main()) == 0


def test_limits_taken_in_any_order_never_block_each_other():
    async def main():
        limits = limits_of(a=Rate(2, 1.0), b=Rate(2, 1.0))
        await asyncio.gather(departures(limits, 20, "a", "b"), departures(limits, 20, "b", "a"))
        return True

    assert run(main())


def test_a_pause_holds_everyone_back_even_those_who_wait_already():
    async def main():
        limits = limits_of(all=Rate(2, 1.0), search=Rate(1, 0.1))
        started = now()
        callers = asyncio.create_task(departures(limits, 6, "all"))
        await asyncio.sleep(0.5)
        limits.pause("all", 10)
        limits.pause("all", 1)
        other = limits_of(all=Rate(1, 1.0))
        return [moment - started for moment in await callers], await other.acquire("all")

    sent, elsewhere = run(main())

    assert sorted(sent)[:2] == [0, 0]
    assert all(moment >= 10.5 for moment in sorted(sent)[2:])
    assert elsewhere == 0


def test_a_pause_of_searches_leaves_other_requests_alone():
    async def main():
        limits = Limits(HUBSPOT, clock=now)
        limits.pause("search", 5)
        return await limits.acquire("all"), await limits.acquire("all", "search")

    assert run(main()) == (0, pytest.approx(5, abs=0.01))


def test_a_learned_rate_replaces_the_declared_one_and_keeps_what_has_passed():
    async def main():
        limits = limits_of(all=Rate(4, 10.0))
        first = await departures(limits, 4, "all")
        limits.learn("all", Rate(6, 10.0))
        return first + await departures(limits, 4, "all")

    sent = run(main())

    assert [round(moment - sent[0]) for moment in sent] == [0] * 6 + [10] * 2


def test_a_tighter_learned_rate_holds_at_once():
    async def main():
        limits = limits_of(all=Rate(10, 10.0))
        await departures(limits, 4, "all")
        limits.learn("all", Rate(2, 10.0))
        return await limits.acquire("all")

    assert run(main()) == pytest.approx(10 + MARGIN_SECONDS, abs=0.01)


def test_what_the_user_configured_is_not_unlearned():
    async def main():
        limits = Limits({"all": (Rate(1, 1.0),)}, fixed=("all",), clock=now)
        limits.learn("all", Rate(100, 1.0))
        return await departures(limits, 2, "all")

    first, second = run(main())

    assert second - first >= 1


def test_several_rates_of_one_limit_all_hold():
    async def main():
        limits = Limits({"all": (Rate(5, 1.0), Rate(12, 10.0))}, clock=now)
        return await departures(limits, 24, "all")

    sent = run(main())

    assert most_in_a_window(sent, 1.0) == 5
    assert most_in_a_window(sent, 10.0) == 12


def test_an_account_has_one_set_of_limits_through_several_event_loops():
    account = f"hubspot:{uuid.uuid4()}"
    rates = {"all": (Rate(3, 0.1),)}

    async def main():
        return await departures(shared_limits(account, rates), 5, "all")

    sent = [moment for _ in range(3) for moment in asyncio.run(main())]

    assert shared_limits(account, rates) is shared_limits(account, rates)
    assert most_in_a_window(sent, 0.1) == 3


def test_a_loop_that_died_leaves_nobody_in_the_queue():
    limits = Limits({"all": (Rate(1, 0.05),)})

    async def abandon():
        for _ in range(5):
            asyncio.create_task(limits.acquire("all"))  # noqa: RUF006
        await asyncio.sleep(0.01)

    asyncio.run(abandon())

    assert asyncio.run(limits.acquire("all")) < 0.5


def test_changed_settings_are_taken_over_and_unchanged_ones_keep_what_was_learned():
    account = str(uuid.uuid4())
    limits = shared_limits(account, {"all": (Rate(100, 10.0),)})
    limits.clock = now

    async def in_a_row(count: int) -> float:
        sent = await departures(limits, count, "all")
        return sent[-1] - sent[0]

    limits.learn("all", Rate(190, 10.0))
    shared_limits(account, {"all": (Rate(100, 10.0),)})
    assert run(in_a_row(190)) == 0

    loop = VirtualLoop()
    loop._virtual += 1000
    shared_limits(account, {"all": (Rate(50, 10.0),)}, fixed=("all",))
    assert run(in_a_row(51), loop) > 10


def test_waiting_never_blocks_the_event_loop():
    async def main():
        limits = Limits({"all": (Rate(1, 0.3),)})
        ticks = []

        async def tick():
            while True:
                ticks.append(limits.clock())
                await asyncio.sleep(0.01)

        ticking = asyncio.create_task(tick())
        await departures(limits, 2, "all")
        ticking.cancel()
        return ticks

    ticks = asyncio.run(main())

    assert max(later - earlier for earlier, later in pairwise(ticks)) < 0.2


@pytest.mark.parametrize("rate", [(0, 1.0), (1, 0.0), (1, -1.0), (1, float("inf"))])
def test_a_rate_that_lets_nobody_pass_is_refused(rate):
    with pytest.raises(ValueError, match="rate"):
        Rate(*rate)


def test_a_limit_without_a_rate_is_never_full_but_can_be_paused():
    async def main():
        limits = Limits(clock=now)
        sent = await departures(limits, 50, "all")
        limits.pause("all", 2)
        return sent[-1] - sent[0], await limits.acquire("all")

    assert run(main()) == (0, pytest.approx(2, abs=0.01))


def long_window(requests: int) -> Limits:
    """A limit by the hour, for which nobody waits longer than a minute."""
    return Limits({"all": (Rate(requests, 3600.0),)}, clock=now, longest_wait=60.0)


def refused_after(limits: Limits, requests: int) -> float:
    """How long the request after so many would have to wait, in seconds."""

    async def ask() -> float:
        for _ in range(requests):
            await limits.acquire("all")
        with pytest.raises(RetryLater, match="in 3600 s is reached") as told:
            await limits.acquire("all")
        return told.value.seconds

    return run(ask())


def test_who_would_wait_longer_than_is_worth_it_is_told_how_long():
    assert 3590 < refused_after(long_window(2), 2) <= 3601


def test_what_earlier_runs_sent_counts():
    limits = long_window(10)

    async def begin() -> None:
        limits.remember("all", [(1800.0, 7), (4000.0, 50)])
        for _ in range(3):
            await limits.acquire("all")
        with pytest.raises(RetryLater) as told:
            await limits.acquire("all")
        assert 1790 < told.value.seconds <= 1801

    run(begin())


def test_a_limit_tells_what_is_left():
    limits = long_window(10)

    async def ask() -> list[tuple[Rate, int]]:
        limits.remember("all", [(1800.0, 4), (4000.0, 50)])
        await limits.acquire("all")
        return limits.left("all")

    assert run(ask()) == [(Rate(10, 3600.0), 5)]


def test_what_is_remembered_is_not_counted_twice():
    limits = long_window(10)

    async def begin() -> None:
        await limits.acquire("all")
        limits.remember("all", [(10.0, 9)])
        for _ in range(9):
            await limits.acquire("all")
        with pytest.raises(RetryLater):
            await limits.acquire("all")

    run(begin())
