from typing import Any

import httpx
import pytest

from sandbox.hubspot import HubspotSandbox

SEARCH = "/crm/v3/objects/contacts/search"

PEOPLE: dict[str, dict[str, str]] = {
    "9": {
        "firstname": "Ana",
        "lifetime_value": "10",
        "favorite_color": "red",
        "newsletter": "true",
    },
    "80": {"firstname": "ana", "lifetime_value": "9.5", "favorite_color": "Dark_Violet"},
    "700": {
        "firstname": "Bo",
        "lifetime_value": "1E2",
        "birthday": "2001-02-03",
        "city": "Old Town",
    },
    "6000": {"firstname": "Cy", "lifetime_value": "not a number", "interests": "solar;siding"},
    "50000": {"firstname": "", "email": "dee.long@example.org"},
}


@pytest.fixture(autouse=True)
def people(sandbox: HubspotSandbox) -> None:
    for number, properties in PEOPLE.items():
        sandbox.create("contacts", properties, id=number)


def ask(api: httpx.Client, *groups: list[dict[str, Any]], **more: Any) -> httpx.Response:
    body = {"filterGroups": [{"filters": group} for group in groups], **more}
    return api.post(SEARCH, json=body)


def where(name: str, operator: str, value: Any = None, **more: Any) -> dict[str, Any]:
    kept = {} if value is None else {"value": value}
    return {"propertyName": name, "operator": operator, **kept, **more}


@pytest.mark.parametrize(
    ("wanted", "ids"),
    [
        (where("firstname", "EQ", "ANA"), ["9", "80"]),
        (where("firstname", "NEQ", "ana"), ["700", "6000"]),
        (where("favorite_color", "EQ", "dark_violet"), []),
        (where("favorite_color", "EQ", "Dark_Violet"), ["80"]),
        (where("lifetime_value", "GT", "9.5"), ["9", "700"]),
        (where("lifetime_value", "GTE", "9.50"), ["9", "80", "700"]),
        (where("lifetime_value", "LT", "10"), ["80"]),
        (where("lifetime_value", "LTE", "10.0"), ["9", "80"]),
        (where("lifetime_value", "BETWEEN", "9.5", highValue="10"), ["9", "80"]),
        (where("firstname", "IN", values=["ana", "bo"]), ["9", "80", "700"]),
        (where("firstname", "IN", values=["Ana"]), []),
        (where("firstname", "NOT_IN", values=["ana"]), ["700", "6000"]),
        (where("interests", "IN", values=["solar"]), ["6000"]),
        (where("firstname", "HAS_PROPERTY"), ["9", "80", "700", "6000"]),
        (where("firstname", "NOT_HAS_PROPERTY"), ["50000"]),
        (where("email", "CONTAINS_TOKEN", "dee"), ["50000"]),
        (where("city", "CONTAINS_TOKEN", "tow*"), ["700"]),
        (where("city", "NOT_CONTAINS_TOKEN", "old"), ["9", "80", "6000", "50000"]),
        (where("birthday", "GTE", "981072000000"), ["700"]),
        (where("birthday", "LT", "2001-02-04"), ["700"]),
        (where("newsletter", "EQ", "true"), ["9"]),
        (where("hs_object_id", "GT", "80"), ["700", "6000", "50000"]),
        (where("hs_object_id", "LTE", "700"), ["9", "80", "700"]),
        (where("hs_object_id", "IN", values=["9", "6000"]), ["9", "6000"]),
    ],
)
def test_each_operator_compares_as_its_property_demands(
    api: httpx.Client, wanted: dict[str, Any], ids: list[str]
):
    answer = ask(api, [wanted], sorts=[{"propertyName": "hs_object_id", "direction": "ASCENDING"}])

    assert [record["id"] for record in answer.json()["results"]] == ids
    assert answer.json()["total"] == len(ids)


def test_groups_are_alternatives_and_filters_conditions(api: httpx.Client):
    answer = ask(
        api,
        [where("firstname", "EQ", "ana"), where("lifetime_value", "GT", "9.5")],
        [where("hs_object_id", "GTE", "50000")],
        sorts=["-hs_object_id"],
    )

    assert [record["id"] for record in answer.json()["results"]] == ["50000", "9"]


def test_pages_follow_an_integer_offset(api: httpx.Client):
    first = ask(api, limit=2).json()
    second = ask(api, limit=2, after=first["paging"]["next"]["after"]).json()
    third = ask(api, limit=2, after=second["paging"]["next"]["after"]).json()

    assert first["paging"] == {"next": {"after": "2"}}
    assert "paging" not in third
    ids = [record["id"] for page in (first, second, third) for record in page["results"]]
    assert sorted(ids) == sorted(PEOPLE)


def test_the_free_text_query_looks_into_names_and_addresses(api: httpx.Client):
    answer = ask(api, query="dee")

    assert [record["id"] for record in answer.json()["results"]] == ["50000"]


ONE = where("firstname", "EQ", "ana")


@pytest.mark.parametrize(
    "body",
    [
        {"limit": 201},
        {"limit": "5"},
        {"after": "abc"},
        {"query": "x" * 3001},
        {"sorts": [{"propertyName": "email"}, {"propertyName": "phone"}]},
        {"sorts": [{"propertyName": "nonsense"}]},
        {"filterGroups": [{"filters": [ONE]}] * 6},
        {"filterGroups": [{"filters": [ONE] * 7}]},
        {"filterGroups": [{"filters": [ONE] * 5}] * 4},
        {"filterGroups": [{"filters": [where("firstname", "LIKE", "a")]}]},
        {"filterGroups": [{"filters": [where("firstname", "EQ")]}]},
        {"filterGroups": [{"filters": [where("nonsense", "EQ", "a")]}]},
        {"filterGroups": [{"filters": [where("firstname", "IN", "ana")]}]},
        {"filterGroups": [{"filters": [where("lifetime_value", "GT", "many")]}]},
        {"filterGroups": [{"filters": [where("lastmodifieddate", "GT", "yesterday")]}]},
        {"filterGroups": [{"filters": [where("hs_object_id", "GT", "abc")]}]},
        {"associations": ["companies"]},
        {"filterGroups": {"filters": [ONE]}},
        {"filterGroups": [ONE["value"]]},
        {"filterGroups": [{"filters": ONE}]},
        {"sorts": "email"},
        {"sorts": [5]},
    ],
)
def test_a_wrong_question_is_refused(api: httpx.Client, body: dict[str, Any]):
    answer = api.post(SEARCH, json=body)

    assert answer.status_code == 400
    assert answer.json()["category"] == "VALIDATION_ERROR"
