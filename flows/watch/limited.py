"""A source turns too many requests away."""

from collections.abc import Sequence

from flows.watch.finding import Finding, View
from flows.watch.words import percent
from warehouse.facts import Day, Facts

# A few 429s a day are how a client learns what is left.
SOME = 20
LIMITED = frozenset({"rate_limit"})
# So many times the share that may be is too much, whatever was usual; less is, if it was never near as many.
MUCH, TIMES = 4, 3
LEAST_DAYS, NEAREST, FARTHEST = 5, 7, 36


def limited(source: Sequence[Facts], view: View) -> Finding | None:
    """More of a source's requests met its rate limit in a day than ever; an account has one limit for all."""
    calls, hits = _day(source, 0)
    share = hits / max(calls, hits, 1)
    if hits < SOME or share <= view.limits.rate_limit:
        return None
    earlier = [_day(source, ago) for ago in range(1, FARTHEST) if not view.troubled(ago, LIMITED)]
    before = [hits for calls, hits in earlier if calls][:NEAREST]
    grown = len(before) >= LEAST_DAYS and hits > TIMES * max(before)
    if not grown and share <= MUCH * view.limits.rate_limit:
        return None
    return Finding(
        source[0].crm_source,
        "",
        "rate_limit",
        f"{hits:,} requests of the last 24 hours were turned away by the rate limit ({percent(share)})",
        {"hits": hits, "requests": calls},
    )


def _day(source: Sequence[Facts], ago: int) -> tuple[int, int]:
    days = [facts.days.get(ago, Day()) for facts in source]
    return sum(day.calls for day in days), sum(day.hits for day in days)
