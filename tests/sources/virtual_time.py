"""An event loop in which sleeping takes no time: ten seconds can be watched in milliseconds."""

import asyncio
from collections.abc import Coroutine
from typing import Any


class VirtualLoop(asyncio.SelectorEventLoop):
    """Whenever nothing is ready, the clock jumps to the next timer."""

    _virtual = 1000.0

    def time(self) -> float:
        return self._virtual

    def _run_once(self) -> None:
        if not self._ready and self._scheduled:  # type: ignore[attr-defined]
            self._virtual = max(self._virtual, self._scheduled[0].when())  # type: ignore[attr-defined]
        super()._run_once()  # type: ignore[misc]


def run(main: Coroutine[Any, Any, Any], loop: VirtualLoop | None = None) -> Any:
    """Run to the end in virtual time."""
    with asyncio.Runner(loop_factory=lambda: loop or VirtualLoop()) as runner:
        return runner.run(main)


def now() -> float:
    """The running loop's clock."""
    return asyncio.get_running_loop().time()
