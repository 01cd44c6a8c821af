"""What is true of every type of object the account has."""

import hashlib
from typing import Any

import httpx
import pytest

from sandbox.hubspot import HubspotSandbox, ManualClock
from sandbox.hubspot.catalogue import OBJECT_TYPES
from sandbox.hubspot.dirt import KINDS
from sandbox.hubspot.objects import ObjectType
from tests.sandbox.conftest import client

NAMES = [kind.name for kind in OBJECT_TYPES]
OLDER = {"contacts", "companies", "deals", "tickets", "products", "line_items"}
SCOPES = {"tickets": "tickets", "products": "e-commerce", "line_items": "e-commerce"}
TYPE_IDS = {
    "contacts": "0-1",
    "companies": "0-2",
    "deals": "0-3",
    "tickets": "0-5",
    "products": "0-7",
    "line_items": "0-8",
    "quotes": "0-14",
    "tasks": "0-27",
    "notes": "0-46",
    "meetings": "0-47",
    "calls": "0-48",
    "emails": "0-49",
    "leads": "0-136",
    "appointments": "0-421",
}
KNOWN = {
    "tickets": "subject content hs_pipeline hs_pipeline_stage hs_ticket_priority closed_date",
    "products": "name price hs_sku description hs_cost_of_goods_sold hs_recurring_billing_period",
    "line_items": "name price quantity amount discount hs_product_id hs_line_item_currency_code",
    "quotes": "hs_title hs_status hs_expiration_date hs_quote_amount hs_currency hs_quote_number",
    "calls": "hs_timestamp hs_call_title hs_call_body hs_call_direction hs_call_duration",
    "emails": "hs_timestamp hs_email_subject hs_email_text hs_email_status hs_email_to_email",
    "meetings": "hs_timestamp hs_meeting_title hs_meeting_start_time hs_meeting_outcome",
    "notes": "hs_timestamp hs_note_body",
    "tasks": "hs_timestamp hs_task_subject hs_task_status hs_task_completion_date",
    "appointments": "hs_appointment_name hs_appointment_start hs_pipeline hs_pipeline_stage",
    "leads": "hs_lead_name hs_lead_type hs_lead_label hs_pipeline hs_pipeline_stage",
}

each_kind = pytest.mark.parametrize("kind", OBJECT_TYPES, ids=NAMES)
each_name = pytest.mark.parametrize("name", NAMES)


def ids(answer: httpx.Response) -> list[str]:
    return [record["id"] for record in answer.json()["results"]]


@each_kind
def test_a_record_comes_with_its_own_stamps_and_no_others(
    api: httpx.Client, sandbox: HubspotSandbox, kind: ObjectType
):
    made = sandbox.bulk_import(kind.name, 1)[0]

    asked = "createdate,hs_createdate,lastmodifieddate,hs_lastmodifieddate"
    shown = api.get(f"/crm/v3/objects/{kind.name}", params={"properties": asked}).json()

    created = "createdate" if kind.name in OLDER else "hs_createdate"
    modified = "lastmodifieddate" if kind.name == "contacts" else "hs_lastmodifieddate"
    record = shown["results"][0]
    assert record["id"] == made
    assert record["properties"].keys() == {created, modified, "hs_object_id"}
    assert record["properties"][created] == record["createdAt"]
    assert record["properties"][modified] == record["updatedAt"]


@each_name
def test_a_type_answers_by_name_and_by_number(
    api: httpx.Client, sandbox: HubspotSandbox, name: str
):
    made = sandbox.bulk_import(name, 1)

    by_name = ids(api.get(f"/crm/v3/objects/{name}"))
    by_number = ids(api.get(f"/crm/objects/2026-03/{TYPE_IDS[name]}"))

    assert by_name == by_number == made


