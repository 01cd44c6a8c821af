"""From a described table to an entity: its key, its stamp, and a column for whatever else it has."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase

from sources.config_tables import FieldConfig
from sources.database.backends.backend import Backend
from sources.database.declared import table
from sources.database.description import Description, listed
from sources.database.names import CREATED, DELETED, UPDATED, column_name, snake_case
from sources.database.options import UTC, Flag, Said
from sources.database.types import Type, clock_of, key_kind, kind_of
from sources.entity import Entity, Field
from sources.errors import ConfigError

__all__ = ["FLAGGED", "Shaper", "table"]

# Where a client puts the moment that a flag does not tell.
FLAGGED = "_deleted_at"
# What tells when a row changed: of most tables `updated_at`, of those that are only ever added to:
ADDED_TO = frozenset(
    {"activities", "user_activities", "call_logs", "email_events"}
    | {"meeting_events", "task_logs", "user_logs"}
)


@dataclass(frozen=True, slots=True)
class Shaper:
    """What shapes an entity: its table as described, what is said of it, and of its fields by their places."""

    found: Description
    said: Said
    backend: Backend
    fields: Mapping[str, FieldConfig] = field(default_factory=dict)

    def shaped(self, entity: Entity) -> Entity:
        """The entity with its key, stamp and mark of deletion; raises ConfigError naming what is missing."""
        entity = self._with_other_moments(self._with_stamp(self._with_key(entity)))
        asks = entity.asks_by_id and not self._has_uncertain_key(entity)
        return replace(entity, deleted=self._deleted(entity), asks_by_id=asks)

    def with_columns(self, entity: Entity) -> Entity:
        """The entity with a column for each of the table's own that it lacks, as far as is wanted."""
        choice = entity.choice
        places = (entity.deleted, *entity.ignore, *(held.path for held in entity.fields))
        present = {self.found.called(place) for place in places}
        columns: list[Field] = []
        asked: list[str] = []
        for name in self._wanted():
            if name in present or _matches(name, choice.exclude):
                continue
            if choice.properties == "declared" and not _matches(name, choice.include):
                continue
            if len(columns) < choice.column_budget:
                columns.append(Field(name, kind_of(self._type(name)), at=name, discovered=True))
            else:
                asked.append(name)
        return replace(entity, fields=(*entity.fields, *columns), asked=tuple(asked))

    def _with_key(self, entity: Entity) -> Entity:
        declared = tuple(f.path for name in entity.key for f in entity.fields if f.name == name)
        paths = self.said.key or declared or (self.found.unique or ((),))[0]
        if not paths:
            raise ConfigError(
                f"{self.found.name} has neither a primary key nor a unique index without NULLs: say which"
                f' columns tell its rows apart, key = "…"; it has {listed(self.found.columns)}'
            )
        names = []
        for path in paths:
            column = self._existing(path, "key")
            held = self._held(entity, column)
            if held is None:
                held = Field(self._named(column, entity), key_kind(self._type(column)), at=column)
            entity = entity.with_fields(replace(held, required=True))
            names.append(held.name)
        return replace(entity, key=tuple(names))

    def _has_uncertain_key(self, entity: Entity) -> bool:
        """Whether a key is not to be asked for as it is spelled here.

        It may hold an array, which is JSON here, or moments, of which some may tell their zone and others not:
        in SQLite alone.
        """
        held = [field for field in entity.fields if field.name in entity.key]
        columns = [self.found.column(field.path) for field in held]
        if any(kind_of(column.type) == "json" for column in columns if column is not None):
            return True
        mixed = self.backend.file and self.said.timezone != UTC
        return mixed and any(field.kind == "datetime" for field in held)

    def _with_stamp(self, entity: Entity) -> Entity:
        path = self._stamp(entity)
        if not path:
            # What is missing can be asked for, which is less than to read all of it again.
            return replace(entity, changed="", whole=True, vanishes=True)
        held = self._held(entity, path)
        if held is None:
            held = Field(self._stamp_name(entity, path), "datetime", at=path)
        entity = entity.with_fields(replace(held, kind="datetime"))
        return replace(entity, changed=held.name)

    def _stamp(self, entity: Entity) -> str:
        """The column that says when a row changed; '' where there is none."""
        said = self.said.updated_at
        if said is not None and self._means_this_table("updated_at", said):
            return said and self._moment(said)
        declared = [held.path for held in entity.fields if held.name == entity.changed]
        if declared:
            path = self.found.called(declared[0])
            return path if path and clock_of(self._type(path)) else ""
        usual = CREATED if entity.name in ADDED_TO else UPDATED
        return self._guessed(usual) or self._guessed(UPDATED)

    def _moment(self, name: str) -> str:
        path = self._existing(name, "updated_at")
        if clock_of(self._type(path)) is None:
            raise ConfigError(
                f'updated_at = "{name}" is of type {self._type(path)!r}, which tells no moment: name another'
                ' column, or none (updated_at = ""), or give a query that makes a moment of it'
            )
        return path

    def _stamp_name(self, entity: Entity, path: str) -> str:
        """What the stamp is called here: as every table calls its own, unless this one uses that otherwise."""
        if path in self.fields:
            return self.fields[path].name
        usual = CREATED if snake_case(path) == CREATED else UPDATED
        if usual in entity.columns or self._guessed(usual) not in ("", path):
            return self._named(path, entity)
        return usual

    def _with_other_moments(self, entity: Entity) -> Entity:
        """A table's own `created_at` and `updated_at` mean what those of every table mean."""
        for usual in (CREATED, UPDATED):
            path = self._guessed(usual)
            if path and usual not in entity.columns and self._held(entity, path) is None:
                name = self.fields[path].name if path in self.fields else usual
                entity = entity.with_fields(Field(name, "datetime", at=path))
        return entity

    def _deleted(self, entity: Entity) -> str:
        """The place of the moment a row was deleted; '' where nothing tells it."""
        told = self.said.deleted
        column = told.column if isinstance(told, Flag) else told
        if column is not None and self._means_this_table("deleted", column):
            place = column and self._existing(column, "deleted")
            return FLAGGED if isinstance(told, Flag) else place
        path = self.found.called(entity.deleted) if entity.deleted else self._guessed(DELETED)
        return path if path and self._held(entity, path) is None else ""

    def _means_this_table(self, key: str, column: str) -> bool:
        """Whether what is said holds here: of all tables, some may lack a column."""
        return key not in self.said.usual or not column or bool(self.found.called(column))

    def _guessed(self, name: str) -> str:
        """The column that is called so, in whatever case or style, if it tells moments."""
        path = self.found.called(name)
        clock = clock_of(self._type(path)) if path else None
        # A text may be anything; in SQLite, moments are texts.
        return path if path and clock and (clock != "text" or self.backend.file) else ""

    def _named(self, column: str, entity: Entity) -> str:
        if column in self.fields:
            return self.fields[column].name
        return column_name(column, {*entity.columns, *(said.name for said in self.fields.values())})

    def _held(self, entity: Entity, column: str) -> Field | None:
        return next((f for f in entity.fields if self.found.called(f.path) == column), None)

    def _type(self, column: str) -> Type:
        return self.found.source.columns[column].type

    def _existing(self, path: str, key: str) -> str:
        """What a column is called that an option names; raises ConfigError with those there are."""
        if column := self.found.called(path):
            return column
        raise ConfigError(
            f'{self.found.name} has no column {path} ({key} = "…" names one);'
            f" it has {listed(self.found.columns)}"
        )

    def _wanted(self) -> Sequence[str]:
        if not self.said.columns:
            return self.found.columns
        return list(dict.fromkeys(self._existing(name, "columns") for name in self.said.columns))


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
