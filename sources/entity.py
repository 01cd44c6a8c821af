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
    """A column: `at` is its dotted place in the record (its name when left out).

    `calculated`: the source may change the value without moving the record's modification stamp.
    """

    name: str
    kind: str = "text"
    at: str = ""
    required: bool = False
    encrypt: bool = False
    sensitive: bool = False
    volatile: bool = False
    discovered: bool = False
    calculated: bool = False

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


# The parts something is asked in, one after the other: each its name and what the source calls it.
Parts = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Companion:
    """A table filled beside an entity's own: what the source says of each changed record, asked by its key.

    `reading` is the question, asked once for each of `parts`; `owner` the column that holds the record's
    key, `part` the one that holds the part's name, `fixed` what is the same in every row of this entity.
    `replaces`: an answer is all there is, so that stored rows it lacks are removed. `mirrored`
    are pairs of columns: a row with their values swapped says the same from the other record's side.
    `keys_at_once` records are asked about in one question, which takes so many `requests`.
    """

    entity: "Entity"
    reading: Literal["associations", "history"]
    owner: str
    parts: Parts
    part: str = ""
    fixed: tuple[tuple[str, str], ...] = ()
    replaces: bool = False
    mirrored: tuple[tuple[str, str], ...] = ()
    keys_at_once: int = 1000
    requests: int = 1


@dataclass(frozen=True, slots=True)
class Entity:
    """One table of one source; `about` says in its documentation what is not plain from the rest.

    `flat`: its records have no objects in them, so that a dot is part of a name.
    `flatten` names containers whose members count as fields of the record itself, `ignore` places that
    repeat a field, `deleted` the place of the moment a record was archived, `survivor_of` the column that
    lists keys merged into it, `asked` what is asked of the source beyond the fields, for `extra`,
    `calculated` those of `asked` that change without the modification stamp.

    `sweeps`: there is a list of archived records, read from time to time; one that is no longer on it within
    the time `restorable` may be back, and is asked for by id. `vanishes`: there is none, and a
    delta shows no deletes; from time to time everything is read, and what is missing is asked for by id (or,
    without `asks_by_id`, by a second reading). `whole`: the source can only be asked for all of it, so that
    what is missing is gone. `forgets`: old or hidden records are missing from it too, so that nothing is
    gone for being missing. `shifting`: so many lists are read by page number over a set that moves
    meanwhile; they are read again until nothing new shows, save records that, by the column `born`, came to
    be after the window.
    `parts` are what it is read in, one after the other; `group` is the column with the part's name.
    `splits`: its reading may be cut into ranges that are read side by side. `versioned`: its parts have
    versions, and one that is as it was when last read is not read again.
    `known` are the places of its columns so far, for a source whose names may be spelled otherwise each time.
    `found`: only the account knows of it, so that its name is what the account calls it. `linked`: its
    associations are read, `traced` names the fields whose history is kept; both land `beside` its table.
    """

    name: str
    path: str
    fields: tuple[Field, ...]
    about: str = ""
    key: tuple[str, ...] = ("id",)
    changed: str = "updated_at"
    flat: bool = False
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
    calculated: tuple[str, ...] = ()
    choice: Choice = Choice()
    sweeps: bool = False
    restorable: timedelta = timedelta()
    vanishes: bool = False
    asks_by_id: bool = True
    whole: bool = False
    forgets: bool = False
    shifting: int = 0
    born: str = "created_at"
    group: str = ""
    parts: Parts = ()
    splits: bool = False
    versioned: bool = False
    has_pipelines: bool = False
    known: tuple[str, ...] = ()
    found: bool = False
    linked: bool = False
    traced: tuple[str, ...] = ()
    beside: tuple[Companion, ...] = ()

    @property
    def columns(self) -> tuple[str, ...]:
        """Column names in declared order."""
        return tuple(field.name for field in self.fields)

    def with_fields(self, *more: Field) -> "Entity":
        """The same entity with `more` fields; one with the place or the name of another replaces it."""
        places, names = {field.path for field in more}, {field.name for field in more}
        kept = tuple(f for f in self.fields if f.path not in places and f.name not in names)
        return replace(self, fields=(*kept, *more))

    @property
    def calculated_columns(self) -> tuple[str, ...]:
        """What changes without the modification stamp: columns, and names in `extra`."""
        return (*(field.name for field in self.fields if field.calculated), *self.calculated)

    def narrowed(self, columns: frozenset[str]) -> "Entity":
        """Only `columns` (or names in `extra`), the key and the stamp: what a refresh reads and writes."""
        wanted = {*columns, *self.key, self.changed}
        kept = tuple(field for field in self.fields if field.name in wanted)
        # What is sent unasked belongs to fields left out here, not into `extra`.
        unasked = (field.path for field in self.fields if field.name not in wanted)
        asked = tuple(name for name in self.asked if name in columns)
        return replace(self, fields=kept, ignore=(*self.ignore, *unasked), asked=asked)

    def steps(self, path: str) -> tuple[str, ...]:
        """The names on the way to a dotted place."""
        head, _, rest = path.partition(".")
        if self.flat:
            return (path,)
        # A container's members are flat: a dot there is part of the name.
        return (head, rest) if rest and head in self.flatten else tuple(path.split("."))

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
