from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.watch.failing import failing
from flows.watch.finding import Finding, Trouble, View
from flows.watch.fresh import stale
from flows.watch.limited import limited
from flows.watch.pace import slow, stuck
from flows.watch.quarantine import quarantine
from flows.watch.rules import findings
from flows.watch.volume import volume
from warehouse.facts import Day, Facts, Run

NOW = datetime(2026, 3, 18, 10, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
VIEW = View(NOW)


def run(ago: timedelta, **said) -> Run:
    """A good delta of 10 seconds that began so long ago."""
    seconds = said.pop("seconds", 10)
    usual = {
        "id": round(ago.total_seconds()),
        "began": NOW - ago,
        "ended": NOW - ago + timedelta(seconds=seconds),
        "status": "success",
        "failed": False,
        "strategy": "incremental",
        "records": 10,
        "anchor": True,
    }
    return Run(**{**usual, **said})


def failed(ago: timedelta, **said) -> Run:
    return run(ago, status="failed", failed=True, anchor=False, error="503", **said)


def entity(*runs: Run, **said) -> Facts:
    ordered = tuple(sorted(runs, key=lambda one: one.began, reverse=True))
    ends = sorted((one.ended for one in runs if one.anchor and one.ended), reverse=True)
    usual = {"first": NOW - 60 * DAY, "runs": ordered, "anchors": tuple(ends)}
    return Facts("crm", "contacts", **{**usual, **said})


def quarters(count: int = 200, bad: frozenset[int] = frozenset()) -> list[Run]:
    """Runs every quarter of an hour, the newest first; those numbered in `bad` failed."""
    return [
        (failed if number in bad else run)(5 * MINUTE + number * 15 * MINUTE)
        for number in range(count)
    ]


def rule_of(finding: Finding | None) -> str | None:
    return finding.rule if finding else None


# Failures


@pytest.mark.parametrize(
    ("bad", "found"),
    [
        (set(), False),
        ({0, 30, 60, 90}, False),  # 4 of 96
        ({0, 20, 40, 60, 80}, True),  # 5 of 96
        ({20, 40, 60, 80, 90}, False),  # over: a dozen good ones since
        (set(range(96, 200)), False),  # yesterday
    ],
)
def test_more_than_one_in_twenty_of_many_runs(bad, found):
    assert bool(failing(entity(*quarters(bad=frozenset(bad))), VIEW)) is found


def test_a_closed_fault_s_failures_do_not_count_again():
    facts = entity(*quarters(bad=frozenset({0, *range(40, 60)})))

    assert failing(facts, VIEW)
    assert failing(facts, replace(VIEW, closed=NOW - 8 * HOUR)) is None


def test_of_few_runs_two_in_a_row_must_fail():
    nightly = [run(DAY * n) for n in range(2, 9)]

    assert failing(entity(failed(HOUR), run(DAY), *nightly), VIEW) is None
    assert failing(entity(failed(HOUR), failed(DAY), *nightly), VIEW)
    assert failing(entity(run(HOUR), failed(2 * HOUR), failed(DAY), *nightly), VIEW) is None


def test_a_first_run_that_failed_is_told():
    found = failing(entity(failed(HOUR)), VIEW)

    assert found is not None
    assert (found.summary, found.error) == ("the only run failed", "503")


def tries(begin: timedelta) -> list[Run]:
    """What becomes of a scheduled run that fails where retries are automated."""
    return [failed(begin - MINUTE * after) for after in (0, 2, 17, 32)]


def test_retries_make_no_schedule_of_their_own():
    never = [one for day in range(10) for one in tries(DAY * day + HOUR)]
    lately = [one for day in range(5) for one in tries(DAY * day + HOUR)]
    before = [run(DAY * day + HOUR) for day in range(5, 9)]

    assert rule_of(failing(entity(*never), VIEW)) == "failure_rate"
    assert rule_of(failing(entity(*lately, *before), VIEW)) == "failure_rate"
    assert failing(entity(run(MINUTE), *lately, *before), VIEW) is None


@pytest.mark.parametrize("every", [7, 31])
def test_runs_that_are_far_apart_and_fail_are_told(every):
    fails = [failed(DAY * every * n + HOUR) for n in range(4)]

    assert rule_of(failing(entity(*fails), VIEW)) == "failure_rate"
    assert rule_of(failing(entity(*fails, run(DAY * every * 4)), VIEW)) == "failure_rate"
    assert failing(entity(run(MINUTE), *fails), VIEW) is None


def test_of_many_runs_only_failures_for_an_hour_mean_that_none_gets_through():
    assert failing(entity(*quarters(bad=frozenset(range(3)))), VIEW) is None
    assert failing(entity(*quarters(bad=frozenset(range(5)))), View(NOW + 3 * DAY))


def test_a_told_fault_is_not_over_while_the_latest_run_failed():
    told = Trouble(frozenset({"failure_rate"}), NOW - DAY, NOW)
    last = entity(*quarters(bad=frozenset({0})))

    assert failing(last, VIEW) is None
    assert failing(last, replace(VIEW, troubles=(told,)))
    assert failing(last, replace(VIEW, troubles=(told,), closed=NOW))
    assert failing(entity(*quarters()), replace(VIEW, troubles=(told,))) is None


def test_none_getting_through_is_worse_than_some_that_do_not():
    some = failing(entity(*quarters(bad=frozenset({0, 20, 40, 60, 80}))), VIEW)
    all_ = failing(entity(*quarters(bad=frozenset(range(6)))), VIEW)

    assert some is not None
    assert all_ is not None
    assert all_.severity > some.severity


# Freshness


def test_a_schedule_is_learned_from_how_it_was_kept():
    late = entity(*[run(ago + 100 * MINUTE) for ago in [MINUTE * 15 * n for n in range(200)]])

    assert stale(entity(*quarters()), VIEW) is None
    assert rule_of(stale(late, VIEW)) == "freshness"


def test_a_pause_that_comes_every_week_is_no_fault():
    # Office hours on weekdays; now is Monday morning, before the first run.
    monday = datetime(2026, 3, 16, 7, tzinfo=UTC)
    moments = [
        monday - DAY * day - timedelta(minutes=15 * quarter)
        for day in range(21)
        for quarter in range(96)
    ]
    runs = [
        run(NOW - moment)
        for moment in moments
        if moment.weekday() < 5 and 8 <= moment.hour < 18 and moment < monday
    ]
    friday = datetime(2026, 3, 13, 17, 45, 10, tzinfo=UTC)
    facts = replace(entity(*runs[:200]), weeks_ago=(monday - friday,) * 2)

    assert stale(facts, View(monday)) is None
    assert stale(replace(facts, weeks_ago=(MINUTE,) * 2), View(monday)) is not None


def test_runs_by_hand_make_no_schedule():
    agos = [1, 2, 2.1, 9, 9.2, 9.3, 20, 33, 34]

    assert stale(entity(*[run(DAY * ago) for ago in agos]), View(NOW + 30 * DAY)) is None


def test_an_afternoon_of_trying_out_makes_no_schedule():
    assert stale(entity(*[run(DAY * 9 + MINUTE * n) for n in range(30)]), VIEW) is None


def test_stale_after_comes_before_what_was_learned():
    facts = entity(*quarters())

    assert stale(facts, replace(VIEW, stale_after=MINUTE))
    assert stale(entity(failed(HOUR)), replace(VIEW, stale_after=HOUR))
    assert stale(entity(failed(HOUR)), VIEW) is None


def test_what_is_only_pushed_does_not_go_stale():
    assert stale(entity(), replace(VIEW, stale_after=HOUR)) is None


def test_the_latest_anchor_counts_however_many_runs_came_after():
    facts = entity(*[run(ago, anchor=False) for ago in [MINUTE * 5 * n for n in range(300)]])
    anchors = tuple(NOW - 2 * DAY - MINUTE * 5 * n for n in range(300))

    found = stale(replace(facts, anchors=anchors), VIEW)
    limited = stale(replace(facts, anchors=anchors), replace(VIEW, stale_after=3 * HOUR))

    assert found is not None
    assert found.summary.startswith("no run has brought it up to date for 2 d; 1 h 12 min")
    assert limited is not None
    assert limited.summary.startswith("no run has brought it up to date for 2 d; 3 h")


def test_a_schedule_that_was_changed_is_known_after_one_pause():
    hourly = [run(DAY + HOUR * n) for n in range(1, 280)]

    assert stale(entity(*hourly), VIEW)
    assert stale(entity(run(25 * HOUR), *hourly[24:]), VIEW) is None
    assert stale(entity(run(40 * HOUR), *hourly[40:]), VIEW)


@pytest.mark.parametrize(("count", "found"), [(9, False), (20, False), (30, True)])
def test_good_runs_of_more_than_a_day_that_none_may_build_on(count, found):
    runs = [run(HOUR * n, anchor=False) for n in range(1, count + 1)]
    facts = entity(*runs, first=runs[-1].began)

    assert bool(stale(facts, VIEW)) is found
    assert stale(replace(facts, anchors=(NOW - DAY,)), VIEW) is None


def test_waiting_for_a_run_at_work_is_not_waiting_in_vain():
    earlier = [run(ago + 3 * HOUR) for ago in [MINUTE * 15 * n for n in range(200)]]
    at_work = run(175 * MINUTE, ended=None, status="running", strategy="full", anchor=False)
    facts = entity(at_work, *earlier)

    assert stale(facts, VIEW) is None
    assert stale(facts, replace(VIEW, dead=frozenset({at_work.id})))


# Volume


def days(*changed: int) -> dict[int, Day]:
    return {ago: Day(deltas=96, changed=count) for ago, count in enumerate(changed)}


@pytest.mark.parametrize(
    ("changed", "rule"),
    [
        ([0, *[100] * 7], "zero_records"),
        ([20, *[100] * 7], "volume"),
        ([30, *[100] * 7], None),
        ([0, *[100] * 6], None),  # this weekday was never seen
        ([0, *[8] * 7], None),  # so few may as well be none
        ([0, 100, 3000, 2, 900, 30, 7, 100], None),  # days that differ by factors
        ([0, *[100, 100, 0, 0, 100, 100, 100] * 5], None),  # quiet weekends: it may be a holiday
    ],
)
def test_a_day_is_compared_with_days_like_it(changed, rule):
    assert rule_of(volume(entity(days=days(*changed)), VIEW)) == rule


def test_two_quiet_weekdays_are_no_holiday():
    week = [100, 100, 100, 0, 0, 100, 100]  # today is a Wednesday, yesterday a Tuesday
    quiet = days(0, 0, *week[2:], *week * 4)

    assert rule_of(volume(entity(days=quiet), VIEW)) == "zero_records"
    assert volume(entity(days={**quiet, 1: Day(96, 100)}), VIEW) is None


def test_a_day_that_was_hardly_read_says_nothing():
    found = days(0, *[100] * 14)

    assert volume(entity(days={**found, 0: Day(deltas=40, changed=0)}), VIEW) is None
    assert volume(entity(days={**found, 0: Day()}), VIEW) is None


def test_days_of_an_earlier_fault_are_not_compared_with():
    found = entity(days=days(0, *[100] * 7, 0, 0, *[100] * 7))
    before = Trouble(frozenset({"zero_records"}), NOW - 9 * DAY, NOW - 8 * DAY)

    assert volume(found, VIEW) is None
    assert volume(found, replace(VIEW, troubles=(before,)))


def test_a_list_that_is_suddenly_empty():
    before = [run(DAY * n, strategy="full", records=40) for n in range(1, 6)]
    empty = run(HOUR, strategy="full", records=0)

    assert rule_of(volume(entity(fulls=(empty, *before)), VIEW)) == "zero_records"
    assert volume(entity(fulls=(replace(empty, records=39), *before)), VIEW) is None
    assert volume(entity(fulls=(empty, *before[:2])), VIEW) is None


# Rejects, limits, durations


def test_more_rejects_than_on_any_day():
    def new(count: int, *before: int) -> Finding | None:
        return quarantine(entity(rejected=dict(enumerate([count, *before]))), VIEW)

    assert new(50, 3, 0, 5, 9, 2, 4, 1)
    assert new(50, 20, 17, 0, 0, 0, 0, 0) is None
    assert new(15, *[0] * 7) is None


def test_rejects_of_a_first_load_are_measured_by_what_was_read():
    young = replace(entity(rejected={0: 50}), first=NOW - HOUR)

    assert quarantine(replace(young, days={0: Day(read=5000)}), VIEW) is None
    assert quarantine(replace(young, days={0: Day(read=500)}), VIEW)


def test_rejects_that_were_told_stay_told_while_they_wait():
    told = Trouble(frozenset({"quarantine"}), NOW - 4 * DAY, NOW)
    waiting = entity(rejected={0: 0, 4: 500}, waiting={4: 500, 30: 40})
    mended = replace(waiting, waiting={4: 3, 30: 40})

    assert quarantine(waiting, VIEW) is None
    assert rule_of(quarantine(waiting, replace(VIEW, troubles=(told,)))) == "quarantine"
    assert quarantine(mended, replace(VIEW, troubles=(told,))) is None


@pytest.mark.parametrize(
    ("wait", "read", "found"), [(15, 18, True), (2, 18, False), (15, 5000, False), (15, 0, False)]
)
def test_rejects_that_are_much_of_a_list_that_is_read_whole(wait, read, found):
    whole = run(HOUR, strategy="full", records=read)

    assert bool(quarantine(entity(whole, fulls=(whole,), waiting={20: wait}), VIEW)) is found


def test_a_few_429s_are_no_violation():
    def source(*hits: int) -> list[Facts]:
        found = {ago: Day(calls=400, hits=count) for ago, count in enumerate(hits)}
        return [entity(days=found), entity(days=found)]

    assert limited(source(5, *[5] * 7), VIEW) is None
    assert limited(source(30, *[20] * 7), VIEW) is None
    assert limited(source(80, *[20] * 7), VIEW)
    assert limited(source(90), VIEW)


def test_a_slow_run_now_and_then_is_nothing_and_three_in_a_row_are():
    def lasting(*seconds: int) -> Facts:
        return entity(*[run(MINUTE * 15 * n, seconds=s) for n, s in enumerate(seconds)])

    assert slow(lasting(300, 10, 10, *[10] * 50), VIEW) is None
    assert rule_of(slow(lasting(300, 300, 300, *[10] * 50), VIEW)) == "duration"
    assert slow(lasting(300, 300, 300, *[10] * 5), VIEW) is None
    assert slow(lasting(35, 35, 35, *[10] * 50), VIEW) is None


def test_a_run_that_reads_more_may_take_longer():
    many = [run(MINUTE * 15 * n, seconds=300, records=10_000) for n in range(3)]
    facts = entity(*many, *quarters(60)[3:])

    assert slow(facts, VIEW) is None


def test_a_nightly_reading_is_slow_at_once():
    before = [run(DAY * n, strategy="full", seconds=600) for n in range(1, 7)]
    late = run(HOUR * 5, strategy="full", seconds=7200)

    assert rule_of(slow(entity(fulls=(late, *before)), VIEW)) == "duration"


def test_a_run_that_does_not_end():
    at_work = run(2 * HOUR, ended=None, status="running", anchor=False)

    assert rule_of(stuck(entity(at_work, *quarters(60)[9:]), VIEW)) == "stuck"
    assert stuck(entity(replace(at_work, strategy="initial_full"), *quarters(60)[9:]), VIEW) is None
    assert stuck(entity(replace(at_work, began=NOW - 9 * MINUTE), *quarters(60)[9:]), VIEW) is None


@pytest.mark.parametrize(
    ("strategy", "days", "found"),
    [("initial_full", 3, True), ("resumed", 3, True), ("initial_full", 1, False), ("", 30, False)],
)
def test_a_run_that_nothing_is_known_of_hangs_after_two_days(strategy, days, found):
    at_work = run(DAY * days, ended=None, status="running", strategy=strategy, anchor=False)

    assert bool(stuck(entity(at_work), VIEW)) is found


# All of them


@given(
    st.lists(
        st.tuples(
            st.integers(0, 60_000),
            st.sampled_from(["success", "partial", "failed", "running", "completed"]),
            st.sampled_from(["incremental", "full", "resumed", ""]),
            st.integers(0, 10**6),
            st.booleans(),
        ),
        max_size=60,
    ),
    st.dictionaries(st.integers(0, 35), st.integers(0, 10**6)),
    st.booleans(),
)
def test_no_history_is_too_odd_to_be_looked_at(rows, counts, closed):
    runs = [
        run(
            MINUTE * ago,
            status=status,
            failed=status == "failed",
            ended=None if status == "running" else NOW - MINUTE * ago + MINUTE,
            strategy=strategy,
            records=records,
            anchor=anchor,
        )
        for ago, status, strategy, records, anchor in rows
    ]
    found = {ago: Day(deltas=5, changed=n, read=n, calls=9, hits=n) for ago, n in counts.items()}
    facts = entity(
        *runs,
        fulls=tuple(runs[:9]),
        days=found,
        rejected=counts,
        waiting=counts,
        weeks_ago=(None, DAY),
    )
    view = replace(VIEW, closed=NOW - DAY if closed else None)

    told = findings([facts], {"contacts": view})

    assert [one.severity for one in told] == sorted((one.severity for one in told), reverse=True)
    assert len({one.rule for one in told}) == len(told)
