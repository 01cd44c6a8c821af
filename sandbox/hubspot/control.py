"""`/_sandbox/…`: what only this look-alike may be told, and shows."""

import inspect
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.clock import offset_clock
from sandbox.control import Control, said, told_by
from sandbox.hubspot.changes import Changes
from sandbox.hubspot.declarations import Declarations
from sandbox.hubspot.limits import Limits
from sandbox.hubspot.moments import iso, to_ms
from sandbox.hubspot.properties import Property

if TYPE_CHECKING:
    from sandbox.hubspot.sandbox import HubspotSandbox

ACTIONS = [
    name for part in (Changes, Declarations) for name in vars(part) if not name.startswith("_")
]


class HubspotControl(Control):
    """The remote control of an account: every change and declaration, and more to look at."""

    def __init__(self, sandbox: "HubspotSandbox") -> None:
        super().__init__(sandbox, *ACTIONS)
        self._account = sandbox

    def routes(self) -> list[Route]:
        """Settings, tokens, links, history and owners beside what every sandbox has."""
        return [
            Route("/_sandbox/settings", self._settings, methods=["GET", "POST"]),
            Route("/_sandbox/tokens", self._tokens, methods=["POST"]),
            Route("/_sandbox/links/{type}", self._links, methods=["GET"]),
            Route("/_sandbox/history/{type}/{property}", self._history, methods=["GET"]),
            Route("/_sandbox/owners", self._owners, methods=["GET"]),
            *super().routes(),
        ]

    def truth(self, request: Request) -> dict[str, Any]:
        """Every live (or `?archived=true`) record of a type with all its properties."""
        archived = request.query_params.get("archived") == "true"
        look = self._account.archived if archived else self._account.truth
        return {
            key: {
                "properties": dict(record.properties),
                "created": iso(record.created_ms),
                "updated": iso(record.updated_ms),
            }
            for key, record in look(request.path_params["type"]).items()
        }

    def do(self, action: str, told: dict[str, Any]) -> Any:
        """Do what the sandbox's method of the same name does; see `Changes` and `Declarations`.

        An object type is `contacts` when unsaid; `how` holds what else `add_property` and `add_owner` take.
        """
        method = getattr(self._account, action)
        # `type` goes first, by its place: a property has a `type` of its own, which is in `how`.
        takes_type = "type" in inspect.signature(method).parameters
        places = [told.pop("type", "contacts")] if takes_type else []
        told |= told.pop("how", {})
        if action == "add_object_type":
            told["properties"] = [Property(**_tuples(one)) for one in told["properties"]]
        return method(*places, **_tuples(told))

    async def _settings(self, request: Request) -> Response:
        """See or change the index lag, the limits (`null` is off), the clock, the life of refresh tokens."""
        account = self._account
        if request.method == "POST":
            self._set(await told_by(request))
        now = iso(account.store.now_ms())
        limited = account.limits is not None
        return said({"index_lag": account.index_lag, "limited": limited, "now": now})

    def _set(self, told: dict[str, Any]) -> None:
        account = self._account
        if "index_lag" in told:
            account.index_lag = float(told["index_lag"])
        if "limits" in told:
            account.limits = None if told["limits"] is None else Limits(**told["limits"])
        if "daily" in told and account.limits is not None:
            account.limits.daily = int(told["daily"])
        if "rotate_refresh_tokens" in told:
            account.tokens.rotate_refresh_tokens = bool(told["rotate_refresh_tokens"])
        if "token_lifetime" in told:
            account.tokens.lifetime = int(told["token_lifetime"])
        if "clock_offset" in told:
            account.store.clock = offset_clock(timedelta(seconds=told["clock_offset"]))

    async def _tokens(self, request: Request) -> Response:
        """Accept another token: `{"token": "pat-…", "scopes": […]}`."""
        body = await told_by(request)
        scopes = body.get("scopes")
        self._account.tokens.register(body["token"], None if scopes is None else set(scopes))
        return said({"token": body["token"]})

    async def _links(self, request: Request) -> Response:
        """Every link from a live record of a type, as a list of lists."""
        found = self._account.links(request.path_params["type"])
        return said({"links": sorted(found, key=str)})

    async def _history(self, request: Request) -> Response:
        """What values a property had in each live record: id, value, moment, source."""
        path = request.path_params
        found = self._account.history(path["type"], path["property"])
        shown = [(key, value, iso(to_ms(when)), source) for key, value, when, source in found]
        return said({"history": shown})

    async def _owners(self, request: Request) -> Response:
        """Every owner, by id."""
        return said(self._account.owners())


def _tuples(told: dict[str, Any]) -> dict[str, Any]:
    """What JSON can only write as a list is a tuple here."""
    lists = {name: tuple(value) for name, value in told.items() if isinstance(value, list)}
    return told | lists
