"""The addresses of Bulk API 2.0 queries."""

from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from sandbox.gate import fault_of
from sandbox.salesforce.asked import store_of, version_of
from sandbox.salesforce.errors import refuse, respond
from sandbox.salesforce.fields import COMPOUND
from sandbox.salesforce.jobs import FINAL, OPERATIONS, Job, Jobs
from sandbox.salesforce.limits import Limits
from sandbox.salesforce.soql import Select, parse
from sandbox.salesforce.store import Store

AT_ONCE = 5  # addresses of pages in one answer
CSV = "text/csv"
FIXED = {"contentType": "CSV", "columnDelimiter": "COMMA", "lineEnding": "LF"}


def jobs_of(request: Request) -> Jobs:
    """The org's jobs."""
    jobs: Jobs = request.app.state.jobs
    return jobs


def _job(request: Request) -> Job:
    if fault_of(request) == "job_gone":
        jobs_of(request).known.pop(request.path_params["id"], None)
    return jobs_of(request).find(request.path_params["id"], version_of(request))


async def create(request: Request) -> Response:
    """Begin a job; a field that is not there shows up only when it runs."""
    version = version_of(request)
    body: dict[str, Any] = msgspec.json.decode(await request.body())
    if unknown := body.keys() - {"operation", "query", *FIXED}:
        raise refuse(400, "JSON_PARSER_ERROR", f"Unrecognized field {', '.join(sorted(unknown))}")
    if body.get("operation") not in OPERATIONS:
        raise refuse(400, "INVALIDOPERATION", "operation must be query or queryAll")
    for name, value in FIXED.items():
        if body.get(name, value) != value:
            raise refuse(400, "INVALIDJOB", f"The sandbox writes {name} {value} only")
    asked = parse(body.get("query", ""))
    _refuse_what_bulk_cannot(store_of(request), asked)
    limits: Limits | None = request.app.state.limits()
    if limits is not None:
        if limits.jobs >= limits.bulk_jobs:
            raise refuse(
                400,
                "EXCEEDED_LIMIT",
                f"Max bulk v2 query jobs ({limits.bulk_jobs}) per 24 hrs has been reached",
            )
        limits.jobs += 1
    job = jobs_of(request).create(asked, body["query"], body["operation"], version)
    return respond(job.document())


def _refuse_what_bulk_cannot(store: Store, asked: Select) -> None:
    shelf = store.shelf(asked.object)
    if not shelf.definition.bulk:
        name = shelf.definition.name
        raise refuse(400, "INVALIDENTITY", f"Entity '{name}' is not supported by the Bulk API.")
    if asked.counts or asked.count_of or asked.grouped or asked.offset:
        raise refuse(400, "API_ERROR", "Aggregate functions and OFFSET are not supported")
    types = {name.lower(): one.type for name, one in shelf.definition.by_name.items()}
    chosen = {types.get(name.lower(), "") for name in asked.fields}
    if chosen & COMPOUND:
        raise refuse(400, "API_ERROR", "Selecting compound data not supported in Bulk Query")
    if "base64" in chosen:
        raise refuse(400, "API_ERROR", "Selecting binary data not supported in Bulk Query")


async def show(request: Request) -> Response:
    """How far a job is."""
    job = _job(request)
    jobs_of(request).advance(job)
    if fault_of(request) == "job_failed" and job.state != "Aborted":
        job.state, job.error = "Failed", "InternalServerError : Retried more than fifteen times"
    return respond(job.progress())


async def change(request: Request) -> Response:
    """Stop a job."""
    job, body = _job(request), msgspec.json.decode(await request.body())
    if body != {"state": "Aborted"} or job.state in FINAL:
        raise refuse(400, "INVALIDJOBSTATE", f"The job is {job.state}")
    job.state = "Aborted"
    return respond(job.document())


async def delete(request: Request) -> Response:
    """Forget a job and its results."""
    job = _job(request)
    if job.state not in FINAL:
        raise refuse(400, "API_ERROR", "Abort the job first")
    del jobs_of(request).known[job.id]
    return Response(status_code=204)


async def results(request: Request) -> Response:
    """A page of results as CSV, each with the names of the columns at its head."""
    job, query = _job(request), request.query_params
    most = query.get("maxRecords")
    if most is not None and not (most.isdecimal() and int(most)):
        raise refuse(400, "INVALIDMAXRECORDS", "maxRecords must be a positive number")
    text, count, following = jobs_of(request).result(
        job, query.get("locator"), int(most) if most else None
    )
    if fault_of(request) == "lost_row" and count:
        text, count = text[: text.rindex('\n"', 0, -1) + 1], count - 1
    headers = {"Sforce-NumberOfRecords": str(count), "Sforce-Locator": following}
    return Response(text.encode(), 200, headers, CSV)


async def result_pages(request: Request) -> Response:
    """Addresses of pages that can be loaded side by side, five at a time."""
    job, version = _job(request), version_of(request)
    if job.state != "JobComplete":
        raise refuse(400, "API_ERROR", f"The job is not complete: {job.state}")
    begin = int(request.query_params.get("page", "0"))
    locators = jobs_of(request).pages(job)
    base = f"/services/data/v{version}/jobs/query/{job.id}"
    shown = locators[begin : begin + AT_ONCE]
    done = begin + AT_ONCE >= len(locators)
    answer: dict[str, Any] = {
        "resultPages": [{"resultUrl": f"{base}/results?locator={one}"} for one in shown],
        "done": done,
    }
    if not done:
        answer["nextRecordsUrl"] = f"{base}/resultPages?page={begin + AT_ONCE}"
    return respond(answer)
