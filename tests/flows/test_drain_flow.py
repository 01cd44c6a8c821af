"""The drain as a flow: how it ends, what its parameters take, and pages that Prefect has cached."""

import json
from pathlib import Path

import pytest
from prefect.testing.utilities import prefect_test_harness

from flows.drain import webhooks_drain
from flows.forget import Place, forget
from flows.hubspot import hubspot_sync
from sources.errors import ConfigError
from sources.privacy import Privacy
from sources.registry import configured
from tests.flows.harness import Bench
from tests.flows.hooked import posted, said, statuses
from warehouse import embedded, locks
from warehouse.connection import connect


@pytest.fixture(scope="module", autouse=True)
def prefect_server():
    with prefect_test_harness(server_startup_timeout=90):
        yield


def person(bench: Bench) -> str:
    return bench.sandbox.create("contacts", {"email": "li@example.org", "lastname": "Li"})


async def test_payloads_are_taken_as_values_and_as_the_text_that_templates_pass(bench: Bench):
    keys = [person(bench) for _ in range(4)]
    await bench.sync_async("contacts")
    one, two, three, four = (said("propertyChange", key) for key in keys)

    for given in (
        posted(one),
        json.dumps(posted(two)),
        [posted(three), json.dumps({"source": "hubspot", "body": json.dumps([four])})],
    ):
        state = await webhooks_drain(events=given, return_state=True)
        assert (state.type, state.name) == ("COMPLETED", "Completed")

    assert statuses(bench) == ["done"] * 4


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("no JSON", "a text that is no JSON"),
        ([7], "no JSON object"),
        ({"body": []}, "events has the keys body"),
        ({"source": "hubspot", "body": [], "color": 1}, "body, color, source"),
        ({"source": "nobody", "body": []}, "nobody"),
        ({"source": "salesrabbit", "body": []}, "pushes nothing"),
    ],
)
async def test_a_payload_of_another_shape_fails_at_once_and_stores_nothing(bench, given, told):
    fine = posted(said("propertyChange", person(bench)))

    with pytest.raises(ConfigError, match=told):
        await webhooks_drain(events=[fine, given])

    assert statuses(bench) == []


async def test_where_nothing_was_to_be_done_the_flow_ends_well(bench: Bench):
    state = await webhooks_drain(events=posted(said("creation", person(bench))), return_state=True)

    assert (state.type, state.name) == ("COMPLETED", "Completed")
    assert statuses(bench) == ["ignored"]


async def test_a_body_that_nobody_understands_is_kept_for_someone_to_look_at(bench: Bench):
    await webhooks_drain(events={"source": "hubspot", "body": "<html>"}, return_state=True)

    assert statuses(bench) == ["dead"]


async def test_the_flow_ends_as_its_entities_do(bench: Bench):
    key = person(bench)
    await bench.sync_async("contacts")
    bench.config(retry_attempts=0)
    with connect(bench.url) as other:
        locks.lock(other, "hubspot", "contacts")
        busy = await webhooks_drain(events=posted(said("propertyChange", key)), return_state=True)
    bench.sandbox.fault("missing_scope", path="/batch/read", times=None)
    failed = await webhooks_drain(return_state=True)
    nothing = await webhooks_drain(source="hubspot", entities=["companies"], return_state=True)

    assert (busy.type, busy.name) == ("COMPLETED", "Skipped")
    assert (failed.type, "contacts" in failed.message) == ("FAILED", True)
    assert (nothing.type, nothing.name) == ("COMPLETED", "Completed")


async def test_pages_that_a_killed_run_left_are_gone_with_the_person(bench: Bench, monkeypatch):
    key = person(bench)
    bench.sandbox.create("companies", {"name": "Old Mill"})
    monkeypatch.setattr("flows.sync.purge", lambda _folder: None)
    await hubspot_sync(entities=["contacts", "companies"], return_state=True)

    def pages() -> set[str]:
        found = Path(embedded.home(), "cache").rglob("hubspot-*")
        return {page.name.split("-")[1] for page in found if page.is_file()}

    before = pages()
    place = Place(bench.url, "public", Privacy())
    result = forget(place, configured().source("hubspot"), "contacts", [key])

    assert before == {"contacts", "companies"}
    assert result.row["configuration"]["forgotten"]["pages"] == 2  # of living and of archived ones
    assert pages() == {"companies"}
