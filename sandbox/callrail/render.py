"""Records as the API shows them."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.callrail.fields import ACCOUNTS, BY_TABLE, CALLS, TEXT_MESSAGES, USERS, Resource
from sandbox.callrail.store import FIRST_NUMERIC, Message, Row, Store

RECENT = 2  # messages that a conversation shows in the list
API = "https://api.callrail.com/v3"


def document(
    store: Store, kind: str, row: Row, asked: Collection[str], zone: ZoneInfo
) -> dict[str, Any]:
    """A record with what it always shows and what was asked for; names nobody knows are overlooked."""
    resource = BY_TABLE[kind]
    extra = {name: value for name, value in resource.extra.items() if name in asked}
    shown: dict[str, Any] = {"id": row.id, **resource.usual, **extra}
    shown |= {name: value for name, value in row.values.items() if name in shown}
    if shown.get(resource.stamp, "") is None:
        shown[resource.stamp] = written(resource, row.at, zone)
    if resource is CALLS:
        if "created_at" in shown and shown["created_at"] is None:
            shown["created_at"] = local(row.at, zone)
        shown["recording"] = f"{API}/a/{row.account}/calls/{row.id}/recording.json"
        shown["recording_player"] = f"https://app.callrail.com/calls/{row.id}/recording"
    if resource is ACCOUNTS and "numeric_id" in shown:
        shown["numeric_id"] = numeric_id(store, row)
    if resource is TEXT_MESSAGES:
        latest = sorted(store.messages.get(str(row.id), ()), key=lambda one: one.at, reverse=True)
        shown["recent_messages"] = [recent(one) for one in latest[:RECENT]]
    return shown


def numeric_id(store: Store, row: Row) -> int:
    """The old number of an account."""
    return FIRST_NUMERIC + sorted(store.shelves["accounts"]).index(str(row.id))


def written(resource: Resource, moment: datetime, zone: ZoneInfo) -> str:
    """The stamp of a record in the form its resource has."""
    if resource is ACCOUNTS:
        return f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S %z}"  # not ISO 8601
    return local(moment, zone) if resource in (CALLS, USERS) else utc(moment)


def utc(moment: datetime) -> str:
    """`2026-02-03T14:15:42.118Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def local(moment: datetime, zone: ZoneInfo) -> str:
    """`2026-02-03T09:15:42.118-05:00`."""
    return moment.astimezone(zone).isoformat(timespec="milliseconds")


def recent(message: Message) -> dict[str, Any]:
    """A message in the list of conversations."""
    return {
        "direction": message.direction,
        "content": message.content,
        "created_at": utc(message.at),
        "type": "sms",
        "media_urls": [],
    }


def single(message: Message) -> dict[str, Any]:
    """A message within its conversation; its type is spelled otherwise than in the list."""
    return {
        "id": message.id,
        "content": message.content,
        "created_at": utc(message.at),
        "status": None,
        "direction": message.direction,
        "type": "SMS",
        "media_urls": [],
        "user": None,
    }
