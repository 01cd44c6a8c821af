"""What holds for every entity of HubSpot: the truth lands by full run, delta and sweep, and trouble is told."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from sandbox.hubspot import HubspotSandbox
from sources.hubspot.entities import ENTITIES, LISTS, OBJECTS
from tests.flows.harness import Bench
from tests.flows.vendor import strikes

LONG_AGO = datetime(2026, 1, 5, tzinfo=UTC)
NAMES = [entity.name for entity in OBJECTS]
# A fault, what the answer shall be about, and whether it passes when it strikes once.
TROUBLE = [
    ("unauthorized", {}, "check the source's credential", False),
    ("missing_scope", {}, "scope", False),
    ("rate_limit", {"policy": "DAILY"}, "daily quota", False),
    ("rate_limit", {"retry_after": 0.05}, "answered 429", True),
    ("server_error", {}, "answered 500", True),
    ("truncated", {}, "JSON", True),
    ("stall", {}, "got no answer", True),
]


def path_of(name: str) -> str:
    """Where an entity's records are asked for."""
    entity = ENTITIES[name]
    return f"/objects/{entity.path}" if name in NAMES else f"/crm/v3/{entity.path}"


@pytest.fixture(scope="module")
def account() -> HubspotSandbox:
    """A little of everything that was changed long before any lookback."""
    sandbox = HubspotSandbox(limits=None)
    for name in NAMES:
        for _ in range(25):
            sandbox.create(name, {}, created=LONG_AGO, updated=LONG_AGO)
    return sandbox


@pytest.fixture
def stocked(bench: Bench, account: HubspotSandbox) -> Iterator[Bench]:
    account.faults.clear()
    with account.serve() as url, pytest.MonkeyPatch.context() as environment:
        environment.setenv("HUBSPOT_BASE_URL", url)
        whole = Bench(account, bench.url, bench.home)
        whole.config(deletes_every="0s", timeout=0.3, retry_attempts=1, associations=False)
        yield whole


def living(bench: Bench, name: str) -> set[int]:
    return bench.live(f"hubspot.{name}")


@pytest.mark.parametrize("name", NAMES)
def test_full_delta_and_sweep_land_the_truth_and_a_quiet_run_changes_nothing(
    stocked: Bench, name: str
):
    sandbox = stocked.sandbox
    [first] = stocked.sync(name)
    keys = sorted(sandbox.truth(name), key=int)
    sandbox.update(name, keys[0], {"hubspot_owner_id": "41629779"})
    sandbox.archive(name, keys[1])
    new = sandbox.create(name, {})

    [second] = stocked.sync(name)
    before = len(sandbox.requests)
    [third] = stocked.sync(name)

    assert first.row["records_created"] == first.row["records_processed"] >= 25
    assert first.row["configuration"]["strategy"] == "initial_full"
    assert second.row["configuration"]["strategy"] == "incremental"
    assert living(stocked, name) == stocked.truth(name)
    assert int(new) in living(stocked, name)
    assert (
        stocked.one(f"select owner_id from hubspot.{name} where id = %s", int(keys[0])) == 41629779
    )
    assert third.outcome == "success"
    counted = [third.row[f"records_{what}"] for what in ("created", "updated", "failed")]
    assert counted == [0, 0, 0]
    # One search, one count, one page of the archived list.
    assert len(stocked.requests(name, before)) == 3


@pytest.mark.parametrize("name", NAMES)
def test_a_complete_replacement_makes_the_table_equal_the_source(stocked: Bench, name: str):
    stocked.sync(name)
    stocked.execute(f"insert into hubspot.{name} (id) values (1), (2)")

    [result] = stocked.sync(name, full=True, force_overwrite=True)

    assert result.outcome == "success"
    assert living(stocked, name) == stocked.truth(name)


# What one type of object refuses leaves out that type alone: tests/flows/test_lists.py.
CASES = [
    pytest.param(*case, id=f"{case[0]}-{case[1]}-{case[3]}")
    for case in strikes(
        [entity.name for entity in (*OBJECTS, *LISTS)],
        TROUBLE,
        ("contacts", "owners", "pipelines", "properties"),
    )
    if not (ENTITIES[case[0]].group and case[1] == "missing_scope")
]


@pytest.mark.parametrize(("name", "kind", "how", "said", "passes"), CASES)
def test_trouble_ends_as_it_should(
    stocked: Bench, name: str, kind: str, how: dict[str, Any], said: str, passes: bool
):
    fault = stocked.sandbox.fault(kind, times=None, path=path_of(name), **how)

    [failed] = stocked.sync(name)
    stocked.sandbox.faults.clear()
    once = stocked.sandbox.fault(kind, times=1, path=path_of(name), **how)
    [again] = stocked.sync(name)
    stocked.sandbox.faults.clear()
    [last] = stocked.sync(name)

    assert fault.struck
    assert once.struck == 1
    assert failed.outcome == "failed"
    assert failed.row["configuration"]["anchor"] is False
    assert said in failed.row["error_message"]
    assert again.outcome == ("success" if passes else "failed")
    assert last.outcome == "success"
    if name in NAMES:
        assert living(stocked, name) == stocked.truth(name)
