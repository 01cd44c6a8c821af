"""Opening a source of CSV on GitHub from its settings."""

import base64
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from pathlib import Path

from pydantic import SecretStr

from sources.auth import Auth, Carrier, StaticToken
from sources.config import SourceConfig, account_env
from sources.entity import Entity
from sources.errors import ConfigError
from sources.github_csv.api import Repository
from sources.github_csv.asked import Asked, options_of
from sources.github_csv.client import GithubCsv
from sources.github_csv.downloads import Downloads
from sources.github_csv.files import Files
from sources.github_csv.lfs import LargeFiles
from sources.github_csv.policy import GITHUB
from sources.github_csv.settings import PACE, GithubSettings
from sources.http import Http
from sources.keeping import TokenKeeper
from sources.limits import Limits, Rate, shared_limits
from sources.tabular.entities import entity_of

# As whom git asks who has a token: https://docs.github.com/apps/creating-github-apps/authenticating-with-a-github-app.
GIT_USER = "x-access-token"
AS_GIT = Carrier(form="Basic {}")


@asynccontextmanager
async def open_github_csv(
    config: SourceConfig, secrets: Mapping[str, SecretStr], _keeper: TokenKeeper
) -> AsyncIterator[GithubCsv]:
    """A client of the repositories that `config` names; what it downloads goes when it is closed."""
    asked = _asked_of(config)
    entities = {name: _entity(config, name, one) for name, one in asked.items()}
    prefix = account_env(config.name, config.kind)
    given = {name.lower(): value.get_secret_value() for name, value in secrets.items()}
    settings = GithubSettings.of(prefix, **given)
    token = settings.bare_token
    elsewhere = partial(
        Http,
        timeout=config.timeout,
        retry_attempts=config.retry_attempts,
        backoff=settings.retry_wait,
    )
    http = partial(elsewhere, policy=GITHUB)
    async with AsyncExitStack() as stack:
        opened = stack.enter_async_context
        limits = _limits(config, settings)
        auth = StaticToken(SecretStr(token)) if token else None
        api = await opened(
            http(settings.base_url, auth=auth, limits=limits, reserve=config.reserve)
        )
        git = await opened(http(settings.lfs_url, auth=_as_git(token), limits=limits))
        large = LargeFiles(git, elsewhere, secure=settings.base_url.startswith("https:"))
        # Only this user may look into it.
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="crm-sync-github-"))
        downloads = Downloads(Path(folder), large)
        files = {
            name: Files(
                one, Repository(api, settings.base_url, one.repo, signed_in=bool(token)), downloads
            )
            for name, one in asked.items()
        }
        client = GithubCsv(entities, files)
        stack.callback(client.close)
        yield client


def _asked_of(config: SourceConfig) -> Mapping[str, Asked]:
    """What is configured for each entity; raises ConfigError for what is missing or wrong."""
    if not config.entities:
        raise ConfigError(
            f"[{config.name}] has no tables: add one with path and key, as in [{config.name}.prices]"
        )
    return {name: Asked.of(config, name) for name in config.entities}


def _entity(config: SourceConfig, name: str, asked: Asked) -> Entity:
    options, fields = options_of(config, name), config.entity(name).fields
    # What is gone from a file is gone.
    return entity_of(name, asked.place, asked.address, options, fields, snapshot=True)


def _as_git(token: str) -> Auth | None:
    return StaticToken(basic(token), AS_GIT) if token else None


def basic(token: str) -> SecretStr:
    """A token the way git sends it: as a password."""
    return SecretStr(base64.b64encode(f"{GIT_USER}:{token}".encode()).decode())


def _limits(config: SourceConfig, settings: GithubSettings) -> Limits:
    """A pace that stays below the limit of a minute, for all sources together, or the one a user wants."""
    own = config.rate_limit
    if own:
        rate = Rate(own.requests, own.seconds)
        return shared_limits(f"{config.name} {settings.base_url}", {"all": (rate,)})
    return shared_limits(f"github {settings.base_url}", {"all": (PACE,)})
