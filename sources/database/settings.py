"""How to reach a database: its URL, under the name that its kind of source gives it."""

from typing import Any

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

BACKOFF_BASE = 0.5


class DatabaseSettings(BaseSettings):
    """Environment of one database, `DATABASE_ERP_…` for a source called `erp`."""

    model_config = SettingsConfigDict(env_prefix="DATABASE_", extra="ignore")

    url: SecretStr | None = None
    # What kinds of sources with tables of their own call it: SALESPRO_DATABASE_URL.
    database_url: SecretStr | None = None
    # Seconds before a question that failed is put again, doubled each time.
    retry_wait: float = Field(default=BACKOFF_BASE, ge=0)

    @classmethod
    def of(cls, prefix: str, **given: Any) -> "DatabaseSettings":
        """The settings of the database whose variables begin with `prefix`."""
        return cls(_env_prefix=prefix, **given)
