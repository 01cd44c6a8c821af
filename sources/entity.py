"""What an entity is: plain data, from which mapping, checks, table and documentation follow."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    import polars as pl

LONGEST_COLUMN = 63  # bytes, PostgreSQL's limit


@dataclass(frozen=True, slots=True)
class Field:
    """A column: `at` is its dotted place in the record (its name when left out)."""

    name: str
    kind: str = "text"
    at: str = ""
    required: bool = False
    encrypt: bool = False
    sensitive: bool = False
    volatile: bool = False
    discovered: bool = False

    @property
    def path(self) -> str:
        """The dotted place of the value in a record."""
        return self.at or self.name


@dataclass(frozen=True, slots=True)
class Choice:
    """Which undeclared fields become columns, by name or pattern, and how many at most."""

    properties: Literal["custom", "all", "declared"] = "custom"
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    column_budget: int = 400


@dataclass(frozen=True, slots=True)
class Rule:
    """A business rule: a row where `broken` holds gets `message` as a warning (strict: is rejected)."""

    message: str
    needs: tuple[str, ...]
    broken: "Callable[[], pl.Expr]"


@dataclass(frozen=True, slots=True)
class Entity:
    """One table of one source.

    `flatten` names containers whose members count as fields of the record itself, `ignore` places that
    repeat a field, `deleted` the place of the moment a record was archived, `survivor_of` the column that
    lists keys merged into it, `asked` what is asked of the source beyond the fields, for `extra`.
    """

    name: str
    path: str
    fields: tuple[Field, ...]
    key: tuple[str, ...] = ("id",)
    changed: str = "updated_at"
    flatten: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()
    deleted: str = ""
    survivor_of: str = ""
    object_type: str = ""
    changed_property: str = ""
    page_size: int = 100
    max_page_size: int = 100
    lookback: timedelta = timedelta(minutes=10)
    record_url: str = ""
    created_property: str = ""
    asked: tuple[str, ...] = ()
    choice: Choice = Choice()

    @property
    def columns(self) -> tuple[str, ...]:
        """Column names in declared order."""
        return tuple(field.name for field in self.fields)

    def with_fields(self, *more: Field) -> "Entity":
        """The same entity with `more` fields; one with the place or the name of another replaces it."""
        places, names = {field.path for field in more}, {field.name for field in more}
        kept = tuple(f for f in self.fields if f.path not in places and f.name not in names)
        return replace(self, fields=(*kept, *more))

    def narrowed(self, columns: frozenset[str]) -> "Entity":
        """Only `columns`, the key and the stamp: what a refresh of some columns reads and writes."""
        wanted = {*columns, *self.key, self.changed}
        kept = tuple(field for field in self.fields if field.name in wanted)
        # What is sent unasked belongs to fields left out here, not into `extra`.
        unasked = (field.path for field in self.fields if field.name not in wanted)
        return replace(self, fields=kept, ignore=(*self.ignore, *unasked), asked=())

    def flat_path(self, field: Field) -> str:
        """The field's place with a flattened container's name cut off: how `extra` spells it."""
        head, _, rest = field.path.partition(".")
        return rest if rest and head in self.flatten else field.path


def mac_of(column: str) -> str:
    """The column beside an encrypted one that tells equal values from different ones."""
    if len(column) <= LONGEST_COLUMN - len("_hmac"):
        return f"{column}_hmac"
    digest = hashlib.sha256(column.encode()).hexdigest()[:8]
    return f"{column[: LONGEST_COLUMN - 14]}_{digest}_hmac"
