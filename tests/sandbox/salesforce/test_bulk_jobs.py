"""Bulk API 2.0 queries, their states, pages and refusals."""

import csv
import io
from typing import Any

import httpx
import pytest

from sandbox.salesforce import Limits, ManualClock, SalesforceSandbox


def create(api: httpx.Client, query: str, operation: str = "query", **more: Any) -> httpx.Response:
    return api.post("/jobs/query", json={"operation": operation, "query": query, **more})


def finished(api: httpx.Client, query: str, operation: str = "query") -> str:
    job = create(api, query, operation).json()["id"]
    while api.get(f"/jobs/query/{job}").json()["state"] != "JobComplete":
        pass
    return job


def code(answer: httpx.Response) -> tuple[int, str]:
    [error] = answer.json()
    return answer.status_code, error["errorCode"]


def test_a_job_takes_its_time_and_then_tells_how_many_records_it_found(
    api: httpx.Client, sandbox: SalesforceSandbox
):
    sandbox.bulk_import("Lead", 7)

    made = create(api, "SELECT Id FROM Lead").json()
    early = api.get(f"/jobs/query/{made['id']}/results")
    states = [api.get(f"/jobs/query/{made['id']}").json() for _ in range(3)]

    assert made["state"] == "UploadComplete"
    assert (made["object"], made["apiVersion"]) == ("Lead", 66.0)
    assert code(early)[0] == 400
    assert [one["state"] for one in states] == ["InProgress", "JobComplete", "JobComplete"]
    assert states[-1]["numberRecordsProcessed"] == 7


def test_pages_repeat_the_head_and_the_last_one_says_null(
    api: httpx.Client, sandbox: SalesforceSandbox
):
    sandbox.bulk_import("Lead", 5)
    job = finished(api, "SELECT Id, Description FROM Lead")
    found: list[str] = []
    locator, sizes = "", []

    while locator != "null":
        params = {"maxRecords": "2"} | ({"locator": locator} if locator else {})
        page = api.get(f"/jobs/query/{job}/results", params=params)
        head, *rows = csv.reader(io.StringIO(page.text, newline=""))
        assert head == ["Id", "Description"]
        found += [row[0] for row in rows]
        sizes.append(page.headers["Sforce-NumberOfRecords"])
        locator = page.headers["Sforce-Locator"]

    assert sizes == ["2", "2", "1"]
    assert set(found) == set(sandbox.truth("Lead"))


def test_cells_are_quoted_and_nothing_is_an_empty_one(
    api: httpx.Client, sandbox: SalesforceSandbox
):
    awkward = 'a "quoted"\nline, and more'
    told = {"LastName": "X", "Description": awkward, "AnnualRevenue": "1.5E7", "IsConverted": True}
    sandbox.create("Lead", told)
    job = finished(
        api, "SELECT Description, AnnualRevenue, IsConverted, CreatedDate, Website FROM Lead"
    )

    text = api.get(f"/jobs/query/{job}/results").text

    assert text.startswith('"Description","AnnualRevenue"')
    [_, row] = csv.reader(io.StringIO(text, newline=""))
    assert row == [awkward, "1.5E7", "true", "2026-11-20T09:00:00.000Z", ""]


def test_deleted_records_only_in_query_all(api: httpx.Client, sandbox: SalesforceSandbox):
    sandbox.delete("Lead", sandbox.bulk_import("Lead", 2)[0])

    some = api.get(f"/jobs/query/{finished(api, 'SELECT Id FROM Lead')}").json()
    everything = api.get(f"/jobs/query/{finished(api, 'SELECT Id FROM Lead', 'queryAll')}").json()

    assert (some["numberRecordsProcessed"], everything["numberRecordsProcessed"]) == (1, 2)


@pytest.mark.parametrize(
    ("query", "refusal"),
    [
        ("SELECT Id FROM CaseStatus", "INVALIDENTITY"),
        ("SELECT Id, BillingAddress FROM Account", "API_ERROR"),
        ("SELECT Id, Body FROM Attachment", "API_ERROR"),
        ("SELECT COUNT() FROM Account", "API_ERROR"),
        ("SELECT Id FROM Account OFFSET 5", "API_ERROR"),
        ("SELECT Id FROM Nope", "INVALID_TYPE"),
        ("SELECT Id FRM Account", "MALFORMED_QUERY"),
    ],
)
def test_what_bulk_does_not_read(api: httpx.Client, query: str, refusal: str):
    assert code(create(api, query)) == (400, refusal)


