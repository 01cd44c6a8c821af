"""How to reach GitHub: token, addresses and pace."""

from typing import Any, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from sources.http import BACKOFF_BASE
from sources.limits import Rate

BASE_URL = "https://api.github.com"
API_VERSION = "2022-11-28"
# What sources of this kind share, unless one has variables of its own.
SHARED = "GITHUB_"
# A secondary limit is 900 points a minute, of which a request that reads takes one.
PACE = Rate(10, 1.0)


class GithubSettings(BaseSettings):
    """Environment of one source, `GITHUB_CSV_FIRMS_…`; what that lacks, `GITHUB_…` has."""

    model_config = SettingsConfigDict(env_prefix=SHARED, extra="ignore")

    token: SecretStr | None = None
    base_url: str = BASE_URL
    # Seconds before a failed request is sent again, doubled each time.
    retry_wait: float = Field(default=BACKOFF_BASE, ge=0)

    @classmethod
    def of(cls, prefix: str, **given: Any) -> Self:
        """The settings of the source whose own variables begin with `prefix`."""
        own = cls(_env_prefix=prefix).model_dump(exclude_unset=True)
        return cls(**{**own, **given})

    @property
    def bare_token(self) -> str:
        """The token without blanks around it, empty where there is none: public files need none."""
        return self.token.get_secret_value().strip() if self.token else ""

    @property
    def lfs_url(self) -> str:
        """Where large files are asked for: beside the API, not below it."""
        parts = urlsplit(self.base_url)
        hosted = parts.netloc == "api.github.com" or parts.netloc.endswith(".ghe.com")
        return f"{parts.scheme}://{parts.netloc.removeprefix('api.') if hosted else parts.netloc}"
