"""A run that failed before it could begin, told in SyncHistory all the same, and how errors are told."""

import logging
from collections.abc import Callable, Coroutine, Sequence
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from prefect import runtime
from prefect.client.schemas import State
from prefect.states import Failed

from flows.options import SyncOptions
from flows.result import Result
from flows.version import CODE_VERSION
from sources.errors import ConfigError, MissingScope, SourceError, Unauthorized
from tasks.history import Books, Closing
from tasks.report import Reporter
from tasks.steps import Steps
from tasks.threads import in_database
from warehouse.connection import connect
from warehouse.errors import WarehouseError, explained

log = logging.getLogger("crm_sync")
P = ParamSpec("P")
R = TypeVar("R")

LONGEST_MESSAGE = 2000

# What time does not cure: somebody has to change a setting, a credential or what it may read.
NEEDS_PEOPLE = (ConfigError, Unauthorized, MissingScope)
# What happens to the best of programs.
EXPECTED = (SourceError, WarehouseError, OSError)
# The names of Prefect's failed state, by which automations know what to run again, and when.
FAILED, FAILED_AGAIN, MISCONFIGURED = "Failed", "FailedAgain", "Misconfigured"


async def record_failure(
    url: str,
    schema: str,
    crm_source: str,
    entity: str,
    options: SyncOptions,
    error: Exception,
    steps: Steps,
) -> dict[str, Any]:
    """Write a failed run of an entity; it has no window, so it hides no run that can be resumed."""
    said = message_of(error)
    Reporter(crm_source, entity).failed(said)
    if options.dry_run:
        return {}
    conn = await in_database(connect, url, schema=schema)
    try:
        books = Books(conn)
        configuration = {
            **options.flags,
            "strategy": None,
            "anchor": False,
            "code_version": CODE_VERSION,
        }
        run_id = await steps.open(crm_source, entity, configuration, books)
        row = await steps.close(run_id, "failed", Closing(said, {}, {}), books)
    finally:
        await in_database(conn.close)
    return row or {}


def message_of(error: Exception) -> str:
    """An error as `error_message` tells it: what happened and, where it helps, what to do."""
    text = explained(error) or str(error) or type(error).__name__
    if isinstance(error, Unauthorized):
        text += " (check the source's credential: `crm-sync check` shows which one it uses)"
    return text if len(text) <= LONGEST_MESSAGE else f"{text[:LONGEST_MESSAGE]} …"


def told_plainly(
    body: Callable[P, Coroutine[Any, Any, State[R]]],
) -> Callable[P, Coroutine[Any, Any, State[R]]]:
    """Let an error that leaves a flow end it in a sentence, in a state that says what shall become of it."""

    @wraps(body)
    async def told(*args: P.args, **kwargs: P.kwargs) -> State[R]:
        try:
            return await body(*args, **kwargs)
        except Exception as error:
            if not isinstance(error, EXPECTED) and explained(error) is None:
                # The sentence has all there is to know of others, and Prefect logs it.
                log.exception("A mistake in crm-sync")
            return Failed(name=_name_of([error]), message=message_of(error), data=error)

    return told


def failure_name(results: Sequence[Result]) -> str:
    """What a failed run's state is called: whether running it again may help, and whether that was tried."""
    return _name_of([one.cause for one in results if one.outcome in {"failed", "unreconciled"}])


def _name_of(causes: Sequence[BaseException | None]) -> str:
    if all(isinstance(cause, NEEDS_PEOPLE) for cause in causes):
        return MISCONFIGURED
    return FAILED_AGAIN if runtime.flow_run.run_count > 1 else FAILED
