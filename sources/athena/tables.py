"""What a database in Athena looks like, and what of an entity its table can tell."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from fnmatch import fnmatchcase

import polars as pl

from sources.athena.queries import COLUMN, NOW, TABLE, TYPE
from sources.database.options import Said
from sources.database.shapes import table
from sources.entity import Choice, Entity, Field
from sources.errors import ConfigError

# What each type begins with; all others are text.
KINDS = {
    "boolean": "boolean",
    "tinyint": "integer",
    "smallint": "integer",
    "int": "integer",
    "bigint": "integer",
    "decimal": "decimal",
    "double": "decimal",
    "real": "decimal",
    "float": "decimal",
    "timestamp": "datetime",
    "date": "date",
    "array": "json",
    "map": "json",
    "row": "json",
    "struct": "json",
    "json": "json",
}
# What says when a row changed, where nobody does.
STAMPS = ("updated_at", "created_at")

Names = Mapping[str, str]  # fields' names by the columns they are in


@dataclass(frozen=True, slots=True)
class Tables:
    """Every table of a database, with the types of its columns; `now` is when they were looked at."""

    database: str
    columns: Mapping[str, Mapping[str, str]]
    now: datetime

    @classmethod
    def of(cls, database: str, told: pl.DataFrame) -> "Tables":
        """The tables that the database's catalogue names."""
        found: dict[str, dict[str, str]] = {}
        for name, column, kind in told.select(TABLE, COLUMN, TYPE).iter_rows():
            found.setdefault(name, {})[column] = kind
        return cls(database, found, datetime.fromisoformat(told[NOW][0]))

    def first(self, names: Sequence[str]) -> str | None:
        """The first of some tables that is there."""
        return next((found for name in names if (found := alike(name, self.columns))), None)


def alike(name: str, known: Mapping[str, object]) -> str | None:
    """The name among `known` that is the same but for case and underscores."""
    if name in known:
        return name
    bare = _bare(name)
    return next((one for one in known if _bare(one) == bare), None)


def _bare(name: str) -> str:
    return name.replace("_", "").lower()


def described(place: str, entity: Entity, columns: Mapping[str, str], said: Said) -> Entity:
    """The entity with what its table has: declared fields that are there, and all other columns.

    Raises ConfigError where its key is not among them.
    """
    declared = tuple(_present(entity.fields, columns))
    names = {field.path: field.name for field in declared}
    found, asked = _discovered(columns, names, said.columns, entity.choice)
    names |= {field.path: field.name for field in found}
    key = _named(place, "key", said.key, columns, names) if said.key else entity.key
    if lacking := [name for name in key if name not in names.values()]:
        raise ConfigError(
            f"{place}: the table has no column for the key {', '.join(lacking)}; its columns:"
            f' {", ".join(columns)} (key = "…" in crm-sync.toml names another)'
        )
    changed = entity.changed
    if said.updated_at is not None:
        changed = "".join(_named(place, "updated_at", [said.updated_at], columns, names))
    is_there = changed in names.values()
    return replace(
        entity,
        fields=tuple(_required(field, key, changed) for field in (*declared, *found)),
        asked=tuple(asked),
        key=key,
        changed=changed if is_there else "",
        # Each hundred keys that were asked for would cost a reading of everything.
        asks_by_id=False,
        splits=False,
        whole=not is_there,
    )


def undeclared(place: str, name: str, columns: Mapping[str, str], said: Said) -> Entity:
    """The entity of a table that only the configuration names."""
    if not said.key:
        raise ConfigError(f'{place} needs a key: the columns that tell its rows apart, key = "…"')
    changed = next((one for one in STAMPS if one in columns), "")
    return table(name=name, path=name, key=said.key, changed=changed, fields=())


def _named(
    place: str, option: str, said: Sequence[str], columns: Mapping[str, str], names: Names
) -> tuple[str, ...]:
    """The names of the fields at some columns."""
    found = [alike(name, columns) for name in said if name]
    if None in found:
        raise ConfigError(
            f"{place}: {option} = {', '.join(said)!r} is not in the table; its columns:"
            f" {', '.join(columns)}"
        )
    return tuple(names[column] for column in found if column)


def _required(field: Field, key: Sequence[str], changed: str) -> Field:
    """The field as a key or a stamp must be; a name that must stay is not up to be settled."""
    if field.name in key:
        return replace(field, required=True, discovered=False)
    return replace(field, kind="datetime", discovered=False) if field.name == changed else field


def _present(fields: Sequence[Field], columns: Mapping[str, str]) -> Iterator[Field]:
    for field in fields:
        if field.path.startswith("_"):
            # Made of the row, not in it.
            yield field
        elif column := alike(field.path, columns):
            yield replace(field, at=column)


def _discovered(
    columns: Mapping[str, str], taken: Names, wanted: Sequence[str], choice: Choice
) -> tuple[list[Field], list[str]]:
    """Columns for what nobody declared, and what goes to `extra`."""
    found: list[Field] = []
    asked: list[str] = []
    for name, kind in columns.items():
        if name in taken or (wanted and name not in wanted) or _fits(name, choice.exclude):
            continue
        included = _fits(name, choice.include)
        if choice.properties == "declared" and not included:
            continue
        if len(found) < choice.column_budget:
            found.append(Field(name, kind_of(kind), at=name, discovered=True))
        else:
            asked.append(name)
    return found, asked


def kind_of(type_name: str) -> str:
    """The kind of field that a type of Athena's is."""
    return next(
        (kind for start, kind in KINDS.items() if type_name.lower().startswith(start)), "text"
    )


def _fits(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
