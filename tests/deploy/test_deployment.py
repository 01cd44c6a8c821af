"""The deployments on a real server, carried out by a real worker, with the secrets in blocks."""

import json
import re
import subprocess
from typing import Any

import pytest

from sandbox.hubspot import TOKEN
from sources.hubspot.entities import ENTITIES as HUBSPOT
from tests.deploy.dockerfile import copied, of
from tests.deploy.documents import commands
from tests.deploy.servers import ROOT, until
from tests.deploy.works import PASSWORD, Works

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

BUSY = {"PENDING", "RUNNING"}
ENTITIES = ("contacts", "companies", "deals")


@pytest.fixture(scope="module")
def scheduled(works: Works) -> dict[str, Any]:
    """A run that nobody triggered: the schedule is every few seconds for as long as it takes."""
    delta = works.deployment("delta")["id"]
    often = [{"schedule": {"interval": 5}, "active": True}]
    [made] = works.prefect.ask("POST", f"/deployments/{delta}/schedules", often)
    due = until(
        lambda: [run for run in works.prefect.runs("delta") if run["state_type"] == "RUNNING"],
        "a scheduled run to start",
    )
    works.prefect.ask("DELETE", f"/deployments/{delta}/schedules/{made['id']}")
    ended = works.prefect.ended(due[0]["id"])
    until(
        lambda: {run["state_type"] for run in works.prefect.runs("delta")}.isdisjoint(BUSY),
        "the runs that were due meanwhile to be over",
    )
    return ended


def test_a_scheduled_run_fills_the_warehouse_without_anyone_triggering_it(
    works: Works, scheduled: dict[str, Any]
):
    history = works.rows("select * from ingestion_sync_history order by id")

    assert scheduled["auto_scheduled"] is True
    assert scheduled["state_name"] == "Completed", scheduled["state"]["message"]
    assert {entity: works.count(entity) for entity in ENTITIES} == {
        entity: len(works.sandbox.truth(entity)) for entity in ENTITIES
    }
    # A slow machine may have begun the next one that was due.
    own = [row for row in history if row["configuration"]["flow_run_id"] == scheduled["id"]]
    assert {row["sync_type"] for row in own} == HUBSPOT.keys()
    assert {row["status"] for row in history} == {"success"}


def test_a_run_by_hand_takes_the_documented_parameters(works: Works, scheduled: dict[str, Any]):
    by_hand = commands("Work pool and deployments")[1].splitlines()[0]

    run = works.start(by_hand)

    [row] = works.rows(
        "select * from ingestion_sync_history where configuration ->> 'flow_run_id' = %s", run["id"]
    )
    assert "-p full=true -p 'entities=[\"deals\"]'" in by_hand
    assert run["state_type"] == "COMPLETED", run["state"]["message"]
    assert (row["sync_type"], row["configuration"]["full"]) == ("deals", True)
    assert row["records_processed"] == len(works.sandbox.truth("deals"))


def test_a_wrong_parameter_fails_with_a_clear_sentence_before_anything_is_asked(
    works: Works, scheduled: dict[str, Any]
):
    asked, recorded = (
        len(works.sandbox.requests),
        works.rows("select id from ingestion_sync_history"),
    )

    run = works.start("prefect deployment run 'hubspot-sync/delta' -p since=yesterday")

    assert run["state_type"] == "FAILED"
    assert "since is 'yesterday', which is not a date: give YYYY-MM-DD" in run["state"]["message"]
    assert "\n" not in run["state"]["message"]
    assert len(works.sandbox.requests) == asked
    assert works.rows("select id from ingestion_sync_history") == recorded


def test_an_unknown_entity_fails_the_run_and_names_those_there_are(works: Works):
    """The server cannot refuse it: beside HubSpot's own objects there are the account's."""
    run = works.start("prefect deployment run 'hubspot-sync/full' -p 'entities=[\"leeds\"]'")

    assert run["state_type"] == "FAILED"
    assert "hubspot has no entity leeds; it has: contacts, companies" in run["state"]["message"]


def test_runs_have_names_that_say_what_they_do_and_what_they_read(
    works: Works, scheduled: dict[str, Any]
):
    names = {run["name"] for name in ("delta", "full") for run in works.prefect.runs(name)}

    assert re.fullmatch(r"hubspot all delta, up to \d\d-\d\d \d\d:\d\d", scheduled["name"])
    assert any(name.startswith("hubspot deals full, up to ") for name in names)


