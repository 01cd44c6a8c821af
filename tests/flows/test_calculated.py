"""Calculated properties change without the modification stamp; a pass of its own reads them again."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tests.flows.harness import Bench

# Before every lookback: a delta does not read it.
LONG_AGO = datetime(2026, 1, 5, tzinfo=UTC)


def a_deal(bench: Bench, **more: Any) -> str:
    known = {"dealname": "Roof", "days_to_close": "3", **more}
    return bench.sandbox.create("deals", known, created=LONG_AGO, updated=LONG_AGO)


def recalculated(bench: Bench, key: str, value: str) -> None:
    bench.sandbox.update("deals", key, {"hs_is_closed": value, "days_to_close": "9"}, bump=False)


def test_a_calculated_value_waits_for_its_cadence_and_then_lands(bench: Bench):
    key = a_deal(bench)
    bench.sync("deals")
    recalculated(bench, key, "true")

    bench.sync("deals")
    before = bench.rows("select is_closed, extra ->> 'days_to_close' as days from hubspot.deals")
    bench.config(calculated_every="0s")
    [result] = bench.sync("deals")

    assert before == [{"is_closed": None, "days": "3"}]
    after = bench.rows("select is_closed, extra ->> 'days_to_close' as days from hubspot.deals")
    assert after == [{"is_closed": True, "days": "9"}]
    assert result.outcome == "success"
    assert result.row["configuration"]["calculated"]["at"]


def test_only_calculated_columns_are_read_and_written(bench: Bench):
    key = a_deal(bench)
    bench.sync("deals")
    bench.execute("update hubspot.deals set deal_name = 'kept'")
    recalculated(bench, key, "true")
    bench.config(calculated_every="0s")
    before = len(bench.sandbox.requests)

    bench.sync("deals")

    row = bench.rows("select deal_name, is_closed from hubspot.deals")[0]
    assert row == {"deal_name": "kept", "is_closed": True}
    [query] = [
        request[2] for request in bench.requests("deals", before) if "archived=false" in request[2]
    ]
    assert "hs_is_closed" in query
    assert "dealname" not in query


def test_a_calculated_column_of_the_accounts_own_is_refreshed_too(bench: Bench):
    bench.sandbox.add_property(
        "deals", "margin", type="number", field_type="calculation_equation", calculated=True
    )
    key = a_deal(bench, margin="10.10")
    bench.sync("deals")
    bench.sandbox.update("deals", key, {"margin": "11.20"}, bump=False)
    bench.config(calculated_every="0s")

    bench.sync("deals")

    assert bench.one("select margin from hubspot.deals") == Decimal("11.20")


def test_a_full_run_has_done_it(bench: Bench):
    a_deal(bench)
    bench.config(calculated_every="0s")

    bench.sync("deals")

    lists = [r for r in bench.requests("deals") if "archived=false" in str(r[2])]
    assert len(lists) == 1


def test_an_interrupted_refresh_goes_on_where_it_was(bench: Bench, monkeypatch):
    monkeypatch.setattr("flows.fetching.FIRST_CHUNK_RECORDS", 10)
    monkeypatch.setattr("flows.fetching.CHUNK_GROWTH", 1)
    keys = [a_deal(bench) for _ in range(60)]
    bench.sync("deals")
    for key in keys:
        recalculated(bench, key, "true")
    bench.config(calculated_every="0s", deals={"batch_size": 10})
    fault = bench.sandbox.fault("unauthorized", times=1, skip=3, path="/objects/deals$")

    [failed] = bench.sync("deals")
    bench.sandbox.faults.clear()
    before = len(bench.sandbox.requests)
    [result] = bench.sync("deals")

    assert fault.struck == 1
    assert (failed.outcome, result.outcome) == ("failed", "success")
    assert bench.one("select count(*) from hubspot.deals where is_closed") == 60
    lists = [r for r in bench.requests("deals", before) if "archived=false" in str(r[2])]
    assert 0 < len(lists) < 6


def test_a_stale_answer_does_not_win_over_a_newer_row(bench: Bench):
    key = a_deal(bench)
    bench.sync("deals")
    bench.execute(
        "update hubspot.deals set updated_at = now() + interval '1 day', is_closed = false"
    )
    recalculated(bench, key, "true")
    bench.config(calculated_every="0s")

    bench.sync("deals")

    assert bench.one("select is_closed from hubspot.deals") is False
