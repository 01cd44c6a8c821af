"""Where the pages of a run are cached: on this machine, on a volume that workers share, or in a block."""

from pathlib import Path

from prefect.blocks.core import Block
from prefect.filesystems import WritableFileSystem

from flows.secrets import load
from sources.config import Config
from sources.errors import ConfigError
from sources.privacy import VARIABLE, Privacy
from tasks.pages import private_folder
from warehouse import embedded

Storage = Path | WritableFileSystem


async def storage_of(config: Config, privacy: Privacy, run: str) -> Storage:
    """The place for the pages of a run; a private folder, unless `page_storage` names a block."""
    place = config.page_storage
    if folder := root_of(config):
        return private_folder(folder, run)
    assert place is not None
    if not privacy:
        raise ConfigError(
            f"page_storage = {place!r} keeps people's data beyond this machine: set {VARIABLE}, with which"
            " pages are encrypted"
        )
    block = await load(Block, place)
    if not isinstance(block, WritableFileSystem):
        raise ConfigError(
            f"page_storage = {place!r}, but there is no block of that type and name that can hold files: give"
            ' an absolute path, or a block such as "s3-bucket/crm-sync"'
        )
    return block


def root_of(config: Config) -> Path | None:
    """The folder below which the pages of all runs are; None where a block has them."""
    place = config.page_storage
    if place is None:
        return embedded.home()
    return Path(place) if Path(place).is_absolute() else None
