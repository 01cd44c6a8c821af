"""SyncHistory as tasks: a run's row is written when it starts and when it finishes."""

from dataclasses import dataclass
from typing import Any

from prefect import task
from prefect.cache_policies import NO_CACHE

from tasks.threads import in_database
from warehouse import history
from warehouse.connection import Connection

Row = dict[str, Any]


@task(
    name="open",
    task_run_name="open {crm_source} {entity}",
    cache_policy=NO_CACHE,
    persist_result=False,
)
async def open_run(crm_source: str, entity: str, configuration: Row, books: "Books") -> int:
    """Write the run's row, `running`; returns its id."""
    return await in_database(history.open_run, books.conn, crm_source, entity, configuration)


@task(
    name="close",
    task_run_name="close run {run_id} as {status}",
    cache_policy=NO_CACHE,
    persist_result=False,
)
async def close_run(run_id: int, status: str, closing: "Closing", books: "Books") -> Row | None:
    """Close the run's row with status, metrics and anchor; None where another run had closed it."""
    return await in_database(
        history.close_run,
        books.conn,
        run_id,
        status,
        error=closing.error,
        metrics=closing.metrics,
        configuration=closing.configuration,
    )


class Books:
    """A connection to the bookkeeping tables; a plain class, since tasks are handed it."""

    __slots__ = ("conn",)

    def __init__(self, conn: Connection) -> None:
        self.conn = conn


@dataclass(frozen=True, slots=True)
class Closing:
    """What is written when a run ends."""

    error: str | None
    metrics: Row
    configuration: Row
