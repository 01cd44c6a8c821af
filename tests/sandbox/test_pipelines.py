"""Pipelines and their stages."""

from typing import Any

import httpx
import pytest

from sandbox.hubspot import HubspotSandbox
from tests.sandbox.conftest import client


def pipelines(api: httpx.Client, name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get(f"/crm/v3/pipelines/{name}").json()["results"]
    return found


def options(api: httpx.Client, name: str, prop: str) -> list[str]:
    told = api.get(f"/crm/v3/properties/{name}/{prop}").json()
    return [option["value"] for option in told["options"]]


def test_the_first_pipeline_is_as_recorded(api: httpx.Client):
    sales, renewals = pipelines(api, "deals")

    assert sales == api.get("/crm/pipelines/2026-03/0-3/default").json()
    assert (sales["id"], sales["label"], sales["displayOrder"]) == ("default", "Sales Pipeline", 0)
    assert (sales["createdAt"], sales["archived"]) == ("1970-01-01T00:00:00Z", False)
    won = next(stage for stage in sales["stages"] if stage["id"] == "closedwon")
    assert won["metadata"] == {"isClosed": "true", "probability": "1.0"}
    assert won["writePermissions"] == "CRM_PERMISSIONS_ENFORCEMENT"
    assert won["createdAt"] == "1970-01-01T00:00:00Z"
    assert renewals["id"] == "renewals"
    assert renewals["createdAt"].endswith("Z")
    assert "." in renewals["createdAt"]


def test_tickets_have_a_state_by_stage(api: httpx.Client):
    [support] = pipelines(api, "tickets")

    assert (support["id"], support["label"]) == ("0", "Support Pipeline")
    assert [(stage["id"], stage["metadata"]["ticketState"]) for stage in support["stages"]] == [
        ("1", "OPEN"),
        ("2", "OPEN"),
        ("3", "OPEN"),
        ("4", "CLOSED"),
    ]


def test_ids_mean_something_within_one_type_only(api: httpx.Client):
    by_type = {
        name: {one["id"]: {stage["id"] for stage in one["stages"]} for one in pipelines(api, name)}
        for name in ("deals", "tickets", "leads", "appointments")
    }

    assert by_type["deals"].keys() & by_type["appointments"].keys() == {"default"}
    assert by_type["tickets"]["0"] & by_type["appointments"]["default"] == {"1", "2", "3"}
    assert by_type["leads"].keys() == {"lead-pipeline-id"}


@pytest.mark.parametrize("name", ["contacts", "companies", "products", "calls"])
def test_many_types_have_none(api: httpx.Client, name: str):
    assert pipelines(api, name) == []


def test_metadata_are_strings_whatever_was_told(api: httpx.Client, sandbox: HubspotSandbox):
    stages: list[Any] = [
        {"id": 88, "label": "Open", "metadata": {"isClosed": False, "probability": 0.5}},
        ("89", "Shut"),
    ]
    sandbox.add_pipeline("deals", "4711", "Repairs", stages)

    added = pipelines(api, "deals")[-1]

    assert (added["id"], added["displayOrder"]) == ("4711", 2)
    assert added["stages"][0]["metadata"] == {"isClosed": "false", "probability": "0.5"}
    assert [stage["id"] for stage in added["stages"]] == ["88", "89"]
    assert added["createdAt"] > "2020"


def test_pipelines_and_stages_come_and_go(api: httpx.Client, sandbox: HubspotSandbox):
    before = options(api, "deals", "dealstage")

    sandbox.remove_stage("deals", "default", "contractsent")
    sandbox.remove_pipeline("deals", "renewals")

    [left] = pipelines(api, "deals")
    assert left["id"] == "default"
    assert "contractsent" not in [stage["id"] for stage in left["stages"]]
    assert set(before) - set(options(api, "deals", "dealstage")) >= {"contractsent"}
    assert options(api, "deals", "pipeline") == ["default"]
    assert api.get("/crm/v3/pipelines/deals/renewals").status_code == 404
    assert sandbox.pipelines("deals") == [left]


@pytest.mark.parametrize(
    ("name", "pipeline", "stage"),
    [
        ("deals", "pipeline", "dealstage"),
        ("tickets", "hs_pipeline", "hs_pipeline_stage"),
        ("leads", "hs_pipeline", "hs_pipeline_stage"),
        ("appointments", "hs_pipeline", "hs_pipeline_stage"),
    ],
)
def test_invented_records_are_in_stages_that_exist(
    api: httpx.Client, sandbox: HubspotSandbox, name: str, pipeline: str, stage: str
):
    sandbox.bulk_import(name, 50)

    for record in sandbox.truth(name).values():
        assert record.properties[pipeline] in options(api, name, pipeline)[:1]
        assert record.properties[stage] in options(api, name, stage)


def test_pipelines_need_the_right_to_read_the_type(url: str, sandbox: HubspotSandbox):
    sandbox.tokens.register("pat-na1-few", {"crm.objects.contacts.read"})

    with client(url, "pat-na1-few") as api:
        answers = [
            api.get(f"/crm/v3/pipelines/{name}").status_code for name in ("deals", "contacts")
        ]

    assert answers == [403, 200]
