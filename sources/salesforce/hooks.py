"""Salesforce's outbound messages, which are not signed: they say which organization they are from.

https://developer.salesforce.com/docs/atlas.en-us.api.meta/api/sforce_api_om_outboundmessaging.htm
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sources.config import SourceConfig
from sources.errors import ConfigError
from sources.exact_json import encode_json
from sources.hooks import (
    LONGEST_TYPE,
    MEGABYTE,
    Acknowledgement,
    Delivery,
    Event,
    HookKind,
    HookSecrets,
    Unintelligible,
    Untrusted,
    digest,
    key_of,
    keys_in,
    when,
)
from sources.salesforce.entities import ENTITIES
from sources.salesforce.ids import whole
from sources.salesforce.soap import ACK, Notification, notifications

ORGANIZATION = "WEBHOOK_ORGANIZATION_ID"
STAMPS = ("SystemModstamp", "LastModifiedDate")
# A hundred notifications of objects with many fields.
MAX_BODY = 5 * MEGABYTE


@dataclass(frozen=True, slots=True)
class SalesforceHook:
    """The outbound messages of some organizations; `entities` by the API names of their objects."""

    organizations: frozenset[bytes]
    entities: Mapping[str, str]

    def verify(self, delivery: Delivery) -> None:
        """Check which organization it is from; what cannot be read does not say."""
        try:
            notifications(delivery.body, self.organizations)
        except Unintelligible as error:
            raise Untrusted(str(error)) from None

    def events(self, delivery: Delivery) -> Sequence[Event]:
        """The records that the notifications are about."""
        return [self._event(one) for one in notifications(delivery.body)]

    def _event(self, one: Notification) -> Event:
        record_key = whole((one.fields.get("Id") or "").strip()) or None
        said = {"Id": one.id, "type": one.type, "fields": one.fields}
        payload = encode_json(said)
        nobody = None if one.type and record_key else "it names no record"
        stamps = (when(one.fields.get(name)) for name in STAMPS)
        return Event(
            # The payload is the record's state when it was sent, so that one sent again may differ.
            key_of(one.id or digest(payload)),
            f"{one.type or 'unknown'}.outbound"[:LONGEST_TYPE],
            self.entities.get(one.type, one.type) if not nobody else None,
            record_key,
            "changed",
            next((stamp for stamp in stamps if stamp), None),
            payload,
            "ignored" if nobody else "pending",
            nobody,
        )


def open_hook(config: SourceConfig, secrets: HookSecrets) -> SalesforceHook:
    """The receiving end of a configured org."""
    own = {name: said.object_type for name, said in config.entities.items() if said.object_type}
    types = {entity.path: name for name, entity in ENTITIES.items()}
    types |= {api_name: name for name, api_name in own.items()}
    given = keys_in(secrets[ORGANIZATION]) if ORGANIZATION in secrets else ()
    found = [whole(part.decode()) for part in given if b"," not in part]
    if not all(found):
        raise ConfigError(
            f"{config.name}: {ORGANIZATION} must hold the id of an organization, 15 or 18 characters"
            " that begin with 00D (several separated by commas)"
        )
    return SalesforceHook(frozenset(one.encode() for one in found), types)


HOOK = HookKind(
    (ORGANIZATION,),
    open_hook,
    MAX_BODY,
    Acknowledgement(ACK, "text/xml; charset=utf-8"),
    unsigned=True,
)
