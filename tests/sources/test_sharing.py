"""A quota for several processes: no window of the vendor's is ever overrun, and shares are few."""

import asyncio

from hypothesis import given, settings
from hypothesis import strategies as st

from sources.gate import Rate
from sources.limits import Limits, shared_limits
from sources.sharing import (
    KEPT_SECONDS,
    LONGEST_SECONDS,
    ON_THE_WAY_SECONDS,
    Bucket,
    Quota,
    bucket_of,
    sharing,
)

rates = st.builds(Rate, st.integers(1, 400), st.sampled_from([0.5, 1.0, 2.0, 5.0, 10.0, 60.0]))


@given(rates)
def test_a_bucket_never_lets_more_through_than_a_window_holds(rate: Rate):
    bucket = bucket_of(rate)

    late = ON_THE_WAY_SECONDS + (KEPT_SECONDS if bucket.share > 1 else 0.0)
    # What arrives within a window was lent within it, or as long before it as a share is kept.
    most = bucket.size + bucket.per_second * (rate.seconds + late)
    assert most <= rate.requests + 1e-6 or rate.requests == 1
    assert 1 <= bucket.share <= bucket.size
    assert bucket.per_second > 0


def test_one_request_a_window_is_followed_by_another_only_when_it_is_over():
    bucket = bucket_of(Rate(1, 10.0))

    assert (bucket.size, bucket.share) == (1, 1)
    assert 1 / bucket.per_second > 10.0


class Lender:
    def __init__(self) -> None:
        self.borrowed: list[tuple[str, Bucket]] = []

    async def borrow(self, limit: str, bucket: Bucket) -> None:
        await asyncio.sleep(0)
        self.borrowed.append((limit, bucket))


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


async def test_a_share_serves_several_requests_whoever_sends_them():
    lender = Lender()
    quota = Quota(lender.borrow, clock=Clock())
    rate = Rate(100, 10.0)

    await asyncio.gather(*(quota.take("all", (rate,)) for _ in range(10)))

    assert lender.borrowed == [("all 100 in 10 s", bucket_of(rate))] * 2


async def test_what_was_borrowed_and_not_used_is_not_kept():
    lender, clock = Lender(), Clock()
    quota = Quota(lender.borrow, clock=clock)

    await quota.take("all", (Rate(100, 10.0),))
    clock.now += KEPT_SECONDS + 0.01
    await quota.take("all", (Rate(100, 10.0),))

    assert len(lender.borrowed) == 2


async def test_long_windows_are_not_shared():
    lender = Lender()
    quota = Quota(lender.borrow)

    await quota.take("all", (Rate(1000, 3600.0), Rate(10, LONGEST_SECONDS)))

    assert [limit for limit, _ in lender.borrowed] == ["all 10 in 60 s"]


async def test_limits_borrow_only_while_the_quota_is_shared():
    lender = Lender()
    declared = {"all": (Rate(100, 10.0),), "search": (Rate(5, 1.0),)}

    with sharing(Quota(lender.borrow)):
        limits = shared_limits("an account of several workers", declared)
        await limits.acquire("all", "search")
    shared = list(lender.borrowed)
    await shared_limits("an account of several workers", declared).acquire("all")

    assert {limit for limit, _ in shared} == {"all 100 in 10 s", "search 5 in 1 s"}
    assert lender.borrowed == shared


async def test_a_request_that_gets_no_share_gives_its_place_back():
    async def refuse(limit: str, bucket: Bucket) -> None:
        raise OSError("nobody lends")

    limits = Limits({"all": (Rate(1, 60.0),)}, quota=Quota(refuse))

    for _ in range(2):
        try:
            await limits.acquire("all")
        except OSError:
            continue

    assert limits.left("all") == [(Rate(1, 60.0), 1)]


@settings(max_examples=50)
@given(rates, st.integers(1, 5))
def test_greedy_processes_together_keep_the_rate(rate: Rate, processes: int):
    """Simulated: whoever may borrow does so at once, and sends as late as he may."""
    bucket = bucket_of(rate)
    step, level, sent = rate.seconds / 50, 0.0, []
    late = ON_THE_WAY_SECONDS + (KEPT_SECONDS if bucket.share > 1 else 0.0)
    for tick in range(150):
        level = max(0.0, level - bucket.per_second * step) if tick else 0.0
        for process in range(processes):
            while level + bucket.share <= bucket.size + 1e-9:
                level += bucket.share
                # Some send at once, others at the last moment: the worst is both in one window.
                sent += [tick * step + late * (process % 2)] * bucket.share

    worst = max(sum(start <= one < start + rate.seconds for one in sent) for start in sent)
    assert worst <= max(rate.requests, 1)
