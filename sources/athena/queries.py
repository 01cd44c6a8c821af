"""What Athena is asked: one query for a window, whose answer is paged; never a query per page.

Every query reads whole files and is paid for, whatever it filters.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import (
    ColumnElement,
    Date,
    FromClause,
    Select,
    String,
    column,
    func,
    literal,
    select,
    table,
)
from sqlalchemy import cast as sql_cast
from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.sql import quoted_name
from sqlalchemy.types import JSON, TIMESTAMP

TABLE, COLUMN, TYPE, NOW = "table_name", "column_name", "data_type", "now"
TEXTS = ("varchar", "char", "string")
NESTED = ("array", "map", "row", "struct", "json")
# A function of Athena's: what fails in it is NULL.
_try = getattr(func, "try")

Columns = Mapping[str, str]  # a table's columns and what Athena calls their types, in their order


def spelled(query: Select[Any], dialect: Dialect) -> str:
    """A query as text: Athena has no parameters but texts in the place of question marks."""
    text = str(query.compile(dialect=dialect, compile_kwargs={"literal_binds": True}))
    # Spelled for a driver that fills in parameters; there are none to fill in.
    return text.replace("%%", "%")


def columns_of(database: str) -> Select[Any]:
    """Every column of a database, and with each what time it is there."""
    known = (TABLE, COLUMN, TYPE, "table_schema", "ordinal_position")
    catalogue = _named("columns", "information_schema", known).c
    return (
        select(
            catalogue[TABLE],
            catalogue[COLUMN],
            catalogue[TYPE],
            func.to_iso8601(func.current_timestamp()).label(NOW),
        )
        .where(catalogue.table_schema == database)
        .order_by(catalogue[TABLE], catalogue.ordinal_position)
    )


@dataclass(frozen=True, slots=True)
class Table:
    """A table of Athena's: where it is, its columns, and the zone of moments that say none."""

    database: str
    name: str
    columns: Columns
    zone: ZoneInfo

    def rows(
        self,
        chosen: Sequence[str],
        moments: Container[str] = (),
        *,
        stamp: str = "",
        since: datetime | None = None,
        limit: int = 0,
        ordinal: tuple[str, Sequence[str]] | None = None,
    ) -> Select[Any]:
        """The `chosen` columns of rows whose `stamp` is not before `since`, of which some are `moments`.

        `ordinal` adds a column by that name, which numbers the rows that are alike in some columns.
        """
        source = _named(self.name, self.database, self.columns)
        shown = [
            _shown(source.c[one], self.columns[one], self.zone, moment=one in moments).label(one)
            for one in chosen
        ]
        if ordinal is not None:
            label, alike = ordinal
            same = [_alike(source.c[one], self.columns[one]) for one in alike]
            shown.append((func.row_number().over(partition_by=same) - 1).label(label))
        query = select(*shown).select_from(source)
        if stamp and since is not None:
            later = _since(source.c[stamp], self.columns[stamp], since, self.zone)
            query = query if later is None else query.where(later)
        return query.limit(limit) if limit else query


def _named(name: str, database: str, columns: Iterable[str]) -> FromClause:
    found = table(
        quoted_name(name, quote=True),
        *(column(quoted_name(one, quote=True)) for one in columns),
        schema=quoted_name(database, quote=True),
    )
    return found.alias("t")


def _since(
    stamp: ColumnElement[Any], type_name: str, moment: datetime, zone: ZoneInfo
) -> ColumnElement[bool] | None:
    """Whether a row's stamp is of a moment or later; None for a column that holds no moments.

    Stamps have milliseconds; a bound with more digits would be later than the stamp it was made of.
    """
    kind = type_name.lower()
    zoned = "with time zone" in kind
    wall = moment.astimezone(UTC if zoned else zone).replace(tzinfo=None)
    bound = literal(wall.replace(microsecond=wall.microsecond // 1000 * 1000), TIMESTAMP())
    if kind.startswith("timestamp"):
        return stamp >= (func.with_timezone(bound, "UTC") if zoned else bound)
    if kind == "date":
        return stamp >= literal(wall.date(), Date())
    return _moment_in_text(stamp, zone) >= bound if kind.startswith(TEXTS) else None


def _moment_in_text(stamp: ColumnElement[Any], zone: ZoneInfo) -> ColumnElement[Any]:
    """A moment that is kept as text, with a blank or a T between day and time; NULL where it is none."""
    # The cast takes no zone, so that what has one is left to the other.
    bare = func.replace(stamp, "T", " ")
    zoned = func.at_timezone(func.from_iso8601_timestamp(stamp), zone.key)
    return func.coalesce(_try(sql_cast(bare, TIMESTAMP())), _try(sql_cast(zoned, TIMESTAMP())))


def _shown(
    found: ColumnElement[Any], type_name: str, zone: ZoneInfo, *, moment: bool
) -> ColumnElement[Any]:
    """A column as its text is to be: what Athena would print in a way of its own is spelled here."""
    kind = type_name.lower()
    if kind.startswith(NESTED):
        return func.json_format(sql_cast(found, JSON()))
    if kind.startswith("timestamp") and "with time zone" in kind:
        return func.to_iso8601(found)
    if kind.startswith("timestamp") and zone.key != "UTC":
        return func.to_iso8601(func.with_timezone(found, zone.key))
    if kind.startswith(TEXTS) and moment and zone.key != "UTC":
        inside = func.with_timezone(_moment_in_text(found, zone), zone.key)
        return func.coalesce(func.to_iso8601(inside), found)
    if kind == "varbinary":
        return literal("\\x", String()) + func.lower(func.to_hex(found))
    return found


def _alike(found: ColumnElement[Any], type_name: str) -> ColumnElement[Any]:
    """No text and NULL are the same to us."""
    return func.nullif(found, "") if type_name.lower().startswith(TEXTS) else found
