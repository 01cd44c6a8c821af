"""The health flow and its command, on a warehouse that a sync has written."""

import json

import pytest
from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import ArtifactFilter, ArtifactFilterKey
from prefect.events.worker import EventsWorker
from prefect.testing.utilities import prefect_test_harness

from flows import health as flow
from flows.cli.app import run
from flows.health import health
from flows.maintenance import maintenance
from tests.flows.harness import Bench
from warehouse import history
from warehouse.connection import connect


@pytest.fixture
def synced(bench: Bench) -> Bench:
    bench.sandbox.create("contacts", {"email": "ana@example.com", "firstname": "Ana"})
    bench.sync("contacts")
    return bench


def fail(bench: Bench, times: int = 3) -> None:
    bench.sandbox.fault("missing_scope", times=None, path="/properties/contacts")
    for _ in range(times):
        bench.sync("contacts")


def ended(*words: str) -> int:
    try:
        return run(words)
    except SystemExit as told:
        return int(told.code or 0)


# The command


def test_health_of_what_is_well(synced: Bench, capsys):
    assert run(["health"]) == 0

    shown = capsys.readouterr().out
    assert "nothing is wrong" in shown
    assert "COMPLIANT" in shown


def test_health_of_what_is_not(synced: Bench, capsys):
    fail(synced)

    assert run(["health", "hubspot"]) == 1

    shown = capsys.readouterr().out
    assert "✗ hubspot.contacts: 3 of the last 4 runs failed (75 %)" in shown
    assert synced.one("select count(*) from ingestion_alert") == 0


def test_health_as_json_has_the_report_s_keys(synced: Bench, capsys):
    fail(synced)

    assert run(["health", "--json"]) == 1

    document = json.loads(capsys.readouterr().out)
    [source] = document["sources"]
    assert source == {
        "crm_source": "hubspot",
        "last_24h_syncs": 4,
        "success_rate": 25.0,
        "failure_rate": 75.0,
        "last_successful_sync": source["last_successful_sync"],
        "compliance_status": "COMPLIANT",
    }
    assert source["last_successful_sync"].endswith("Z")
    [alert] = document["alerts"]
    assert (alert["entity"], alert["rule"], alert["since"]) == ("contacts", "failure_rate", None)
    assert document["healthy"] is False


