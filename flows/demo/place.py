"""Where the demo lives: a folder and a database of its own, empty at the start, kept for looking at."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from warehouse import embedded


@dataclass(frozen=True, slots=True)
class Place:
    """The demo's folder and what is in it."""

    folder: Path

    @property
    def config(self) -> Path:
        """Its settings."""
        return self.folder / "crm-sync.toml"

    @property
    def log(self) -> Path:
        """The log of its runs."""
        return self.folder / "demo.log"


def prepare_place(source: str, config: str) -> Place:
    """An empty database and settings; from here on nothing of the user's own is read or written."""
    place = Place(embedded.home() / "demo")
    os.environ["CRM_SYNC_HOME"] = str(place.folder)
    embedded.stop()
    shutil.rmtree(place.folder, ignore_errors=True)
    place.folder.mkdir(parents=True, mode=0o700)
    place.config.write_text(config)
    for name in [name for name in os.environ if name.startswith(f"{source.upper()}_")]:
        del os.environ[name]
    os.environ["CRM_SYNC_CONFIG"] = str(place.config)
    # Said outright: a Prefect block must not lead the demo into somebody's warehouse.
    os.environ["WAREHOUSE_URL"] = embedded.start()
    return place
