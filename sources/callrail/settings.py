"""How to reach CallRail: key, account, address and the published limits."""

from typing import Any

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from sources.http import BACKOFF_BASE
from sources.limits import Rate

API_VERSION = "v3"
BASE_URL = "https://api.callrail.com"
PER_PAGE = 250
# Of an account, whichever key or integration asks; no header says what is left of them.
HOURLY, DAILY = Rate(1000, 3600.0), Rate(10_000, 86_400.0)
# A turn that is further off than this ends the run instead of holding it.
LONGEST_WAIT = 60.0


class CallrailSettings(BaseSettings):
    """Environment of one key, `CALLRAIL_…` or, for a second one, `CALLRAIL_WEST_…`."""

    model_config = SettingsConfigDict(env_prefix="CALLRAIL_", extra="ignore")

    api_key: SecretStr | None = None
    # One of the accounts the key sees; all of them where none is named.
    account_id: str | None = None
    base_url: str = BASE_URL
    # Seconds before a failed request is sent again, doubled each time.
    retry_wait: float = Field(default=BACKOFF_BASE, ge=0)

    @classmethod
    def of(cls, prefix: str, **given: Any) -> "CallrailSettings":
        """The settings of the key whose variables begin with `prefix`."""
        return cls(_env_prefix=prefix, **given)
