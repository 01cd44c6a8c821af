"""Files on this machine."""

import os
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from fnmatch import fnmatch
from functools import partial
from glob import has_magic
from pathlib import Path

from sources.csv_files.found import Found
from sources.errors import ConfigError
from sources.tabular.compressed import opened

# What a folder is read for.
TABLES = re.compile(r"[^.].*\.(csv|tsv)(\.(gz|zst))?", re.IGNORECASE)


def files_at(place: str, path: str) -> list[Found]:
    """The files that a path names: itself, the tables right in a folder, or what a pattern fits."""
    try:
        named = [(one, file_at(str(one))) for one in _named(Path(path).expanduser())]
    except OSError as error:
        where = f" ({error.filename})" if error.filename else ""
        raise ConfigError(
            f"[{place}] {path} cannot be looked into: {error.strerror}{where}"
        ) from None
    for one, found in named:
        if found is None and one.is_symlink() and not one.exists():
            raise ConfigError(f"[{place}] {one} is a link to a file that is not there")
    return [found for _, found in named if found]


def file_at(part: str) -> Found | None:
    """A file by its name; None where there is none."""
    path = Path(part)
    if not path.is_file():
        return None
    said = path.stat()
    # A file that another was renamed to, or whose time was set, may have size and time of the one before.
    stamp = f"{said.st_size}-{said.st_mtime_ns}-{said.st_ctime_ns}"
    made = datetime.fromtimestamp(said.st_mtime, UTC)
    blank = said.st_size == 0
    return Found(part, partial(opened, path), stamp, made, at_hand=True, blank=blank)


def _named(path: Path) -> Iterator[Path]:
    # A file may have signs in its name that mean something in patterns.
    if path.is_file():
        yield path
    elif path.is_dir():
        yield from (one for one in path.iterdir() if TABLES.fullmatch(one.name))
    elif has_magic(str(path)):
        yield from dict.fromkeys(_fitting(Path(path.anchor), path.relative_to(path.anchor).parts))


def _fitting(folder: Path, pattern: Sequence[str]) -> Iterator[Path]:
    """What fits a pattern in a folder; unlike `glob`, it does not pass over folders that cannot be read."""
    if not pattern:
        yield folder
        return
    name, *rest = pattern
    if not has_magic(name):
        if os.path.lexists(folder / name) and (not rest or (folder / name).is_dir()):
            yield from _fitting(folder / name, rest)
        return
    if name == "**" and rest:
        yield from _fitting(folder, rest)
    for one in sorted(folder.iterdir()):
        if one.name.startswith(".") and not name.startswith("."):
            continue
        if name == "**" and one.is_dir():
            yield from _fitting(one, pattern)
        elif fnmatch(one.name, name) and (not rest or one.is_dir()):
            yield from _fitting(one, rest if name != "**" else [])
