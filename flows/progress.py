"""Who wants to know how far a run is: the command shows bars, a deployment's run artifacts."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flows.result import Result


class Listener:
    """Someone who follows runs as they go, and passes over what is of no interest to them."""

    def chosen(self, source: str, entities: Sequence[str]) -> None:
        """These entities will be synced."""

    def started(self, source: str, entity: str, total: int | None) -> None:
        """An entity's run begins; `total` where the source gives one."""

    def advanced(self, source: str, entity: str, records: int) -> None:
        """Some more records have been dealt with."""

    def finished(self, source: str, entity: str, status: str) -> None:
        """An entity's run has ended."""

    def concluded(self, results: "Sequence[Result]") -> None:
        """All entities' runs have ended."""


_listeners: list[Listener] = []


@contextmanager
def listening(listener: Listener) -> Iterator[None]:
    """Tell `listener` while this lasts."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


def chosen(source: str, entities: Sequence[str]) -> None:
    """Tell which entities will be synced."""
    for listener in _listeners:
        listener.chosen(source, entities)


def started(source: str, entity: str, total: int | None) -> None:
    """Tell that an entity's run begins."""
    for listener in _listeners:
        listener.started(source, entity, total)


def advanced(source: str, entity: str, records: int) -> None:
    """Tell that records have been dealt with."""
    for listener in _listeners:
        listener.advanced(source, entity, records)


def finished(source: str, entity: str, status: str) -> None:
    """Tell that an entity's run has ended."""
    for listener in _listeners:
        listener.finished(source, entity, status)


def concluded(results: "Sequence[Result]") -> None:
    """Tell how all entities' runs have ended."""
    for listener in _listeners:
        listener.concluded(results)
