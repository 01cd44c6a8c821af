"""Where secrets are kept: a rotated refresh token above all, so that the next run begins with it."""

import asyncio
import os
import tempfile
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Protocol

import msgspec
from pydantic import SecretStr

from sources.errors import ConfigError, SourceError

PRIVATE = 0o700


class NotKept(SourceError):
    """A rotated refresh token could not be written down; the message says where and what to do."""


class TokenKeeper(Protocol):
    """Keeps the refresh token of one source from run to run."""

    @property
    def place(self) -> str:
        """Where a person puts a new refresh token."""
        ...

    async def kept(self) -> SecretStr | None:
        """The newest token that was kept, None where the given one still counts."""
        ...

    async def keep(self, token: SecretStr) -> None:
        """Write a rotated token down; raises NotKept."""
        ...


def secret_block(variable: str) -> str:
    """What Prefect's block for a variable is called: lower case, with dashes."""
    return variable.lower().replace("_", "-")


@dataclass(frozen=True, slots=True)
class FileKeeper:
    """A private file beside the environment, which counts until `variable` holds another token."""

    path: Path
    variable: str
    given: SecretStr

    @property
    def place(self) -> str:
        """The variable."""
        return self.variable

    async def kept(self) -> SecretStr | None:
        """The token in the file, unless it goes back to another than the variable holds now."""
        return await asyncio.to_thread(self._read)

    async def keep(self, token: SecretStr) -> None:
        """Replace the file at once and for good, readable by its owner alone."""
        entry = Entry(_fingerprint(self.given), token.get_secret_value())
        try:
            await asyncio.to_thread(write_privately, self.path, msgspec.json.encode(entry))
        except OSError as error:
            raise NotKept(
                f"The refresh token was rotated, but the new one could not be written to {self.path}"
                f" ({error.strerror or type(error).__name__}): make room for it there, or move it with"
                " CRM_SYNC_HOME. Should the next run be refused, authorise the app again and put its"
                f" refresh token into {self.place}"
            ) from None

    def _read(self) -> SecretStr | None:
        try:
            entry = msgspec.json.decode(self.path.read_bytes(), type=Entry)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
            # Not chained: what does not decode may be quoted.
            raise ConfigError(
                f"{self.path}, which keeps the rotated refresh token, cannot be read"
                f" ({type(error).__name__}): mend it, or remove it and put a new one into {self.place}"
            ) from None
        ours = entry.given == _fingerprint(self.given)
        return SecretStr(entry.refresh_token) if ours else None


class Unkept:
    """Nowhere: who opens a source by hand and without a place for a rotated token."""

    place = "nowhere"

    async def kept(self) -> SecretStr | None:
        """Nothing."""
        return None

    async def keep(self, token: SecretStr) -> None:
        """Refuse: the token would be lost with the process."""
        raise NotKept("The refresh token was rotated, and no keeper was given that could keep it")


class Entry(msgspec.Struct, frozen=True):
    """What the file holds: the token, and the fingerprint of the one it goes back to."""

    given: str
    refresh_token: str

    def __repr__(self) -> str:
        return "Entry(…)"


def write_privately(path: Path, content: bytes) -> None:
    """Write a file that nobody else may read; whoever reads it finds the old content or the new, whole."""
    folder = path.parent
    folder.mkdir(parents=True, exist_ok=True, mode=PRIVATE)
    folder.chmod(PRIVATE)
    handle, name = tempfile.mkstemp(dir=folder, prefix=f".{path.name}.")  # mode 0600
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(handle)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _settle(folder)


def _settle(folder: Path) -> None:
    """Make the new name outlast a power cut; Windows cannot open folders, and needs no such thing."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _fingerprint(token: SecretStr) -> str:
    return sha256(token.get_secret_value().strip().encode()).hexdigest()
