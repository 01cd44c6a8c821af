"""An open database: connections that only read, questions put in threads and again while that may help."""

import asyncio
import logging
import random
import warnings
from collections.abc import Callable
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import NoSuchModuleError

from sources.database.address import Address, file_uri
from sources.database.backends.backend import Backend, Manner
from sources.database.faults import judged
from sources.database.threads import Hand, Threads
from sources.errors import ConfigError, SourceError
from sources.meter import current_meter

R = TypeVar("R")

# Parts of a table are read side by side, and a count or a look by key must not wait for them.
CONNECTIONS = 4
LONGEST_PAUSE = 30.0
# Without these, texts would come otherwise.
NEEDED = frozenset({"client_encoding", "charset", "conv"})

_log = logging.getLogger("crm_sync.database")

# Types that SQLAlchemy does not know are read as text.
warnings.filterwarnings("ignore", "Did not recognize type", sa.exc.SAWarning)


class Connected:
    """A database that can be asked; holds connections and nothing of any reading."""

    def __init__(
        self, address: Address, manner: Manner, *, retry_attempts: int = 3, pause: float = 0.5
    ) -> None:
        self.address = address
        self._manner = manner
        self._retry_attempts = retry_attempts
        self._pause = pause
        self._engine = _engine(address, manner)
        self._threads = Threads(CONNECTIONS)

    @property
    def backend(self) -> Backend:
        """How this kind of database is read."""
        return self.address.backend

    @property
    def dialect(self) -> sa.Dialect:
        """How SQLAlchemy spells its statements."""
        return self._engine.dialect

    async def ask(self, what: str, question: Callable[[sa.Connection], R], *, calls: int = 1) -> R:
        """What `question` finds out on a connection; `what` it is about, for who reads of its failure."""
        failures = 0
        while True:
            hand = Hand(self.backend.interrupt)
            current_meter().api_calls += calls
            try:
                return await self._threads.run(hand, self._asked, question, what)
            except SourceError as error:
                failures += 1
                if not error.retryable or failures > self._retry_attempts:
                    raise
                _log.debug("%s; asking again", error)
            current_meter().retries += 1
            longest = min(self._pause * 2**failures, LONGEST_PAUSE)
            await asyncio.sleep(random.uniform(0, longest))

    def _asked(self, hand: Hand, question: Callable[[sa.Connection], R], what: str) -> R:
        failed: SourceError
        try:
            with self._engine.connect() as connection:
                hand.hold(connection.connection.driver_connection)
                try:
                    self.backend.enter(connection.connection.driver_connection, self._manner)
                    return question(connection)
                except Exception as error:
                    # What the next question finds must be a connection in good order.
                    connection.invalidate(error)
                    raise
                finally:
                    hand.hold(None)
        except (sa.exc.DBAPIError, self._engine.dialect.loaded_dbapi.Error, OSError) as error:
            failed = judged(error, self.address, what)
        # Not from within the handler, whose error would be chained, and with it statement and address.
        raise failed

    def close(self) -> None:
        """Close the connections."""
        self._threads.close()
        self._engine.dispose()


def _engine(address: Address, manner: Manner) -> sa.Engine:
    backend = address.backend
    settings: dict[str, Any] = {"isolation_level": "AUTOCOMMIT"} if backend.autocommit else {}
    url = address.url
    if backend.file:
        settings["creator"] = _opener(file_uri(url), backend, manner)
    try:
        engine = sa.create_engine(
            url,
            poolclass=sa.QueuePool,
            pool_size=CONNECTIONS,
            max_overflow=0,
            pool_reset_on_return=None if backend.autocommit else "rollback",
            hide_parameters=True,
            connect_args=_arguments(address, manner),
            **settings,
        )
    except (NoSuchModuleError, ImportError) as error:
        raise _missing(address, error) from None
    except sa.exc.ArgumentError:
        raise ConfigError(
            f"{address.variable}: {address.place} cannot be used as it stands; see the address's parts"
            " behind the '?'"
        ) from None
    if engine.dialect.is_async:
        raise ConfigError(
            f"{address.variable} names the driver {engine.dialect.driver}, which is for asyncio: name"
            " another, or none"
        )

    @sa.event.listens_for(engine, "connect")
    def begin(driver: Any, _record: Any) -> None:
        backend.begin(driver, manner)

    return engine


def _arguments(address: Address, manner: Manner) -> dict[str, Any]:
    """What a driver is told beside the address; what the address says of it comes first."""
    said = address.url.query.keys() - NEEDED
    ours = address.backend.arguments(manner)
    return {name: value for name, value in ours.items() if name not in said}


def _opener(uri: str, backend: Backend, manner: Manner) -> Callable[[], Any]:
    import sqlite3

    return lambda: sqlite3.connect(uri, **backend.arguments(manner))


def _missing(address: Address, error: Exception) -> ConfigError:
    name = address.url.get_backend_name()
    if isinstance(error, ImportError):
        package = address.backend.package or error.name or name
        return ConfigError(
            f"{address.variable} leads to {name}, which is read by the package {package}: install it"
            f" beside crm-sync (pip install '{package}')"
        )
    return ConfigError(
        f"{address.variable} leads to {address.url.drivername}, which SQLAlchemy does not know: install"
        " the package that brings it, or mend the part before ://"
    )
