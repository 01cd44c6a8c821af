"""What becomes of runs that fail, and of those whose worker dies: by automations alone, on a real server.

One story, for each of its pauses is as long as Prefect lets it be: two workers begin a run each; one run
fails, the other's worker is killed; a third worker comes, and another run reads the same account.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any

import pytest

from tests.deploy.fleet import Fleet, fleet  # noqa: F401
from tests.deploy.servers import until

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]

CONTACTS = "/crm/v3/objects/contacts"
# The first chunk; what is read after it has not landed when the run fails.
PAGES = 5


@dataclass
class Story:
    failed: str
    orphaned: str
    beside: str


@pytest.fixture(scope="module")
def story(fleet: Fleet) -> Iterator[Story]:  # noqa: F811
    # A pause too long to be waited for, and pages that give us time to kill.
    fleet.sandbox.fault("locked", times=1, path=f"{CONTACTS}$", skip=PAGES, retry_after=300)
    slow = fleet.sandbox.fault("slow", times=None, path="/objects/companies$", delay=1.0)
    with ExitStack() as stack:
        workers = [stack.enter_context(fleet.worker()) for _ in range(2)]
        orphaned = fleet.start("hubspot-sync/delta", entities=["companies"])
        failed = fleet.start("hubspot-sync/full", entities=["contacts"], full=True, strict=False)
        until(lambda: checkpoints(fleet, orphaned), "a chunk of the run that will be orphaned")
        [doomed] = [worker for worker in workers if worker.has(orphaned)]
        doomed.kill()
        slow.times = 0
        fleet.until_it_was(failed, "Failed")
        [left] = [worker for worker in workers if worker is not doomed]
        left.lose_disk()
        fleet.until_it_was(failed, "AwaitingRetry")
        stack.enter_context(fleet.worker())
        beside = fleet.start("hubspot-sync/beside", entities=["deals"])
        for run in (beside, failed, orphaned):
            fleet.until_it_is(run, "Completed")
        yield Story(failed, orphaned, beside)


def checkpoints(fleet: Fleet, run: str) -> list[dict[str, Any]]:  # noqa: F811
    """The rows of a run of which something has landed."""
    return [row for row in fleet.history(run) if row["configuration"].get("checkpoint")]


def count(fleet: Fleet, run: str) -> int:  # noqa: F811
    return fleet.prefect.ask("GET", f"/flow_runs/{run}")["run_count"]


def test_a_failed_run_runs_again_with_its_parameters_and_reads_only_what_had_not_landed(
    fleet: Fleet,  # noqa: F811
    story: Story,
):
    failed, resumed = fleet.history(story.failed)
    pages = fleet.asked(CONTACTS)

    assert count(fleet, story.failed) == 2, fleet.story(story.failed)
    assert {"Failed", "AwaitingRetry"} <= set(fleet.states(story.failed))
    assert (failed["status"], resumed["status"]) == ("failed", "success")
    assert resumed["configuration"]["resumes"] == failed["id"]
    assert resumed["configuration"]["full"] is True
    assert {pages.count(page) for page in pages[:PAGES]} == {1}


def test_a_run_whose_worker_dies_is_found_and_goes_on_in_another(
    fleet: Fleet,  # noqa: F811
    story: Story,
):
    orphan, resumed = fleet.history(story.orphaned)

    assert count(fleet, story.orphaned) == 2, fleet.story(story.orphaned)
    assert {"Crashed", "AwaitingRetry"} <= set(fleet.states(story.orphaned))
    assert (orphan["status"], resumed["status"]) == ("failed", "success")
    assert "killed" in orphan["error_message"]
    assert resumed["configuration"]["resumes"] == orphan["id"]


@pytest.mark.parametrize("entity", ["contacts", "companies", "deals"])
def test_nothing_is_lost_and_nothing_is_there_twice(
    fleet: Fleet,  # noqa: F811
    story: Story,
    entity: str,
):
    [row] = fleet.rows(
        f"""
        select count(*), count(distinct id) as keys from hubspot.{entity} where deleted_at is null
        """
    )

    assert row["count"] == row["keys"] == len(fleet.sandbox.truth(entity))


def test_all_workers_together_keep_within_the_quota(fleet: Fleet, story: Story):  # noqa: F811
    refused = [asked for asked in fleet.sandbox.requests if asked[3] == 429]

    assert len(fleet.sandbox.requests) > 50
    assert refused == []


def test_a_fault_is_told_once_however_often_it_is_looked_at(
    fleet: Fleet,  # noqa: F811
    story: Story,
):
    fleet.sandbox.fault("unauthorized", times=None, path="/objects/tickets$")
    failing = [fleet.start("hubspot-sync/beside", entities=["tickets"])]
    fleet.until_it_is(failing[0], "Misconfigured")
    failing.append(fleet.start("hubspot-sync/beside", entities=["tickets"]))
    fleet.until_it_is(failing[1], "Misconfigured")

    for _ in range(2):
        look = fleet.start("health/health")
        fleet.until_it_is(look, "Alerts")

    until(lambda: told(fleet, "tickets"), "the alert to arrive", 30)
    time.sleep(3)
    assert told(fleet, "tickets") == ["crm-sync: hubspot tickets: failure_rate"]
    for run in failing:
        assert count(fleet, run) == 1, fleet.story(run)


def test_that_nobody_looks_any_more_is_told(fleet: Fleet, story: Story):  # noqa: F811
    look = fleet.start("health/health")
    fleet.until_it_is(look, "Alerts", "Completed")
    before = len(told(fleet, "no look"))

    until(lambda: len(told(fleet, "no look")) > before, "to be told of the silence")


def told(fleet: Fleet, about: str) -> list[str]:  # noqa: F811
    """The subjects of what people were told about something."""
    return [said["text"] for said in fleet.alerts.received if about in said["text"]]
