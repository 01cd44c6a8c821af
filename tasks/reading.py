"""What is open while a run lasts: sources by name, so that a task is asked with names alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sources.entity import Entity
from sources.errors import ConfigError
from sources.page import Source
from sources.privacy import Privacy


@dataclass(slots=True)
class Reader:
    """An open source of one run: its client, the key for encrypted fields, and its entities as described."""

    source: Source
    privacy: Privacy
    account: str = ""
    api_version: str = ""
    entities: dict[str, Entity] = field(default_factory=dict)


_open: dict[tuple[str, str], Reader] = {}


@contextmanager
def opened(run: str, name: str, reader: Reader) -> Iterator[Reader]:
    """Let tasks of `run` find `reader` under the source's name."""
    _open[run, name] = reader
    try:
        yield reader
    finally:
        del _open[run, name]


def reader_of(run: str, name: str) -> Reader:
    """The open reader of a run; raises ConfigError outside of it."""
    try:
        return _open[run, name]
    except KeyError:
        raise ConfigError(
            f"source {name} is not open in this process: fetch within its sync flow"
        ) from None
