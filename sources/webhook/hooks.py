"""Webhooks whose payload is the record: signed by an HMAC, taken apart as crm-sync.toml says."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sources.config import SourceConfig
from sources.errors import BadAnswer
from sources.exact_json import decode_json, encode_json
from sources.hooks import (
    LONGEST_TYPE,
    Delivery,
    Event,
    HookKind,
    HookSecrets,
    Unintelligible,
    at,
    digest,
    key_of,
    keys_in,
    text_of,
    when,
)
from sources.webhook.entities import Pushed, pushed_entities
from sources.webhook.kind import SECRET
from sources.webhook.signature import Signature, key_bytes, signature_of

BROKEN = "a record is no JSON object"


@dataclass(frozen=True, slots=True)
class WebhookHook:
    """The receiving end of a source that only pushes."""

    keys: tuple[bytes, ...]
    signature: Signature
    entities: Sequence[Pushed]

    def verify(self, delivery: Delivery) -> None:
        """Check the signature, and the stamp where there is one."""
        self.signature.verify(delivery, self.keys)

    def events(self, delivery: Delivery) -> Sequence[Event]:
        """The records in the body, of each entity that has any there."""
        try:
            body = decode_json(delivery.body)
        except BadAnswer:
            raise Unintelligible("the body is not JSON") from None
        kind = self._kind(delivery, body)
        key = (kind, self.signature.delivery_id(delivery), digest(delivery.body))
        records = list(self._records(body, kind))
        return [
            _event(key_of(*key, pushed.entity.name, number), kind, pushed, record)
            for number, (pushed, record) in enumerate(records)
        ] or [_ignored(key_of(*key), kind, delivery.body)]

    def _kind(self, delivery: Delivery, body: Any) -> str:
        kind = (
            self.signature.kind(delivery)
            or delivery.event
            or text_of(at(body, self.signature.type))
        )
        return (kind or "unknown")[:LONGEST_TYPE]

    def _records(self, body: Any, kind: str) -> Iterator[tuple[Pushed, Any]]:
        for pushed in self.entities:
            if pushed.is_in(body, kind):
                found = at(body, pushed.records)
                listed = found if isinstance(found, list) else [found]
                if listed and not any(isinstance(one, dict) for one in listed):
                    raise Unintelligible(BROKEN)
                for record in listed:
                    yield pushed, record


def _event(key: str, kind: str, pushed: Pushed, record: Any) -> Event:
    entity = pushed.entity
    if not isinstance(record, dict):
        # One that is broken takes none of the others with it.
        body = encode_json(record)
        return Event(key, kind, entity.name, None, "record", None, body, "dead", BROKEN)
    places = [field.path for field in entity.fields if field.name in entity.key]
    parts = [text_of(at(record, place)) for place in places]
    stamp = next((field.path for field in entity.fields if field.name == entity.changed), "")
    return Event(
        key,
        kind,
        entity.name,
        _spelled(parts),
        "record",
        when(at(record, stamp)) if stamp else None,
        encode_json(record),
    )


def _spelled(parts: Sequence[str | None]) -> str | None:
    """A key as text, as the bookkeeping tables spell it; None where a part is missing."""
    known = [part for part in parts if part is not None]
    if len(known) < len(parts):
        return None
    if len(known) == 1:
        return known[0]
    return ":".join(part.replace("\\", "\\\\").replace(":", "\\:") for part in known)


def _ignored(key: str, kind: str, body: bytes) -> Event:
    reason = f"it holds no record of an entity (type {kind!r})"
    return Event(key, kind, None, None, "record", None, body, "ignored", reason)


def open_hook(config: SourceConfig, secrets: HookSecrets) -> WebhookHook:
    """The receiving end of a configured source."""
    keys = keys_in(secrets[SECRET]) if SECRET in secrets else ()
    return WebhookHook(key_bytes(config, keys), signature_of(config), pushed_entities(config))


HOOK = HookKind((SECRET,), open_hook, path="PATH")
