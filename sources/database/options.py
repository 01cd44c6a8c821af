"""What crm-sync.toml says of a table: which one it is, its key and stamp, and how it is read."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Annotated, Any, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, TypeAdapter, ValidationError

from sources.config import SourceConfig
from sources.config_mistakes import placed, several, told
from sources.config_tables import ONLY_KNOWN_KEYS
from sources.config_values import Seconds, refuse, whole
from sources.database.query import NotOneSelect, one_select
from sources.errors import ConfigError

UTC = ZoneInfo("UTC")
ROWS_PER_RANGE = 500_000
QUERY_TIMEOUT = 600.0

Values = Mapping[str, Any]
Table = TypeVar("Table", "Said", "OfSource")


@dataclass(frozen=True, slots=True)
class Flag:
    """A column that tells by its value whether a row counts as deleted."""

    column: str
    value: bool | int | str


def _names(value: Any) -> tuple[str, ...]:
    names = (value,) if isinstance(value, str) else value
    fit = isinstance(names, list | tuple) and all(isinstance(n, str) and n.strip() for n in names)
    if fit and names:
        return tuple(names)
    raise refuse("must be a name, or a list of names")


def _name(value: Any) -> str:
    if isinstance(value, str) and value == value.strip():
        return value
    raise refuse("must be the name of a column, or empty where there is none")


def _query(value: Any) -> str:
    if not isinstance(value, str):
        raise refuse("must be one SELECT")
    reason = ""
    # Which backslashes count, only the database tells; it is asked again when it is known.
    for backslashes in (True, False):
        try:
            one_select(value, backslashes=backslashes)
        except NotOneSelect as error:
            reason = str(error)
        else:
            return value
    raise refuse(f"must be one SELECT, but {reason}")


def _zone(value: Any) -> ZoneInfo:
    try:
        return ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError, TypeError, OSError):
        raise refuse('must be the name of a time zone, such as "Europe/Berlin"') from None


def _deleted(value: Any) -> str | Flag:
    if isinstance(value, str):
        return _name(value)
    if isinstance(value, dict) and value.keys() == {"column", "is"}:
        column, told_by = value["column"], value["is"]
        if isinstance(column, str) and column.strip() and isinstance(told_by, bool | int | str):
            return Flag(column, told_by)
    raise refuse(
        'must be a column with the moment of deletion, or a flag: { column = "isActive", is = false }'
    )


Names = Annotated[tuple[str, ...], BeforeValidator(_names)]
Name = Annotated[str, BeforeValidator(_name)]


@dataclass(frozen=True, slots=True)
class Said:
    """What is said of one table. `updated_at`, `deleted`: None leaves it to what the table looks like.

    `usual` are the keys that hold for all tables: one that lacks such a column does without.
    """

    __pydantic_config__ = ONLY_KNOWN_KEYS

    table: Names = ()
    query: Annotated[str, BeforeValidator(_query)] = ""
    key: Names = ()
    columns: Names = ()
    schema: Annotated[str, BeforeValidator(_name)] = ""
    timezone: Annotated[ZoneInfo, BeforeValidator(_zone)] = UTC
    updated_at: Name | None = None
    deleted: Annotated[str | Flag | None, BeforeValidator(_deleted)] = None
    rows_per_range: Annotated[int, whole(0)] = ROWS_PER_RANGE
    usual: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class OfSource:
    """What is said of a database as a whole."""

    __pydantic_config__ = ONLY_KNOWN_KEYS

    query_timeout: Seconds = QUERY_TIMEOUT


OF_TABLES = frozenset({"table", "query", "key", "columns"})
OF_SOURCES = frozenset(field.name for field in fields(OfSource))
OPTIONS = (
    frozenset(field.name for field in fields(Said)) - {"usual"} | OF_SOURCES | {"census_every"}
)


class Options:
    """All that is said of a database and its tables, checked at once; raises ConfigError.

    `declared` is what a kind of source says of its own tables, and the file may say otherwise.
    """

    def __init__(self, config: SourceConfig, declared: Mapping[str, Values] | None = None) -> None:
        self._mistakes: list[str] = []
        self._declared = declared or {}
        self._shared = self._of_all_tables(config)
        of_source = {key: value for key, value in config.options.items() if key in OF_SOURCES}
        self.of_source = self._checked(OfSource, config.name, of_source, {})
        names = {*config.entities, *self._declared}
        self.tables = {name: self._table(config, name) for name in sorted(names)}
        usual = {"usual": frozenset(self._shared)}
        self.others = self._checked(Said, config.name, {**self._shared, **usual}, {})
        if self._mistakes:
            raise ConfigError(several("crm-sync.toml", list(dict.fromkeys(self._mistakes))))

    def of(self, name: str) -> Said:
        """What is said of a table, by the name of its entity."""
        return self.tables.get(name, self.others)

    def _of_all_tables(self, config: SourceConfig) -> dict[str, Any]:
        for key in sorted(OF_TABLES & config.options.keys()):
            self._mistakes.append(placed(config.name, f"{key} belongs in the table of one entity"))
        apart = OF_TABLES | OF_SOURCES
        return {key: value for key, value in config.options.items() if key not in apart}

    def _table(self, config: SourceConfig, name: str) -> Said:
        place = f"{config.name}.{name}"
        own = dict(config.entities[name].options) if name in config.entities else {}
        for key in sorted(OF_SOURCES & own.keys()):
            self._mistakes.append(placed(place, f"{key} belongs in [{config.name}]"))
            del own[key]
        if "table" in own and "query" in own:
            self._mistakes.append(placed(place, "has both a table and a query: give one of them"))
        if "query" in own and "key" not in own:
            self._mistakes.append(
                placed(place, 'query needs a key: the columns that tell its rows apart, key = "…"')
            )
        declared = dict(self._declared.get(name, {}))
        if "query" in own:
            declared.pop("table", None)
        usual = {"usual": frozenset(self._shared.keys() - own.keys())}
        return self._checked(Said, place, own, {**declared, **self._shared, **usual})

    def _checked(self, table: type[Table], place: str, own: Values, beneath: Values) -> Table:
        """The values as settings; wrong ones are noted and left at their defaults."""
        values = {**beneath, **own}
        try:
            return TypeAdapter(table).validate_python(values)
        except ValidationError as error:
            problems = error.errors(include_url=False)
        for problem in problems:
            # What holds for all tables is told once, where it stands.
            where = place if problem["loc"][0] in own else place.partition(".")[0]
            self._mistakes.append(placed(where, told(problem)))
        wrong = {problem["loc"][0] for problem in problems}
        return TypeAdapter(table).validate_python(
            {key: value for key, value in values.items() if key not in wrong}
        )
