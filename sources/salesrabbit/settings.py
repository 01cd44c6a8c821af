"""How to reach a SalesRabbit account: token, address and pace."""

from typing import Any

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from sources.http import BACKOFF_BASE
from sources.limits import Rate

BASE_URL = "https://api.salesrabbit.com"
MOST_PER_PAGE = 2000
MOST_ACTIVITIES_PER_PAGE = 500
# The limit is not published; one request a second is what others keep to without being refused.
PACE = Rate(1, 1.0)


class SalesRabbitSettings(BaseSettings):
    """Environment of one account, `SALESRABBIT_…` or, for a second one, `SALESRABBIT_WEST_…`."""

    model_config = SettingsConfigDict(env_prefix="SALESRABBIT_", extra="ignore")

    api_token: SecretStr | None = None
    base_url: str = BASE_URL
    # Seconds before a failed request is sent again, doubled each time.
    retry_wait: float = Field(default=BACKOFF_BASE, ge=0)

    @classmethod
    def of(cls, prefix: str, **given: Any) -> "SalesRabbitSettings":
        """The settings of the account whose variables begin with `prefix`."""
        return cls(_env_prefix=prefix, **given)
