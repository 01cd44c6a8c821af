"""The three calls a reader needs: start a query, look how far it is, take its answer in pages."""

import base64
from typing import TYPE_CHECKING, Any

import msgspec
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox import application
from sandbox.athena.engine import Table
from sandbox.athena.errors import respond, said, wrong
from sandbox.athena.executions import Execution

if TYPE_CHECKING:
    from sandbox.athena.sandbox import AthenaSandbox

LONGEST_QUERY = 262_144  # bytes
MOST_ROWS = 1000
TOKEN_LENGTHS = range(32, 129)
STARTS = {
    "QueryString", "ClientRequestToken", "QueryExecutionContext", "ResultConfiguration", "WorkGroup",
    "ExecutionParameters", "ResultReuseConfiguration", "EngineConfiguration",
}  # fmt: skip


async def start(request: Request) -> Response:
    """Start a query, or name the one that was started with the same token."""
    sandbox, asked = _sandbox(request), await _asked(request, STARTS)
    query = asked.get("QueryString", "")
    if not query.strip() or len(query.encode()) > LONGEST_QUERY:
        raise wrong("1 validation error detected: queryString has a length that is not allowed")
    if query.split(None, 1)[0].upper() not in {"SELECT", "WITH"}:
        raise wrong("This look-alike only reads")
    place = (asked.get("ResultConfiguration") or {}).get("OutputLocation") or sandbox.place
    if not place:
        raise wrong(
            "No output location provided. An output location is required either through the Workgroup"
            " result configuration setting or as an API input."
        )
    token = asked.get("ClientRequestToken")
    if token is not None and len(token) not in TOKEN_LENGTHS:
        raise wrong("clientRequestToken must have between 32 and 128 characters")
    return respond({"QueryExecutionId": sandbox.start(asked, place, token).id})


async def look(request: Request) -> Response:
    """How far a query is."""
    execution = await _execution(request, {"QueryExecutionId"})
    return respond({"QueryExecution": execution.shown()})


async def stop(request: Request) -> Response:
    """End a query."""
    (await _execution(request, {"QueryExecutionId"})).cancelled = True
    return respond({})


async def results(request: Request) -> Response:
    """A page of a query's answer; the first row of the first one is the header."""
    asked = await _asked(request, {"QueryExecutionId", "NextToken", "MaxResults"})
    execution = _known(request, asked)
    if execution.state == "QUEUED":
        raise wrong("Query has not yet finished. Current state: QUEUED", "QUERY_NOT_FINISHED")
    if execution.answer is None or execution.state != "SUCCEEDED":
        raise wrong(f"Query did not finish successfully. Final query state: {execution.state}")
    if execution.expired:
        raise wrong("Could not find results", "RESULTS_NOT_FOUND")
    size = asked.get("MaxResults", MOST_ROWS)
    if not isinstance(size, int) or not 1 <= size <= MOST_ROWS:
        raise wrong(f"MaxResults is more than the maximum allowed length {MOST_ROWS}")
    return respond(_page(execution, execution.answer, asked.get("NextToken"), size))


def _page(execution: Execution, answer: Table, token: str | None, size: int) -> dict[str, Any]:
    begin = 0 if token is None else _place(execution, token)
    names = tuple(column.name for column in answer.columns)
    every = (names, *answer.rows)
    rows = [{"Data": [_datum(value) for value in row]} for row in every[begin : begin + size]]
    following = begin + size
    shown: dict[str, Any] = {
        "UpdateCount": 0,
        "ResultSet": {
            "Rows": rows,
            "ResultSetMetadata": {"ColumnInfo": [_described(c) for c in answer.columns]},
        },
    }
    if following < len(every):
        shown["NextToken"] = base64.b64encode(f"{execution.id}:{following}".encode()).decode()
    return shown


def _datum(value: str | None) -> dict[str, str]:
    # NULL is a cell without the member, and no text is a text like any other.
    return {} if value is None else {"VarCharValue": value}


def _described(column: Any) -> dict[str, Any]:
    return {
        "CatalogName": "hive",
        "SchemaName": "",
        "TableName": "",
        "Name": column.name,
        "Label": column.name,
        "Type": column.type,
        "Precision": column.precision,
        "Scale": column.scale,
        "Nullable": "UNKNOWN",
        "CaseSensitive": column.type == "varchar",
    }


def _place(execution: Execution, token: str) -> int:
    try:
        known, _, place = base64.b64decode(token, validate=True).decode().rpartition(":")
        number = int(place)
    except ValueError:
        known, number = "", 0
    if known != execution.id:
        raise wrong("Invalid next token")
    return number


async def _asked(request: Request, known: set[str]) -> dict[str, Any]:
    asked = msgspec.json.decode(await request.body() or b"{}")
    if unknown := asked.keys() - known:
        raise wrong(f"Unknown parameters: {', '.join(sorted(unknown))}")
    found: dict[str, Any] = asked
    return found


async def _execution(request: Request, known: set[str]) -> Execution:
    return _known(request, await _asked(request, known))


def _known(request: Request, asked: dict[str, Any]) -> Execution:
    name = asked.get("QueryExecutionId")
    found = _sandbox(request).executions.get(str(name))
    if found is None:
        raise wrong(f"QueryExecution {name} was not found")
    return found


def _sandbox(request: Request) -> "AthenaSandbox":
    found: AthenaSandbox = request.app.state.sandbox
    return found


def _misled(error: HTTPException) -> Response:
    return said("UnknownOperationException", "", error.status_code)


def build(sandbox: "AthenaSandbox") -> Starlette:
    """The application behind the gate, which makes a path of each call's name."""
    calls = {
        "StartQueryExecution": start,
        "GetQueryExecution": look,
        "GetQueryResults": results,
        "StopQueryExecution": stop,
    }
    routes = [Route(f"/{name}", call, methods=["POST"]) for name, call in calls.items()]
    return application.build(routes, _misled, sandbox=sandbox)
