"""How an entity's table is asked: what is selected under which label, and what rows are sorted and told by."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import polars as pl
import sqlalchemy as sa
from sqlalchemy.dialects import mysql

from sources.database.backends.backend import Backend
from sources.database.description import Description
from sources.database.options import UTC, Flag, Said
from sources.database.shapes import FLAGGED
from sources.database.stamps import APART, Clause, Stamp, value, with_zone
from sources.database.types import clock_of, kind_of
from sources.entity import Entity
from sources.parsing import WORDS

Columns = Mapping[str, sa.ColumnElement[Any]]


@dataclass(frozen=True, slots=True)
class Layout:
    """What is asked of one table. `moments` are labels of moments with the zone of those that have none.

    `certain`: no two rows share a key; `keyless`: some rows may be without one.
    """

    columns: Columns
    key: tuple[sa.ColumnElement[Any], ...]
    stamp: Stamp | None
    moments: Mapping[str, ZoneInfo]
    narrow_floats: frozenset[str]
    certain: bool
    keyless: bool

    def finished(self, frame: pl.DataFrame) -> pl.DataFrame:
        """An answer's columns by the labels of this layout, each as the rest of the house spells it."""
        columns = []
        for label in self.columns:
            column = frame[label]
            if label in self.narrow_floats:
                column = column.cast(pl.Float64).cast(pl.Float32).cast(pl.String)
            zone = self.moments.get(label)
            columns.append(with_zone(column, zone) if zone else column)
        return pl.DataFrame(columns)


def layout_of(
    entity: Entity, found: Description, said: Said, backend: Backend, until: datetime
) -> Layout:
    """How an entity is asked; a declared field that its table lacks is not asked for."""
    actual = _actual(entity, found)
    stamp = _stamp(entity, actual, said, backend)
    columns: dict[str, sa.ColumnElement[Any]] = {
        label: backend.shown(column) for label, column in actual.items()
    }
    if entity.deleted == FLAGGED and isinstance(said.deleted, Flag):
        columns[FLAGGED] = _flagged(found, said.deleted, stamp, until, backend)
    places = {field.name: field.path for field in entity.fields}
    key = tuple(actual[places[name]] for name in entity.key)
    names = {column.key for column in key}
    return Layout(
        columns,
        key,
        stamp,
        _moments(entity, actual, said, stamp),
        frozenset(label for label, one in actual.items() if type(one.type) is mysql.FLOAT),
        certain=found.tells_apart(str(name) for name in names),
        keyless=bool(names & found.nullable),
    )


def _actual(entity: Entity, found: Description) -> dict[str, sa.ColumnElement[Any]]:
    """The table's own columns, by the places of the fields (and of what goes to `extra`) they fill."""
    wanted = (*(field.path for field in entity.fields), *entity.asked, entity.deleted)
    columns = {label: found.column(label) for label in dict.fromkeys(wanted) if label}
    return {label: column for label, column in columns.items() if column is not None}


def _stamp(entity: Entity, actual: Columns, said: Said, backend: Backend) -> Stamp | None:
    place = next((field.path for field in entity.fields if field.name == entity.changed), "")
    column = actual.get(place)
    clock = clock_of(column.type) if column is not None else None
    if column is None or clock is None:
        return None
    match clock:
        case "text" if not backend.file:
            # Casts leave out, or heed, the zone that a text says, as the database has it.
            return Stamp(backend.moment(column), "naive", said.timezone, APART)
        case "text" | "naive":
            return Stamp(column, "naive", said.timezone)
        case "utc":
            return Stamp(column, "naive", UTC)
        case _:
            return Stamp(column, clock, said.timezone)


def _moments(
    entity: Entity, actual: Columns, said: Said, stamp: Stamp | None
) -> dict[str, ZoneInfo]:
    kinds = {field.path: field.kind for field in entity.fields} | {entity.deleted: "datetime"}
    found = {}
    for label, column in actual.items():
        clock = clock_of(column.type)
        if clock == "utc":
            found[label] = UTC
        elif clock and kinds.get(label) == "datetime":
            found[label] = said.timezone
    if entity.deleted == FLAGGED:
        found[FLAGGED] = stamp.zone if stamp else UTC
    return found


def _flagged(
    found: Description, flag: Flag, stamp: Stamp | None, until: datetime, backend: Backend
) -> sa.ColumnElement[Any]:
    """The moment of a row that its flag calls deleted: when it last changed, else that of the reading."""
    column = found.column(flag.column)
    assert column is not None, "an entity is flagged by a column it has"
    # As texts: what is meant is shown, and compared with nothing.
    moment: sa.ColumnElement[Any] = value(str(until.replace(microsecond=0).astimezone(UTC)))
    if stamp:
        spelled = str(stamp.spelled(until, earliest=False))
        moment = sa.func.coalesce(stamp.column, value(spelled))
    return sa.case((_tells(column, flag.value, backend), moment), else_=sa.null())


def _tells(column: sa.ColumnElement[Any], told: bool | int | str, backend: Backend) -> Clause:
    """Whether a flag has a value; yes and no are known by any word for them, as the column spells it."""
    kind = kind_of(column.type)
    if not isinstance(told, bool) or (kind == "boolean" and not backend.file):
        return column == value(told)
    if kind in {"integer", "decimal"} and not backend.file:
        return column == value(int(told))
    words = [value(word) for word, means in WORDS.items() if means is told]
    return sa.func.lower(sa.cast(column, sa.String(10))).in_(words)
