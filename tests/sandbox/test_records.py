"""The life of records: ids, stamps, merges, deletions, and who may see them."""

from datetime import timedelta
from email.utils import parsedate_to_datetime

import httpx
import pytest

from sandbox.hubspot import HubspotSandbox, ManualClock, offset_clock
from tests.sandbox.conftest import client

LIST = "/crm/v3/objects/contacts"
DEAL_NAME = {"properties": {"dealname": "Roof"}}


def ids(answer: httpx.Response) -> list[str]:
    return [record["id"] for record in answer.json()["results"]]


def test_lists_ascend_by_numeric_id_whatever_the_time_of_creation(
    api: httpx.Client, sandbox: HubspotSandbox
):
    made = [sandbox.create("contacts", {"firstname": f"Ana {n}"}) for n in range(50)]

    listed = ids(api.get(LIST, params={"limit": "100"}))

    assert listed == sorted(made, key=int)
    assert listed != made
    assert len({len(one) for one in made}) > 1


def test_a_merged_record_disappears_and_its_id_finds_the_winner(
    api: httpx.Client, sandbox: HubspotSandbox, clock: ManualClock
):
    winner = sandbox.create("contacts", {"firstname": "Ana"})
    loser = sandbox.create("contacts", {"firstname": "Anna", "city": "Bristol"})
    clock.advance(1)

    api.post(f"{LIST}/merge", json={"primaryObjectId": winner, "objectIdToMerge": loser})

    asked = {"properties": "hs_merged_object_ids,firstname"}
    shown = api.get(f"{LIST}/{loser}", params=asked).json()
    assert ids(api.get(LIST)) == [winner]
    assert ids(api.get(LIST, params={"archived": "true"})) == []
    assert shown["id"] == winner
    assert shown["properties"]["hs_merged_object_ids"] == loser
    assert shown["properties"]["firstname"] == "Ana"
    assert shown["updatedAt"] > shown["createdAt"]
    assert sandbox.merged("contacts") == {loser: winner}


def test_a_privacy_deletion_leaves_nothing(api: httpx.Client, sandbox: HubspotSandbox):
    one, two = (sandbox.create("contacts", {"firstname": name}) for name in ("Ana", "Bo"))
    sandbox.archive("contacts", two)

    api.post(f"{LIST}/gdpr-delete", json={"objectId": one})
    sandbox.gdpr_delete("contacts", two)

    assert ids(api.get(LIST)) == ids(api.get(LIST, params={"archived": "true"})) == []


def test_a_restored_record_comes_back_as_it_was(
    api: httpx.Client, sandbox: HubspotSandbox, clock: ManualClock
):
    made = sandbox.create("contacts", {"firstname": "Ana"})
    before = sandbox.truth("contacts")[made]
    sandbox.archive("contacts", made)
    clock.advance(60)

    sandbox.restore("contacts", made)

    assert sandbox.truth("contacts")[made] == before
    assert ids(api.post(f"{LIST}/search", json={})) == [made]


def test_archived_records_are_gone_after_ninety_days(
    api: httpx.Client, sandbox: HubspotSandbox, clock: ManualClock
):
    sandbox.archive("contacts", sandbox.create("contacts", {"firstname": "Ana"}))
    seen = ids(api.get(LIST, params={"archived": "true"}))

    clock.advance(91 * 24 * 3600)

    assert len(seen) == 1
    assert ids(api.get(LIST, params={"archived": "true"})) == []


def test_the_date_header_is_the_sandboxs_own_clock(api: httpx.Client, sandbox: HubspotSandbox):
    sandbox.store.clock = offset_clock(timedelta(days=-3))

    told = parsedate_to_datetime(api.get("/account-info/v3/details").headers["date"])

    assert abs(told - sandbox.store.clock()) < timedelta(seconds=5)


@pytest.mark.parametrize("name", ["contacts", "contact", "0-1", "CONTACT"])
def test_a_type_goes_by_several_names(api: httpx.Client, sandbox: HubspotSandbox, name: str):
    made = sandbox.create("contacts", {"firstname": "Ana"})

    assert ids(api.get(f"/crm/v3/objects/{name}")) == [made]
    assert ids(api.get(f"/crm/objects/2026-03/{name}")) == [made]
    assert ids(api.post(f"/crm/objects/2026-03/{name}/search", json={})) == [made]
    assert api.get(f"/crm/properties/2026-03/{name}").status_code == 200


def test_a_dated_list_still_prints_the_v3_link(api: httpx.Client, sandbox: HubspotSandbox):
    for name in ("Ana", "Bo"):
        sandbox.create("contacts", {"firstname": name})

    paging = api.get("/crm/objects/2026-03/contacts", params={"limit": "1"}).json()["paging"]

    assert "/crm/v3/objects/contacts?after=" in paging["next"]["link"]


