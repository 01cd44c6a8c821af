"""CallRail's webhooks: https://apidocs.callrail.com/#webhooks.

A body does not name its event, so that each event has an address of its own: /callrail/post-call. What it is
about shows in the body. CallRail sends nothing twice: what is not accepted, only the next sync sees.
"""

import base64
import hmac
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pydantic import SecretStr

from sources.callrail.entities import CALLS, FORM_SUBMISSIONS, TEXT_MESSAGES
from sources.config import SourceConfig
from sources.errors import BadAnswer, ConfigError
from sources.exact_json import decode_json
from sources.hooks import (
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
    text_of,
    when,
)
from sources.page import Record

SIGNATURE = "signature"
SECRET = "WEBHOOK_SECRET"  # noqa: S105 - the variable's name
COMPANY = "company_resource_id"
CALL = "CAL"  # how the ids of calls begin
MOMENTS = ("timestamp", "submitted_at", "start_time")


@dataclass(frozen=True, slots=True)
class CallrailHook:
    """The webhooks of one or more companies; each signing key with the company it is of, '' for any."""

    keys: tuple[tuple[str, bytes], ...]

    def verify(self, delivery: Delivery) -> None:
        """Check the signature with every key; one that is a company's signs for no other."""
        given = delivery.headers.get(SIGNATURE, "")
        fitting = [name for name, key in self.keys if among(given, [signature(key, delivery.body)])]
        if not fitting:
            raise Untrusted("the signature does not fit")
        if all(fitting):
            try:
                body = decode_json(delivery.body)
            except BadAnswer:
                return
            company = body.get(COMPANY) if isinstance(body, dict) else None
            if company is not None and company not in fitting:
                raise Untrusted("the signature is another company's")

    def events(self, delivery: Delivery) -> Sequence[Event]:
        """What happened to a call, a conversation or a form."""
        try:
            body = decode_json(delivery.body)
        except BadAnswer:
            raise Unintelligible("the body is not JSON") from None
        return [_event(said, delivery) for said in objects(body)]


def signature(key: bytes, body: bytes) -> bytes:
    """What CallRail signs a body with."""
    return base64.b64encode(hmac.digest(key, body, "sha1"))


def _event(said: Record, delivery: Delivery) -> Event:
    entity, record_key = _about(said)
    kind = delivery.event or (f"{entity}.event" if entity else "unknown")
    own = text_of(said.get("resource_id")) or text_of(said.get("id"))
    nobody = None if entity else "it is about no call, conversation or form"
    return Event(
        key_of(kind, own, digest(delivery.body)),
        kind,
        entity,
        record_key,
        "changed",
        next((found for name in MOMENTS if (found := when(said.get(name)))), None),
        delivery.body,
        "ignored" if nobody else "pending",
        nobody,
    )


def _about(said: Record) -> tuple[str | None, str | None]:
    """The entity, and the record's key where the body has it as the API spells it."""
    own = text_of(said.get("resource_id"))
    if "form_data" in said:
        return FORM_SUBMISSIONS.name, own
    if conversation := text_of(said.get("conversation_id")):
        return TEXT_MESSAGES.name, conversation
    # A number is the old form of an id, and no key of a call.
    is_call = (own or "").startswith(CALL) or "duration" in said or "tracking_phone_number" in said
    return (CALLS.name, own) if is_call else (None, None)


def open_hook(config: SourceConfig, secrets: HookSecrets) -> CallrailHook:
    """The receiving end of a configured account."""
    return CallrailHook(tuple(_keys(config.name, secrets[SECRET])) if SECRET in secrets else ())


def _keys(source: str, secret: SecretStr) -> Iterator[tuple[str, bytes]]:
    """`key, key` or `company=key, company=key`; an '=' at a key's end is its own."""
    for part in keys_in(secret):
        name, _, key = part.partition(b"=")
        own = name.startswith(b"COM") and key.strip()
        if re.fullmatch(rb"COM\w+\s*=", part):
            # Taken for a key, it would be one that anybody guesses.
            raise ConfigError(f"{source}: {SECRET} names {name.decode().strip()} without its key")
        yield (name.strip().decode(), key.strip()) if own else ("", part)


HOOK = HookKind((SECRET,), open_hook)
