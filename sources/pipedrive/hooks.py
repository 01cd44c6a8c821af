"""Pipedrive's webhooks, of either version: https://pipedrive.readme.io/docs/guide-for-webhooks-v2.

They are not signed: who sends them shows a name and a password, given when the webhook was made.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

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
    moment,
    objects,
    text_of,
    when,
)
from sources.page import Record

USER, PASSWORD = "WEBHOOK_USER", "WEBHOOK_PASSWORD"
BASIC = "basic "
# The entities by what events call their records.
ENTITIES = {
    "deal": "deals",
    "person": "persons",
    "organization": "organizations",
    "activity": "activities",
    "product": "products",
    "lead": "leads",
    "note": "notes",
    "file": "files",
    "user": "users",
    "pipeline": "pipelines",
    "stage": "stages",
    "activityType": "activity_types",
    "activity_type": "activity_types",
}
# What is attached to a deal is read with it.
OF_A_DEAL = frozenset({"deal_product", "dealProduct"})
ACTIONS: dict[str, Action] = {
    "create": "changed",
    "change": "changed",
    "delete": "deleted",
    "added": "changed",
    "updated": "changed",
    "merged": "merged",
    "deleted": "deleted",
}
# What differs when the same notification is sent again.
OF_AN_ATTEMPT = frozenset({"retry", "attempt", "attempt_no", "next_attempt_ts"})
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class PipedriveHook:
    """The webhooks of one company."""

    users: tuple[bytes, ...]
    passwords: tuple[bytes, ...]

    def verify(self, delivery: Delivery) -> None:
        """Check name and password."""
        user, password = _credentials(delivery.headers.get("authorization", ""))
        # Both are compared, whichever is wrong.
        fits = [among(user, self.users), among(password, self.passwords)]
        if not all(fits):
            raise Untrusted("name or password is wrong")

    def events(self, delivery: Delivery) -> Sequence[Event]:
        """What happened to a record, and to the one it was merged into."""
        try:
            body = decode_json(delivery.body)
        except BadAnswer:
            raise Unintelligible("the body is not JSON") from None
        return [event for said in objects(body) for event in _events(said)]


def _credentials(header: str) -> tuple[str, str]:
    if not header.lower().startswith(BASIC):
        return "", ""
    try:
        text = base64.b64decode(header[len(BASIC) :], validate=True).decode()
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return "", ""
    user, _, password = text.partition(":")
    return user, password


def _events(said: Record) -> list[Event]:
    meta = said.get("meta")
    if not isinstance(meta, dict):
        raise Unintelligible("the body has no meta")
    second = "entity" in meta
    about = text_of(meta.get("entity" if second else "object")) or ""
    what = text_of(meta.get("action")) or ""
    record_key = text_of(meta.get("entity_id" if second else "id"))
    action: Action = ACTIONS.get(what, "changed")
    entity = ENTITIES.get(about)
    if about in OF_A_DEAL:
        entity, record_key, action = "deals", _deal_of(said), "linked"
    keys = [record_key]
    # Version 2 tells a merge as a deletion that names the survivor; version 1 names only the survivor.
    if survivor := text_of(meta.get("merged_to_id")):
        keys, action = [survivor, record_key], "merged"
    kind = ".".join(filter(None, (about, what))) or "unknown"
    return [_event(said, meta, kind, entity, one, action) for one in keys]


def _event(
    said: Record,
    meta: Record,
    kind: str,
    entity: str | None,
    record_key: str | None,
    action: Action,
) -> Event:
    nobody = None if entity else f"there is no entity for {kind}"
    return Event(
        key_of(*_identity(said, meta), record_key),
        kind[:LONGEST_TYPE],
        entity,
        record_key,
        action,
        _moment(meta),
        encode_json(said),
        "ignored" if nobody else "pending",
        nobody,
    )


def _identity(said: Record, meta: Record) -> tuple[Any, ...]:
    """What tells a notification from others, and not from the same one sent again."""
    if "entity" in meta and (own := text_of(meta.get("id"))):
        return (own, meta.get("action"), meta.get("entity"))
    lasting = {name: value for name, value in said.items() if name not in OF_AN_ATTEMPT}
    lasting["meta"] = {name: value for name, value in meta.items() if name not in OF_AN_ATTEMPT}
    return (meta.get("object"), meta.get("action"), digest(encode_json(lasting)))


def _deal_of(said: Record) -> str | None:
    """The deal that something is attached to."""
    for name in ("data", "previous", "current"):
        found = said.get(name)
        if isinstance(found, dict) and (deal := text_of(found.get("deal_id"))):
            return deal
    return None


def _moment(meta: Record) -> Any:
    stamp = meta.get("timestamp_micro")
    if isinstance(stamp, int):
        return moment(stamp, per_second=MILLION)
    stamp = meta.get("timestamp")
    return moment(stamp) if isinstance(stamp, int) else when(stamp)


def open_hook(_config: SourceConfig, secrets: HookSecrets) -> PipedriveHook:
    """The receiving end of a configured company."""
    users, passwords = (
        keys_in(secrets[name]) if name in secrets else () for name in (USER, PASSWORD)
    )
    return PipedriveHook(users, passwords)


HOOK = HookKind((USER, PASSWORD), open_hook, account="meta.company_id")
