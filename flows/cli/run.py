"""Running a flow from the command line: the same function a deployment runs, followed on stderr."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from prefect.exceptions import TerminationSignal
from prefect.states import get_state_exception
from rich.console import Console

from flows.cli.bars import following
from flows.cli.ends import TERMINATED, leave
from flows.cli.lines import show_log
from flows.result import Result


def run_flow(
    flow: Callable[..., Awaitable[Any]],
    console: Console,
    log: Console | None = None,
    **parameters: Any,
) -> list[Result]:
    """Run a flow to its end and return how each entity's run went; raises what kept it from starting.

    Progress shows on `console`, and so do the log's lines unless they have a place of their own.
    """
    show_log(log or console, debug=bool(parameters.get("debug")))
    try:
        with following(console) as follower:
            error = asyncio.run(_run(flow, parameters))
    except TerminationSignal:
        leave("terminated", TERMINATED)
    if error and not follower.results:
        raise error
    return follower.results


async def _run(
    flow: Callable[..., Awaitable[Any]], parameters: dict[str, Any]
) -> BaseException | None:
    """Run the flow; the error it ended with, if any."""
    state = await flow(**parameters, return_state=True)
    if state.is_completed():
        return None
    error: BaseException = await get_state_exception(state)  # type: ignore[misc] # for its sync form
    return error
