"""The sandbox as tests hold it: an Athena whose queries an engine runs, and how it is served."""

import re
from threading import Lock
from typing import Any

from starlette.requests import Request
from starlette.types import Receive, Scope, Send

from sandbox.athena.engine import Engine
from sandbox.athena.errors import ANSWERS, refusal, wrong
from sandbox.athena.executions import WAITS, Execution
from sandbox.athena.reads import build
from sandbox.clock import utc_now
from sandbox.faults import Faults
from sandbox.gate import Gate
from sandbox.served import Served

ACCESS_KEY, SECRET_KEY = "AKIASANDBOX000000001", "sandbox/athena+secret"
STAGING = "s3://sandbox-bucket/athena-results/"
PREFIX = b"AmazonAthena."
CREDENTIAL = re.compile(
    r"AWS4-HMAC-SHA256 Credential=([^/]+)/\d{8}/([a-z0-9-]+)/athena/aws4_request,"
    r" SignedHeaders=[a-z0-9;-]+, Signature=[0-9a-f]{64}"
)


class AthenaGate(Gate):
    """Every call is a POST to `/` and named by a header: here the name becomes the path."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        headers = dict(scope.get("headers", ()))
        target = bytes(headers.get(b"x-amz-target", b""))
        name = target.removeprefix(PREFIX).decode("latin-1")
        await super().__call__({**scope, "path": f"/{name}"}, receive, send)


class AthenaSandbox(Served):
    """An Athena in memory: queries, their answers, and the API in front of them.

    `place` is where the workgroup puts answers when the caller does not say; `waits` is how many looks
    find a query still waiting.
    """

    def __init__(self, engine: Engine, *, place: str = "") -> None:
        self.engine = engine
        self.place = place
        self.waits = WAITS
        self.executions: dict[str, Execution] = {}
        self._tokens: dict[str, Execution] = {}
        self._lock = Lock()
        self.app = AthenaGate(
            routes=build(self), clock=utc_now, faults=Faults(ANSWERS), admit=self._admit
        )

    @property
    def queries(self) -> list[str]:
        """The text of every query that was started: each is a scan somebody pays for."""
        return [execution.asked["QueryString"] for execution in self.executions.values()]

    def start(self, asked: dict[str, Any], place: str, token: str | None) -> Execution:
        """Run a query, unless the same was started before with this token."""
        with self._lock:
            before = self._tokens.get(token or "")
            if before is not None:
                if before.asked["QueryString"] != asked["QueryString"]:
                    raise wrong("Idempotent parameters do not match")
                return before
            execution = Execution(asked, place, waits=self.waits)
            self.executions[execution.id] = execution
            if token:
                self._tokens[token] = execution
        execution.run(self.engine)
        return execution

    def forget(self) -> None:
        """Lose every query, as Athena does after 45 days."""
        self.executions.clear()

    def expire(self) -> None:
        """Lose every answer, as a bucket does that is tidied up."""
        for execution in self.executions.values():
            execution.expired = True

    def _admit(self, request: Request) -> None:
        found = CREDENTIAL.fullmatch(request.headers.get("authorization", ""))
        if found is None:
            raise refusal("MissingAuthenticationTokenException", "Missing Authentication Token")
        if found[1] != ACCESS_KEY:
            raise refusal(
                "UnrecognizedClientException",
                "The security token included in the request is invalid.",
            )
