"""Two accounts of one CRM side by side; choosing entities; and whether a run fits into the day."""

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
