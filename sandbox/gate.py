"""The door every request passes, whoever the vendor: hooks, faults, admission, journal, delivery."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from sandbox.clock import Clock, http_date
from sandbox.delivery import deliver
from sandbox.exchange import ask, hang_up, read_body
from sandbox.faults import CONNECTION, Fault, Faults

CONTROL = "/_sandbox"

log = logging.getLogger("sandbox")


@dataclass(frozen=True)
class Call:
    """A request as hooks and faults see it."""

    method: str
    path: str
    query: str
    body: bytes


Journal = list[tuple[str, str, str, int]]  # method, path, query, status (0: no answer)


class Refusal(Exception):
    """A request that is answered with something else than it asked for."""

    def __init__(self, answer: Response) -> None:
        super().__init__(answer.status_code)
        self.answer = answer


def fault_of(request: Request) -> str | None:
    """The kind of fault that spoils what this request is answered with."""
    kind: str | None = request.state.fault
    return kind


def _failed() -> Response:
    return Response(status_code=500)


@dataclass
class Gate:
    """What stands between the socket and the routes.

    `admit` raises Refusal for whom it turns away; the `headers` it leaves in the request's state are told
    with what the routes answer. `stamps` are headers of every answer; `broken` is the answer when the
    look-alike itself fails.
    """

    routes: ASGIApp
    clock: Clock
    faults: Faults
    admit: Callable[[Request], None]
    stamps: Callable[[], Mapping[str, str]] = dict
    broken: Callable[[], Response] = _failed
    before_request: Callable[[Call], None] | None = None
    journal: Journal = field(default_factory=list)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or fail to, as the faults will have it."""
        if scope["type"] != "http" or scope["path"].startswith(CONTROL):
            await self.routes(scope, receive, send)
            return
        query = scope["query_string"].decode("latin-1")
        call = Call(scope["method"], scope["path"], query, await read_body(receive))
        if self.before_request is not None:
            await asyncio.to_thread(self.before_request, call)
        fault = self.faults.take(call.method, call.path)
        if fault is not None and fault.kind in CONNECTION:
            self.journal.append((call.method, call.path, call.query, 0))
            await hang_up(scope, receive, reset=fault.kind == "reset")
            return
        answer = await self._answer(scope, call, fault)
        answer.headers.update({"Date": http_date(self.clock()), **self.stamps()})
        self.journal.append((call.method, call.path, call.query, answer.status_code))
        await deliver(answer, fault, scope, receive, send)

    async def _answer(self, scope: Scope, call: Call, fault: Fault | None) -> Response:
        if fault is not None and fault.kind in self.faults.answers:
            return self.faults.answers[fault.kind](fault)
        state: dict[str, Any] = {"fault": fault.kind if fault is not None else None}
        try:
            self.admit(Request({**scope, "state": state}))
            answer = await ask(self.routes, {**scope, "state": state}, call.body)
        except Refusal as refused:
            return refused.answer
        except Exception:
            log.exception("The sandbox itself failed at %s %s", call.method, call.path)
            return self.broken()
        answer.headers.update(state.get("headers", {}))
        return answer
