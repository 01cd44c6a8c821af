"""How to reach a Salesforce org: credential, addresses, version, and when to read in bulk."""

from typing import Annotated, Any

from pydantic import AfterValidator, Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict

from sources.http import BACKOFF_BASE

# One version for a whole run: a Bulk job answers only in the version that it was created in.
API_VERSION = "66.0"
# Where JWT assertions are traded in; client credentials are accepted only by the org's own host.
LOGIN_URL = "https://login.salesforce.com"
BULK_ABOVE = 20_000


def _number(version: str) -> str:
    """A version as the org's list has it; in addresses a v stands before it."""
    return version.strip().removeprefix("v")


class SalesforceSettings(BaseSettings):
    """Environment of one org, `SALESFORCE_…` or, for a second one, `SALESFORCE_EMEA_…`."""

    model_config = SettingsConfigDict(env_prefix="SALESFORCE_", extra="ignore")

    # The org's own address (My Domain); needed with an access token, else the token's answer names it.
    instance_url: str | None = None
    login_url: str | None = None
    # A session that somebody else has opened; it ends, so that it is for trying things out.
    access_token: SecretStr | None = None
    client_id: str | None = None
    client_secret: SecretStr | None = None
    # Of the JWT bearer flow: whom the app acts for, and the key whose certificate it knows.
    username: str | None = None
    private_key: SecretStr | None = None
    # '' for the version above, or the newest before it that the org has.
    api_version: Annotated[str, AfterValidator(_number)] = ""
    # Windows that hold more records than this are read by Bulk API 2.0.
    bulk_above: int = Field(default=BULK_ABOVE, ge=0)
    # Seconds until a Bulk job is asked for the first time; each pause is longer than the one before.
    bulk_wait: float = Field(default=2.0, ge=0)
    # Seconds before a failed request is sent again, doubled each time; what is asked for comes first.
    retry_wait: float = Field(default=BACKOFF_BASE, ge=0)

    @classmethod
    def of(cls, prefix: str, **given: Any) -> "SalesforceSettings":
        """The settings of the org whose variables begin with `prefix`."""
        return cls(_env_prefix=prefix, **given)
