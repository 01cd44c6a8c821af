"""Where a run starts: rules that hold for any history, and what they come to against the sandbox."""

import math
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.options import SyncOptions
from flows.plan import Past, Plan, canonical, plan_run
from sandbox.hubspot import ManualClock
from tests.flows.harness import Bench
from tests.flows.truth import Asked, assert_adds_up, assert_right, history, people, unhurried
from warehouse.past import Anchor

LOOKBACK = timedelta(minutes=60)
UNTIL = datetime(2026, 6, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)

moments = st.datetimes(datetime(2026, 1, 1), datetime(2026, 5, 31), timezones=st.just(UTC))
anchors = st.none() | st.builds(Anchor, st.integers(1, 99), moments)
options_given = st.builds(
    SyncOptions,
    full=st.booleans(),
    force_overwrite=st.booleans(),
    since=st.none() | moments,
    dry_run=st.booleans(),
    batch_size=st.sampled_from([None, 10]),
    max_records=st.sampled_from([0, 0, 50]),
    strict=st.sampled_from([None, True, False]),
    resume=st.booleans(),
    debug=st.booleans(),
)
cadences = st.none() | st.sampled_from([timedelta(0), HOUR, timedelta(days=1)])


def plan(options: SyncOptions, past: Past, until: datetime = UNTIL, **how: Any) -> Plan:
    return plan_run(options, past, until, **{"lookback": LOOKBACK, "deletes_every": HOUR} | how)


def row(options: SyncOptions, made: Plan, status: str, **more: Any) -> dict[str, Any]:
    """The history row that a run with this plan leaves behind."""
    since, until = canonical(made.window.since), canonical(made.window.until)
    configuration = {
        **options.flags,
        "window": {"since": since, "until": until},
        "strategy": made.strategy,
        "passes": list(made.passes),
    }
    if made.resumes:
        name, cursor = next(iter(made.cursors.items()), (None, None))
        configuration["checkpoint"] = {"pass": name, "cursor": cursor, "done": sorted(made.done)}
        configuration |= {"resumes": made.resumes, "chain": list(made.chain)}
    return {"id": 7, "status": status, "configuration": configuration | more}


@given(options_given, anchors, st.booleans())
def test_since_comes_before_force_overwrite_before_full_before_history_before_everything(
    options: SyncOptions, anchor: Anchor | None, delta: bool
):
    made = plan(options, Past(anchor), delta=delta)

    if options.since:
        expected = ("manual", options.since)
    elif options.force_overwrite or options.full:
        expected = ("full", None)
    elif anchor is None:
        expected = ("initial_full", None)
    else:
        expected = ("incremental", anchor.until - LOOKBACK) if delta else ("full", None)
    assert (made.strategy, made.window.since) == expected
    assert made.window.until == UNTIL


@given(options_given, anchors)
def test_only_a_run_that_leaves_no_gap_may_become_the_anchor(
    options: SyncOptions, anchor: Anchor | None
):
    made = plan(options, Past(anchor))

    partial = options.dry_run or options.max_records
    gap = options.since and (anchor is None or options.since > anchor.until - LOOKBACK)
    assert made.may_anchor == (not partial and not gap)


@given(options_given, anchors, st.none() | moments, cadences)
def test_the_archived_list_is_read_when_it_is_due(
    options: SyncOptions, anchor: Anchor | None, swept: datetime | None, every: timedelta | None
):
    made = plan(options, Past(anchor, swept=swept), deletes_every=every)

    due = every is not None and (options.replaces or swept is None or UNTIL - swept >= every)
    assert ("deletes" in made.passes) == (due and not options.max_records)


@given(
    st.tuples(options_given, options_given),
    st.booleans(),
    anchors,
    st.sampled_from(["failed", "success", "partial", "running"]),
    st.sampled_from([None, {"pass": "changes", "cursor": "17", "done": []}]),
    st.booleans(),
)
def test_a_run_is_resumed_only_if_it_failed_on_its_way_and_was_asked_for_the_same(
    options: tuple[SyncOptions, SyncOptions],
    same: bool,
    anchor,
    status: str,
    checkpoint,
    resumable: bool,
):
    before, now = options
    if same:
        now = replace(before, resume=now.resume, debug=now.debug, dry_run=now.dry_run)
    made_before = plan(before, Past(anchor), UNTIL - HOUR)
    latest = row(before, made_before, status, checkpoint=checkpoint, resumable=resumable)

    made = plan(now, Past(anchor, latest))

    ours = {
        name: value
        for name, value in now.flags.items()
        if name not in ("resume", "debug", "dry_run")
    }
    asked_the_same = ours.items() <= before.flags.items()
    wanted = now.resume and not now.dry_run
    expected = wanted and asked_the_same and status == "failed" and checkpoint and resumable
    assert (made.strategy == "resumed") == bool(expected)
    if expected:
        assert made.window == made_before.window
        assert made.passes == made_before.passes
        assert (made.resumes, made.cursors) == (7, {"changes": "17"})
    else:
        assert made == plan(now, Past(anchor))