@each_kind
def test_a_record_is_created_changed_found_archived_and_read(
    api: httpx.Client, sandbox: HubspotSandbox, clock: ManualClock, kind: ObjectType
):
    path, word = f"/crm/v3/objects/{kind.name}", kind.searchable[0]
    made = api.post(path, json={"properties": {word: "first"}}).json()["id"]
    other = sandbox.bulk_import(kind.name, 1)[0]
    clock.advance(60)

    api.patch(f"{path}/{made}", json={"properties": {word: "second"}})
    since = sandbox.truth(kind.name)[made].updated_ms
    wanted = {"propertyName": kind.modified, "operator": "GTE", "value": str(since)}
    found = api.post(f"{path}/search", json={"filterGroups": [{"filters": [wanted]}]})
    body = {"inputs": [{"id": made}, {"id": "7"}], "properties": [word]}
    batch = api.post(f"{path}/batch/read", json=body)
    api.delete(f"{path}/{made}")

    assert ids(found) == [made]
    assert batch.status_code == 207
    assert batch.json()["results"][0]["properties"][word] == "second"
    assert ids(api.get(path)) == [other]
    assert ids(api.get(path, params={"archived": "true"})) == [made]


@each_kind
def test_a_search_goes_from_the_oldest_on(
    api: httpx.Client, sandbox: HubspotSandbox, clock: ManualClock, kind: ObjectType
):
    made = []
    for _ in range(4):
        clock.advance(1)
        made += sandbox.bulk_import(kind.name, 1)

    found = api.post(f"/crm/v3/objects/{kind.name}/search", json={"sorts": []})

    assert ids(found) == made


@each_kind
def test_a_search_answers_to_its_own_stamp_and_not_from_the_epoch(
    api: httpx.Client, kind: ObjectType
):
    def status(stamp: str, value: str) -> int:
        wanted = {"propertyName": stamp, "operator": "GTE", "value": value}
        body = {"filterGroups": [{"filters": [wanted]}]}
        return api.post(f"/crm/v3/objects/{kind.name}/search", json=body).status_code

    stamps = ("lastmodifieddate", "hs_lastmodifieddate", "createdate", "hs_createdate")
    known = {stamp for stamp in stamps if status(stamp, "1767225600000") == 200}
    assert known == {kind.created, kind.modified}
    assert [status(stamp, "0") for stamp in known] == [500, 500]


@each_name
def test_a_page_has_at_most_a_hundred_records_a_search_two_hundred(api: httpx.Client, name: str):
    path = f"/crm/v3/objects/{name}"

    pages = [api.get(path, params={"limit": limit}).status_code for limit in ("100", "101")]
    found = [api.post(f"{path}/search", json={"limit": limit}).status_code for limit in (200, 201)]

    assert pages == found == [200, 400]


@each_kind
def test_every_value_is_a_string_or_null(
    api: httpx.Client, sandbox: HubspotSandbox, kind: ObjectType
):
    sandbox.bulk_import(kind.name, 20)
    names = ",".join(sandbox.store.shelf(kind.name).properties)

    asked = {"properties": f"{names},nonsense", "limit": "20"}
    records = api.get(f"/crm/v3/objects/{kind.name}", params=asked).json()["results"]

    values = [value for record in records for value in record["properties"].values()]
    assert {type(value) for value in values} == {str, type(None)}
    assert all("nonsense" not in record["properties"] for record in records)


@each_name
def test_archiving_and_restoring_leave_the_stamp_alone(
    sandbox: HubspotSandbox, clock: ManualClock, name: str
):
    [made] = sandbox.bulk_import(name, 1)
    before = sandbox.truth(name)[made]
    clock.advance(60)

    sandbox.archive(name, made)
    archived = sandbox.archived(name)[made]
    sandbox.restore(name, made)

    assert archived.updated == before.updated
    assert archived.archived_at == clock.now.replace(
        microsecond=clock.now.microsecond // 1000 * 1000
    )
    assert sandbox.truth(name)[made] == before


@each_name
def test_a_search_lags_and_hides_what_is_archived(
    api: httpx.Client, sandbox: HubspotSandbox, clock: ManualClock, name: str
):
    path, word = f"/crm/v3/objects/{name}/search", sandbox.store.shelf(name).kind.searchable[0]
    sandbox.index_lag = 30
    kept, gone = (sandbox.create(name, {word: "new"}) for _ in range(2))
    early = ids(api.post(path, json={}))

    clock.advance(30)
    late = ids(api.post(path, json={}))
    sandbox.archive(name, gone)

    assert early == []
    assert set(late) == {kept, gone}
    assert ids(api.post(path, json={})) == [kept]


