"""What the values of a property were before."""

from datetime import datetime
from typing import Any

import httpx
import pytest

from sandbox.hubspot import HubspotSandbox, ManualClock
from sandbox.hubspot.catalogue import OBJECT_TYPES

NAMES = [kind.name for kind in OBJECT_TYPES]
LIST = "/crm/v3/objects/deals"


def past(record: dict[str, Any], name: str) -> list[tuple[str, str]]:
    return [
        (entry["value"], entry["sourceType"]) for entry in record["propertiesWithHistory"][name]
    ]


@pytest.fixture
def deal(sandbox: HubspotSandbox, clock: ManualClock) -> str:
    """A deal whose stage was set by hand, imported, set by hand again, then calculated."""
    made = sandbox.create("deals", {"dealstage": "appointmentscheduled", "amount": "5"})
    for value, how in (
        ("contractsent", {"source": "IMPORT"}),
        ("closedwon", {}),
        ("closedlost", {"bump": False}),
    ):
        clock.advance(60)
        sandbox.update("deals", made, {"dealstage": value}, **how)
    return made


STAGES = [
    ("closedlost", "CALCULATED"),
    ("closedwon", "CRM_UI"),
    ("contractsent", "IMPORT"),
    ("appointmentscheduled", "CRM_UI"),
]


def test_history_comes_newest_first_with_where_it_came_from(
    api: httpx.Client, sandbox: HubspotSandbox, deal: str
):
    asked = {"propertiesWithHistory": "dealstage,amount,closedate,nonsense"}

    listed = api.get(LIST, params=asked).json()["results"][0]
    single = api.get(f"{LIST}/{deal}", params=asked).json()

    assert listed["propertiesWithHistory"] == single["propertiesWithHistory"]
    assert past(single, "dealstage") == STAGES
    assert past(single, "amount") == [("5", "CRM_UI")]
    assert single["propertiesWithHistory"].keys() == {"dealstage", "amount", "closedate"}
    assert single["propertiesWithHistory"]["closedate"] == []
    latest, by_hand, imported, first = single["propertiesWithHistory"]["dealstage"]
    assert first["timestamp"] == single["createdAt"]
    assert by_hand["timestamp"] == single["updatedAt"] < latest["timestamp"]
    assert by_hand["updatedByUserId"] == 9911
    assert imported["sourceId"].isdigit()
    assert imported["sourceLabel"]
    assert "updatedByUserId" not in latest


def test_a_batch_tells_history_too(api: httpx.Client, deal: str):
    body = {"inputs": [{"id": deal}], "properties": [], "propertiesWithHistory": ["dealstage"]}

    found = api.post(f"{LIST}/batch/read", json=body).json()["results"][0]

    assert past(found, "dealstage") == STAGES


@pytest.mark.parametrize(("count", "status"), [(50, 207), (51, 400)])
def test_a_batch_with_history_has_at_most_fifty(api: httpx.Client, count: int, status: int):
    inputs = [{"id": str(number)} for number in range(count)]

    answer = api.post(
        f"{LIST}/batch/read", json={"inputs": inputs, "propertiesWithHistory": ["nonsense"]}
    )

    assert answer.status_code == status


@pytest.mark.parametrize("name", NAMES)
def test_a_page_with_history_has_at_most_fifty(api: httpx.Client, name: str):
    asked = {"propertiesWithHistory": "hs_object_id"}

    answers = [
        api.get(f"/crm/v3/objects/{name}", params={**asked, "limit": limit}).status_code
        for limit in ("50", "51")
    ]

    assert answers == [200, 400]


def test_what_came_through_the_api_says_so(api: httpx.Client, sandbox: HubspotSandbox):
    made = api.post(LIST, json={"properties": {"amount": "1"}}).json()["id"]
    api.patch(f"{LIST}/{made}", json={"properties": {"amount": "2"}})
    changes = {"inputs": [{"id": made, "properties": {"amount": "3"}}]}
    api.post(f"{LIST}/batch/update", json=changes)

    told = sandbox.history("deals", "amount")

    assert [(value, source) for _, value, _, source in told] == [
        ("3", "INTEGRATION"),
        ("2", "INTEGRATION"),
        ("1", "INTEGRATION"),
    ]


def test_the_same_value_again_is_no_news(sandbox: HubspotSandbox, clock: ManualClock):
    made = sandbox.create("deals", {"amount": "1"})

    for value in ("1", "2", "2", ""):
        clock.advance(1)
        sandbox.update("deals", made, {"amount": value})

    assert [value for _, value, _, _ in sandbox.history("deals", "amount")] == ["", "2", "1"]


def test_an_imported_or_merged_value_is_told_apart(sandbox: HubspotSandbox):
    loser = sandbox.create("deals", {"description": "kept"})
    [winner] = sandbox.bulk_import("deals", 1)
    sandbox.update("deals", winner, {"description": ""})

    sandbox.merge("deals", winner, loser)

    sources = [source for _, _, _, source in sandbox.history("deals", "description")]
    assert sources[0] == "MERGE_OBJECTS"
    assert sandbox.history("deals", "amount")[0][3] == "IMPORT"


def test_the_truth_of_history_is_what_the_api_shows(
    api: httpx.Client, sandbox: HubspotSandbox, deal: str
):
    sandbox.bulk_import("deals", 20)
    asked = {"propertiesWithHistory": "dealstage", "limit": "50"}

    shown = [
        (int(record["id"]), entry["value"], entry["timestamp"], entry["sourceType"])
        for record in api.get(LIST, params=asked).json()["results"]
        for entry in record["propertiesWithHistory"]["dealstage"]
    ]

    truth = sandbox.history("deals", "dealstage")
    assert len(truth) == 24
    assert [(key, value, parsed(when), source) for key, value, when, source in shown] == truth


def parsed(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_an_unchanged_record_keeps_no_history():
    sandbox = HubspotSandbox.seeded(contacts=50, companies=0, deals=0)

    assert {record.history for record in sandbox.truth("contacts").values()} == {()}
    assert len(sandbox.history("contacts", "email")) >= 50 - 5