def test_what_is_new_is_told_once(synced: Bench, capsys):
    assert run(["health", "--new"]) == 0
    assert capsys.readouterr().out == ""
    fail(synced)

    assert run(["health", "--new"]) == 1
    assert "hubspot.contacts" in capsys.readouterr().out
    assert run(["health", "--new", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"opened": [], "closed": []}

    synced.sandbox.faults.clear()
    synced.sync("contacts")
    synced.execute("update ingestion_alert set last_seen_at = now() - interval '1 hour'")
    assert run(["health", "--new"]) == 0
    assert capsys.readouterr().out.startswith("✓ over: ")


PUSHED = """
    insert into ingestion_webhook_event
        (crm_source, event_key, event_type, entity, action, status, received_at, processed_at)
    values ('hubspot', 'key', 'contact.creation', {entity}, 'changed', '{status}',
            now() - interval '{age}', now() - interval '{age}')
"""


@pytest.mark.parametrize(
    ("status", "age", "entity", "said"),
    [
        ("pending", "50 minutes", "'contacts'", None),
        ("pending", "2 hours", "'contacts'", "hubspot.contacts: pushed events wait: 1, the oldest"),
        ("pending", "2 hours", "null", "hubspot: pushed events wait: 1, the oldest for 2 h"),
        (
            "dead",
            "2 hours",
            "'contacts'",
            "hubspot.contacts: pushed events given up: 1",
        ),
        ("dead", "2 days", "'contacts'", None),
        ("done", "2 hours", "'contacts'", None),
    ],
)
def test_pushed_events_that_nobody_deals_with_are_told(
    synced: Bench, capsys, status: str, age: str, entity: str, said: str | None
):
    synced.execute(PUSHED.format(status=status, age=age, entity=entity))

    assert run(["health"]) == (1 if said else 0)

    assert (said or "nothing is wrong") in capsys.readouterr().out


def test_events_given_up_stay_told_while_any_is_left(synced: Bench, capsys):
    synced.execute(PUSHED.format(status="dead", age="2 hours", entity="'contacts'"))
    assert run(["health", "--new"]) == 1

    synced.execute("update ingestion_webhook_event set processed_at = now() - interval '5 days'")
    synced.execute("update ingestion_alert set last_seen_at = now() - interval '2 days'")
    capsys.readouterr()
    assert run(["health", "--new"]) == 0
    assert capsys.readouterr().out == ""

    synced.execute("delete from ingestion_webhook_event")
    synced.execute("update ingestion_alert set last_seen_at = now() - interval '2 days'")
    assert run(["health", "--new"]) == 0
    assert capsys.readouterr().out.startswith("✓ over: ")


def test_compliance(synced: Bench, capsys):
    assert run(["health", "--compliance"]) == 0
    assert "hubspot.contacts" in capsys.readouterr().out
    synced.execute("alter table hubspot.contacts add column synced_at timestamptz")

    assert run(["health", "--compliance", "--json", "hubspot"]) == 1

    [checks] = json.loads(capsys.readouterr().out)["compliance"]
    assert checks == {
        "crm_source": "hubspot",
        "sync_type": "contacts",
        "has_sync_records": True,
        "proper_status": True,
        "has_end_time": True,
        "has_performance_metrics": True,
        "no_redundant_sync_fields": False,
        "redundant_columns": ["synced_at"],
        "compliance_status": "NON_COMPLIANT",
    }


def test_a_source_that_never_ran_does_not_comply(synced: Bench, capsys):
    assert run(["health", "pipedrive", "--compliance", "--json"]) == 1

    [checks] = json.loads(capsys.readouterr().out)["compliance"]
    assert checks["has_sync_records"] is False


def test_an_entity_that_is_left_out_does_not_go_stale(synced: Bench, capsys):
    synced.config(stale_after="1s", without=["contacts"])
    assert run(["health"]) == 0

    synced.config(stale_after="1s")
    synced.execute("update ingestion_sync_history set end_time = end_time - interval '1 hour'")
    assert run(["health"]) == 1
    assert "no run has brought it up to date" in capsys.readouterr().out


def test_health_asks_for_a_known_source(synced: Bench, capsys):
    assert ended("health", "nobody") == 2
    assert ended("health", "--new", "--compliance") == 2


def test_a_report_is_written(synced: Bench, tmp_path, capsys):
    place = tmp_path / "page.html"

    assert run(["report", "--days", "3", "--output", str(place)]) == 0

    assert capsys.readouterr().out.strip() == str(place)
    assert place.read_text().startswith("<!doctype html>")
    assert run(["report", "--output", "-"]) == 0
    assert "<h2>hubspot</h2>" in capsys.readouterr().out
    assert ended("report", "--output", str(tmp_path)) == 1


def test_maintenance_says_what_it_removed(synced: Bench, capsys):
    assert run(["maintenance", "--dry-run"]) == 0
    assert capsys.readouterr().out.startswith("Would remove 0 history, 0 rejected")

    assert run(["maintenance", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["removed"]["history"] == 0


# The flows


@pytest.fixture(scope="module")
def prefect_server():
    with prefect_test_harness(server_startup_timeout=90):
        yield


async def test_the_flow_writes_its_report_and_tells_of_a_fault_once(
    synced: Bench, prefect_server, monkeypatch
):
    emitted = []
    monkeypatch.setattr(flow, "emit_event", lambda event, **said: emitted.append((event, said)))
    await synced.sync_async("contacts")
    synced.sandbox.fault("missing_scope", times=None, path="/properties/contacts")
    for _ in range(3):
        await synced.sync_async("contacts")
    with connect(synced.url) as conn:
        killed = history.open_run(conn, "hubspot", "contacts", {"strategy": "incremental"})
        conn.execute(
            "update ingestion_sync_history set start_time = now() - interval '1 hour' where id = %s",
            (killed,),
        )

    first = await health(return_state=True)
    second = await health("hubspot", return_state=True)

    assert (first.type, first.name, second.name) == ("COMPLETED", "Alerts", "Alerts")
    [(event, said)] = emitted
    assert event == "crm-sync.alert.opened"
    assert said["resource"]["prefect.resource.id"] == "crm-sync.hubspot.contacts"
    assert said["payload"]["rule"] == "failure_rate"
    assert {"source", "entity", "message"} <= said["payload"].keys()
    assert synced.one("select status from ingestion_sync_history where id = %s", killed) == "failed"
    async with get_client() as client:
        wanted = ArtifactFilter(key=ArtifactFilterKey(any_=[flow.ARTIFACT]))
        artifacts = await client.read_artifacts(artifact_filter=wanted)
    assert len(artifacts) == 2
    assert "## Alerts" in artifacts[0].data


async def test_an_alert_that_could_not_be_told_is_told_by_the_next_look(
    synced: Bench, prefect_server, monkeypatch
):
    await synced.sync_async("contacts")
    synced.sandbox.fault("missing_scope", times=None, path="/properties/contacts")
    for _ in range(3):
        await synced.sync_async("contacts")

    def refuse(*_, **__):
        raise ConnectionError

    monkeypatch.setattr(flow, "emit_event", refuse)
    assert (await health(return_state=True)).is_failed()
    emitted = []
    monkeypatch.setattr(flow, "emit_event", lambda event, **said: emitted.append(event))

    await health(return_state=True)

    assert emitted == ["crm-sync.alert.opened"]


async def test_emitting_events_to_a_server_fails_no_look(synced: Bench, prefect_server):
    await synced.sync_async("contacts")
    synced.sandbox.fault("missing_scope", times=None, path="/properties/contacts")
    for _ in range(3):
        await synced.sync_async("contacts")

    state = await health(return_state=True)
    await EventsWorker.instance().drain()

    assert state.name == "Alerts"


async def test_maintenance_runs_as_a_flow(synced: Bench, prefect_server):
    state = await maintenance(return_state=True)

    assert state.is_completed()
    assert state.message.startswith("removed 0 history")
