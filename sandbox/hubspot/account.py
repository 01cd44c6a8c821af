"""The account itself: its details, its usage, and new tokens for it."""

from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from sandbox.hubspot.asked import Query, store_of
from sandbox.hubspot.errors import invalid, respond
from sandbox.hubspot.limits import TIME_ZONE, Limits
from sandbox.hubspot.moments import iso, to_ms

UNLIMITED = 1_000_000  # what the usage page shows while the limits are switched off


async def details(request: Request) -> Response:
    """Which account this is."""
    Query.of(request)
    offset = store_of(request).clock().astimezone(TIME_ZONE).strftime("%z")
    return respond(
        {
            "portalId": request.app.state.tokens.portal_id,
            "accountType": "SANDBOX",
            "timeZone": TIME_ZONE.key,
            "companyCurrency": "USD",
            "utcOffset": f"{offset[:3]}:{offset[3:]}",
            "utcOffsetMilliseconds": _offset_ms(offset),
            "uiDomain": "app.hubspot.com",
            "dataHostingLocation": "na1",
        }
    )


def _offset_ms(offset: str) -> int:
    minutes = int(offset[1:3]) * 60 + int(offset[3:])
    return (-1 if offset[0] == "-" else 1) * minutes * 60_000


async def daily_usage(request: Request) -> Response:
    """How much of the day's calls is used up."""
    Query.of(request)
    limits: Limits | None = request.app.state.limits()
    now = store_of(request).clock()
    midnight = now.astimezone(TIME_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
    usage = {
        "name": "private-apps-api-calls-daily",
        "usageLimit": limits.daily if limits else UNLIMITED,
        "currentUsage": limits.used_today if limits else 0,
        "collectedAt": iso(to_ms(now)),
        "fetchStatus": "SUCCESS",
        "resetsAt": iso(to_ms(midnight) + 24 * 3600 * 1000),
    }
    return respond({"results": [usage]})


async def token(request: Request) -> Response:
    """A new access token for a refresh token; only the oldest version reads the query string."""
    form = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
    if request.url.path.startswith("/oauth/v1/"):
        form = dict(request.query_params) | form
    elif request.query_params:
        raise invalid("Parameters belong in the body")
    now = store_of(request).now_ms()
    return respond(request.app.state.tokens.grant(form, now))