@given(st.lists(st.tuples(options_given, st.integers(0, 3), st.booleans()), max_size=12))
def test_any_chain_of_resumed_runs_has_one_window(runs: list[tuple[SyncOptions, int, bool]]):
    rows: list[dict[str, Any]] = []
    previous = SyncOptions()
    for number, (given_now, progress, same) in enumerate(runs):
        options = replace(previous if same else given_now, dry_run=False)
        until = UNTIL + number * HOUR
        made = plan(options, Past(latest=rows[-1] if rows else None), until)
        cursor = {"pass": "changes", "cursor": str(number * 10 + progress), "done": []}
        failed = row(options, made, "failed", **({"checkpoint": cursor} if progress else {}))
        rows.append(failed | {"id": number + 1})
        previous = options

        if made.resumes:
            earlier = rows[number - 1]
            assert made.resumes == earlier["id"]
            assert failed["configuration"]["window"] == earlier["configuration"]["window"]
            assert made.cursors == {"changes": earlier["configuration"]["checkpoint"]["cursor"]}
            assert made.chain[-1] == earlier["id"]
            windows = {str(rows[one - 1]["configuration"]["window"]) for one in made.chain}
            assert windows == {str(failed["configuration"]["window"])}
        else:
            assert made.window.until == until


@given(options_given, anchors)
def test_no_resume_starts_afresh(options: SyncOptions, anchor: Anchor | None):
    checkpoint = {"pass": "changes", "cursor": "17", "done": []}
    latest = row(options, plan(options, Past(anchor)), "failed", checkpoint=checkpoint)

    made = plan(replace(options, resume=False), Past(anchor, latest))

    assert made.strategy != "resumed"
    assert made.window.until == UNTIL


@given(options_given, anchors, st.sampled_from(["changes", "deletes"]))
def test_a_pass_that_was_finished_is_not_read_again(options: SyncOptions, anchor, unfinished: str):
    options = replace(options, max_records=0, dry_run=False, resume=True)
    done = ["changes"] if unfinished == "deletes" else []
    checkpoint = {"pass": unfinished, "cursor": "17", "done": done}
    latest = row(options, plan(options, Past(anchor)), "failed", checkpoint=checkpoint)

    made = plan(options, Past(anchor, latest))

    assert made.done == frozenset(done)
    assert made.cursors == {unfinished: "17"}


@pytest.fixture
def small_chunks(bench: Bench, monkeypatch: pytest.MonkeyPatch):
    """Pages of 10, chunks of 30, nobody waits."""
    monkeypatch.setattr("tasks.fetch.CHUNK_RECORDS", 30)
    unhurried(bench)


def failing_at(bench: Bench, page: int, *entities: str, **options: Any) -> dict[str, Any]:
    """A sync that fails at its n-th page; its row."""
    with_fault = bench.sandbox.fault(
        "unauthorized", times=1, skip=page - 1, path="/objects/contacts$"
    )
    [result] = bench.sync(*(entities or ("contacts",)), batch_size=10, **options)
    bench.sandbox.faults.clear()
    assert with_fault.struck == 1
    assert result.outcome == "failed"
    return result.row


@pytest.mark.usefixtures("small_chunks")
def test_what_was_read_before_a_failure_is_kept_and_only_the_rest_is_asked(bench: Bench):
    people(bench, 200)
    failed = failing_at(bench, page=11)
    bench.sandbox.before_request = asked = Asked()

    [result] = bench.sync("contacts", batch_size=10)

    assert failed["records_processed"] == 90
    assert len(bench.live()) == 200
    assert asked.changes[0] == failed["configuration"]["checkpoint"]["cursor"]
    assert len(asked.changes) == math.ceil((200 - 90) / 10)
    assert result.row["configuration"]["resumes"] == failed["id"]
    assert result.row["configuration"]["window"] == failed["configuration"]["window"]
    assert result.row["configuration"]["anchor"] is True
    assert (result.outcome, result.row["records_created"]) == ("success", 110)
    assert_right(bench)


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("token", ["pat-na1-wrong", "malformed"])
def test_a_wrong_token_in_between_does_not_hide_the_interrupted_run(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, token: str
):
    people(bench, 100)
    failed = failing_at(bench, page=5)
    with monkeypatch.context() as environment:
        environment.setenv("HUBSPOT_API_TOKEN", token)
        [refused] = bench.sync("contacts", batch_size=10)

    [result] = bench.sync("contacts", batch_size=10)

    assert refused.row["status"] == "failed"
    assert "answered" in refused.row["error_message"]
    assert result.row["configuration"]["resumes"] == failed["id"]
    assert_right(bench)


