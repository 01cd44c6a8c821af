"""Weeks of a busy source: nothing is told while nothing is wrong, and a fault is told once."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.databases import Server
from tests.flows.watch import world
from tests.flows.watch.world import DAY, HOUR, World
from warehouse.connection import connect

WEEK = 7 * DAY
# Each with the rule that names the alert, and how long it may take.
FAULTS = [
    (world.token_revoked, {"failure_rate"}, 3 * HOUR),
    (world.one_entity_refused, {"failure_rate"}, 3 * HOUR),
    (world.every_fifth_fails, {"failure_rate"}, 8 * HOUR),
    (world.nothing_runs, {"freshness"}, 3 * HOUR),
    (world.answers_are_empty, {"zero_records", "volume"}, 26 * HOUR),
    (world.one_entity_is_empty, {"zero_records", "volume"}, 26 * HOUR),
    (world.most_is_missing, {"zero_records", "volume"}, 30 * HOUR),
    (world.all_is_rejected, {"quarantine"}, 8 * HOUR),
    (world.all_is_slow, {"duration"}, 3 * HOUR),
    (world.limits_are_hit, {"rate_limit"}, 8 * HOUR),
]


@pytest.fixture(scope="module", params=[2, 3])
def week(request: pytest.FixtureRequest, pg18: Server) -> Iterator[World]:
    """Seven busy days, looked at every hour."""
    with pg18.database() as name:
        url = pg18.address(name)
        with connect(url) as conn:
            lived = World(conn, url, request.param)
            lived.live(WEEK)
            yield lived


def test_seven_busy_days_tell_nothing(week: World) -> None:
    counted = week.conn.execute(
        """
        select count(*), count(*) filter (where status = 'failed'), count(*) filter (where status = 'partial'),
               sum((performance_metrics ->> 'rate_limit_hits')::int)
        from ingestion_sync_history
        """
    ).fetchone()

    assert week.opened == []
    assert counted is not None
    runs, failed, partial, limited = counted
    assert (runs > 1900, failed > 0, partial > 100, limited > 200) == (True, True, True, True)


@pytest.mark.parametrize(
    ("fault", "rules", "within"), FAULTS, ids=lambda x: getattr(x, "__name__", "")
)
def test_then_a_loss_is_told_once_and_its_end_once(
    week: World, fault: world.Fault, rules: set[str], within: timedelta
) -> None:
    with week.conn.transaction(force_rollback=True):
        later = week.later()

        later.fault = fault
        later.live(2 * DAY)
        [alert] = later.opened
        later.mend()
        later.live(2 * DAY)

        assert alert.rule in rules
        assert alert.opened_at - week.now <= within
        assert len(later.opened) == 1
        assert [one.id for one in later.closed] == [alert.id]


@pytest.mark.parametrize("every", [HOUR, 15 * timedelta(minutes=1)], ids=str)
def test_five_weeks_with_weekends_and_whole_readings_tell_nothing(
    pg18_url: str, every: timedelta
) -> None:
    with connect(pg18_url) as conn:
        lived = World(conn, pg18_url, 20, every=every)

        lived.live(5 * WEEK, look_every=6 * HOUR)

        assert lived.opened == []


def test_whoever_looks_once_a_day_is_told_once_too(week: World) -> None:
    with week.conn.transaction(force_rollback=True):
        later = week.later()
        later.fault = world.token_revoked

        later.live(4 * DAY, look_every=DAY)

        assert [alert.rule for alert in later.opened] == ["failure_rate"]


def test_a_worse_fault_on_top_of_one_that_is_known_is_told(week: World) -> None:
    with week.conn.transaction(force_rollback=True):
        later = week.later()
        later.fault = world.every_fifth_fails
        later.live(DAY)

        later.fault = world.token_revoked
        later.live(DAY)

        assert len(later.opened) == 2
        assert later.opened[1].severity == 3


def test_a_loss_that_nobody_mends_does_not_become_usual_within_weeks(pg18_url: str) -> None:
    with connect(pg18_url) as conn:
        lived = World(conn, pg18_url, 3)
        lived.live(2 * WEEK, look_every=6 * HOUR)
        lived.fault = world.answers_are_empty

        lived.live(2 * WEEK, look_every=6 * HOUR)

        assert len(lived.opened) == 1
        assert lived.closed == []
