"""Opening a Salesforce org from its settings."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr

from sources.auth import Auth, StaticToken
from sources.config import SourceConfig, account_env
from sources.errors import ConfigError
from sources.http import Http
from sources.keeping import TokenKeeper
from sources.limits import Limits, Rate, shared_limits
from sources.salesforce.bulk import Jobs
from sources.salesforce.changes import Manner
from sources.salesforce.client import Salesforce
from sources.salesforce.credential import App, Session, credential_of
from sources.salesforce.entities import ENTITIES
from sources.salesforce.heads import Heads
from sources.salesforce.ids import org_of
from sources.salesforce.oauth import GRANTS, Sessions
from sources.salesforce.policy import SALESFORCE
from sources.salesforce.settings import SalesforceSettings

OPTION = "api"
WAYS = ("auto", "rest", "bulk")
_API_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}")


@asynccontextmanager
async def open_salesforce(
    config: SourceConfig,
    secrets: Mapping[str, SecretStr],
    keeper: TokenKeeper,  # noqa: ARG001 - neither way in has a refresh token to keep
) -> AsyncIterator[Salesforce]:
    """A connected client of the org that `config` names; `secrets` come before the environment."""
    prefix = account_env(config.name, config.kind)
    given = {name.lower(): value.get_secret_value() for name, value in secrets.items()}
    settings = SalesforceSettings.of(prefix, **given)
    credential = credential_of(settings, prefix)
    manner: dict[str, Any] = {
        "timeout": config.timeout,
        "retry_attempts": config.retry_attempts,
        "backoff": settings.retry_wait,
    }
    where = credential.login_url if isinstance(credential, App) else credential.instance_url
    # Has limits of its own: requests for sessions do not count.
    async with Http(where, policy=GRANTS, **manner) as endpoint:
        auth, address, org_id = await _opened(credential, endpoint)
        async with Http(
            address,
            auth=auth,
            limits=_limits(config, address),
            policy=SALESFORCE,
            transport=Heads(),
            reserve=config.reserve,
            **manner,
        ) as http:
            yield Salesforce(
                http,
                settings.api_version,
                Manner(settings.bulk_above, _ways(config), Jobs(settings.bulk_wait)),
                address=address,
                org_id=org_id,
                named=_named(config),
            )


async def _opened(credential: Session | App, endpoint: Http) -> tuple[Auth, str, str]:
    """How requests prove who asks, at which address the org answers, and its id."""
    if isinstance(credential, Session):
        token = credential.token
        return StaticToken(token), credential.instance_url, org_of(token.get_secret_value())
    sessions = Sessions(endpoint, credential)
    auth = sessions.auth()
    # Only its answer tells where the org is.
    await auth.token()
    return auth, sessions.instance_url, sessions.org_id


def _limits(config: SourceConfig, address: str) -> Limits:
    """Salesforce counts by the day, and tells in each answer; what the user wants comes on top."""
    if config.rate_limit is None:
        return shared_limits(f"{config.name} {address}", {})
    rate = Rate(config.rate_limit.requests, config.rate_limit.seconds)
    return shared_limits(f"{config.name} {address}", {"all": (rate,)}, ("all",))


def _ways(config: SourceConfig) -> dict[str, str]:
    """By which API each entity is read; raises ConfigError for one that there is not."""
    usual = config.options.get(OPTION, WAYS[0])
    names = dict.fromkeys((*ENTITIES, *config.entities))
    ways = {name: config.entity(name).options.get(OPTION, usual) for name in names}
    for name, way in ways.items():
        if way not in WAYS:
            known = ", ".join(f'"{one}"' for one in WAYS)
            raise ConfigError(f"{config.name}.{name}: {OPTION} = {way!r} must be one of {known}")
    return ways


def _named(config: SourceConfig) -> dict[str, str]:
    """The objects that the configuration names beside those that are declared."""
    found = {
        name: said.object_type
        for name, said in config.entities.items()
        if said.object_type and name not in ENTITIES
    }
    for name, api_name in found.items():
        if not _API_NAME.fullmatch(api_name):
            raise ConfigError(
                f"{config.name}.{name}: object_type = {api_name!r} is no API name of an object, such as"
                ' "Invoice__c"'
            )
    return found
