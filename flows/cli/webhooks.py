"""`crm-sync webhooks serve`: receives pushed events until it is told to end."""

import asyncio
import os

from pydantic import SecretStr
from pydantic_core import PydanticCustomError

from flows.cli.api import configured_server, prepare_prefect
from flows.cli.ends import FAILED, SUCCESS, leave
from flows.cli.lines import show_log
from flows.cli.screen import console
from flows.cli.warehouse import warehouse_url
from flows.webhooks.endpoints import Listening, listening, refuse_unsealed
from sources import config_webhook
from sources.config import Config
from sources.errors import ConfigError
from sources.keeping import secret_block
from sources.privacy import VARIABLE, Privacy
from sources.registry import configured
from warehouse import embedded
from warehouse.connection import describe
from warehouse.intake import Intake
from warehouse.prepare import prepare


def serve(host: str, port: int, public_url: str | None) -> int:
    """Serve until Ctrl-C or SIGTERM."""
    # Only who serves waits for the server's import.
    from flows.webhooks.app import application
    from flows.webhooks.server import listen
    from flows.webhooks.server import serve as answer
    from flows.webhooks.writer import Writer

    show_log(console(stderr=True))
    config = configured()
    found, privacy = asyncio.run(_secrets(config, _checked(public_url)))
    url = warehouse_url(config)
    prepare(url, config.bookkeeping_schema, upgrades=embedded.is_at(url))
    try:
        listener, address = listen(host, port)
    except OSError as error:
        leave(
            f"cannot listen on {host} port {port}: {error.strerror}; --port chooses another", FAILED
        )
    for line in found.said:
        print(line, flush=True)

    def ready() -> None:
        print(f"Webhooks are received at {address}, into {describe(url)}.", flush=True)

    app = application(found.endpoints, Writer(Intake(url, config.bookkeeping_schema)), privacy)
    answer(app, listener, ready)
    return SUCCESS


def _checked(url: str | None) -> str:
    try:
        return config_webhook.public_url(url) if url else ""
    except PydanticCustomError as error:
        raise ConfigError(f"--public-url {url} {error.message()}") from None


async def _secrets(config: Config, public_url: str) -> tuple[Listening, Privacy]:
    """What only the environment or Secret blocks know."""
    found = await listening(config, find, public_url)
    keys = await find(VARIABLE)
    privacy = Privacy.from_text(keys.get_secret_value() if keys else "")
    refuse_unsealed(config, found, privacy)
    return found, privacy


async def find(variable: str) -> SecretStr | None:
    """A secret from the environment, else from its block on the configured Prefect server."""
    if value := os.environ.get(variable, "").strip():
        return SecretStr(value)
    if configured_server() is None:
        return None
    prepare_prefect()
    # Only now: whatever imports Prefect must come after its settings.
    from flows.secrets import secret_in

    return await secret_in(secret_block(variable))
