"""Who belongs to whom: definitions, links in batches and one by one, links beside a record."""

from typing import Any

import httpx
import pytest

from sandbox.hubspot import HubspotSandbox
from sandbox.hubspot.association_types import PAIRS
from tests.sandbox.conftest import client

LINKED = {
    "contacts": 120,
    "companies": 20,
    "deals": 30,
    "tickets": 15,
    "line_items": 15,
    "quotes": 10,
    "calls": 15,
    "emails": 15,
    "meetings": 15,
    "notes": 15,
    "tasks": 15,
    "appointments": 15,
    "leads": 15,
}


def batch(ours: str, theirs: str) -> str:
    return f"/crm/v4/associations/{ours}/{theirs}/batch/read"


def one(ours: str, key: str, theirs: str) -> str:
    return f"/crm/v4/objects/{ours}/{key}/associations/{theirs}"


@pytest.fixture
def firm(sandbox: HubspotSandbox) -> tuple[str, list[str]]:
    """A company and the 1,201 people who belong to it."""
    company = sandbox.create("companies", {"name": "Acorn"}, id=77)
    people = sandbox.bulk_import("contacts", 1201)
    for person in people:
        sandbox.associate("companies", company, "contacts", person, type_id=280)
    return company, sorted(people, key=int)


def test_links_of_a_record_come_page_by_page(api: httpx.Client, firm: tuple[str, list[str]]):
    company, people = firm

    read: list[str] = []
    sizes, after = [], None
    while True:
        wanted = {"id": company} | ({"after": after} if after else {})
        answer = api.post(batch("companies", "contacts"), json={"inputs": [wanted]}).json()
        result = answer["results"][0]
        sizes.append(len(result["to"]))
        read += [str(link["toObjectId"]) for link in result["to"]]
        if "paging" not in result:
            break
        after = result["paging"]["next"]["after"]

    assert sizes == [500, 500, 201]
    assert read == people


def test_one_record_is_read_page_by_page_too(api: httpx.Client, firm: tuple[str, list[str]]):
    company, people = firm

    whole = api.get(one("companies", company, "contacts")).json()
    after = whole["paging"]["next"]["after"]
    dated = f"/crm/objects/2026-03/companies/{company}/associations/contacts"
    more = api.get(dated, params={"limit": "300", "after": after}).json()

    read = [str(link["toObjectId"]) for link in whole["results"] + more["results"]]
    assert [len(whole["results"]), len(more["results"])] == [500, 300]
    assert read == people[:800]
    assert whole["results"][0]["associationTypes"] == [
        {"category": "HUBSPOT_DEFINED", "typeId": 280, "label": None}
    ]
    assert (
        api.get(one("companies", company, "contacts"), params={"limit": "501"}).status_code == 400
    )


def test_one_record_without_links_is_an_empty_page(api: httpx.Client, sandbox: HubspotSandbox):
    made = sandbox.create("contacts", {"firstname": "Ana"})

    empty, nobody = (api.get(one("contacts", key, "companies")) for key in (made, "12"))

    assert (empty.status_code, empty.json()) == (200, {"results": []})
    assert nobody.status_code == 404


def test_a_batch_may_ask_for_a_thousand(api: httpx.Client):
    asked = [{"id": str(number)} for number in range(1001)]

    most = api.post(batch("contacts", "companies"), json={"inputs": asked[:1000]})
    more = api.post(batch("contacts", "companies"), json={"inputs": asked})

    assert (most.status_code, most.json()["numErrors"]) == (207, 1000)
    assert more.status_code == 400


@pytest.mark.parametrize(
    ("ours", "theirs"), [("products", "contacts"), ("deals", "products"), ("notes", "line_items")]
)
def test_two_types_that_never_go_together_are_refused(
    api: httpx.Client, sandbox: HubspotSandbox, ours: str, theirs: str
):
    made = sandbox.bulk_import(ours, 1)[0]

    answer = api.post(batch(ours, theirs), json={"inputs": [{"id": made}]})

    assert answer.status_code == 400
    assert answer.json()["status"] == "error"
    assert answer.json()["category"] == "VALIDATION_ERROR"
    assert answer.json()["message"].startswith("No association definitions")
    assert api.get(one(ours, made, theirs)).status_code == 400
    assert api.get(f"/crm/v4/associations/{ours}/{theirs}/labels").json() == {"results": []}


def test_the_labels_of_two_types_are_told(api: httpx.Client):
    v4 = api.get("/crm/v4/associations/contacts/companies/labels").json()["results"]
    dated = api.get("/crm/associations/2026-03/0-1/0-2/labels").json()["results"]

    numbers = [(told["category"], told["typeId"], told["label"]) for told in v4]
    assert numbers == [
        ("HUBSPOT_DEFINED", 1, "Primary"),
        ("HUBSPOT_DEFINED", 279, None),
        ("USER_DEFINED", 1, "Billing contact"),
    ]
    assert v4 == dated


