"""What differs between databases, as data: sessions, clocks, errors, and how values are asked for and compared."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import sqlalchemy as sa

from sources.database.routes import rows
from sources.database.routes.route import Route
from sources.database.stamps import Bounds, Clause, value
from sources.database.types import OF_PYTHON, Type

Columns = tuple[list[str], list[Type]]

# What went wrong, by the remedy: see `sources/database/faults.py`.
Fault = Literal[
    "away", "slow", "credential", "right", "missing", "address", "write", "encoding", "wrong"
]


@dataclass(frozen=True, slots=True)
class Manner:
    """How long to wait, in seconds: for a connection, and for a statement."""

    connect: float
    statement: float


def nothing_said(_manner: Manner) -> Mapping[str, Any]:
    """A driver that is told nothing but the address."""
    return {}


def left_alone(_driver: Any, _manner: Manner) -> None:
    """A session that stays as the server makes it."""


def unknown(_error: BaseException) -> Fault | None:
    """A driver whose errors say no more than their classes."""
    return None


def as_it_is(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """A column asked for as it stands."""
    return column


def as_moment(column: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """A text read as a moment; what is none is NULL, or ends the statement, as the database has it."""
    return sa.cast(column, sa.DateTime())


def as_it_came(_column: sa.ColumnElement[Any], value: Any) -> Any:
    """A value that goes back as the driver gave it."""
    return value


def by_description(connection: sa.Connection, query: sa.Select[Any], _text: str) -> Columns:
    """The columns of a query and their types, as far as the driver says them in Python's."""
    with connection.execute(query.where(sa.false())) as result:
        described = result.cursor.description if result.cursor else ()
        codes = [OF_PYTHON.get(one[1]) if isinstance(one[1], type) else None for one in described]
        return [one[0] for one in described], [code or sa.types.NullType() for code in codes]


def equal(column: sa.ColumnElement[Any], sent: Any) -> Clause:
    """Whether a column has a key's value."""
    return column == value(sent)


def not_interruptible(_driver: Any) -> None:
    """A driver whose statements cannot be ended from outside."""


@dataclass(frozen=True, slots=True)
class Backend:
    """One kind of database.

    `driver` is used where an address names none (`only_driver`: whatever it names), `package` is what brings
    it. `begin` makes a session read-only, in UTC, with a limit for statements; `enter` says what a
    transaction has to be told. `clock` is a SELECT of the moment in UTC ('': not known). `tuples` are a few
    rows' values as they come, `types` what the columns of a query are. `moment` is how a text is read as
    one, `shown` how a column is asked for where its own spelling would not do, `ordered` how it is sorted by where
    it would be compared in another order, `sent` what a value that was
    read, or a key of ours, is compared as; `same`: how the latter is. `splits`: a reading may be cut into ranges. `backslashes` take
    the meaning from what follows in its texts. `file`: it is no server.
    """

    label: str
    driver: str = ""
    only_driver: bool = False
    package: str = ""
    arguments: Callable[[Manner], Mapping[str, Any]] = nothing_said
    begin: Callable[[Any, Manner], None] = left_alone
    enter: Callable[[Any, Manner], None] = left_alone
    clock: str = ""
    read: Route = rows.read
    tuples: Callable[[sa.Connection, sa.Select[Any]], Sequence[tuple[Any, ...]]] = rows.tuples
    judge: Callable[[BaseException], Fault | None] = unknown
    types: Callable[[sa.Connection, sa.Select[Any], str], Columns] = by_description
    shown: Callable[[sa.ColumnElement[Any]], sa.ColumnElement[Any]] = as_it_is
    moment: Callable[[sa.ColumnElement[Any]], sa.ColumnElement[Any]] = as_moment
    ordered: Callable[[sa.ColumnElement[Any]], sa.ColumnElement[Any]] = as_it_is
    sent: Callable[[sa.ColumnElement[Any], Any], Any] = as_it_came
    same: Callable[[sa.ColumnElement[Any], Any], Clause] = equal
    bounds: Bounds = field(default_factory=Bounds)
    interrupt: Callable[[Any], None] = not_interruptible
    splits: bool = True
    autocommit: bool = True
    backslashes: bool = False
    file: bool = False
