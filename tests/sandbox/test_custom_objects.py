"""Object types the account declares itself."""

import httpx
import pytest

from sandbox.hubspot import HubspotSandbox, Property
from tests.sandbox.conftest import client

FIELDS = (
    Property("boat_name", label="Name of the boat"),
    Property("length", "number", "number"),
    Property("rig", "enumeration", "select", options=("sloop", "ketch")),
)


@pytest.fixture
def boats(sandbox: HubspotSandbox) -> str:
    return sandbox.add_object_type(
        name="boat",
        plural_label="Boats",
        properties=FIELDS,
        primary="boat_name",
        associated=("contacts",),
    )


def test_an_account_has_no_types_of_its_own_at_first(api: httpx.Client):
    assert api.get("/crm/v3/schemas").json() == {"results": []}


@pytest.mark.parametrize("path", ["/crm/v3/schemas", "/crm/schemas/2026-03"])
def test_the_types_of_an_account_are_told(api: httpx.Client, boats: str, path: str):
    [told] = api.get(path).json()["results"]

    assert told == api.get(f"{path}/{boats}").json() == api.get(f"{path}/p7654321_boat").json()
    assert told["objectTypeId"] == boats == "2-1000001"
    assert told["fullyQualifiedName"] == "p7654321_boat"
    assert told["name"] == "boat"
    assert told["labels"] == {"singular": "Boat", "plural": "Boats"}
    assert told["primaryDisplayProperty"] == "boat_name"
    names = {prop["name"]: prop for prop in told["properties"]}
    assert names.keys() > {"boat_name", "length", "rig", "hs_createdate", "hs_lastmodifieddate"}
    assert names["boat_name"]["label"] == "Name of the boat"
    assert names["boat_name"]["hubspotDefined"] is False
    ends = {(one["fromObjectTypeId"], one["toObjectTypeId"]) for one in told["associations"]}
    assert ends == {(boats, "0-1")}


def test_without_the_scope_schemas_are_refused_as_recorded(url: str, sandbox: HubspotSandbox):
    sandbox.tokens.register("pat-na1-few", {"crm.objects.contacts.read"})

    with client(url, "pat-na1-few") as api:
        answers = [api.get("/crm/v3/schemas"), api.get("/crm/v3/schemas/contacts")]

    for answer in answers:
        body = answer.json()
        assert answer.status_code == 403
        assert body.pop("correlationId")
        assert body == {
            "status": "error",
            "message": "One or more of the following scopes are required.",
            "context": {"requiredGranularScopes": ["custom-object-read"]},
            "category": "MISSING_SCOPES",
        }


def test_every_endpoint_knows_a_type_by_its_number_and_its_full_name(
    api: httpx.Client, sandbox: HubspotSandbox, boats: str
):
    made = sandbox.create(boats, {"boat_name": "Gull", "length": "7.5"})
    sandbox.add_pipeline(boats, "berths", "Berths", [("1", "Waiting"), ("2", "Moored")])
    inputs = {"inputs": [{"id": made}], "properties": ["boat_name"]}

    for name in (boats, "p7654321_boat", "P7654321_Boat"):
        path = f"/crm/v3/objects/{name}"
        records = [
            api.get(path).json()["results"],
            api.get(f"/crm/objects/2026-03/{name}").json()["results"],
            [api.get(f"{path}/{made}").json()],
            api.post(f"{path}/batch/read", json=inputs).json()["results"],
            api.post(f"{path}/search", json={"query": "gull"}).json()["results"],
        ]
        assert [[one["id"] for one in found] for found in records] == [[made]] * 5
        assert api.get(f"/crm/v3/properties/{name}").status_code == 200
        told = api.get(f"/crm/v3/pipelines/{name}").json()["results"]
        assert [stage["id"] for stage in told[0]["stages"]] == ["1", "2"]


def test_the_short_name_alone_is_not_known(api: httpx.Client, boats: str):
    answer = api.get("/crm/v3/objects/boat")

    assert answer.status_code == 400
    assert answer.json()["message"] == "Unable to infer object type from: boat"


def test_its_records_have_the_newer_stamps(api: httpx.Client, sandbox: HubspotSandbox, boats: str):
    sandbox.create(boats, {"boat_name": "Gull"})

    [record] = api.get(f"/crm/v3/objects/{boats}").json()["results"]

    assert record["properties"].keys() == {"hs_createdate", "hs_lastmodifieddate", "hs_object_id"}
    assert f"/record/{boats}/" in record["url"]


def test_its_scope_is_that_of_all_custom_objects(url: str, sandbox: HubspotSandbox, boats: str):
    sandbox.tokens.register("pat-na1-custom", {"crm.objects.custom.read"})
    sandbox.tokens.register("pat-na1-few", {"crm.objects.contacts.read"})

    with client(url, "pat-na1-custom") as api:
        allowed = api.get(f"/crm/v3/objects/{boats}")
    with client(url, "pat-na1-few") as api:
        refused = api.get(f"/crm/v3/objects/{boats}")

    assert allowed.status_code == 200
    scopes = refused.json()["context"]["requiredGranularScopes"]
    assert (refused.status_code, scopes) == (403, ["crm.objects.custom.read"])


def test_it_goes_together_with_the_types_it_was_declared_for(
    api: httpx.Client, sandbox: HubspotSandbox, boats: str
):
    gull = sandbox.create(boats, {"boat_name": "Gull"})
    ana = sandbox.create("contacts", {"firstname": "Ana"})
    [there] = api.get(f"/crm/v4/associations/{boats}/contacts/labels").json()["results"]
    sandbox.associate(
        boats, gull, "contacts", ana, type_id=there["typeId"], category=there["category"]
    )

    path = "/crm/v4/associations/{}/{}/batch/read"
    found = api.post(path.format(boats, "contacts"), json={"inputs": [{"id": gull}]})
    undeclared = api.post(path.format(boats, "deals"), json={"inputs": [{"id": gull}]})

    assert found.json()["results"][0]["to"][0]["toObjectId"] == int(ana)
    assert undeclared.status_code == 400
    assert sandbox.links(boats) == {
        (int(gull), "contacts", int(ana), "USER_DEFINED", there["typeId"], None)
    }


def test_a_second_type_has_another_number_and_another_portal_another_name():
    sandbox = HubspotSandbox(portal_id=1234)

    ids = [
        sandbox.add_object_type(name, f"{name}s", (Property("title"),), "title")
        for name in ("boat", "crane")
    ]

    assert ids == ["2-1000001", "2-1000002"]
    assert {kind.full_name for kind in sandbox_kinds(sandbox)} == {"p1234_boat", "p1234_crane"}


def sandbox_kinds(sandbox: HubspotSandbox):
    return [shelf.kind for shelf in sandbox.store.shelves.values() if shelf.kind.custom]


def test_many_records_of_a_custom_type_can_be_imported(sandbox: HubspotSandbox, boats: str):
    made = sandbox.bulk_import(boats, 30)

    assert sandbox.truth(boats).keys() == set(made)
