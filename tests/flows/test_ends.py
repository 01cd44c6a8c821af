"""How runs end: in a red state that says why, and in SyncHistory, whatever went wrong."""

import subprocess
import sys
from pathlib import Path

import pytest
from prefect.testing.utilities import prefect_test_harness

from flows import sync as module
from flows.csv_files import csv_sync
from flows.drain import webhooks_drain
from flows.health import health
from flows.hubspot import hubspot_sync
from flows.pipedrive import pipedrive_sync
from flows.result import Result, SyncFailed
from flows.sync import conclude
from tests.flows.harness import Bench
from warehouse import embedded


def result(outcome: str, entity: str = "deals", **said) -> Result:
    counts = dict.fromkeys(("records_created", "records_updated", "records_failed"), 0)
    row = counts if outcome in {"success", "partial"} else {}
    return Result("hubspot", entity, outcome, row, **said)


@pytest.fixture(scope="module")
def prefect_server():
    with prefect_test_harness(server_startup_timeout=90):
        yield


@pytest.fixture
def files(bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of a source of CSV files."""
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "a.csv").write_text("id,name\n1,Ana\n")
    config = tmp_path / "crm-sync.toml"
    config.write_text(f'[shop]\nkind = "csv"\n[shop.people]\npath = "{folder}/*.csv"\nkey = "id"\n')
    monkeypatch.setenv("CRM_SYNC_CONFIG", str(config))
    return folder


def statuses(bench: Bench, source: str) -> list[str]:
    rows = bench.rows(
        "select status from ingestion_sync_history where crm_source = %s order by id", source
    )
    return [row["status"] for row in rows]


def test_a_command_shows_what_failed_without_a_traceback(bench: Bench, files: Path):
    # By itself: it chooses a Prefect server for its whole process.
    command = [sys.executable, "-m", "flows.cli", "sync", "shop"]
    subprocess.run(command, check=True, capture_output=True)
    (files / "a.csv").unlink()

    ended = subprocess.run(command, check=False, capture_output=True, text=True)

    assert ended.returncode == 1
    assert "failed" in ended.stdout
    assert "Traceback" not in ended.stderr
    assert statuses(bench, "shop") == ["success", "failed"]


async def test_a_caller_gets_an_error_with_what_became_of_each_entity(files: Path, prefect_server):
    (files / "a.csv").unlink()

    with pytest.raises(SyncFailed, match="people: ") as failed:
        await csv_sync(source="shop")

    assert [row["outcome"] for row in failed.value.rows] == ["failed"]


def test_a_run_of_which_a_part_was_skipped_says_so():
    state = conclude([result("success"), result("skipped", "contacts", error="another run is")])

    assert (state.type, state.name) == ("COMPLETED", "Skipped")
    assert "contacts: another run is" in state.message


def test_whatever_goes_wrong_before_entities_begin_is_in_the_history(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
):
    async def wrong(*_):
        raise KeyError("a mistake of ours")

    monkeypatch.setattr(module, "chosen_of", wrong)

    [ended] = bench.sync("contacts")

    assert ended.outcome == "failed"
    assert statuses(bench, "hubspot") == ["failed"]


async def test_the_pages_of_a_run_that_failed_stay_for_its_retry(bench: Bench, prefect_server):
    bench.sandbox.create("contacts", {"email": "ana@example.com"})
    bench.sandbox.fault("missing_scope", times=None, path="/objects/deals")
    cache = embedded.home() / "cache"

    state = await hubspot_sync(entities=["contacts", "deals"], return_state=True)

    assert state.is_failed()
    assert list(cache.glob("*/hubspot-contacts-*"))


@pytest.mark.parametrize(
    ("flow", "asked", "said"),
    [
        (pipedrive_sync, {"source": "hubspot"}, "which is of kind hubspot: hubspot-sync reads it"),
        (hubspot_sync, {"since": "0001-01-01T00:00:00+14:00"}, "which is no moment in UTC"),
        (webhooks_drain, {"source": "nope"}, "nope"),
        (webhooks_drain, {"limit": -1}, "limit is -1"),
        (health, {"source": "nope"}, "nope"),
    ],
)
async def test_what_a_person_must_mend_is_misconfigured(
    bench: Bench, prefect_server, flow, asked: dict, said: str
):
    state = await flow(**asked, return_state=True)

    assert (state.type, state.name) == ("FAILED", "Misconfigured")
    assert said in state.message
    assert not bench.sandbox.requests


@pytest.mark.parametrize("flow", [hubspot_sync, webhooks_drain, health])
@pytest.mark.parametrize(("runs", "name"), [(1, "Failed"), (2, "FailedAgain")])
async def test_a_warehouse_that_is_away_is_told_in_a_sentence_and_tried_again(
    bench: Bench, prefect_server, monkeypatch: pytest.MonkeyPatch, flow, runs: int, name: str
):
    monkeypatch.setenv("WAREHOUSE_URL", "postgresql://127.0.0.1:1/away")
    monkeypatch.setenv("PREFECT__RUNTIME__FLOW_RUN__RUN_COUNT", str(runs))

    state = await flow(return_state=True)

    assert (state.type, state.name) == ("FAILED", name)
    assert state.message.startswith("Cannot use PostgreSQL at 127.0.0.1:1/away"), state.message


async def test_a_number_is_no_moment(bench: Bench, prefect_server):
    state = await hubspot_sync(since=20260203, return_state=True)

    assert state.is_failed()
    assert "since is 20260203: give YYYY-MM-DD" in state.message
    assert not bench.sandbox.requests
