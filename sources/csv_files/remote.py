"""Files that fsspec reaches: `s3://…` and the like, each by a driver that is a package of its own."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any, BinaryIO, cast

import fsspec
from fsspec.core import has_magic, url_to_fs

from sources.csv_files.asked import Asked
from sources.csv_files.found import Found
from sources.csv_files.local import TABLES
from sources.errors import BadAnswer, ConfigError, SourceError, Unauthorized, Unavailable
from sources.meter import current_meter
from sources.tabular.compressed import uncompressed

# Drivers that are extras of this project; others are found by the packages' own names.
EXTRAS = {"s3": "s3", "s3a": "s3"}
ETAGS = ("ETag", "etag", "md5Hash", "content_md5", "checksum")
TIMES = ("LastModified", "last_modified", "updated", "mtime", "modified", "created")

Said = dict[str, Any]


def files_at(asked: Asked, url: str) -> list[Found]:
    """The files that a URL names: itself, the tables right in a folder, or what a pattern fits."""
    system, path = _system(asked, url)
    with _told(url):
        # What was listed before may be cached.
        system.invalidate_cache()
        current_meter().api_calls += 1
        return [_found(system, said) for said in _named(system, path) if said["type"] == "file"]


def file_at(asked: Asked, part: str) -> Found | None:
    """A file by its name; None where there is none."""
    system, path = _system(asked, part)
    with _told(part):
        system.invalidate_cache()
        current_meter().api_calls += 1
        try:
            return _found(system, system.info(path))
        except FileNotFoundError:
            return None


def _named(system: fsspec.AbstractFileSystem, path: str) -> list[Said]:
    if not has_magic(path) or system.exists(path):
        try:
            said: Said = system.info(path)
        except FileNotFoundError:
            return []
        if said["type"] != "directory":
            return [said]
        inside: list[Said] = system.ls(path, detail=True)
        return [one for one in inside if TABLES.fullmatch(one["name"].rpartition("/")[2])]
    matching: Mapping[str, Said] = system.glob(path, detail=True)
    return list(matching.values()) or _nothing_in(system, path)


def _nothing_in(system: fsspec.AbstractFileSystem, pattern: str) -> list[Said]:
    """No files, where the folder of a pattern can be looked into: `glob` takes an error for an empty folder."""
    names = pattern.split("/")
    wild = next(at for at, name in enumerate(names) if has_magic(name))
    with suppress(FileNotFoundError):
        system.ls("/".join(names[:wild]) or "/", detail=True)
    return []


def _found(system: fsspec.AbstractFileSystem, said: Said) -> Found:
    part: str = system.unstrip_protocol(said["name"])
    made = next((moment for key in TIMES if (moment := _moment(said.get(key)))), None)
    etag = next((str(said[key]).strip('"') for key in ETAGS if said.get(key)), "")
    size = said.get("size")
    # Neither a time nor a hash: whatever the driver says of it has to do.
    stamp = etag or (made.isoformat() if made else system.ukey(said["name"]))
    opener = partial(_opened, system, said["name"], part)
    return Found(part, opener, f"{size}-{stamp}", made, sure=bool(etag), blank=size == 0)


def _opened(system: fsspec.AbstractFileSystem, path: str, part: str) -> BinaryIO:
    with _told(part):
        current_meter().api_calls += 1
        try:
            return uncompressed(part, cast("BinaryIO", system.open(path, "rb")))
        except FileNotFoundError:
            raise BadAnswer(f"{part} is there no more") from None


def _moment(value: Any) -> datetime | None:
    """A time as drivers tell it; None where it is none, or leaves open which one it is."""
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    return value if isinstance(value, datetime) and value.tzinfo else None


def _system(asked: Asked, url: str) -> tuple[fsspec.AbstractFileSystem, str]:
    protocol = url.partition("://")[0].lower()
    try:
        system, path = url_to_fs(url, **asked.storage)
    except ImportError as error:
        extra = EXTRAS.get(protocol)
        remedy = f'pip install "crm-sync[{extra}]"' if extra else str(error)
        raise ConfigError(
            f"[{asked.place}] reading {protocol}:// needs a package that is not installed: {remedy}"
        ) from None
    except (ValueError, TypeError) as error:
        raise ConfigError(f"[{asked.place}] {url} cannot be read: {error}") from None
    return system, path


@contextmanager
def _told(url: str) -> Iterator[None]:
    """Errors of drivers by what can be done about them."""
    try:
        yield
    except (SourceError, FileNotFoundError):
        raise
    except PermissionError as error:
        raise Unauthorized(
            f"{url} may not be read: check the driver's credential ({error})"
        ) from None
    except Exception as error:
        raise Unavailable(f"{url} cannot be read: {type(error).__name__}: {error}") from error
