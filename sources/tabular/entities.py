"""An entity of files, from what `crm-sync.toml` says of it; its other columns are in the files."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeGuard

from sources.config import FieldConfig
from sources.config_mistakes import shown
from sources.config_values import SYSTEM_COLUMNS
from sources.entity import Entity, Field
from sources.errors import ConfigError
from sources.tabular.names import FILE, LINE, column_name, folded

PAGE_SIZE, MAX_PAGE_SIZE = 50_000, 200_000
# Exports are often a day old when they are put in place, and stamps without a zone may be half a day off.
LOOKBACK = timedelta(days=2)
SOURCE_FILE = "source_file"

Fields = Mapping[str, FieldConfig]


def entity_of(
    name: str,
    place: str,
    path: str,
    options: Mapping[str, Any],
    fields: Fields,
    *,
    snapshot: bool = False,
) -> Entity:
    """The entity that options describe: key, stamp, and where its rows come from.

    `place` is its table in `crm-sync.toml`, `path` what is read; `snapshot` holds where the option is unsaid.
    Raises ConfigError.
    """
    said = _Said(place, options, fields)
    paths = said.key()
    by_line = LINE in paths
    whole = said.snapshot(otherwise=snapshot or by_line, by_line=by_line)
    changed = said.stamp(paths)
    file_column = said.about_row(FILE, SOURCE_FILE)
    of_file = Field(file_column, at=FILE)
    of_line = Field(said.about_row(LINE, "line"), "integer", at=LINE)
    keys = (
        (of_file, of_line) if by_line else tuple(said.field(path, required=True) for path in paths)
    )
    return Entity(
        name=name,
        path=path,
        about="read from files; `source_file` is the one a row is in",
        key=tuple(field.name for field in keys),
        changed=changed.name if changed else "",
        fields=(*keys, *([changed] if changed else []), *(() if by_line else (of_file,))),
        ignore=() if by_line else (LINE,),
        flat=True,
        versioned=True,
        asks_by_id=False,
        whole=whole,
        group=file_column if whole else "",
        page_size=PAGE_SIZE,
        max_page_size=MAX_PAGE_SIZE,
        lookback=LOOKBACK,
    )


@dataclass(frozen=True, slots=True)
class _Said:
    """The options of one entity, and the columns that its `fields` name."""

    place: str
    options: Mapping[str, Any]
    fields: Fields

    def key(self) -> tuple[str, ...]:
        value = self.options.get("key")
        paths = (value,) if isinstance(value, str) else value
        if value is None or value in ("", []):
            raise ConfigError(
                f"[{self.place}] has no key: name the column (or the list of columns) that tells rows apart,"
                f' such as key = "id"; where there is none, key = "{LINE}" takes the lines\' numbers'
            )
        if not _are_names(paths) or len(set(paths)) < len(paths):
            raise self._wrong("key", "the name of a column, or a list of names")
        if LINE in paths and len(paths) > 1:
            raise self._wrong("key", f'"{LINE}" alone, or columns of the file')
        return tuple(paths)

    def snapshot(self, *, otherwise: bool, by_line: bool) -> bool:
        value = self.options.get("snapshot", otherwise)
        if not isinstance(value, bool):
            raise self._wrong("snapshot", "true or false")
        if by_line and not value:
            raise self._wrong(
                "snapshot",
                f'true where key = "{LINE}": rows of lines that are no more would stay for ever',
            )
        return value

    def stamp(self, key: Sequence[str]) -> Field | None:
        """The field of the moment a row changed, where the option names one."""
        path = self.options.get("updated_at", "")
        if path == "":
            return None
        if not _are_names((path,)) or path in key:
            raise self._wrong("updated_at", "the name of a column that is not in the key")
        return self.field(path, "updated_at", "datetime")

    def field(
        self, path: str, column: str = "", kind: str = "text", *, required: bool = False
    ) -> Field:
        """The field of a column that the sync relies on; `fields` may name it and say its kind."""
        path = self._spelled(path)
        said = self.fields.get(path)
        name = said.name if said else column or column_name(path)
        if not said and name in SYSTEM_COLUMNS and name != column:
            raise ConfigError(
                f"[{self.place}] column {path!r} would be called {name}, as every table has one of its own:"
                f' name it, "{path}" = "another_name" in [{self.place}.fields]'
            )
        field = said.onto(path, None) if said else Field(name, at=path)
        kind = said.kind if said and said.kind else kind
        return Field(name, kind, path, required or field.required, sensitive=field.sensitive)

    def about_row(self, path: str, column: str) -> str:
        """The name of a column of our own: as `fields` has it, else one that no other there has."""
        if path in self.fields:
            return self.fields[path].name
        taken = {said.name for said in self.fields.values()}
        while column in taken:
            column = f"{column}_"
        return column

    def _spelled(self, path: str) -> str:
        """A column as `fields` spells it, where it is there."""
        alike = [one for one in self.fields if folded(one) == folded(path)]
        return alike[0] if path not in self.fields and len(alike) == 1 else path

    def _wrong(self, key: str, expected: str) -> ConfigError:
        return ConfigError(f"[{self.place}] {key} = {shown(self.options[key])}: must be {expected}")


def _are_names(value: Any) -> TypeGuard[Sequence[str]]:
    """Whether a value is a list of names as headers have them."""
    return (
        isinstance(value, Sequence)
        and len(value) > 0
        and all(isinstance(one, str) and one and one.strip() == one for one in value)
    )
