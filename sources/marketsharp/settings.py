"""How to reach MarketSharp's tables: the address of the database they are in."""

from typing import Any

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class MarketSharpSettings(BaseSettings):
    """Environment of one database, `MARKETSHARP_…` or, for a second one, `MARKETSHARP_WEST_…`."""

    model_config = SettingsConfigDict(env_prefix="MARKETSHARP_", extra="ignore")

    database_url: SecretStr | None = None
    # Seconds before a question that failed is put again, doubled each time.
    retry_wait: float = Field(default=0.5, ge=0)

    @classmethod
    def of(cls, prefix: str, **given: Any) -> "MarketSharpSettings":
        """The settings of the database whose variables begin with `prefix`."""
        return cls(_env_prefix=prefix, **given)
