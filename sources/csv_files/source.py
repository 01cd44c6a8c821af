"""Opening a source of CSV files from its settings."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from pydantic import SecretStr

from sources.config import SourceConfig
from sources.csv_files.asked import Asked, options_of
from sources.csv_files.client import CsvFiles
from sources.errors import ConfigError
from sources.keeping import TokenKeeper
from sources.tabular.entities import entity_of


@asynccontextmanager
async def open_csv(
    config: SourceConfig, _secrets: Mapping[str, SecretStr], _keeper: TokenKeeper
) -> AsyncIterator[CsvFiles]:
    """A client of the files that `config` names."""
    if not config.entities:
        raise ConfigError(
            f"[{config.name}] has no tables: add one with a key, as in [{config.name}.prices]"
        )
    asked = {name: Asked.of(config, name) for name in config.entities}
    entities = {
        name: entity_of(
            name, one.place, one.address, options_of(config, name), config.entity(name).fields
        )
        for name, one in asked.items()
    }
    client = CsvFiles(asked, entities)
    try:
        yield client
    finally:
        client.close()