def test_unknown_members_and_operations_are_refused(api: httpx.Client):
    assert code(create(api, "SELECT Id FROM Lead", colour="red"))[0] == 400
    assert code(create(api, "SELECT Id FROM Lead", "insert"))[0] == 400


def test_an_unknown_column_fails_only_when_the_job_runs(api: httpx.Client):
    job = create(api, "SELECT Id, Nope FROM Lead").json()["id"]

    told = [api.get(f"/jobs/query/{job}").json() for _ in range(2)][-1]

    assert told["state"] == "Failed"
    assert told["errorMessage"] == "InvalidBatch : Field name not found : Nope"


def test_a_job_answers_in_its_own_version_alone(url: str, api: httpx.Client):
    job = finished(api, "SELECT Id FROM Lead")

    other = httpx.get(f"{url}/services/data/v65.0/jobs/query/{job}", headers=api.headers)

    assert other.status_code == 409


def test_a_job_is_stopped_before_it_is_deleted(api: httpx.Client):
    job = create(api, "SELECT Id FROM Lead").json()["id"]

    too_early = api.delete(f"/jobs/query/{job}")
    stopped = api.patch(f"/jobs/query/{job}", json={"state": "Aborted"})
    gone = api.delete(f"/jobs/query/{job}")

    assert too_early.status_code == 400
    assert stopped.json()["state"] == "Aborted"
    assert gone.status_code == 204
    assert code(api.get(f"/jobs/query/{job}")) == (404, "NOT_FOUND")


def test_results_are_kept_for_a_week(
    api: httpx.Client, sandbox: SalesforceSandbox, clock: ManualClock
):
    job = finished(api, "SELECT Id FROM Lead")
    sandbox.sessions.minutes = float("inf")
    clock.advance(8 * 24 * 3600)

    assert code(api.get(f"/jobs/query/{job}/results")) == (404, "NOT_FOUND")


def test_jobs_are_limited_by_the_day(api: httpx.Client, sandbox: SalesforceSandbox):
    sandbox.limits = Limits(bulk_jobs=1)
    create(api, "SELECT Id FROM Lead")

    assert code(create(api, "SELECT Id FROM Lead")) == (400, "EXCEEDED_LIMIT")


def test_addresses_of_pages_come_five_at_a_time(api: httpx.Client, sandbox: SalesforceSandbox):
    sandbox.jobs.page = 10
    sandbox.bulk_import("Lead", 65)
    job = finished(api, "SELECT Id FROM Lead")

    first = api.get(f"/jobs/query/{job}/resultPages").json()
    following = first["nextRecordsUrl"].partition("v66.0")[2]
    second = api.get(following).json()

    urls = [one["resultUrl"] for page in (first, second) for one in page["resultPages"]]
    assert (len(urls), first["done"], second["done"]) == (7, False, True)
    rows = [
        row
        for one in urls
        for row in csv.DictReader(io.StringIO(api.get(one.partition("v66.0")[2]).text))
    ]
    assert {row["Id"] for row in rows} == set(sandbox.truth("Lead"))


def test_a_fast_org_writes_its_rows_when_they_are_asked_for():
    sandbox = SalesforceSandbox.fast(contacts=2_000_000, fields=60)
    with (
        sandbox.serve() as url,
        httpx.Client(
            base_url=f"{url}/services/data/v66.0",
            headers={"Authorization": "Bearer 00D5e0000000001!AQ.sandbox.session"},
            trust_env=False,
        ) as api,
    ):
        names = [one["name"] for one in api.get("/sobjects/Contact/describe").json()["fields"]]
        job = finished(api, f"SELECT {', '.join(names)} FROM Contact")
        page = api.get(f"/jobs/query/{job}/results", params={"maxRecords": "100"})
        count = api.get("/query", params={"q": "SELECT COUNT() FROM Contact"}).json()

    rows = list(csv.DictReader(io.StringIO(page.text, newline="")))
    assert len(names) == 60
    assert len({row["Id"] for row in rows}) == 100
    assert count["totalSize"] == 2_000_000