@pytest.mark.usefixtures("small_chunks")
def test_a_run_that_fails_at_once_where_it_resumed_hands_the_checkpoint_on(bench: Bench):
    people(bench, 100)
    failed = failing_at(bench, page=5)
    bench.sandbox.fault("unauthorized", times=1, path="/properties/")
    [second] = bench.sync("contacts", batch_size=10)
    bench.sandbox.before_request = asked = Asked()

    [third] = bench.sync("contacts", batch_size=10)

    assert second.row["configuration"]["checkpoint"]["cursor"] == asked.changes[0]
    assert third.row["configuration"]["resumes"] == second.row["id"]
    assert third.row["configuration"]["chain"] == [failed["id"], second.row["id"]]
    assert_right(bench)


@pytest.mark.usefixtures("small_chunks")
@pytest.mark.parametrize("flags", [{"full": True}, {"strict": True}, {"resume": False}])
def test_other_flags_start_afresh(bench: Bench, flags: dict[str, bool]):
    people(bench, 60)
    failed = failing_at(bench, page=5)
    bench.sandbox.before_request = asked = Asked()

    [result] = bench.sync("contacts", batch_size=10, **flags)

    assert "resumes" not in result.row["configuration"]
    assert (
        result.row["configuration"]["window"]["until"] >= failed["configuration"]["window"]["until"]
    )
    assert len(asked.changes) == 6
    assert result.row["records_processed"] == 60


@pytest.mark.usefixtures("small_chunks")
def test_a_checkpoint_that_the_source_refuses_is_tried_once_and_then_given_up(bench: Bench):
    people(bench, 100)
    failed = failing_at(bench, page=5)
    bench.execute(
        "update ingestion_sync_history set configuration ="
        """ jsonb_set(configuration, '{checkpoint,cursor}', '"no such place"') where id = %s""",
        failed["id"],
    )

    [refused] = bench.sync("contacts", batch_size=10)
    [afresh] = bench.sync("contacts", batch_size=10)

    assert (refused.outcome, refused.row["configuration"]["resumes"]) == ("failed", failed["id"])
    assert "answered 400" in refused.row["error_message"]
    assert refused.row["configuration"]["resumable"] is False
    assert afresh.row["configuration"]["strategy"] == "initial_full"
    assert_right(bench)


@pytest.mark.usefixtures("small_chunks")
def test_of_many_failed_runs_only_the_pages_that_failed_are_asked_again(bench: Bench):
    people(bench, 300)
    bench.sandbox.before_request = asked = Asked()
    for _ in range(4):
        failing_at(bench, page=7)

    [result] = bench.sync("contacts", batch_size=10)

    rows = history(bench)
    assert len(asked.changes) == 30 + 4
    assert sum(one["records_created"] for one in rows) == 300
    assert len({str(one["configuration"]["window"]) for one in rows}) == 1
    for one in rows:
        assert_adds_up(one)
    assert result.row["configuration"]["chain"] == [one["id"] for one in rows[:-1]]
    assert_right(bench)


@pytest.mark.usefixtures("small_chunks")
def test_a_failure_while_a_new_column_is_filled_leaves_no_row_unfilled(bench: Bench):
    clock = bench.sandbox.store.clock = ManualClock(datetime.now(UTC) - timedelta(hours=9))
    made = people(bench, 100)
    clock.advance(2 * 3600)
    bench.sync("contacts")
    clock.advance(2 * 3600)
    bench.sandbox.add_property("contacts", "shoe_size", type="number")
    for key in made:
        bench.sandbox.update("contacts", key, {"shoe_size": "44"}, bump=False)
    failed = failing_at(bench, page=5)
    between = bench.one("select count(*) from hubspot.contacts where shoe_size = 44")

    [result] = bench.sync("contacts", batch_size=10)

    assert 0 < between < 100
    assert result.outcome == "success"
    assert result.row["configuration"]["resumes"] == failed["id"]
    assert bench.one("select count(*) from hubspot.contacts where shoe_size = 44") == 100