def test_a_run_leaves_numbers_and_words_in_the_ui(works: Works, scheduled: dict[str, Any]):
    asked = {"artifacts": {"flow_run_id": {"any_": [scheduled["id"]]}}}
    made = {one["type"]: one for one in works.prefect.ask("POST", "/artifacts/filter", asked)}

    assert made.keys() == {"progress", "table", "markdown"}
    assert made["progress"]["data"] == 100
    assert (made["table"]["key"], made["markdown"]["key"]) == (
        "hubspot-entities",
        "hubspot-summary",
    )
    lines = {line["entity"]: line for line in json.loads(made["table"]["data"])}
    [row] = works.rows(
        "select * from ingestion_sync_history where id = %s", lines["deals"]["SyncHistory"]
    )
    assert lines["deals"]["created"] == row["records_created"] > 0
    assert f"| {lines['deals']['SyncHistory']} | deals | success |" in made["markdown"]["data"]


def test_the_deployments_are_what_prefect_yaml_promises(works: Works):
    delta, full = works.deployment("delta"), works.deployment("full")

    assert [one["schedule"]["cron"] for one in delta["schedules"]] == ["*/15 * * * *"]
    assert [one["schedule"]["cron"] for one in full["schedules"]] == ["37 3 * * SUN"]
    assert (delta["parameters"], full["parameters"]) == ({}, {"full": True})
    for one in (delta, full):
        assert one["work_pool_name"] == "crm-sync"
        assert one["entrypoint"] == "flows/hubspot.py:hubspot_sync"
        assert one["global_concurrency_limit"]["limit"] == 1
        assert one["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"
        assert {"crm-sync", "hubspot"} < set(one["tags"])
        assert one["description"]


def test_no_deployment_names_a_folder_of_the_machine_it_was_made_on(works: Works):
    for one in (works.deployment("delta"), works.deployment("full")):
        assert not one["pull_steps"]
        assert one["path"] in {None, "", "."}
        assert str(works.prefect.home) not in json.dumps(one)


def test_deploying_again_changes_nothing(works: Works):
    before = {name: works.deployment(name)["id"] for name in ("delta", "full")}

    works.prefect.shell("prefect --no-prompt deploy --all", works.app)

    after = {name: works.deployment(name) for name in before}
    assert {name: one["id"] for name, one in after.items()} == before
    assert [len(one["schedules"]) for one in after.values()] == [1, 1]


def test_no_secret_is_read_back_from_the_server_or_seen_in_a_log(
    works: Works, scheduled: dict[str, Any]
):
    kept = [
        works.prefect.ask("POST", f"/{kind}/filter", {})
        for kind in ("deployments", "flow_runs", "task_runs", "work_pools", "artifacts", "logs")
    ]
    kept += [works.prefect.ask("POST", "/block_documents/filter", {"include_secrets": False})]
    kept += [log.read_text(errors="replace") for log in works.prefect.logs]
    kept += [works.rows("select * from ingestion_sync_history")]

    everything = json.dumps(kept, default=str)
    assert "hubspot-sync" in everything
    assert scheduled["id"] in everything
    assert TOKEN not in everything
    assert PASSWORD not in everything


def test_the_products_own_log_lines_reach_the_server(works: Works, scheduled: dict[str, Any]):
    def lines() -> list[str]:
        asked = {"logs": {"flow_run_id": {"any_": [scheduled["id"]]}}}
        found = [log["message"] for log in works.prefect.ask("POST", "/logs/filter", asked)]
        return [line for line in found if line.startswith("Completed hubspot contacts sync:")]

    assert until(lines, "the log lines of the scheduled run", patience=20)


def test_the_worker_is_healthy_by_the_images_own_health_check(works: Works):
    [check] = of("HEALTHCHECK")

    healthy = until(
        lambda: subprocess.run(check.words, env=works.environment, check=False).returncode == 0,
        "the worker to be healthy",
    )

    assert healthy
    assert works.worker.poll() is None


def test_a_flow_run_leaves_nothing_in_the_folder_of_the_code(
    works: Works, scheduled: dict[str, Any]
):
    found = {path.relative_to(works.app) for path in works.app.rglob("*") if path.is_file()}

    added = [
        path for path in found if "__pycache__" not in path.parts and not (ROOT / path).exists()
    ]
    assert added == []
    assert {path.parts[0] for path in found} <= set(copied())
