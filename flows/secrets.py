"""Values from the environment or, on a Prefect server, from blocks loaded when the flow runs."""

import logging
import os
from itertools import chain
from typing import TypeVar
from urllib.parse import quote, urlencode

from prefect import runtime
from prefect.blocks.core import Block
from prefect.blocks.system import Secret
from prefect.exceptions import ObjectNotFound
from prefect.settings import get_current_settings
from prefect_sqlalchemy import ConnectionComponents, SqlAlchemyConnector
from pydantic import SecretStr
from sqlalchemy.engine.url import URL, make_url

from sources.config import Config, SourceConfig
from sources.errors import ConfigError
from sources.keeping import secret_block
from sources.privacy import VARIABLE, Privacy
from sources.registry import kind_of, spellings_of, ways_in
from tasks import pages
from tasks.threads import in_database
from warehouse import embedded

log = logging.getLogger("crm_sync")

WAREHOUSE_BLOCK = "warehouse"

AnyBlock = TypeVar("AnyBlock", bound=Block)


async def secrets_of(config: SourceConfig) -> dict[str, SecretStr]:
    """A source's values that are not in the environment but in Secret blocks, by their short names."""
    if not runtime.flow_run.id and get_current_settings().api.url is None:
        # There is no server to ask, and Prefect would start one to be asked.
        return {}
    present = {name for name, value in os.environ.items() if value}
    # A credential that the environment holds whole is the one that is meant, whatever blocks hold.
    credentials = set(chain(*kind_of(config).required)) if ways_in(config, present) else set()
    found = {}
    for name, spelled in spellings_of(config).items():
        if name in credentials:
            continue
        # What is a source's own comes before what it shares, wherever either is.
        for variable in spelled:
            if variable in present:
                break
            value = await _value_in(secret_block(variable), name in kind_of(config).addresses)
            if value is not None:
                found[name] = value
                break
    return found


async def warehouse_url(config: Config) -> str:
    """WAREHOUSE_URL, else the block's address, else the embedded PostgreSQL, said aloud."""
    if url := os.environ.get("WAREHOUSE_URL"):
        return url
    if url := await _block_url(config.warehouse_block or WAREHOUSE_BLOCK):
        return url
    if config.warehouse_block:
        # A name that somebody wrote down is meant; the embedded server would hide the mistake.
        raise ConfigError(
            f"warehouse_block = {config.warehouse_block!r}, but there is no SqlAlchemyConnector block"
            " of that name; create it, or set WAREHOUSE_URL"
        )
    log.warning(
        "WAREHOUSE_URL is not set: using the embedded PostgreSQL in %s",
        embedded.home() / "postgres",
    )
    return await in_database(embedded.start)


async def privacy_of_run() -> Privacy:
    """The keys for encrypted fields and cached pages, known to the tasks of this run as well."""
    # Outside of a flow run there is no server to ask, and Prefect would start one to be asked.
    looks = runtime.flow_run.id and not os.environ.get(VARIABLE)
    block = await secret_in(secret_block(VARIABLE)) if looks else None
    privacy = Privacy.from_text(block.get_secret_value()) if block else Privacy.from_env()
    pages.privacy.set(privacy)
    return privacy


async def secret_in(name: str) -> SecretStr | None:
    """The text in a Secret block, blanks around it left off; None where there is no such block."""
    block = await load(Secret, name)
    if block is None:
        return None
    value = block.get()
    if not isinstance(value, str) or not value.strip():
        raise ConfigError(f"The Secret block {name!r} must hold a text that is not empty")
    return SecretStr(value.strip())


async def _value_in(name: str, is_address: bool) -> SecretStr | None:
    """The text in a Secret block; a database's address may be in a block made for one, too."""
    value = await secret_in(name)
    if value is not None or not is_address:
        return value
    block = await load(SqlAlchemyConnector, name)
    return SecretStr(_url_of(block).render_as_string(hide_password=False)) if block else None


async def put_secret(name: str, value: SecretStr) -> None:
    """Write a Secret block, over the one that is there."""
    await Secret(value=value.get_secret_value()).asave(name, overwrite=True)


async def _block_url(name: str) -> str | None:
    """The URL of a prefect-sqlalchemy block; the warehouse opens its connections itself, from that."""
    block = await load(SqlAlchemyConnector, name)
    if block is None:
        return None
    url = _url_of(block)
    if url.get_backend_name() != "postgresql":
        raise ConfigError(
            f"The SqlAlchemyConnector block {name!r} leads to {url.get_backend_name()};"
            " the warehouse is a PostgreSQL: its driver must be postgresql+psycopg"
        )
    return _as_libpq_reads_it(url)


def _url_of(block: SqlAlchemyConnector) -> URL:
    """The block's URL, with what else it tells the driver, such as `sslmode`."""
    made = block.connection_info
    url = made.create_url() if isinstance(made, ConnectionComponents) else make_url(made)
    extra = {key: str(value) for key, value in (block.connect_args or {}).items()}
    return url.update_query_dict(extra)


def _as_libpq_reads_it(url: URL) -> str:
    """The URL in libpq's spelling: SQLAlchemy's own leaves blanks as they are and writes some as a plus."""
    address = {
        "host": url.host,
        "port": url.port,
        "user": url.username,
        "password": url.password,
        "dbname": url.database,
        **url.query,
    }
    said = {name: _joined(value) for name, value in address.items() if value is not None}
    return f"postgresql:///?{urlencode(said, quote_via=quote)}"


def _joined(value: object) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value)


async def load(kind: type[AnyBlock], name: str) -> AnyBlock | None:
    """A block, None where there is none; one that is there and wrong is not taken for missing."""
    try:
        return await kind.aload(name)
    except (ValueError, RuntimeError) as error:
        if isinstance(error.__cause__, ObjectNotFound):
            return None
        # Not chained: what Prefect says of a broken block quotes the values in it.
        raise ConfigError(
            f"The {kind.__name__} block {name!r} exists, but cannot be used ({type(error).__name__}):"
            f" open it in the Prefect UI, or create it again, as docs/operations.md shows"
        ) from None
