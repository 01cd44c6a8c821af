"""What was deleted and no reading shows: purged from the recycle bin, or moved there with its stamp unmoved.

The list of deletions names both.

https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_getdeleted.htm
"""

from datetime import UTC, datetime, timedelta
from typing import Any

from sources.errors import BadAnswer, MissingScope, Refused
from sources.page import Page, Window
from sources.salesforce import rest
from sources.salesforce.asked import Asked
from sources.salesforce.refusals import TooManyIds

CURSOR = "deleted:"
MINUTE = timedelta(minutes=1)
# The list may be behind, by as much as its `latestDateCovered` says. A day more each time costs no request
# and needs no memory of that; what the day before has told is told again, and changes nothing.
LAG = timedelta(days=1)
# It reaches back 15 days; a little less, for clocks.
REACH = timedelta(days=15) - timedelta(hours=1)
WHAT = "records purged from the recycle bin"


async def purged(asked: Asked, window: Window) -> Page:
    """The keys of what was deleted and did not come back; what the list does not say is told."""
    end = _minute(window.until)
    earliest = _minute(end - REACH)
    begin = earliest if window.since is None else _minute(window.since - LAG)
    left_out = {}
    if begin < earliest and window.since is not None:
        left_out[WHAT] = (
            f"Salesforce lists deletions since {earliest:%Y-%m-%d} only; what was deleted and purged before"
            " is found by --full --force-overwrite"
        )
    try:
        listed = await _listed(asked, max(begin, earliest), end)
        alive = await rest.living(asked, listed)
    except (Refused, MissingScope) as error:
        return Page([], left_out={WHAT: str(error)})
    return Page([], left_out=left_out, gone=[key for key in listed if key not in alive])


async def _listed(asked: Asked, begin: datetime, end: datetime) -> list[str]:
    """The ids deleted in a span; one that is too full is halved."""
    span = {"start": _text(begin), "end": _text(end)}
    try:
        reply = await asked.api.get(f"sobjects/{asked.name}/deleted/", span)
    except TooManyIds:
        middle = _minute(begin + (end - begin) / 2)
        if middle - begin < MINUTE:
            raise
        return [*await _listed(asked, begin, middle), *await _listed(asked, middle, end)]
    answer: Any = reply.json()
    found = answer.get("deletedRecords") if isinstance(answer, dict) else None
    if not isinstance(found, list):
        raise BadAnswer("Salesforce's list of deletions has no records")
    return [str(one["id"]) for one in found]


def _minute(moment: datetime) -> datetime:
    """Seconds do not count there."""
    return moment.astimezone(UTC).replace(second=0, microsecond=0)


def _text(moment: datetime) -> str:
    return f"{moment:%Y-%m-%dT%H:%M:%SZ}"
