"""HubSpot's own client library reads everything there is, for every type of object."""

from typing import Any

import hubspot
import pytest
from hubspot.crm.associations.v4.models import BatchInputPublicFetchAssociationsBatchRequest
from hubspot.crm.objects import (
    BatchReadInputSimplePublicObjectId,
    PublicObjectSearchRequest,
    SimplePublicObjectInputForCreate,
)
from hubspot.crm.schemas.exceptions import ApiException as SchemasRefused
from hubspot.oauth.exceptions import ApiException as OauthRefused

from sandbox.hubspot import (
    CLIENT_ID,
    CLIENT_SECRET,
    REFRESH_TOKEN,
    TOKEN,
    HubspotSandbox,
    Property,
)
from sandbox.hubspot.catalogue import OBJECT_TYPES
from sandbox.hubspot.objects import ObjectType

each_kind = pytest.mark.parametrize("kind", OBJECT_TYPES, ids=[one.name for one in OBJECT_TYPES])


@pytest.fixture
def crm(url: str) -> Any:
    return hubspot.Client.create(access_token=TOKEN, host=url).crm


@each_kind
def test_it_reads_all_records_of_a_type(crm: Any, sandbox: HubspotSandbox, kind: ObjectType):
    made = sandbox.bulk_import(kind.name, 105)
    sandbox.archive(kind.name, made[0])
    word = kind.searchable[0]
    api = crm.objects

    live = api.get_all(kind.name, properties=[word, kind.created])
    gone = api.get_all(kind.type_id, archived=True)
    asked = BatchReadInputSimplePublicObjectId(
        inputs=[{"id": key} for key in made[1:4]], properties=[word], properties_with_history=[]
    )
    batch = api.batch_api.read(kind.name, asked)
    stamp = str(sandbox.truth(kind.name)[made[1]].updated_ms)
    wanted = {"propertyName": kind.modified, "operator": "GTE", "value": stamp}
    found = api.search_api.do_search(
        kind.name, PublicObjectSearchRequest(filter_groups=[{"filters": [wanted]}], limit=200)
    )

    assert [one.id for one in live] == sorted(made[1:], key=int)
    assert all(one.properties.keys() >= {word, *kind.always} for one in live)
    assert all(one.created_at is not None and one.updated_at is not None for one in live)
    assert [(one.id, one.archived) for one in gone] == [(made[0], True)]
    assert {one.id for one in batch.results} == set(made[1:4])
    assert found.total == 104


@each_kind
def test_it_reads_properties_pipelines_and_history(
    crm: Any, sandbox: HubspotSandbox, kind: ObjectType
):
    word = kind.searchable[0]
    api = crm.objects.basic_api
    made = api.create(kind.name, SimplePublicObjectInputForCreate(properties={word: "first"}))
    sandbox.update(kind.name, made.id, {word: "second"}, source="IMPORT")

    properties = crm.properties.core_api.get_all(kind.name).results
    pipelines = crm.pipelines.pipelines_api.get_all(kind.name).results
    page = api.get_page(kind.name, properties_with_history=[word], limit=50)
    single = api.get_by_id(kind.type_id, made.id, properties_with_history=[word])

    assert {word, *kind.always} <= {one.name for one in properties}
    assert bool(pipelines) is (kind.name in {"deals", "tickets", "leads", "appointments"})
    assert all(stage.id and stage.metadata for one in pipelines for stage in one.stages)
    for record in (page.results[0], single):
        values = [(one.value, one.source_type) for one in record.properties_with_history[word]]
        assert values == [("second", "IMPORT"), ("first", "INTEGRATION")]


def test_it_reads_all_owners(crm: Any):
    api = crm.owners.owners_api

    page = api.get_page(limit=3)
    rest = api.get_page(limit=500, after=page.paging.next.after)
    [gone] = api.get_page(archived=True).results
    one = api.get_by_id(int(page.results[0].id))

    assert [len(page.results), len(rest.results)] == [3, 2]
    assert gone.user_id is None
    assert gone.user_id_including_inactive is not None
    assert one.teams[0].name == "North"


def test_it_reads_custom_objects(crm: Any, sandbox: HubspotSandbox):
    boats = sandbox.add_object_type(
        "boat", "Boats", (Property("boat_name"),), "boat_name", associated=("contacts",)
    )
    made = sandbox.create(boats, {"boat_name": "Gull"})

    [schema] = crm.schemas.core_api.get_all().results
    records = crm.objects.get_all(schema.object_type_id, properties=["boat_name"])
    [label] = crm.associations.v4.schema.definitions_api.get_all(boats, "contacts").results

    assert schema.fully_qualified_name == "p7654321_boat"
    assert schema.labels.plural == "Boats"
    assert "boat_name" in {prop.name for prop in schema.properties}
    assert schema.associations[0].to_object_type_id == "0-1"
    assert [(one.id, one.properties["boat_name"]) for one in records] == [(made, "Gull")]
    assert label.category == "USER_DEFINED"


def test_it_understands_a_missing_scope(url: str, sandbox: HubspotSandbox):
    sandbox.tokens.register("pat-na1-few", set())
    crm = hubspot.Client.create(access_token="pat-na1-few", host=url).crm

    with pytest.raises(SchemasRefused) as refused:
        crm.schemas.core_api.get_all()

    assert refused.value.status == 403


def test_it_reads_links(crm: Any, sandbox: HubspotSandbox):
    firm = sandbox.create("companies", {"name": "Acorn"})
    alone = sandbox.create("companies", {"name": "Birch"})
    people = sandbox.bulk_import("contacts", 501)
    for person in people:
        sandbox.associate("companies", firm, "contacts", person, type_id=280)
    v4 = crm.associations.v4

    asked = BatchInputPublicFetchAssociationsBatchRequest(inputs=[{"id": firm}, {"id": alone}])
    batch, status, _ = v4.batch_api.get_page_with_http_info("companies", "contacts", asked)
    after = batch.results[0].paging.next.after
    rest = v4.basic_api.get_page("companies", firm, "contacts", after=after)
    labels = v4.schema.definitions_api.get_all("companies", "contacts").results
    beside = crm.companies.basic_api.get_by_id(firm, associations=["contacts"]).associations

    assert (status, batch.num_errors) == (207, 1)
    read = [link.to_object_id for link in (*batch.results[0].to, *rest.results)]
    assert [str(number) for number in read] == sorted(people, key=int)
    assert {(one.type_id, one.label) for one in labels} >= {(2, "Primary"), (280, None)}
    assert beside["contacts"].results[0].type == "company_to_contact_unlabeled"
    assert beside["contacts"].paging.next.after


def test_it_gets_and_rotates_tokens(url: str, sandbox: HubspotSandbox):
    sandbox.tokens.rotate_refresh_tokens = True
    api = hubspot.Client.create(host=url).oauth.tokens_api
    app = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}

    granted = api.create(grant_type="refresh_token", refresh_token=REFRESH_TOKEN, **app)
    crm = hubspot.Client.create(access_token=granted.access_token, host=url).crm
    records = crm.contacts.get_all()
    with pytest.raises(OauthRefused) as refused:
        api.create(grant_type="refresh_token", refresh_token=REFRESH_TOKEN, **app)

    assert records == []
    assert granted.expires_in == 1800
    assert granted.refresh_token != REFRESH_TOKEN
    assert refused.value.status == 400
