"""Properties: what is told of them, and how they change."""

from typing import Any

import httpx
import pytest

from sandbox.hubspot import HubspotSandbox, ManualClock


def told(api: httpx.Client, name: str, **asked: str) -> dict[str, dict[str, Any]]:
    results = api.get(f"/crm/v3/properties/{name}", params=asked).json()["results"]
    return {prop["name"]: prop for prop in results}


def test_labels_are_not_the_values_that_records_hold(api: httpx.Client, sandbox: HubspotSandbox):
    [key] = sandbox.bulk_import("calls", 1)
    sandbox.update("calls", key, {"hs_call_disposition": "f240bbac-87c9-4f6e-bf70-924b57d47db7"})

    disposition = told(api, "calls")["hs_call_disposition"]
    asked = {"properties": "hs_call_disposition"}
    shown = api.get(f"/crm/v3/objects/calls/{key}", params=asked).json()["properties"]

    labels = {option["value"]: option["label"] for option in disposition["options"]}
    assert labels[shown["hs_call_disposition"]] == "Connected"
    stages = {o["value"]: o["label"] for o in told(api, "deals")["dealstage"]["options"]}
    assert stages["closedwon"] == "Closed Won (Sales Pipeline)"


@pytest.mark.parametrize(
    ("name", "prop", "calculated"),
    [
        ("deals", "hs_is_closed", True),
        ("deals", "amount", False),
        ("tickets", "time_to_close", True),
        ("line_items", "amount", True),
        ("line_items", "price", False),
        ("quotes", "hs_quote_amount", True),
        ("tasks", "hs_task_is_past_due_date", True),
    ],
)
def test_what_is_calculated_says_so(api: httpx.Client, name: str, prop: str, calculated: bool):
    shown = told(api, name)[prop]

    assert shown["calculated"] is calculated
    assert shown["modificationMetadata"]["readOnlyValue"] is calculated


@pytest.mark.parametrize(
    ("name", "prop"), [("tickets", "policy_number"), ("appointments", "gate_code")]
)
def test_sensitive_properties_are_asked_for_apart(api: httpx.Client, name: str, prop: str):
    assert prop not in told(api, name)
    assert told(api, name, dataSensitivity="sensitive").keys() == {prop}


def test_an_owner_is_a_reference(api: httpx.Client):
    owner = told(api, "tickets")["hubspot_owner_id"]

    assert (owner["externalOptions"], owner["options"]) == (True, [])
    assert owner["referencedObjectType"] == "OWNER"


def test_an_archived_property_is_listed_apart_and_no_longer_answered(
    api: httpx.Client, sandbox: HubspotSandbox, clock: ManualClock
):
    sandbox.add_property("quotes", "colour", options=("red",), type="enumeration")
    made = sandbox.create("quotes", {"colour": "red"})
    clock.advance(60)
    before = told(api, "quotes")["colour"]

    sandbox.archive_property("quotes", "colour")

    asked = {"properties": "colour,hs_title"}
    shown = api.get(f"/crm/v3/objects/quotes/{made}", params=asked).json()
    archived = told(api, "quotes", archived="true")["colour"]
    wanted = {"filters": [{"propertyName": "colour", "operator": "HAS_PROPERTY"}]}
    search = api.post("/crm/v3/objects/quotes/search", json={"filterGroups": [wanted]})
    assert "colour" not in told(api, "quotes")
    assert "colour" not in shown["properties"]
    assert (before["archived"], archived["archived"]) == (False, True)
    assert archived["archivedAt"] == archived["updatedAt"] > before["updatedAt"]
    assert search.status_code == 400
    assert api.get("/crm/v3/properties/quotes/colour").status_code == 404


def test_a_label_may_change_while_the_name_stays(
    api: httpx.Client, sandbox: HubspotSandbox, clock: ManualClock
):
    before = told(api, "tickets")["subject"]

    sandbox.rename_label("tickets", "subject", "What about")

    after = told(api, "tickets")["subject"]
    assert (before["label"], after["label"]) == ("Subject", "What about")
    assert after["updatedAt"] > before["updatedAt"]


def test_a_new_property_may_have_labels_of_its_own(api: httpx.Client, sandbox: HubspotSandbox):
    sandbox.add_property(
        "0-5",
        "size",
        type="enumeration",
        field_type="select",
        label="How big",
        options=("s", "l"),
        option_labels=("Small", "Large"),
    )

    size = told(api, "tickets")["size"]

    assert (size["label"], size["hubspotDefined"]) == ("How big", False)
    assert [(o["value"], o["label"]) for o in size["options"]] == [("s", "Small"), ("l", "Large")]
