"""Two accounts of one CRM side by side; choosing entities; and whether a run fits into the day."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from sandbox.hubspot import HubspotSandbox
from sandbox.hubspot.limits import Limits
from tests.flows.harness import Bench

TWO = """
[hubspot]
rate_limit = { requests = 10000, seconds = 1 }
[hubspot_emea]
kind = "hubspot"
"""


def test_two_accounts_have_a_schema_a_history_and_a_quota_each(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
):
    Path(bench.home, "crm-sync.toml").write_text(TWO)
    emea = HubspotSandbox(limits=None, portal_id=8_000_001)
    emea.tokens.register("pat-eu1-emea")
    same = bench.sandbox.create("contacts", {"lastname": "Here"}, id=501)
    emea.create("contacts", {"lastname": "There"}, id=501)
    with emea.serve() as url:
        monkeypatch.setenv("HUBSPOT_EMEA_BASE_URL", url)
        monkeypatch.setenv("HUBSPOT_EMEA_API_TOKEN", "pat-eu1-emea")
        monkeypatch.setenv("HUBSPOT_EMEA_SEARCHES_PER_SECOND", "1000")

        bench.sync("contacts")
        bench.sync("contacts", source="hubspot_emea")
        emea.fault("rate_limit", policy="DAILY", times=None, path="/crm/")
        [fine] = bench.sync("contacts")
        [used_up] = bench.sync("contacts", source="hubspot_emea")

    assert same == "501"
    assert bench.one("select last_name from hubspot.contacts") == "Here"
    assert bench.one("select last_name from hubspot_emea.contacts") == "There"
    assert (fine.outcome, used_up.outcome) == ("success", "failed")
    accounts = bench.rows(
        "select distinct crm_source, configuration ->> 'account' as account"
        " from ingestion_sync_history where records_processed > 0 order by 1"
    )
    assert [row["account"] for row in accounts] == ["7654321", "8000001"]


def test_the_file_chooses_what_is_synced(bench: Bench):
    bench.config(only=["contacts", "deals", "owners"], without=["deals"])

    results = bench.sync()

    assert [result.entity for result in results] == ["contacts", "owners"]


def test_a_run_that_will_not_fit_into_the_day_says_so_before_it_starts(bench: Bench, caplog):
    for number in range(3000):
        bench.sandbox.create("contacts", {"lastname": f"N{number}"})
    bench.config(contacts={"batch_size": 10})
    bench.sandbox.limits = Limits(daily=80, burst=10_000, searches_per_second=10_000)

    [result] = bench.sync("contacts")

    assert result.outcome == "failed"
    assert "daily" in (result.error or "")
    assert "this run needs about" in caplog.text
    assert "only 7" in caplog.text
    assert result.row["configuration"]["forecast"]["requests"] >= 300
    assert 0 < result.row["records_processed"] < 3000


def test_a_run_that_fits_says_nothing_and_a_small_one_does_not_even_ask(bench: Bench, caplog):
    bench.sandbox.create("contacts", {"lastname": "Li"})

    bench.sync("contacts")

    assert "this run needs about" not in caplog.text
    assert not [request for request in bench.sandbox.requests if "api-usage" in request[1]]


def test_a_question_about_what_is_left_that_goes_wrong_fails_no_run(bench: Bench, monkeypatch):
    monkeypatch.setattr("flows.forecast.WORTH_ASKING", 1)
    bench.sandbox.create("contacts", {"lastname": "Li"})
    bench.sandbox.fault("bad_gateway", times=None, path="/api-usage/")

    [result] = bench.sync("contacts")

    assert result.outcome == "success"


def test_a_table_that_was_dropped_is_read_whole_again(bench: Bench):
    long_ago = datetime(2026, 1, 5, tzinfo=UTC)
    bench.sandbox.create("contacts", {"lastname": "Li"}, created=long_ago, updated=long_ago)
    bench.sync("contacts")
    bench.execute("drop table hubspot.contacts")

    [result] = bench.sync("contacts")

    assert result.row["configuration"]["strategy"] == "initial_full"
    assert bench.live() == bench.truth()


def excluded_then_wanted(bench: Bench) -> None:
    bench.config(contacts={"exclude": ["color"]})
    bench.sandbox.add_property("contacts", "color")
    long_ago = datetime(2026, 1, 5, tzinfo=UTC)
    for _ in range(5):
        bench.sandbox.create("contacts", {"color": "red"}, created=long_ago, updated=long_ago)


def colors(bench: Bench) -> list[str]:
    return [row["color"] for row in bench.rows("select color from hubspot.contacts")]


def test_a_new_column_is_filled_by_a_run_that_resumes_a_full_one(bench: Bench):
    excluded_then_wanted(bench)
    bench.sandbox.fault("bad_gateway", times=None, path="/associations/")
    bench.sync("contacts")
    bench.sandbox.faults.clear()
    bench.config()

    [result] = bench.sync("contacts")

    assert result.row["configuration"]["strategy"] == "resumed"
    assert colors(bench) == ["red"] * 5


def test_a_new_column_is_filled_though_a_limited_run_came_first(bench: Bench):
    excluded_then_wanted(bench)
    bench.sync("contacts")
    bench.config()

    bench.sync("contacts", full=True, max_records=1)
    bench.sync("contacts")

    assert colors(bench) == ["red"] * 5


def test_what_changed_while_a_property_was_excluded_is_read_when_it_is_wanted_again(bench: Bench):
    excluded_then_wanted(bench)
    bench.config()
    bench.sync("contacts")
    bench.config(contacts={"exclude": ["color"]})
    bench.sync("contacts")
    long_ago = datetime(2026, 1, 6, tzinfo=UTC)
    for key in bench.sandbox.truth("contacts"):
        bench.sandbox.update("contacts", key, {"color": "blue"}, updated=long_ago)

    bench.config()
    bench.sync("contacts")

    assert colors(bench) == ["blue"] * 5
