"""`/_sandbox/…`: what another process may do with a look-alike that no API offers."""

from dataclasses import asdict
from datetime import datetime
from typing import Any, Protocol

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox.answers import json
from sandbox.faults import Faults
from sandbox.gate import Journal, Refusal

MOMENTS = frozenset({"created", "updated", "at"})


class Controlled(Protocol):
    """What a sandbox must have: faults, a journal, its truth, and changes by name."""

    @property
    def faults(self) -> Faults:
        """What goes wrong at present."""
        ...

    @property
    def requests(self) -> Journal:
        """Every request so far."""
        ...

    def truth(self, type: str) -> dict[str, Any]:
        """What it really holds, by key."""
        ...


class Control:
    """The remote control of a sandbox, which may be told to do what `actions` name."""

    def __init__(self, sandbox: Controlled, *actions: str) -> None:
        self._sandbox = sandbox
        self._actions = actions

    def routes(self) -> list[Route]:
        """Faults, requests, truth, and a route for each action."""
        return [
            Route("/_sandbox/faults", self._faults, methods=["GET", "POST", "DELETE"]),
            Route("/_sandbox/requests", self._requests, methods=["GET", "DELETE"]),
            Route("/_sandbox/truth/{type}", self._truth, methods=["GET"]),
            Route("/_sandbox/{action}", self._change, methods=["POST"]),
        ]

    async def _faults(self, request: Request) -> Response:
        faults = self._sandbox.faults
        if request.method == "POST":
            try:
                faults.add(**await told_by(request))
            except (TypeError, ValueError) as error:
                return said({"message": str(error)}, 400)
        elif request.method == "DELETE":
            faults.clear()
        return said({"faults": [asdict(fault) for fault in faults.active]})

    async def _requests(self, request: Request) -> Response:
        journal = self._sandbox.requests
        if request.method == "DELETE":
            journal.clear()
        keys = ("method", "path", "query", "status")
        return said({"requests": [dict(zip(keys, entry, strict=True)) for entry in journal]})

    def truth(self, request: Request) -> dict[str, Any]:
        """What the sandbox really holds of a type, as JSON can tell it."""
        return self._sandbox.truth(request.path_params["type"])

    def do(self, action: str, told: dict[str, Any]) -> Any:
        """Do an action, giving what it returns."""
        return getattr(self._sandbox, action)(**told)

    async def _truth(self, request: Request) -> Response:
        return said(self.truth(request))

    async def _change(self, request: Request) -> Response:
        action = request.path_params["action"]
        if action not in self._actions:
            return said({"message": f"Unknown action: {action}"}, 400)
        try:
            done = self.do(action, await told_by(request))
        except (KeyError, TypeError, ValueError) as error:
            return said({"message": f"{action}: {error}"}, 400)
        if isinstance(done, list):
            return said({"ids": done})
        return said({} if done is None else {"id": done})


async def told_by(request: Request) -> dict[str, Any]:
    """The JSON object a request carries, its moments read."""
    body = msgspec.json.decode(await request.body() or b"{}")
    if not isinstance(body, dict):
        raise Refusal(said({"message": "An object is expected"}, 400))
    for name in MOMENTS & body.keys():
        body[name] = datetime.fromisoformat(body[name])
    return body


def said(document: Any, status: int = 200) -> Response:
    """A JSON answer."""
    return json(document, status, None, "application/json")
