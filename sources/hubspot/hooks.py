"""HubSpot's webhooks: https://developers.hubspot.com/docs/api-reference/webhooks-webhooks-v3/guide.

Signatures: https://developers.hubspot.com/docs/apps/legacy-apps/authentication/validating-requests.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sources.config import SourceConfig
from sources.errors import BadAnswer
from sources.exact_json import decode_json, encode_json
from sources.hooks import (
    LONGEST_TYPE,
    Action,
    Delivery,
    Event,
    HookKind,
    HookSecrets,
    Unintelligible,
    Untrusted,
    among,
    digest,
    key_of,
    keys_in,
    objects,
    refuse_stale,
    text_of,
    when,
)
from sources.hubspot.entities import ENTITIES
from sources.page import Record

VERSION_3, STAMP = "x-hubspot-signature-v3", "x-hubspot-request-timestamp"
OLDER, OLDER_VERSION = "x-hubspot-signature", "x-hubspot-signature-version"
SECRET = "WEBHOOK_SECRET"  # noqa: S105 - the variable's name
# Of an address, only these are signed as the characters they stand for.
DECODED = re.compile(rb"%(3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)", re.IGNORECASE)
# The objects that have event types of their own; those of all others begin with `object`.
TYPES = {
    "contact": "0-1",
    "company": "0-2",
    "deal": "0-3",
    "ticket": "0-5",
    "product": "0-7",
    "line_item": "0-8",
}
ACTIONS: dict[str, Action] = {
    "creation": "changed",
    "propertyChange": "changed",
    "deletion": "deleted",
    "restore": "restored",
    "merge": "merged",
    "associationChange": "linked",
    "privacyDeletion": "privacy_deleted",
}


@dataclass(frozen=True, slots=True)
class HubspotHook:
    """An app's webhooks; `entities` are those that have a type of object, by it."""

    secrets: tuple[bytes, ...]
    entities: Mapping[str, str]

    def verify(self, delivery: Delivery) -> None:
        """Check the newest signature that is there; one that does not fit is not excused by an older."""
        headers = delivery.headers
        if VERSION_3 in headers:
            stamp = headers.get(STAMP, "")
            refuse_stale(stamp, delivery, milliseconds=True)
            expected = [version_3(secret, delivery, stamp) for secret in self.secrets]
            given = headers[VERSION_3]
        else:
            version = headers.get(OLDER_VERSION, "v1").lower()
            expected = [older(version, secret, delivery) for secret in self.secrets]
            given = headers.get(OLDER, "")
        if not among(given, expected):
            raise Untrusted("the signature does not fit")

    def events(self, delivery: Delivery) -> Sequence[Event]:
        """What each event of the batch says."""
        try:
            body = decode_json(delivery.body)
        except BadAnswer:
            raise Unintelligible("the body is not JSON") from None
        return [event for said in objects(body) for event in self._events(said)]

    def _events(self, said: Record) -> Iterator[Event]:
        kind = str(said.get("subscriptionType") or said.get("eventType") or "")
        about, _, what = kind.partition(".")
        action = ACTIONS.get(what)
        touched = self._touched(said, about, action) if action else []
        if not touched and action == "privacy_deleted":
            # Somebody waits for being erased: this must not be set aside in silence.
            yield self._event(said, kind, _type_of(said, about), None, action)
        elif not touched or action is None:
            yield self._event(said, kind, None, None, "changed")
        for type_id, record_key in touched:
            yield self._event(said, kind, type_id, record_key, action or "changed")

    def _touched(self, said: Record, about: str, action: Action | None) -> list[tuple[str, str]]:
        """The records an event is about: type of object and id of each, each once."""
        own = _type_of(said, about)
        if action == "linked":
            found = _linked(said, own)
        elif action == "merged":
            ids = said.get("mergedObjectIds")
            merged = ids if isinstance(ids, list) else [ids]
            # Some merges make a new record, and then the primary one is merged into it as well.
            survivors = [said.get("newObjectId"), said.get("primaryObjectId"), said.get("objectId")]
            found = [(own, text_of(one)) for one in (*survivors, *merged)]
        else:
            found = [(own, text_of(said.get("objectId")))]
        # An id of 0 is how a merge without a new record may spell it.
        return list(
            dict.fromkeys((kind, key) for kind, key in found if kind and key and key != "0")
        )

    def _event(
        self, said: Record, kind: str, type_id: str | None, record_key: str | None, action: Action
    ) -> Event:
        payload = encode_json(said)
        parts = [said.get(name) for name in IDENTITY]
        if said.get("eventId") is None:
            parts.append(digest(payload))
        if action in {"linked", "merged"}:
            parts += [said.get(name) for name in IDENTITY_OF_LINK]
        if record_key is not None and action in {"linked", "merged"}:
            parts += [type_id, record_key]
        nobody = None if type_id else f"{kind or 'an event without a type'} is about no record here"
        return Event(
            key_of(*parts),
            (kind or "unknown")[:LONGEST_TYPE],
            self.entities.get(type_id, type_id) if type_id else None,
            record_key,
            action,
            when(said.get("occurredAt")),
            payload,
            "ignored" if nobody else "pending",
            nobody,
        )


# `eventId` alone is not unique.
IDENTITY = ("portalId", "subscriptionId", "objectId", "occurredAt", "propertyName", "eventId")
IDENTITY_OF_LINK = (
    "subscriptionType", "fromObjectId", "toObjectId", "associationType", "associationTypeId",
    "associationRemoved", "primaryObjectId",
)  # fmt: skip


def _type_of(said: Record, about: str) -> str | None:
    """The type of object that an event is about."""
    return text_of(said.get("objectTypeId")) or TYPES.get(about)


def _linked(said: Record, own: str | None) -> list[tuple[str | None, str | None]]:
    """Both ends of a link; which types they have is said by ids or, for older objects, by names."""
    begin, _, end = str(said.get("associationType") or "").lower().partition("_to_")
    from_type = text_of(said.get("fromObjectTypeId")) or TYPES.get(begin) or own
    to_type = text_of(said.get("toObjectTypeId")) or TYPES.get(end)
    return [
        (from_type, text_of(said.get("fromObjectId")) or text_of(said.get("objectId"))),
        (to_type, text_of(said.get("toObjectId"))),
    ]


def version_3(secret: bytes, delivery: Delivery, stamp: str) -> bytes:
    """The signature of method, address, body and stamp."""
    signed = b"".join(
        (delivery.method.encode(), signed_uri(delivery.uri), delivery.body, stamp.encode())
    )
    return base64.b64encode(hmac.digest(secret, signed, "sha256"))


def older(version: str, secret: bytes, delivery: Delivery) -> bytes:
    """The hash of the secret and what follows it: the body, in version 2 method and address before it."""
    front = delivery.method.encode() + delivery.uri.encode() if version == "v2" else b""
    return hashlib.sha256(secret + front + delivery.body).hexdigest().encode()


def signed_uri(uri: str) -> bytes:
    """An address as it is signed."""
    return DECODED.sub(lambda found: bytes([int(found[1], 16)]), uri.encode())


def open_hook(config: SourceConfig, secrets: HookSecrets) -> HubspotHook:
    """The receiving end of a configured account."""
    own = {name: said.object_type for name, said in config.entities.items() if said.object_type}
    declared = {entity.object_type: name for name, entity in ENTITIES.items() if entity.object_type}
    types = declared | {type_id: name for name, type_id in own.items()}
    given = keys_in(secrets[SECRET]) if SECRET in secrets else ()
    return HubspotHook(given, types)


HOOK = HookKind((SECRET,), open_hook, account="portalId")
