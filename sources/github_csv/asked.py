"""What `crm-sync.toml` says of an entity: which files of which repository, and how they are spelled."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sources.config import SourceConfig
from sources.config_mistakes import shown
from sources.errors import ConfigError
from sources.tabular.options import Dialect

OPTIONS = frozenset({"repo", "ref", "path"})
# The default branch, whatever it is called.
DEFAULT_REF = "HEAD"
_REPO = re.compile(r"[A-Za-z0-9][\w-]{0,99}/(?!\.{1,2}$)[\w.-]{1,100}", re.ASCII)
_NO_REF = re.compile(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|//|@\{|^[-/]|/$")


@dataclass(frozen=True, slots=True)
class Asked:
    """The files of one entity: `path` is a file, a folder ('' for the topmost) or a pattern."""

    place: str
    repo: str
    ref: str
    path: str
    dialect: Dialect

    @property
    def address(self) -> str:
        """Repository, ref and path in one text."""
        return f"{self.repo}@{self.ref}:{self.path}"

    @classmethod
    def of(cls, config: SourceConfig, name: str) -> "Asked":
        """What is configured for an entity; raises ConfigError for what is missing or wrong."""
        place = f"{config.name}.{name}"
        options = options_of(config, name)
        return cls(
            place,
            _repo(place, options),
            _ref(place, options),
            _path(place, options),
            Dialect.of(place, options),
        )


def options_of(config: SourceConfig, name: str) -> Mapping[str, Any]:
    """The options of an entity over those of its source."""
    return {**config.options, **config.entity(name).options}


def _repo(place: str, options: Mapping[str, Any]) -> str:
    expected = "owner/name, as in datasets/s-and-p-500-companies"
    repo = _text(place, options, "repo", expected)
    if not _REPO.fullmatch(repo):
        raise _wrong(place, "repo", repo, expected)
    return repo


def _ref(place: str, options: Mapping[str, Any]) -> str:
    if "ref" not in options:
        return DEFAULT_REF
    ref = _text(place, options, "ref", "a branch, a tag or a commit")
    if _NO_REF.search(ref):
        raise _wrong(place, "ref", ref, "the name of a branch, of a tag, or the id of a commit")
    return ref


def _path(place: str, options: Mapping[str, Any]) -> str:
    expected = "a file, a folder or a pattern in the repository, as in data/*.csv"
    path = _text(place, options, "path", expected)
    if path in {".", "./"}:
        return ""
    names = path.removeprefix("./").rstrip("/").split("/")
    if path.startswith("/") or {"", ".", ".."} & set(names) or "\0" in path:
        raise _wrong(place, "path", path, f"{expected}, from its top, without '..'")
    return "/".join(names)


def _text(place: str, options: Mapping[str, Any], key: str, expected: str) -> str:
    if key not in options:
        raise ConfigError(f"[{place}] {key} is missing: give {expected}")
    value = options[key]
    if not isinstance(value, str) or not value.strip():
        raise _wrong(place, key, value, expected)
    return value.strip()


def _wrong(place: str, key: str, value: Any, expected: str) -> ConfigError:
    return ConfigError(f"[{place}] {key} = {shown(value)}: must be {expected}")