def test_the_two_directions_of_two_types_have_numbers_of_their_own(api: httpx.Client):
    there = api.get("/crm/v4/associations/notes/contacts/labels").json()["results"]
    back = api.get("/crm/v4/associations/contacts/notes/labels").json()["results"]

    assert [told["typeId"] for told in there] == [202]
    assert [told["typeId"] for told in back] == [201]


def test_a_label_of_the_accounts_own_is_numbered_both_ways(
    api: httpx.Client, sandbox: HubspotSandbox
):
    number = sandbox.add_association_type("deals", "contacts", "Pays", "Is paid for by")

    there = api.get("/crm/v4/associations/deals/contacts/labels").json()["results"]
    back = api.get("/crm/v4/associations/contacts/deals/labels").json()["results"]
    assert there[-1] == {"category": "USER_DEFINED", "typeId": number, "label": "Pays"}
    assert back[-1]["label"] == "Is paid for by"
    assert back[-1]["typeId"] != number


@pytest.mark.parametrize("scope", ["crm.objects.contacts.read", "tickets"])
def test_links_need_the_right_to_read_both_ends(url: str, sandbox: HubspotSandbox, scope: str):
    sandbox.tokens.register("pat-na1-half", {scope})
    sandbox.tokens.register("pat-na1-whole", {"crm.objects.contacts.read", "tickets"})
    made = sandbox.create("contacts", {"firstname": "Ana"})
    asked = {"inputs": [{"id": made}]}

    def all_ways(token: str) -> set[int]:
        with client(url, token) as api:
            return {
                api.post(batch("contacts", "tickets"), json=asked).status_code,
                api.get("/crm/v4/associations/contacts/tickets/labels").status_code,
                api.get(one("contacts", made, "tickets")).status_code,
                api.get(
                    f"/crm/v3/objects/contacts/{made}", params={"associations": "tickets"}
                ).status_code,
            }

    assert all_ways("pat-na1-whole") == {207, 200}
    assert all_ways("pat-na1-half") == {403}


def test_links_to_archived_records_are_hidden_until_they_come_back(
    api: httpx.Client, sandbox: HubspotSandbox
):
    person = sandbox.create("contacts", {"firstname": "Ana"})
    firm = sandbox.create("companies", {"name": "Acorn"})
    sandbox.associate("contacts", person, "companies", firm, type_id=279)

    before = api.get(one("contacts", person, "companies")).json()["results"]
    sandbox.archive("companies", firm)
    meanwhile = api.get(one("contacts", person, "companies")).json()["results"]
    told = sandbox.links("contacts")
    sandbox.restore("companies", firm)

    assert meanwhile == []
    assert told == set()
    assert api.get(one("contacts", person, "companies")).json()["results"] == before != []


def test_parting_two_records_parts_them_both_ways(sandbox: HubspotSandbox):
    person = sandbox.create("contacts", {"firstname": "Ana"})
    firm = sandbox.create("companies", {"name": "Acorn"})

    def link() -> None:
        for there, back in ((1, 2), (279, 280)):
            sandbox.associate("contacts", person, "companies", firm, type_id=there)
            sandbox.associate("companies", firm, "contacts", person, type_id=back)

    link()
    sandbox.dissociate("contacts", person, "companies", firm, 1)
    less = sandbox.links("contacts"), sandbox.links("companies")
    link()
    sandbox.dissociate("companies", firm, "contacts", person)

    plain = "HUBSPOT_DEFINED"
    assert less == (
        {(int(person), "companies", int(firm), plain, 279, None)},
        {(int(firm), "contacts", int(person), plain, 280, None)},
    )
    assert sandbox.links("contacts") == sandbox.links("companies") == set()


def test_associating_again_changes_nothing_and_leaves_the_stamps_alone(
    api: httpx.Client, sandbox: HubspotSandbox
):
    person = sandbox.create("contacts", {"firstname": "Ana"})
    firm = sandbox.create("companies", {"name": "Acorn"})
    before = sandbox.truth("contacts")

    for _ in range(2):
        sandbox.associate("contacts", person, "companies", firm, type_id=1)
    sandbox.associate("contacts", person, "companies", firm, type_id=1, category="USER_DEFINED")

    shown = api.get(one("contacts", person, "companies")).json()["results"]
    assert shown[0]["associationTypes"] == [
        {"category": "HUBSPOT_DEFINED", "typeId": 1, "label": "Primary"},
        {"category": "USER_DEFINED", "typeId": 1, "label": "Billing contact"},
    ]
    assert sandbox.truth("contacts") == before