@each_name
def test_a_type_asks_for_its_own_scope(url: str, sandbox: HubspotSandbox, name: str):
    scope = SCOPES.get(name, f"crm.objects.{name}.read")
    sandbox.tokens.register("pat-na1-right", {scope})
    sandbox.tokens.register("pat-na1-wrong", {"crm.objects.owners.read"})

    with client(url, "pat-na1-right") as api:
        allowed = [api.get(f"/crm/v3/{part}/{name}") for part in ("objects", "properties")]
    with client(url, "pat-na1-wrong") as api:
        refused = api.get(f"/crm/v3/objects/{name}")

    assert [answer.status_code for answer in allowed] == [200, 200]
    assert refused.status_code == 403
    assert refused.json()["context"] == {"requiredGranularScopes": [scope]}


@each_kind
def test_its_properties_are_told(api: httpx.Client, kind: ObjectType):
    told = api.get(f"/crm/v3/properties/{kind.name}").json()["results"]

    known = {prop["name"]: prop for prop in told}
    assert known.keys() >= {*KNOWN.get(kind.name, "").split(), *kind.always, "hubspot_owner_id"}
    assert 20 <= len(known) <= 55
    assert 1 < sum(not prop["hubspotDefined"] for prop in told) < 15
    assert len(known) == len(told)
    for prop in told:
        assert prop["modificationMetadata"]["readOnlyValue"] or not prop["calculated"]
        values = [option["value"] for option in prop["options"]]
        assert len(values) == len(set(values))
        assert prop["type"] != "enumeration" or values or prop["externalOptions"] or read_only(prop)
    assert any(o["label"] != o["value"] for prop in told for o in prop["options"])


def read_only(prop: dict[str, Any]) -> bool:
    return bool(prop["modificationMetadata"]["readOnlyValue"]) or prop["name"].endswith("_ids")


@each_name
def test_invented_records_are_as_declared_and_dirty_here_and_there(name: str):
    counts: dict[str, Any] = {"contacts": 0, "companies": 0, "deals": 0, name: 300}
    sandbox = HubspotSandbox.seeded(**counts)

    records = sandbox.truth(name).values()

    declared = sandbox.store.shelf(name).properties
    used = {key for record in records for key in record.properties}
    assert len(records) == 300
    assert used <= declared.keys()
    assert len(used) >= 5
    dirt = KINDS[name]
    assert sum(any(bad(record, one) for one in dirt) for record in records) >= 5
    assert len(sandbox.archived(name)) == 6
    assert len(sandbox.merged(name)) == 3


def bad(record: Any, dirt: Any) -> bool:
    wanted = dirt(record.created_ms)
    return all(record.properties.get(key) == value for key, value in wanted.items())


def test_contacts_companies_and_deals_are_the_ones_they_always_were():
    sandbox = HubspotSandbox.seeded(contacts=300, companies=50, deals=80, tickets=20, links=True)

    known = hashlib.sha256()
    for name in ("contacts", "companies", "deals"):
        for key, record in sandbox.truth(name).items():
            told = key, record.created_ms, record.updated_ms, sorted(record.properties.items())
            known.update(repr(told).encode())

    assert known.hexdigest()[:16] == "f1b68292a945b3e0"


def test_invented_owners_exist():
    sandbox = HubspotSandbox.seeded(contacts=100, companies=10, deals=10, tickets=50, calls=50)

    belonging = {
        record.properties["hubspot_owner_id"]
        for name in ("contacts", "deals", "calls")
        for record in sandbox.truth(name).values()
        if record.properties.get("hubspot_owner_id")
    }

    assert belonging <= sandbox.owners().keys()
    assert any(sandbox.owners()[key]["archived"] for key in belonging)
