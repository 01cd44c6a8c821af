"""What every look-alike offers, whoever the vendor."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from sandbox.faults import Fault, Faults
from sandbox.gate import Call, Gate, Journal
from sandbox.server import serve


class Served:
    """A look-alike in the hands of tests, the demo and the benchmarks; `app` is all there is to it."""

    app: Gate

    def serve(self, host: str = "127.0.0.1", port: int = 0) -> AbstractContextManager[str]:
        """Answer requests while the block runs, giving the base URL."""
        return serve(self.app, host, port)

    @property
    def faults(self) -> Faults:
        """What goes wrong at present."""
        return self.app.faults

    def fault(self, kind: str, **how: Any) -> Fault:
        """Switch on a fault: `fault("bad_gateway", times=2, path="/search$")`."""
        return self.faults.add(kind, **how)

    @property
    def requests(self) -> Journal:
        """Every request so far: method, path, query, status (0 for none)."""
        return self.app.journal

    @property
    def before_request(self) -> Callable[[Call], None] | None:
        """Called with every request before it is answered; it may change records."""
        return self.app.before_request

    @before_request.setter
    def before_request(self, hook: Callable[[Call], None] | None) -> None:
        self.app.before_request = hook
