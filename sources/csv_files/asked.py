"""What `crm-sync.toml` says of an entity: where its files are, and how they are spelled."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sources.config import SourceConfig
from sources.config_mistakes import shown
from sources.errors import ConfigError
from sources.tabular.options import Dialect

OPTIONS = frozenset({"path", "storage"})
URL = re.compile(r"[a-z][a-z0-9+.-]+://", re.IGNORECASE)
_ENTITY = "{entity}"
_PASSWORD = re.compile(r"://[^/@\s]*@")
# Keys of drivers that hold what belongs into no file.
_SECRET = re.compile(r"secret|token|password|credential|^key$|account_key", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asked:
    """The files of one entity: each of `paths` is a file, a folder or a pattern; `storage` is for drivers."""

    place: str
    paths: tuple[str, ...]
    storage: Mapping[str, Any]
    dialect: Dialect

    @property
    def address(self) -> str:
        """All of them in one text."""
        return ", ".join(self.paths)

    @classmethod
    def of(cls, config: SourceConfig, name: str) -> "Asked":
        """What is configured for an entity; raises ConfigError for what is missing or wrong."""
        place = f"{config.name}.{name}"
        options = options_of(config, name)
        return cls(
            place,
            _paths(place, name, options),
            _storage(place, options),
            Dialect.of(place, options),
        )


def options_of(config: SourceConfig, name: str) -> Mapping[str, Any]:
    """The options of an entity over those of its source."""
    return {**config.options, **config.entity(name).options}


def _paths(place: str, name: str, options: Mapping[str, Any]) -> tuple[str, ...]:
    expected = 'a file, a folder or a pattern such as "data/prices/*.csv" (or a list of them)'
    if "path" not in options:
        raise ConfigError(f"[{place}] path is missing: give {expected}")
    value = options["path"]
    paths = [value] if isinstance(value, str) else value
    if not isinstance(paths, list) or not paths or not all(map(_is_path, paths)):
        raise ConfigError(f"[{place}] path = {shown(value)}: must be {expected}")
    if any(_PASSWORD.search(path) for path in paths):
        raise ConfigError(
            f"[{place}] path = {shown(value)}: must hold no user or password; drivers find them in the"
            " environment (for s3: AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY)"
        )
    return tuple(dict.fromkeys(path.replace(_ENTITY, name) for path in paths))


def _is_path(path: Any) -> bool:
    return isinstance(path, str) and bool(path.strip()) and "\0" not in path


def _storage(place: str, options: Mapping[str, Any]) -> Mapping[str, Any]:
    value = options.get("storage", {})
    if not isinstance(value, dict):
        raise ConfigError(
            f"[{place}] storage = {shown(value)}: must be a table of the driver's options, such as"
            ' { endpoint_url = "https://minio.example.com" }'
        )
    if secret := [key for key in value if _SECRET.search(key)]:
        raise ConfigError(
            f"[{place}] storage.{secret[0]} belongs into no file: drivers find secrets in the environment"
        )
    return value
