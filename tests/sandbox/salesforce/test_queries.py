"""`/query` and `/queryAll` as strict as the real ones, as far as anybody knows."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from sandbox.salesforce import ManualClock, SalesforceSandbox

T0 = datetime(2026, 5, 1, 7, 25, 37, tzinfo=UTC)


def ask(api: httpx.Client, query: str, path: str = "/query", **headers: str) -> httpx.Response:
    return api.get(path, params={"q": query}, headers=headers)


def records(api: httpx.Client, query: str, path: str = "/query") -> list[dict[str, Any]]:
    answer = ask(api, query, path)
    assert answer.status_code == 200, answer.text
    return answer.json()["records"]


def code(answer: httpx.Response) -> tuple[int, str]:
    [error] = answer.json()
    return answer.status_code, error["errorCode"]


def test_a_row_is_in_the_vendors_form(api: httpx.Client, sandbox: SalesforceSandbox):
    user = sandbox.create("User", {"LastName": "Oak", "FirstName": "Ada"}, created=T0)
    told = {
        "Name": "Edge Homes",
        "AnnualRevenue": "15000000",
        "Website": "",
        "BillingCity": "Austin",
        "OwnerId": user,
        "Contract_Value__c": 300,
    }
    key = sandbox.create("Account", told, created=T0)

    answer = ask(
        api,
        "SELECT id, Name, AnnualRevenue, Contract_Value__c, Website, BillingAddress, IsDeleted,"
        " Owner.Name, Parent.Name, SystemModstamp FROM Account",
    )

    [row] = answer.json()["records"]
    assert '"AnnualRevenue":1.5E7,"Contract_Value__c":300.0' in answer.text
    assert row["attributes"] == {
        "type": "Account",
        "url": f"/services/data/v66.0/sobjects/Account/{key}",
    }
    assert (row["Id"], row["Website"], row["IsDeleted"]) == (key, None, False)
    assert row["SystemModstamp"] == "2026-05-01T07:25:37.000+0000"
    assert row["BillingAddress"]["city"] == "Austin"
    assert row["Owner"]["Name"] == "Ada Oak"
    assert row["Parent"] is None


def test_pages_lead_to_pages_until_done(api: httpx.Client, sandbox: SalesforceSandbox):
    sandbox.bulk_import("Contact", 4500)
    found, sizes = [], []

    answer = ask(api, "SELECT Id FROM Contact").json()
    while True:
        found += [row["Id"] for row in answer["records"]]
        sizes.append(len(answer["records"]))
        if answer["done"]:
            break
        answer = httpx.get(
            f"{str(api.base_url).partition('/services')[0]}{answer['nextRecordsUrl']}",
            headers=api.headers,
        ).json()

    assert sizes == [2000, 2000, 500]
    assert answer["totalSize"] == 4500
    assert "nextRecordsUrl" not in answer
    assert set(found) == set(sandbox.truth("Contact"))


def test_a_wish_for_smaller_pages_is_heard(api: httpx.Client, sandbox: SalesforceSandbox):
    sandbox.bulk_import("Contact", 450)
    query = "SELECT Id FROM Contact"

    wish = ask(api, query, **{"Sforce-Query-Options": "batchSize=200"}).json()
    too_small = ask(api, query, **{"Sforce-Query-Options": "batchSize=10"}).json()

    assert len(wish["records"]) == 200
    assert len(too_small["records"]) == 450


def test_a_locator_lives_two_days_and_any_session_may_go_on(
    api: httpx.Client, sandbox: SalesforceSandbox, clock: ManualClock
):
    sandbox.bulk_import("Contact", 2500)
    following = ask(api, "SELECT Id FROM Contact").json()["nextRecordsUrl"].partition("v66.0")[2]

    sandbox.sessions.expire()
    ended = api.get(following)
    sandbox.sessions.register("00D5e0000000001!another")
    api.headers["Authorization"] = "Bearer 00D5e0000000001!another"
    again = api.get(following)
    clock.advance(49 * 3600)
    sandbox.sessions.register("00D5e0000000001!another")
    late = api.get(following)

    assert code(ended) == (401, "INVALID_SESSION_ID")
    assert len(again.json()["records"]) == 500
    assert code(late) == (400, "INVALID_QUERY_LOCATOR")
    assert code(api.get("/query/0r8nonsense-2000")) == (400, "INVALID_QUERY_LOCATOR")


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("Name = 'ALPHA'", {"Alpha"}),
        ("Name != 'alpha'", {"Beta", "Gamma's"}),
        ("Name IN ('Alpha', 'Beta')", {"Alpha", "Beta"}),
        ("Name NOT IN ('Alpha')", {"Beta", "Gamma's"}),
        ("Name LIKE '%a''s'".replace("''", "\\'"), {"Gamma's"}),
        ("AnnualRevenue > 100", {"Beta"}),
        ("AnnualRevenue = null", {"Gamma's"}),
        ("AnnualRevenue != null AND (Name = 'Alpha' OR Name = 'Gamma\\'s')", {"Alpha"}),
        ("NOT (Name = 'Alpha')", {"Beta", "Gamma's"}),
        ("SystemModstamp >= 2026-05-01T07:25:38Z", {"Beta", "Gamma's"}),
        ("SystemModstamp > 2026-05-01T09:25:38.000+02:00", {"Gamma's"}),
        ("LastActivityDate < 2026-01-02", {"Alpha"}),
        ("IsDeleted = FALSE", {"Alpha", "Beta", "Gamma's"}),
    ],
)
def test_conditions(api: httpx.Client, sandbox: SalesforceSandbox, where: str, expected: set[str]):
    for number, (name, revenue) in enumerate([("Alpha", 100), ("Beta", 200), ("Gamma's", None)]):
        told = {
            "Name": name,
            "AnnualRevenue": revenue,
            "LastActivityDate": f"2026-01-0{number + 1}",
        }
        sandbox.create("Account", told, created=T0 + timedelta(seconds=number))

    found = records(api, f"SELECT Name FROM Account WHERE {where}")

    assert {row["Name"] for row in found} == expected


@pytest.mark.parametrize(
    ("query", "refusal"),
    [
        ("", "MALFORMED_QUERY"),
        ("SELECT FROM Account", "MALFORMED_QUERY"),
        ("SELECT Id, FROM Account", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE", "MALFORMED_QUERY"),
        ("SELECT Id, id FROM Account", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE Name = 'a' AND Name = 'b' OR Name = 'c'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account WHERE SystemModstamp > 2026-01-01T00:00:00", "MALFORMED_QUERY"),
        ("SELECT Id FROM Account LIMIT 5 WHERE Name = 'a'", "MALFORMED_QUERY"),
        ("SELECT Id FROM Accout", "INVALID_TYPE"),
        ("SELECT Foo FROM Account", "INVALID_FIELD"),
        ("SELECT Owner.Foo FROM Account", "INVALID_FIELD"),
        ("SELECT IsDeleted FROM User", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE SystemModstamp > '2026-01-01T00:00:00Z'", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE SystemModstamp > 2026-01-01", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Name > null", "INVALID_FIELD"),
        ("SELECT Id FROM Account WHERE Description = 'x'", "INVALID_FIELD"),
        ("SELECT Id FROM Account ORDER BY BillingAddress", "INVALID_FIELD"),
        ("SELECT Id FROM Account OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE"),
    ],
)
def test_what_cannot_be_asked_is_refused(api: httpx.Client, query: str, refusal: str):
    assert code(ask(api, query)) == (400, refusal)


def test_a_plus_that_was_not_encoded_is_a_blank(api: httpx.Client):
    query = "SELECT+Id+FROM+Account+WHERE+SystemModstamp>2026-01-01T00:00:00+00:00"

    assert code(api.get(f"/query?q={query}")) == (400, "MALFORMED_QUERY")


def test_order_limit_and_offset(api: httpx.Client, sandbox: SalesforceSandbox):
    for name in ("b", None, "a", "c"):
        sandbox.create("Account", {"Name": "x", "Site": name}, created=T0)

    up = records(api, "SELECT Site FROM Account ORDER BY Site")
    down = records(api, "SELECT Site FROM Account ORDER BY Site DESC, Id LIMIT 2 OFFSET 1")

    assert [row["Site"] for row in up] == [None, "a", "b", "c"]
    assert [row["Site"] for row in down] == ["b", "a"]


def test_counts(api: httpx.Client, sandbox: SalesforceSandbox):
    sandbox.bulk_import("Lead", 3)

    plain = ask(api, "SELECT COUNT() FROM Lead").json()
    of_ids = ask(api, "SELECT COUNT(Id) FROM Lead").json()

    assert plain == {"totalSize": 3, "done": True, "records": []}
    assert of_ids["records"][0]["expr0"] == 3


def test_deleted_and_archived_records_show_only_when_all_are_asked_for(
    api: httpx.Client, sandbox: SalesforceSandbox, clock: ManualClock
):
    live, dead = (sandbox.create("Task", {"Subject": "x"}) for _ in range(2))
    old = sandbox.create("Task", {"Subject": "x", "IsArchived": True})
    clock.advance(60)
    sandbox.delete("Task", dead)
    query = "SELECT Id, IsDeleted, SystemModstamp FROM Task"

    some = records(api, query)
    everything = {row["Id"]: row for row in records(api, query, "/queryAll")}

    assert {row["Id"] for row in some} == {live}
    assert everything.keys() == {live, dead, old}
    assert everything[dead]["IsDeleted"] is True
    assert everything[dead]["SystemModstamp"] == "2026-11-20T09:01:00.000+0000"


def test_a_late_commit_shows_up_with_its_older_stamp(
    api: httpx.Client, sandbox: SalesforceSandbox, clock: ManualClock
):
    sandbox.create("Lead", {"LastName": "Late"}, commits_in=180)
    before = records(api, "SELECT Id FROM Lead")
    clock.advance(200)

    [row] = records(api, "SELECT SystemModstamp FROM Lead")

    assert before == []
    assert row["SystemModstamp"] == "2026-11-20T09:00:00.000+0000"


def test_addresses_may_not_be_too_long(api: httpx.Client):
    name = "A" * 200
    long = f"SELECT Id FROM Account WHERE Name IN ({','.join([repr(name)] * 90)})"

    assert ask(api, long).status_code == 414
    assert ask(api, "SELECT Id FROM Account", **{"X-Long": "x" * 16_300}).status_code == 431


def test_a_hidden_field_is_like_one_that_is_not_there(
    api: httpx.Client, sandbox: SalesforceSandbox
):
    sandbox.hide("Account", "Rating")
    sandbox.hide_object("Lead")

    described = api.get("/sobjects/Account/describe").json()["fields"]

    assert "Rating" not in {one["name"] for one in described}
    assert code(ask(api, "SELECT Rating FROM Account")) == (400, "INVALID_FIELD")
    assert code(ask(api, "SELECT Id FROM Lead")) == (400, "INVALID_TYPE")
    assert code(api.get("/sobjects/Lead/describe")) == (404, "NOT_FOUND")
    assert "Lead" not in {one["name"] for one in api.get("/sobjects").json()["sobjects"]}


def test_fields_are_described_by_type(api: httpx.Client):
    fields = {one["name"]: one for one in api.get("/sobjects/Account/describe").json()["fields"]}

    assert (fields["Id"]["type"], fields["Id"]["soapType"]) == ("id", "tns:ID")
    assert fields["BillingAddress"]["type"] == "address"
    assert fields["BillingCity"]["compoundFieldName"] == "BillingAddress"
    assert fields["OwnerId"]["referenceTo"] == ["User"]
    assert fields["OwnerId"]["relationshipName"] == "Owner"
    assert fields["Open_Pipeline__c"]["calculated"] is True
    assert fields["Tier__c"]["custom"] is True
    assert [one["value"] for one in fields["Tier__c"]["picklistValues"]] == [
        "Gold",
        "Silver",
        "Bronze",
    ]


def test_several_descriptions_come_at_once_with_the_errors_inside(api: httpx.Client):
    asked = [
        {"method": "GET", "url": f"v66.0/sobjects/{name}/describe"} for name in ("Lead", "Nope")
    ]

    answer = api.post("/composite/batch", json={"batchRequests": asked}).json()

    assert answer["hasErrors"] is True
    assert [one["statusCode"] for one in answer["results"]] == [200, 404]
    assert answer["results"][0]["result"]["name"] == "Lead"
