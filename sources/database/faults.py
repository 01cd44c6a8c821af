"""What stands between us and a database, sorted by the remedy."""

from collections.abc import Mapping

import sqlalchemy as sa

from sources.database.address import Address
from sources.database.backends.backend import Fault
from sources.errors import (
    ConfigError,
    MissingScope,
    Refused,
    SourceError,
    Unauthorized,
    Unavailable,
)

# https://peps.python.org/pep-0249/#exceptions
PASSING = frozenset({"OperationalError", "InterfaceError", "InternalError"})
WRONG = 400  # what a refusal would be called where statuses are numbers
ERRORS: Mapping[Fault, type[SourceError]] = {
    "away": Unavailable,
    "slow": Unavailable,
    "credential": Unauthorized,
    "right": MissingScope,
    "missing": ConfigError,
    "address": ConfigError,
    "write": Refused,
    "encoding": Refused,
    "wrong": Refused,
}
SAYS: Mapping[Fault, str] = {
    "away": "did not answer",
    "slow": "took longer than query_timeout allows",
    "credential": "turned the user or password down",
    "right": "does not let this user read it: grant it SELECT",
    "missing": "has no such table or column",
    "address": "has no such database",
    "write": "was asked to write, and must only be read",
    "encoding": "holds text that is not in its encoding",
    "wrong": "refused the question",
}


def judged(error: BaseException, address: Address, what: str = "") -> SourceError:
    """The error that a driver's, or SQLAlchemy's, means; `what` is what was asked for.

    Callers raise it from None: a driver's error holds the statement, and may hold the address.
    """
    if isinstance(error, SourceError):
        return error
    drivers = error.orig if isinstance(error, sa.exc.DBAPIError) else None
    fault = _fault(drivers or error, address)
    words = _words(drivers or error)
    of = f"{what}: " if what else ""
    where = f" ({address.variable})" if fault in {"away", "credential", "address"} else ""
    said = f"{of}{address.place}{where} {SAYS[fault]}: {address.without_secrets(words)}"
    kind = ERRORS[fault]
    return Refused(said, WRONG) if kind is Refused else kind(said)


def _fault(error: BaseException, address: Address) -> Fault:
    """By what is known of this kind of database, else by what the standard's classes tell."""
    if known := address.backend.judge(error):
        return known
    names = {kind.__name__ for kind in type(error).__mro__}
    return "away" if isinstance(error, OSError) or names & PASSING else "wrong"


def _words(error: BaseException) -> str:
    """What a driver says, without the details behind it, which quote values."""
    said = error.args[1] if len(error.args) > 1 and isinstance(error.args[1], str) else str(error)
    return said.strip().partition("\n")[0] or type(error).__name__
