"""A client nobody here wrote, pointed at the sandbox: it walks both versions by its own rules."""

from importlib import import_module
from typing import Any

import pytest

from sandbox.pipedrive import TOKEN, PipedriveSandbox

# The base of pypipedrive-client: its models need Python 3.12, its connection does not.
api = import_module("pypipedrive.api.api")
exceptions = import_module("pypipedrive.api.exceptions")


@pytest.fixture
def new(url: str) -> Any:
    return connection(url, api.V2)


@pytest.fixture
def old(url: str) -> Any:
    return connection(url, api.V1)


def connection(url: str, version: str, token: str = TOKEN) -> Any:
    made = api.Api(token, version)
    made.endpoint_url = f"{url}/{made.version}/"
    made.session.trust_env = False
    return made


@pytest.mark.parametrize(
    "name", ["deals", "persons", "organizations", "activities", "products", "pipelines", "stages"]
)
def test_it_walks_all_pages_of_version_2(new: Any, sandbox: PipedriveSandbox, name: str):
    made = [sandbox.create(name) for _ in range(23)]

    answer = new.all(name, {"limit": 5})

    assert answer.success is True
    assert [record["id"] for record in answer.data] == made


@pytest.mark.parametrize("name", ["leads", "notes", "files"])
def test_it_walks_all_pages_of_version_1(old: Any, sandbox: PipedriveSandbox, name: str):
    made = {sandbox.create(name) for _ in range(23)}

    answer = old.all(name, {"limit": 5})

    assert len(answer.data) == 23
    assert {record["id"] for record in answer.data} == made


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("users", "users"),
        ("activityTypes", "activity_types"),
        ("leadLabels", "lead_labels"),
        ("currencies", "currencies"),
        ("filters", "filters"),
    ],
)
def test_it_reads_what_has_no_pages(old: Any, sandbox: PipedriveSandbox, path: str, kind: str):
    for _ in range(3):
        sandbox.create(kind)

    assert {str(one["id"]) for one in old.all(path).data} == sandbox.truth(kind).keys()


def test_it_walks_archived_and_deleted_deals(new: Any, sandbox: PipedriveSandbox):
    kept, archived, deleted = (sandbox.create("deals") for _ in range(3))
    sandbox.archive("deals", archived)
    sandbox.delete("deals", deleted)

    found = [
        [record["id"] for record in new.all(*asked).data]
        for asked in (("deals",), ("deals/archived",), ("deals", {"status": "deleted"}))
    ]

    assert found == [[kept], [archived], [deleted]]


def test_it_reads_one_record(new: Any, old: Any, sandbox: PipedriveSandbox):
    deal, lead = sandbox.create("deals", {"title": "Roof"}), sandbox.create("leads")

    assert new.get(f"deals/{deal}").data["title"] == "Roof"
    assert old.get(f"leads/{lead}").data["id"] == lead


def test_it_reads_definitions(new: Any, sandbox: PipedriveSandbox):
    found = new.all("dealFields", {"limit": 10}).data

    assert {one["field_code"] for one in found} == sandbox.fields("deals").keys()


def test_it_understands_refusals(new: Any, url: str):
    with pytest.raises(exceptions.ApiException) as wrong:
        new.get("deals", params={"updated_since": "yesterday"})
    with pytest.raises(exceptions.ApiException) as stranger:
        connection(url, api.V2, "nonsense").get("deals")

    assert (wrong.value.code, stranger.value.code) == (400, 401)
    assert stranger.value.error == "unauthorized access"
