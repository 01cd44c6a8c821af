"""The tasks of a run in one place: as Prefect tasks, or as the plain functions below their decorators."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from prefect.cache_policies import NO_CACHE
from prefect.filesystems import WritableFileSystem

from tasks.batch import Batch, Chunk
from tasks.beside import load_beside
from tasks.fetch import ChunkRef, ask_source, fetch_chunk
from tasks.history import close_run, open_run
from tasks.load import load_batch
from tasks.pages import ChunkSerializer
from tasks.preview import compare_batch
from tasks.transform import transform_chunk
from tasks.validate import validate_batch
from warehouse.merged import Merged


@dataclass(frozen=True, slots=True)
class Steps:
    """What a run does step by step; see the tasks of the same names."""

    fetch: Callable[[ChunkRef], Awaitable[Chunk]]
    ask: Callable[[ChunkRef], Awaitable[Chunk]]
    transform: Callable[..., Awaitable[Batch]]
    validate: Callable[..., Awaitable[Batch]]
    load: Callable[..., Awaitable[Merged]]
    load_beside: Callable[..., Awaitable[tuple[int, int]]]
    compare: Callable[..., Awaitable[Merged]]
    open: Callable[..., Awaitable[int]]
    close: Callable[..., Awaitable[dict[str, Any] | None]]

    def keeping_pages_in(self, storage: Path | WritableFileSystem) -> "Steps":
        """The same, with fetched chunks cached in a folder, or in what a block leads to."""
        return replace(
            self,
            fetch=fetch_chunk.with_options(
                result_storage=storage, result_serializer=ChunkSerializer()
            ),
        )

    def keeping_nothing(self) -> "Steps":
        """The same without a cache."""
        return replace(
            self, fetch=fetch_chunk.with_options(persist_result=False, cache_policy=NO_CACHE)
        )


AS_TASKS = Steps(
    fetch_chunk,
    ask_source,
    transform_chunk,
    validate_batch,
    load_batch,
    load_beside,
    compare_batch,
    open_run,
    close_run,
)

# What the tests of rules and the benchmark's floor run: everything but Prefect.
PLAIN = Steps(
    fetch_chunk.fn,
    ask_source.fn,
    transform_chunk.fn,
    validate_batch.fn,
    load_batch.fn,
    load_beside.fn,
    compare_batch.fn,
    open_run.fn,
    close_run.fn,
)
