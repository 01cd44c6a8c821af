"""HubSpot's own client library, pointed at the sandbox: it knows the vendor's shapes best."""

from typing import Any

import hubspot
import pytest
from hubspot.crm.contacts import (
    BatchInputSimplePublicObjectBatchInput,
    BatchInputSimplePublicObjectBatchInputForCreate,
    BatchInputSimplePublicObjectId,
    BatchReadInputSimplePublicObjectId,
    PublicObjectSearchRequest,
    SimplePublicObjectInput,
    SimplePublicObjectInputForCreate,
)
from hubspot.crm.contacts.exceptions import ApiException
from hubspot.crm.contacts.models import PublicMergeInput

from sandbox.hubspot import TOKEN, HubspotSandbox


@pytest.fixture
def crm(url: str) -> Any:
    return hubspot.Client.create(access_token=TOKEN, host=url).crm


@pytest.fixture
def people(sandbox: HubspotSandbox) -> list[str]:
    return sandbox.bulk_import("contacts", 230)


def test_it_walks_all_pages(crm: Any, people: list[str]):
    read = crm.contacts.get_all(properties=["email", "birthday"])

    assert [record.id for record in read] == sorted(people, key=int)
    assert all(record.properties.keys() >= {"email", "birthday"} for record in read)
    assert all(record.archived is False for record in read)


def test_it_reads_archived_records(crm: Any, people: list[str]):
    crm.contacts.basic_api.archive(people[0])

    page = crm.contacts.basic_api.get_page(limit=100, archived=True)

    assert [record.id for record in page.results] == [people[0]]
    assert page.results[0].archived_at is not None
    assert page.paging is None


def test_it_reads_a_batch_with_a_gap(crm: Any, people: list[str]):
    wanted = BatchReadInputSimplePublicObjectId(
        inputs=[{"id": people[0]}, {"id": "12"}],
        properties=["email"],
        properties_with_history=[],
    )

    answer, status, _ = crm.contacts.batch_api.read_with_http_info(
        batch_read_input_simple_public_object_id=wanted
    )

    assert status == 207
    assert [record.id for record in answer.results] == [people[0]]
    assert answer.num_errors == 1
    assert answer.errors[0].context == {"ids": ["12"]}


def test_it_searches_page_by_page(crm: Any, sandbox: HubspotSandbox, people: list[str]):
    stamp = str(sandbox.truth("contacts")[people[0]].updated_ms)
    wanted = {"propertyName": "lastmodifieddate", "operator": "GTE", "value": stamp}
    ids: list[str] = []
    after = None
    while True:
        page = crm.contacts.search_api.do_search(
            public_object_search_request=PublicObjectSearchRequest(
                filter_groups=[{"filters": [wanted]}],
                sorts=[{"propertyName": "hs_object_id", "direction": "ASCENDING"}],
                properties=["email"],
                limit=100,
                after=after,
            )
        )
        ids += [record.id for record in page.results]
        if page.paging is None:
            break
        after = page.paging.next.after

    assert page.total == 230
    assert ids == sorted(people, key=int)


def test_it_knows_the_properties(crm: Any):
    usual = crm.properties.core_api.get_all(object_type="contacts")
    archived = crm.properties.core_api.get_all(object_type="contacts", archived=True)

    known = {prop.name: prop for prop in usual.results}
    assert known["favorite_color"].type == "enumeration"
    assert known["favorite_color"].hubspot_defined is False
    assert [option.value for option in known["favorite_color"].options][:2] == ["red", "green"]
    assert known["lastmodifieddate"].modification_metadata.read_only_value is True
    assert "ssn" not in known
    assert [prop.name for prop in archived.results] == ["old_score"]


def test_it_creates_updates_merges_and_archives(crm: Any):
    api = crm.contacts.basic_api
    ana = api.create(SimplePublicObjectInputForCreate(properties={"email": "ana@example.org"}))
    bo = api.create(SimplePublicObjectInputForCreate(properties={"email": "bo@example.org"}))

    api.update(ana.id, SimplePublicObjectInput(properties={"firstname": "Ana"}))
    merge = PublicMergeInput(primary_object_id=ana.id, object_id_to_merge=bo.id)
    merged = api.merge(merge)
    shown = api.get_by_id(bo.id, properties=["firstname", "hs_merged_object_ids"])
    api.archive(ana.id)

    assert merged.id == shown.id == ana.id
    assert shown.properties["firstname"] == "Ana"
    assert shown.properties["hs_merged_object_ids"] == bo.id
    assert api.get_page().results == []


def test_it_writes_batches(crm: Any, sandbox: HubspotSandbox):
    api = crm.contacts.batch_api
    made = api.create(
        BatchInputSimplePublicObjectBatchInputForCreate(
            inputs=[{"properties": {"firstname": name}} for name in ("Ana", "Bo")]
        )
    )
    ids = [record.id for record in made.results]

    api.update(
        BatchInputSimplePublicObjectBatchInput(
            inputs=[{"id": one, "properties": {"city": "Bristol"}} for one in ids]
        )
    )
    cities = [record.properties["city"] for record in sandbox.truth("contacts").values()]
    api.archive(BatchInputSimplePublicObjectId(inputs=[{"id": ids[0]}]))

    assert cities == ["Bristol", "Bristol"]
    assert list(sandbox.truth("contacts")) == [ids[1]]


def test_it_understands_refusals(crm: Any):
    with pytest.raises(ApiException) as refused:
        crm.contacts.basic_api.get_by_id("12")

    assert refused.value.status == 404