@pytest.mark.parametrize(
    ("token", "status", "category"),
    [
        (None, 401, "INVALID_AUTHENTICATION"),
        ("pat-na1-unknown", 401, "INVALID_AUTHENTICATION"),
        ("nonsense", 530, None),
        ("pat-na1-deals", 403, "MISSING_SCOPES"),
    ],
)
def test_who_may_not_ask_is_told_why(
    url: str, sandbox: HubspotSandbox, token: str | None, status: int, category: str | None
):
    sandbox.tokens.register("pat-na1-deals", {"crm.objects.deals.read"})
    headers = {"Authorization": f"Bearer {token}"} if token else {}

    answer = httpx.get(url + LIST, headers=headers, trust_env=False)

    assert answer.status_code == status
    assert answer.json().get("category") == category
    if status == 403:
        assert answer.json()["context"] == {"requiredGranularScopes": ["crm.objects.contacts.read"]}


def test_a_scope_opens_its_own_type_only(url: str, sandbox: HubspotSandbox):
    sandbox.tokens.register("pat-na1-deals", {"crm.objects.deals.read"})

    with client(url, "pat-na1-deals") as api:
        read = api.get("/crm/v3/objects/deals")
        write = api.post("/crm/v3/objects/deals", json=DEAL_NAME)
        sensitive = api.get("/crm/v3/properties/deals", params={"dataSensitivity": "sensitive"})

    assert (read.status_code, write.status_code, sensitive.status_code) == (200, 403, 403)


@pytest.mark.parametrize(
    ("path", "status", "message"),
    [
        ("/crm/v3/objects/butterflies", 400, "Unable to infer object type from: butterflies"),
        ("/crm/v3/butterflies", 404, "resource not found"),
        ("/crm/objects/1999-01/contacts", 404, "resource not found"),
        ("/crm/v3/objects/contacts/12", 404, "resource not found"),
        ("/crm/v3/objects/contacts?colour=red", 400, "Unknown query parameter: colour"),
    ],
)
def test_wrong_addresses_are_refused(api: httpx.Client, path: str, status: int, message: str):
    answer = api.get(path)

    assert answer.status_code == status
    assert answer.json()["message"] == message


def test_a_second_contact_with_an_address_is_a_conflict(api: httpx.Client, sandbox: HubspotSandbox):
    made = sandbox.create("contacts", {"email": "ana@example.org"})

    answer = api.post(LIST, json={"properties": {"email": "ana@example.org"}})

    assert answer.status_code == 409
    assert answer.json()["message"] == f"Contact already exists. Existing ID: {made}"


def test_the_seed_is_the_same_each_time_and_dirty():
    one, two = (HubspotSandbox.seeded(contacts=1200, companies=50, deals=50) for _ in range(2))

    people = one.truth("contacts")

    assert people == two.truth("contacts")
    assert len(people) == 1200
    values = [value for record in people.values() for value in record.properties.values()]
    for bad in ("not a number", "1.5E7", "2021-02-30", "1767225600123", ";roofing;solar"):
        assert bad in values
    assert any("\x00" in value for value in values)
    assert any(len(value) >= 4000 for value in values)
    assert len(one.archived("contacts")) == 24
    assert len(one.merged("contacts")) == 12
    assert all(len(shelf.properties) >= 30 for shelf in one.store.shelves.values())


def test_the_fast_account_answers_like_the_slow_one():
    sandbox = HubspotSandbox.fast(contacts=250, properties=60)
    names = ",".join(sandbox.store.shelf("contacts").properties)
    with sandbox.serve() as url, client(url) as api:
        first = api.get(LIST, params={"limit": "100", "properties": names})
        few = api.get(LIST, params={"limit": "100", "properties": "email,city"})
        touched = api.post("/_sandbox/touch", json={"type": "contacts", "count": 10})
        again = api.get(LIST, params={"limit": "100", "properties": names})
        counted = api.post(f"{LIST}/search", json={"limit": 1})

    whole, part, after = (answer.json()["results"] for answer in (first, few, again))
    assert len(whole[0]["properties"]) == 60
    assert [one["properties"]["email"] for one in whole] == [
        one["properties"]["email"] for one in part
    ]
    assert {name for one in whole for name in one} == {name for one in after for name in one}
    changed = [one["id"] for one, other in zip(whole, after, strict=True) if one != other]
    assert changed == [one for one in touched.json()["ids"] if int(one) <= int(whole[-1]["id"])]
    assert counted.json()["total"] == 250
