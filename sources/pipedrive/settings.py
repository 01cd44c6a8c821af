"""How to reach a Pipedrive company: credential, host, and where each version is found there."""

import re
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from pydantic import SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from sources.http import BACKOFF_BASE

SHARED_HOST = "api.pipedrive.com"
BASE_URL = f"https://{SHARED_HOST}"
COMPANY_HOSTS = ".pipedrive.com"
_ENDING = re.compile(r"(/api)?(/v[12])?/*$")


class PipedriveSettings(BaseSettings):
    """Environment of one account, `PIPEDRIVE_…` or, for a second one, `PIPEDRIVE_EMEA_…`."""

    model_config = SettingsConfigDict(env_prefix="PIPEDRIVE_", extra="ignore")

    api_token: SecretStr | None = None
    base_url: str = BASE_URL
    # Seconds before a failed request is sent again, doubled each time; what Pipedrive asks for comes first.
    retry_wait: float = BACKOFF_BASE

    @classmethod
    def of(cls, prefix: str, **given: Any) -> "PipedriveSettings":
        """The settings of the account whose variables begin with `prefix`."""
        return cls(_env_prefix=prefix, **given)


@dataclass(frozen=True, slots=True)
class Addresses:
    """A host, and below which path each version is found there."""

    base: str
    v1: str
    v2: str = "/api/v2"

    def path(self, resource: str) -> str:
        """`/api/v2/deals` for `v2/deals`."""
        version, _, rest = resource.partition("/")
        return f"{self.v1 if version == 'v1' else self.v2}/{rest}"


def addresses(base_url: str) -> Addresses:
    """What a base URL means, with or without the path of a version behind it.

    The shared host has some operations of version 1 below /v1 alone, a company's own host below /api/v1.
    """
    given = base_url.strip()
    ending = _ENDING.search(given)
    base = given[: ending.start()] if ending else given
    host = (urlsplit(base).hostname or "").lower()
    if host == SHARED_HOST:
        return Addresses(base, "/v1")
    # Of any other host only what stands behind it can tell.
    below_api = host.endswith(COMPANY_HOSTS) or bool(ending and ending[1])
    return Addresses(base, "/api/v1" if below_api else "/v1")
