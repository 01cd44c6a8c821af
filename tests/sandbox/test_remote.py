"""A sandbox in a process of its own, told over HTTP what the Python one is told directly."""

from collections.abc import Iterator
from urllib.error import HTTPError

import pytest

from sandbox.hubspot import HubspotSandbox
from sandbox.process import Remote, running


@pytest.fixture(scope="module")
def process() -> Iterator[Remote]:
    counts = ["--contacts", "10", "--companies", "4", "--deals", "4", "--line-items", "3"]
    with running("sandbox.hubspot", *counts, "--links", "--portal-id", "99") as remote:
        yield remote


@pytest.fixture
def remote(url: str) -> Remote:
    return Remote(url)


def test_a_process_may_hold_every_type_with_links(process: Remote):
    assert len(process.truth("line_items")) == 3
    assert {link[1] for link in process.links("line_items")} == {"deals"}
    assert process.truth("tickets") == {}


def test_a_process_may_be_another_account(process: Remote):
    made = process.do(
        "add_object_type",
        name="boat",
        plural_label="Boats",
        properties=[{"name": "boat_name"}, {"name": "rig", "options": ["sloop", "ketch"]}],
        primary="boat_name",
        associated=["contacts"],
    )["id"]
    process.do("create", type=made, properties={"boat_name": "Gull"})

    assert made == "2-1000001"
    assert len(process.truth("p99_boat")) == 1


def test_records_are_changed_from_outside(remote: Remote, sandbox: HubspotSandbox):
    made = remote.do("create", type="tickets", properties={"subject": "Leak"}, id=12)["id"]
    remote.do("update", type="tickets", id=made, properties={"subject": "Flood"}, source="IMPORT")
    many = remote.do("bulk_import", type="tickets", count=3)["ids"]
    touched = remote.do("touch", type="tickets", count=2)["ids"]
    remote.do("archive", type="tickets", id=many[0])

    assert made == "12"
    assert len(touched) == 2
    assert sandbox.truth("tickets").keys() == remote.truth("tickets").keys()
    assert list(sandbox.archived("tickets")) == [many[0]]
    assert remote.history("tickets", "subject")[0][1::2] == (subject(sandbox, "12"), "CRM_UI")
    assert "IMPORT" in {told[3] for told in remote.history("tickets", "subject")}


def subject(sandbox: HubspotSandbox, key: str) -> str:
    return sandbox.truth("tickets")[key].properties["subject"]


def test_links_are_changed_from_outside(remote: Remote, sandbox: HubspotSandbox):
    person = remote.do("create", properties={"firstname": "Ana"})["id"]
    deal = remote.do("create", type="deals", properties={"dealname": "Roof"})["id"]
    ends = {"from_type": "deals", "from_id": deal, "to_type": "contacts", "to_id": person}

    remote.do("associate", **ends, type_id=3)
    number = remote.do("add_association_type", from_type="deals", to_type="contacts", label="Pays")
    remote.do("associate", **ends, type_id=number["id"], category="USER_DEFINED")
    both = remote.links("deals")
    remote.do("dissociate", **ends, type_id=3)

    assert {link[5] for link in both} == {None, "Pays"}
    assert remote.links("deals") == sandbox.links("deals")
    assert {link[5] for link in sandbox.links("deals")} == {"Pays"}


def test_declarations_are_changed_from_outside(remote: Remote, sandbox: HubspotSandbox):
    remote.do("add_property", type="tickets", name="size", how={"type": "number", "label": "Big"})
    remote.do("rename_label", type="tickets", name="subject", label="About")
    remote.do("archive_property", type="tickets", name="content")
    owner = remote.do("add_owner", first_name="Nia", teams=["East"])["id"]
    remote.do("archive_owner", id=owner)
    queue = remote.do("add_owner", type="QUEUE", email="")["id"]
    remote.do("add_pipeline", type="deals", id="77", label="Repairs", stages=[["1", "Open"]])
    remote.do("remove_stage", type="deals", pipeline="default", stage="closedlost")
    remote.do("remove_pipeline", type="deals", id="renewals")

    properties = sandbox.store.shelf("tickets").properties
    assert (properties["size"].type, properties["size"].label) == ("number", "Big")
    assert properties["subject"].label == "About"
    assert properties["content"].archived
    assert remote.owners() == sandbox.owners()
    assert remote.owners()[owner]["archived"] is True
    assert remote.owners()[queue]["type"] == "QUEUE"
    assert [one["id"] for one in sandbox.pipelines("deals")] == ["default", "77"]
    assert len(sandbox.pipelines("deals")[0]["stages"]) == 6
    remote.do("remove_owner", id=owner)
    assert owner not in remote.owners()


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("explode", {}),
        ("_put", {}),
        ("create", {}),
        ("create", {"properties": {"nonsense": "1"}}),
        ("remove_owner", {"id": "1"}),
        ("archive", {"type": "butterflies", "id": "1"}),
    ],
)
def test_nonsense_is_refused(remote: Remote, action: str, body: dict[str, str]):
    with pytest.raises(HTTPError) as refused:
        remote.do(action, **body)

    assert refused.value.code == 400
