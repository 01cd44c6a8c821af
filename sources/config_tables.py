"""What `crm-sync.toml` says, as plain data: attributes are keys, their types what a key takes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, ConfigDict

from sources.config_values import (
    NAME_BYTES,
    ColumnName,
    Duration,
    Flag,
    KindName,
    Seconds,
    Sensitivities,
    Share,
    Text,
    Words,
    must_be,
    one_of,
    refuse,
    suggestion,
    whole,
)
from sources.config_watch import HealthConfig, RetentionConfig
from sources.config_webhook import PublicUrl, WebhookConfig
from sources.entity import Field
from sources.errors import ConfigError

MOST_COLUMNS = 1500  # PostgreSQL holds 1600, some of which every table has of its own
ONLY_KNOWN_KEYS = ConfigDict(extra="forbid")
# Keys of an entity that only those kinds of sources take which name them among their options.
OF_SOME_KINDS = frozenset(
    {"associations", "associations_every", "calculated_every", "census_every", "history"}
)


@dataclass(frozen=True, slots=True)
class SourceKind:
    """What a kind of source takes: its entities, and keys that not all kinds have.

    `custom_objects`: a table that gives its `object_type` may have any name; `any_entity`: all may.
    """

    entities: frozenset[str] = frozenset()
    options: frozenset[str] = frozenset()
    custom_objects: bool = False
    any_entity: bool = False


@dataclass(frozen=True, slots=True)
class RateLimit:
    """So many requests in so many seconds."""

    __pydantic_config__ = ONLY_KNOWN_KEYS

    requests: Annotated[int, whole(1)]
    seconds: Seconds


@dataclass(frozen=True, slots=True)
class FieldConfig:
    """What a user says of a field; None leaves it as declared."""

    __pydantic_config__ = ONLY_KNOWN_KEYS

    name: ColumnName
    kind: KindName | None = None
    encrypt: Flag | None = None
    sensitive: Flag | None = None
    required: Flag | None = None
    volatile: Flag | None = None

    def onto(self, path: str, declared: Field | None) -> Field:
        """The field at `path`, with what is left unsaid taken from the declared one."""
        base = declared or Field(self.name)
        flags = {
            flag: getattr(base, flag) if getattr(self, flag) is None else getattr(self, flag)
            for flag in ("encrypt", "sensitive", "required", "volatile")
        }
        return Field(self.name, self.kind or base.kind, at=path, **flags)


def _name_alone(value: Any) -> Any:
    if isinstance(value, str):
        return {"name": value}
    if isinstance(value, dict) and "name" not in value:
        raise refuse(
            'has no name; a path with dots must be in quotes: "properties.color" = "color"'
        )
    if isinstance(value, dict):
        return value
    raise refuse('must be a column name, or a table such as { name = "…", kind = "text" }')


def _by_path(fields: Any) -> Any:
    if not isinstance(fields, dict):
        raise refuse('must be a table of "path" = "column_name"')
    if bad := [path for path in fields if not path or "\0" in path or path.strip() != path]:
        raise refuse(f"has a path that is empty or padded with blanks: {bad[0]!r}")
    return fields


OneField = Annotated[FieldConfig, BeforeValidator(_name_alone)]
Properties = Annotated[Literal["custom", "all", "declared"], one_of("custom", "all", "declared")]


@dataclass(frozen=True, slots=True)
class EntityConfig:
    """How an entity is read; `options` holds the keys that only its kind of source knows."""

    __pydantic_config__ = ONLY_KNOWN_KEYS

    batch_size: Annotated[int, whole(1)] | None = None
    delta_sync: Flag = True
    object_type: Text | None = None
    strict: Flag = False
    lookback: Duration | None = None
    stale_after: Duration | None = None
    deletes_every: Duration = timedelta(hours=1)
    associations: Flag = True
    associations_every: Duration = timedelta(days=1)
    calculated_every: Duration = timedelta(days=1)
    census_every: Duration = timedelta(days=1)
    history: Words = ()
    include: Words = ()
    exclude: Words = ()
    properties: Properties | None = None
    column_budget: Annotated[int, whole(0, MOST_COLUMNS)] = 400
    max_removed: Share = 0.3
    fields: Annotated[Mapping[str, OneField], BeforeValidator(_by_path)] = field(
        default_factory=dict
    )
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class SourceConfig:
    """How a source is asked, and what holds for its entities; `only` and `without` choose among them.

    `spent` are the requests of earlier runs, as SyncHistory has them: how many seconds ago, and how many.
    """

    __pydantic_config__ = ONLY_KNOWN_KEYS

    name: str
    kind: str
    rate_limit: RateLimit | None = None
    retry_attempts: Annotated[int, whole(0, 20)] = 3
    timeout: Seconds = 30.0
    reserve: Annotated[int, whole(0)] = 0
    share_limits: Flag = False
    data_sensitivity: Sensitivities = ("non_sensitive",)
    only: Words = ()
    without: Words = ()
    webhook: WebhookConfig = field(default_factory=WebhookConfig)
    entities: Mapping[str, EntityConfig] = field(default_factory=dict)
    defaults: EntityConfig = EntityConfig()
    options: Mapping[str, Any] = field(default_factory=dict)
    spent: tuple[tuple[float, int], ...] = ()

    def entity(self, name: str) -> EntityConfig:
        """What is configured for an entity, else what holds for all."""
        return self.entities.get(name, self.defaults)


def _schema(value: Any) -> str:
    fits = isinstance(value, str) and 0 < len(value.encode()) <= NAME_BYTES and "\0" not in value
    if fits and not value.startswith("pg_") and value != "information_schema":
        return str(value)
    raise refuse("must be the name of a schema, not one of PostgreSQL's own")


@dataclass(frozen=True, slots=True)
class Config:
    """All of `crm-sync.toml`; `path` is None where there is no file.

    `webhooks_public_url` is where the receiver of webhooks is reached from outside.
    """

    __pydantic_config__ = ONLY_KNOWN_KEYS

    bookkeeping_schema: Annotated[str, BeforeValidator(_schema)] = "public"
    mask_values: Flag = False
    warehouse_block: Annotated[str, must_be("the name of a Prefect block")] | None = None
    webhooks_public_url: PublicUrl | None = None
    page_storage: Annotated[str, must_be("an absolute path, or a block's type/name")] | None = None
    health: HealthConfig = field(default_factory=HealthConfig)
    retention: RetentionConfig = field(default_factory=RetentionConfig)
    sources: Mapping[str, SourceConfig] = field(default_factory=dict)
    path: Path | None = None

    def source(self, name: str) -> SourceConfig:
        """A source by name; raises ConfigError with the known ones."""
        if name in self.sources:
            return self.sources[name]
        known = ", ".join(sorted(self.sources))
        raise ConfigError(
            f"unknown source {name!r} (known: {known}){suggestion(name, self.sources)}"
        )
