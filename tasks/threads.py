"""The small executors in which Polars and PostgreSQL work, so that the event loop keeps fetching."""

import asyncio
import contextvars
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

# Polars brings threads of its own; two callers keep it busy. A statement mostly waits for PostgreSQL.
_frames = ThreadPoolExecutor(max_workers=2, thread_name_prefix="frames")
_statements = ThreadPoolExecutor(max_workers=8, thread_name_prefix="statements")


async def in_thread(call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run work on frames beside the event loop."""
    return await _run(_frames, partial(call, *args, **kwargs))


async def in_database(call: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run statements beside the event loop; nothing in there waits for a lock of ours or a queue."""
    return await _run(_statements, partial(call, *args, **kwargs))


async def _run(executor: ThreadPoolExecutor, call: Callable[[], R]) -> R:
    context = contextvars.copy_context()
    work = asyncio.get_running_loop().run_in_executor(executor, partial(context.run, call))
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        # A thread cannot be recalled: who gave up must not touch its connection before it has ended.
        await asyncio.wait([work])
        raise
