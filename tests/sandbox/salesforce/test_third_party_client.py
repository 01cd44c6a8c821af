"""`simple-salesforce`, the library most Python programs use, pointed at the sandbox."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter

from sandbox.salesforce import CLIENT_ID, CLIENT_SECRET, TOKEN, ManualClock, SalesforceSandbox

simple_salesforce = import_module("simple_salesforce")


class Plain(HTTPAdapter):
    """It speaks TLS only, which the look-alike does not, and knows the vendor's hosts."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    def send(self, request: requests.PreparedRequest, *args: Any, **how: Any) -> requests.Response:
        path = str(request.url).partition("://")[2].partition("/")[2]
        request.url = f"{self.url}/{path}"
        return super().send(request, *args, **how)


@pytest.fixture
def session(url: str) -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        # Between looks at a job it waits as long as servers keep connections open.
        session.headers["Connection"] = "close"
        session.mount("https://", Plain(url))
        yield session


@pytest.fixture
def crm(url: str, session: requests.Session) -> Any:
    return simple_salesforce.Salesforce(
        instance_url=url.replace("http", "https"),
        session_id=TOKEN,
        session=session,
        version="66.0",
    )


def test_it_queries(crm: Any, sandbox: SalesforceSandbox):
    key = sandbox.create("Account", {"Name": "Edge Homes", "AnnualRevenue": 300})

    found = crm.query("SELECT Id, Name, AnnualRevenue FROM Account WHERE Name = 'Edge Homes'")

    assert (found["totalSize"], found["done"]) == (1, True)
    [record] = found["records"]
    assert (record["Id"], record["AnnualRevenue"]) == (key, 300.0)


def test_it_reads_all_pages_and_deleted_records(crm: Any, sandbox: SalesforceSandbox):
    keys = sandbox.bulk_import("Contact", 4100)
    sandbox.delete("Contact", keys[0])

    some = crm.query_all("SELECT Id FROM Contact")["records"]
    everything = crm.query_all("SELECT Id FROM Contact", include_deleted=True)["records"]

    assert {row["Id"] for row in some} == set(keys[1:])
    assert {row["Id"] for row in everything} == set(keys)


def test_it_walks_lazily(crm: Any, sandbox: SalesforceSandbox):
    sandbox.bulk_import("Lead", 2100)

    assert sum(1 for _ in crm.query_all_iter("SELECT Id FROM Lead")) == 2100


def test_it_describes(crm: Any):
    fields = {one["name"]: one for one in crm.Opportunity.describe()["fields"]}
    names = {one["name"] for one in crm.describe()["sobjects"]}

    assert fields["Amount"]["type"] == "currency"
    assert fields["Margin__c"]["calculated"] is True
    assert {"Account", "Opportunity", "PricebookEntry"} <= names


def test_it_reads_in_bulk(crm: Any, sandbox: SalesforceSandbox, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("simple_salesforce.bulk2.sleep", lambda seconds: None)
    keys = sandbox.bulk_import("Contact", 230)

    pages = list(
        crm.bulk2.Contact.query("SELECT Id, Name, Description FROM Contact", max_records=100)
    )

    rows = [row for page in pages for row in csv.DictReader(io.StringIO(page, newline=""))]
    assert len(pages) == 3
    assert {row["Id"] for row in rows} == set(keys)
    assert {row["Description"] or None for row in rows} == {
        one["Description"] for one in sandbox.truth("Contact").values()
    }


def test_it_lists_deletions(crm: Any, sandbox: SalesforceSandbox, clock: ManualClock):
    [key] = sandbox.bulk_import("Contact", 1)
    sandbox.delete("Contact", key)
    clock.advance(600)

    now = clock().astimezone(UTC)
    found = crm.Contact.deleted(now - timedelta(days=1), now)

    assert [one["id"] for one in found["deletedRecords"]] == [key]


def test_it_reads_one_record(crm: Any, sandbox: SalesforceSandbox):
    key = sandbox.create("Lead", {"LastName": "Oak", "Company": "Acme"})

    assert crm.Lead.get(key)["Company"] == "Acme"


def test_it_knows_what_is_used_up(crm: Any):
    crm.query("SELECT Id FROM Lead")

    assert crm.api_usage["api-usage"].total == 100_000
    assert crm.limits()["DailyApiRequests"]["Max"] == 100_000


def test_it_understands_refusals(crm: Any):
    with pytest.raises(
        simple_salesforce.exceptions.SalesforceMalformedRequest, match="INVALID_FIELD"
    ):
        crm.query("SELECT Nope FROM Account")
    with pytest.raises(simple_salesforce.exceptions.SalesforceResourceNotFound):
        crm.Nope.describe()


def test_it_logs_in_with_client_credentials(
    sandbox: SalesforceSandbox, url: str, session: requests.Session
):
    token, instance = simple_salesforce.SalesforceLogin(
        consumer_key=CLIENT_ID,
        consumer_secret=CLIENT_SECRET,
        domain="acme.my",
        session=session,
    )

    assert sandbox.sessions.valid(f"Bearer {token}")
    assert instance == url.removeprefix("http://")


def test_the_moments_it_gets_are_aware(crm: Any, sandbox: SalesforceSandbox):
    sandbox.create("Lead", {"LastName": "Oak"})

    [record] = crm.query("SELECT SystemModstamp FROM Lead")["records"]

    assert datetime.fromisoformat(record["SystemModstamp"]).tzinfo is not None
