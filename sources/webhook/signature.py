"""Signatures as most who push make them: an HMAC of the body in a header, said by crm-sync.toml.

GitHub: https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries. Shopify:
https://shopify.dev/docs/apps/build/webhooks/subscribe/https. The standard of several vendors:
https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md.
"""

import base64
import binascii
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

from sources.config import SourceConfig
from sources.config_webhook import WebhookConfig
from sources.errors import ConfigError
from sources.hooks import Delivery, Untrusted, among, refuse_stale

BODY, STAMP, ID = "{body}", "{timestamp}", "{id}"
_PIECES = re.compile(r"(\{body\}|\{timestamp\}|\{id\})")
# Stamps with more digits are milliseconds.
MOST_DIGITS_OF_SECONDS = 11
STANDARD = "standard"
_STANDARD_SECRET = b"whsec_"

PRESETS = {
    "github": WebhookConfig(
        header="X-Hub-Signature-256",
        prefix="sha256=",
        delivery_header="X-GitHub-Delivery",
        type_header="X-GitHub-Event",
    ),
    "shopify": WebhookConfig(
        header="X-Shopify-Hmac-Sha256",
        encoding="base64",
        delivery_header="X-Shopify-Webhook-Id",
        type_header="X-Shopify-Topic",
    ),
    STANDARD: WebhookConfig(
        header="webhook-signature",
        encoding="base64",
        prefix="v1,",
        signed="{id}.{timestamp}.{body}",
        stamp_header="webhook-timestamp",
        delivery_header="webhook-id",
        type="type",
    ),
}


@dataclass(frozen=True, slots=True)
class Signature:
    """Where the signature is, how it is spelled, and what it is made over."""

    header: str
    algorithm: str = "sha256"
    encoding: str = "hex"
    prefix: str = ""
    signed: str = BODY
    stamp_header: str = ""
    delivery_header: str = ""
    type_header: str = ""
    type: str = "type"

    def verify(self, delivery: Delivery, keys: Iterable[bytes]) -> None:
        """Raise Untrusted unless one of the keys made one of the header's signatures, and in these minutes."""
        if self.stamp_header:
            stamp = self._header(delivery, self.stamp_header)
            refuse_stale(stamp, delivery, milliseconds=len(stamp) > MOST_DIGITS_OF_SECONDS)
        message = self._message(delivery)
        expected = [self._spelled(hmac.digest(key, message, self.algorithm)) for key in keys]
        # There may be several while the sender changes its secret.
        given = [
            one.removeprefix(self.prefix)
            for one in self._header(delivery, self.header).split()
            if one.startswith(self.prefix)
        ]
        plain = [one.lower() if self.encoding == "hex" else one for one in given]
        if True not in [among(one, expected) for one in plain]:
            raise Untrusted("the signature does not fit")

    def delivery_id(self, delivery: Delivery) -> str:
        """What the sender calls this delivery, '' where it does not say."""
        return self._header(delivery, self.delivery_header)

    def kind(self, delivery: Delivery) -> str:
        """What the headers say of the event's type."""
        return self._header(delivery, self.type_header)

    def _message(self, delivery: Delivery) -> bytes:
        said = {
            BODY: delivery.body,
            STAMP: self._header(delivery, self.stamp_header).encode(),
            ID: self._header(delivery, self.delivery_header).encode(),
        }
        return b"".join(said.get(one, one.encode()) for one in _PIECES.split(self.signed))

    def _spelled(self, digest: bytes) -> bytes:
        return digest.hex().encode() if self.encoding == "hex" else base64.b64encode(digest)

    @staticmethod
    def _header(delivery: Delivery, name: str) -> str:
        return delivery.headers.get(name.lower(), "") if name else ""


def signature_of(config: SourceConfig) -> Signature:
    """How a source signs: a preset, and what is said beside it; raises ConfigError."""
    said = config.webhook
    base = PRESETS[said.preset] if said.preset else WebhookConfig()
    names = [one.name for one in fields(Signature)]
    chosen = {name: _first(getattr(said, name), getattr(base, name)) for name in names}
    found = replace(
        Signature(""), **{name: value for name, value in chosen.items() if value is not None}
    )
    _refuse_incomplete(config.name, found)
    return found


def key_bytes(config: SourceConfig, keys: Iterable[bytes]) -> tuple[bytes, ...]:
    """The keys themselves; those of the standard are written in base64 behind a mark."""
    if config.webhook.preset != STANDARD:
        return tuple(keys)
    return tuple(_decoded(config.name, key) for key in keys if b"," not in key)


def _decoded(source: str, key: bytes) -> bytes:
    if not key.startswith(_STANDARD_SECRET):
        return key
    try:
        decoded = base64.b64decode(key.removeprefix(_STANDARD_SECRET), validate=True)
    except binascii.Error:
        raise ConfigError(f"{source}: the secret begins with whsec_, but is not base64") from None
    if not decoded:
        raise ConfigError(f"{source}: the secret is whsec_ with nothing behind it")
    return decoded


def _first(said: str | None, base: str | None) -> str | None:
    return base if said is None else said


def _refuse_incomplete(source: str, found: Signature) -> None:
    pieces = _PIECES.findall(found.signed)
    wrong = ""
    if not found.header.strip():
        known = ", ".join(f'preset = "{name}"' for name in PRESETS)
        wrong = f"header is missing: it names the header with the signature (or one of {known})"
    elif pieces.count(BODY) != 1:
        wrong = f"signed = {found.signed!r} must hold {BODY} once"
    elif (STAMP in pieces) != bool(found.stamp_header):
        # A stamp that is not signed proves nothing.
        wrong = f"stamp_header and {STAMP} in signed = {found.signed!r} need each other"
    elif ID in pieces and not found.delivery_header:
        wrong = f"signed = {found.signed!r} needs a delivery_header"
    if wrong:
        raise ConfigError(f"{source}.webhook: {wrong}")
