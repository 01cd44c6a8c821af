"""`/deleted/` and `/updated/`: ids by the minute in which something happened to them.

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_getdeleted.htm
"""

from datetime import datetime, timedelta

from starlette.requests import Request
from starlette.responses import Response

from sandbox.salesforce.asked import shelf_of, store_of
from sandbox.salesforce.errors import refuse, respond
from sandbox.salesforce.store import RESTORABLE, Store
from sandbox.salesforce.values import written

MOST_IDS = 600_000
# How far the answer lags behind: what long transactions delete shows up later.
LAG = timedelta(minutes=2)
UPDATED_FOR = timedelta(days=30)


async def deleted(request: Request) -> Response:
    """What was deleted, whether or not it is still in the bin; not what came back."""
    store, shelf = store_of(request), shelf_of(request)
    with store.lock:
        start, end = _span(request, store, RESTORABLE)
        covered = min(end, store.now() - LAG)
        found = [
            {"id": key, "deletedDate": written(moment, "+0000")}
            for key, moment in shelf.log.items()
            if start <= moment < covered
        ]
        if len(found) > MOST_IDS:
            raise refuse(400, "EXCEEDED_ID_LIMIT", "Too many ids: narrow the span")
        earliest = store.now() - RESTORABLE
        return respond(
            {
                "deletedRecords": found,
                "earliestDateAvailable": written(earliest, "+0000"),
                "latestDateCovered": written(covered, "+0000"),
            }
        )


async def updated(request: Request) -> Response:
    """What was created or changed."""
    store, shelf = store_of(request), shelf_of(request)
    with store.lock:
        start, end = _span(request, store, UPDATED_FOR)
        covered = min(end, store.now() - LAG)
        ids = [
            key
            for key, record in shelf.records.items()
            if isinstance(moment := record.get("SystemModstamp"), datetime)
            and start <= moment < covered
        ]
        return respond({"ids": ids, "latestDateCovered": written(covered, "+0000")})


def _span(request: Request, store: Store, most: timedelta) -> tuple[datetime, datetime]:
    """From when to when, seconds left off; a span that makes no sense is refused."""
    if not store.shelf(request.path_params["object"]).definition.replicateable:
        raise refuse(400, "INVALID_TYPE", "This type of object cannot be replicated")
    start, end = (_moment(request, name) for name in ("start", "end"))
    wrong = "INVALID_REPLICATION_DATE"
    if end - start < timedelta(minutes=1):
        raise refuse(400, wrong, "startDate must precede endDate by more than one minute")
    if store.now() - start > most:
        raise refuse(400, wrong, "startDate before org replication enabled date")
    return start, end


def _moment(request: Request, name: str) -> datetime:
    try:
        moment = datetime.fromisoformat(request.query_params.get(name, ""))
    except ValueError as error:
        raise refuse(400, "MALFORMED_QUERY", f"{name} is not a moment") from error
    if moment.tzinfo is None:
        raise refuse(400, "MALFORMED_QUERY", f"{name} has no time zone")
    return moment.replace(second=0, microsecond=0)
