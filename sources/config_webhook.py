"""What `crm-sync.toml` says of a source's webhooks: its `webhook = { … }`."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import BeforeValidator, ConfigDict

from sources.config_values import Text, one_of, refuse, whole

LARGEST_BODY = 50_000_000
PRESETS = ("github", "shopify", "standard")
ALGORITHMS = ("sha1", "sha256", "sha384", "sha512")
ENCODINGS = ("hex", "base64")


def public_url(value: Any) -> str:
    """A check for the beginning of an address; what is behind the path belongs to each request."""
    with suppress(ValueError):
        parts = urlsplit(value if isinstance(value, str) else "")
        bare = not parts.query + parts.fragment
        if parts.scheme in {"http", "https"} and parts.hostname and bare:
            return str(value).rstrip("/")
    raise refuse("must be an address such as https://hooks.example.com, without a query")


PublicUrl = Annotated[str, BeforeValidator(public_url)]


@dataclass(frozen=True, slots=True)
class WebhookConfig:
    """How a source's webhooks arrive; what begins at `preset` is for those that no CRM signs.

    `public_url` is the endpoint's address as the sender knows it, `max_body` the most bytes of one
    delivery. `signed` is what the signature is made over: `{body}`, `{timestamp}` and `{id}` stand for the
    body and for what the headers of the stamp and of the delivery hold.
    """

    __pydantic_config__ = ConfigDict(extra="forbid")

    public_url: PublicUrl | None = None
    max_body: Annotated[int, whole(1_000, LARGEST_BODY)] | None = None
    preset: Annotated[str, one_of(*PRESETS)] | None = None
    header: Text | None = None
    algorithm: Annotated[str, one_of(*ALGORITHMS)] | None = None
    encoding: Annotated[str, one_of(*ENCODINGS)] | None = None
    prefix: Text | None = None
    signed: Text | None = None
    stamp_header: Text | None = None
    delivery_header: Text | None = None
    type_header: Text | None = None
    type: Text | None = None
