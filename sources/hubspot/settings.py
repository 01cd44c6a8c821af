"""How to reach a HubSpot account: credential, address, version and limits."""

from typing import Any

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from sources.http import BACKOFF_BASE

# Versions up to v3 are supported until September 2027; dated ones (2026-03) put the version behind the
# resource. Both are spoken: `Api.path` knows the difference.
API_VERSION = "v3"
BASE_URL = "https://api.hubapi.com"
LIST_LIMIT = 100
SEARCH_LIMIT = 200
BATCH_LIMIT = 100
SEARCHES_PER_SECOND = 5


class HubspotSettings(BaseSettings):
    """Environment of one account, `HUBSPOT_…` or, for a second one, `HUBSPOT_EMEA_…`."""

    model_config = SettingsConfigDict(env_prefix="HUBSPOT_", extra="ignore")

    api_token: SecretStr | None = None
    # Of an OAuth app, instead of the token.
    client_id: str | None = None
    client_secret: SecretStr | None = None
    refresh_token: SecretStr | None = None
    base_url: str = BASE_URL
    api_version: str = API_VERSION
    # Other apps of the account share its searches: a lower number leaves them some.
    searches_per_second: int = Field(default=SEARCHES_PER_SECOND, ge=1)
    # Seconds before a failed request is sent again, doubled each time; what HubSpot asks for comes first.
    retry_wait: float = Field(default=BACKOFF_BASE, ge=0)

    @classmethod
    def of(cls, prefix: str, **given: Any) -> "HubspotSettings":
        """The settings of the account whose variables begin with `prefix`."""
        return cls(_env_prefix=prefix, **given)