def test_a_merge_moves_the_losers_links(sandbox: HubspotSandbox):
    winner, loser = (sandbox.create("contacts", {"firstname": name}) for name in ("Ana", "Bo"))
    one, two = (sandbox.create("companies", {"name": name}) for name in ("Acorn", "Birch"))
    for person, firm in ((winner, one), (loser, two)):
        for there, back in ((1, 2), (279, 280)):
            sandbox.associate("contacts", person, "companies", firm, type_id=there)
            sandbox.associate("companies", firm, "contacts", person, type_id=back)

    sandbox.merge("contacts", winner, loser)

    kept = {(link[2], link[4]) for link in sandbox.links("contacts")}
    assert kept == {(int(one), 1), (int(one), 279), (int(two), 279)}
    assert {link[2] for link in sandbox.links("companies")} == {int(winner)}


def test_a_list_shows_links_once_for_each_way_of_belonging(
    api: httpx.Client, sandbox: HubspotSandbox
):
    person = sandbox.create("contacts", {"firstname": "Ana"}, id=501)
    sandbox.create("contacts", {"firstname": "Bo"}, id=502)
    firm = sandbox.create("companies", {"name": "Acorn"}, id=9001)
    for number, category in ((1, "HUBSPOT_DEFINED"), (279, "HUBSPOT_DEFINED"), (1, "USER_DEFINED")):
        sandbox.associate("contacts", person, "companies", firm, type_id=number, category=category)

    asked = {"associations": "companies,deals"}
    listed = api.get("/crm/v3/objects/contacts", params=asked).json()["results"]
    single = api.get(f"/crm/v3/objects/contacts/{person}", params=asked).json()

    assert single["associations"] == {
        "companies": {
            "results": [
                {"id": "9001", "type": "contact_to_company"},
                {"id": "9001", "type": "contact_to_company_unlabeled"},
                {"id": "9001", "type": "billing_contact"},
            ]
        }
    }
    assert listed[0]["associations"] == single["associations"]
    assert "associations" not in listed[1]


def test_a_list_shows_only_a_few_links_and_says_so(api: httpx.Client, firm: tuple[str, list[str]]):
    company, people = firm

    shown = api.get("/crm/v3/objects/companies", params={"associations": "contacts"}).json()

    beside = shown["results"][0]["associations"]["contacts"]
    assert [link["id"] for link in beside["results"]] == people[:5]
    after = beside["paging"]["next"]["after"]
    more = api.get(one("companies", company, "contacts"), params={"after": after}).json()
    assert str(more["results"][0]["toObjectId"]) == people[5]


def test_an_unknown_type_beside_a_record_is_refused(api: httpx.Client):
    answer = api.get("/crm/v3/objects/contacts", params={"associations": "butterflies"})

    assert answer.status_code == 400


def test_invented_records_belong_together_in_both_directions():
    sandbox = HubspotSandbox.seeded(**LINKED, links=True)

    back = {(pair.ours, pair.theirs, pair.there, pair.category): pair.back for pair in PAIRS}
    back |= {(pair.theirs, pair.ours, pair.back, pair.category): pair.there for pair in PAIRS}
    known = {name: sandbox.links(name) for name in LINKED}
    short = {(name, link[0], *link[1:5]) for name, links in known.items() for link in links}
    for ours, from_id, theirs, to_id, category, number in short:
        assert (
            theirs,
            to_id,
            ours,
            from_id,
            category,
            back[ours, theirs, number, category],
        ) in short
    assert all(known.values())
    labels = {(link[3], link[5]) for link in known["contacts"] if link[1] == "companies"}
    assert labels == {
        ("HUBSPOT_DEFINED", None),
        ("HUBSPOT_DEFINED", "Primary"),
        ("USER_DEFINED", "Billing contact"),
    }
    primary = [
        link[0] for link in known["contacts"] if link[1:2] + link[4:] == ("companies", 1, "Primary")
    ]
    assert len(primary) == len(set(primary))


def test_the_truth_of_links_is_what_the_api_shows():
    sandbox = HubspotSandbox.seeded(**LINKED, links=True, limits=None)
    with sandbox.serve() as url, client(url) as api:
        for ours, theirs in (("contacts", "companies"), ("deals", "contacts"), ("calls", "deals")):
            truth = {link for link in sandbox.links(ours) if link[1] == theirs}
            assert shown(api, list(sandbox.truth(ours)), ours, theirs) == truth


def shown(api: httpx.Client, keys: list[str], ours: str, theirs: str) -> set[Any]:
    inputs = [{"id": key} for key in keys]
    results = api.post(batch(ours, theirs), json={"inputs": inputs}).json()["results"]
    return {
        (int(one["from"]["id"]), theirs, to["toObjectId"], t["category"], t["typeId"], t["label"])
        for one in results
        for to in one["to"]
        for t in to["associationTypes"]
    }


def test_without_links_nothing_belongs_together():
    sandbox = HubspotSandbox.seeded(contacts=20, companies=5, deals=5, tickets=5)

    assert {
        name: sandbox.links(name) for name in sandbox.store.shelves if sandbox.links(name)
    } == {}
