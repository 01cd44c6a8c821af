"""Records as the API shows them, by kind and version."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sandbox.pipedrive.kind import Kind
from sandbox.pipedrive.records import Record
from sandbox.pipedrive.store import Store

Document = dict[str, Any]


def document(
    store: Store,
    kind: Kind,
    record: Record,
    *,
    include: Collection[str] = (),
    keys: Collection[str] | None = None,
    viewer: int = 0,
) -> Document:
    """One record; `include` are optional fields to show, `keys` the custom ones (None: all)."""
    shown: Document = {"id": record.id, **_values(kind, record, include)}
    if kind.added:
        shown[kind.added] = kind.write(record.added)
        shown[kind.changed] = kind.write(record.updated)
    if kind.name in ("deals", "leads"):
        shown["is_archived"] = record.archived is not None
        shown["archive_time"] = record.archived and kind.write(record.archived)
    if kind.version == 2 and kind.name != "deal_products":
        shown["is_deleted"] = record.deleted is not None
    if kind.name == "deals" and record.deleted is not None:
        shown["status"] = "deleted"
    if kind.has_custom_fields:
        _show_custom(store, kind, record, shown, keys)
    more = _MORE.get(kind.name)
    return more(store, record, shown, viewer) if more else shown


def _values(kind: Kind, record: Record, include: Collection[str]) -> Document:
    blank = {**kind.blank, **{name: kind.optional[name] for name in include}}
    entered = {name: record.values.get(name, value) for name, value in blank.items()}
    return {
        name: kind.write(value) if isinstance(value, datetime) else value
        for name, value in entered.items()
    }


def _show_custom(
    store: Store, kind: Kind, record: Record, shown: Document, keys: Collection[str] | None
) -> None:
    fields = store.fields.custom(kind.name)
    if kind.version == 2:
        wanted = fields if keys is None else [code for code in fields if code in keys]
        shown["custom_fields"] = {code: record.custom.get(code) for code in wanted}
        return
    for code in fields:
        if record.custom.get(code) is not None:
            shown.update(old_custom(code, record.custom[code]))


def old_custom(code: str, value: Any) -> Document:
    """A custom value as version 1 spells it: flat, with companions beside it."""
    if isinstance(value, list):
        return {code: ",".join(map(str, value))}
    if isinstance(value, Mapping):
        beside = {f"{code}_{name}": part for name, part in value.items() if name != "value"}
        return {code: value.get("value"), **beside}
    return {code: value}


def _lead(_store: Store, _record: Record, shown: Document, _viewer: int) -> Document:
    return {**shown, "visible_to": str(shown["visible_to"])}


def _note(store: Store, record: Record, shown: Document, viewer: int) -> Document:
    """Names of what a note is about come with it."""
    shown["active_flag"] = record.deleted is None
    for name, kind, label in (
        ("deal", "deals", "title"),
        ("person", "persons", "name"),
        ("organization", "organizations", "name"),
    ):
        key = shown["org_id" if name == "organization" else f"{name}_id"]
        about = store.shelves[kind].get(key) if key is not None else None
        if about is not None:
            shown[name] = {label: about.values.get(label)}
    author = store.user(shown["user_id"])
    shown["user"] = {
        "email": author.get("email"),
        "name": author.get("name"),
        "icon_url": None,
        "is_you": shown["user_id"] == viewer,
    }
    return shown


def _file(store: Store, record: Record, shown: Document, _viewer: int) -> Document:
    deal = store.shelves["deals"].get(shown["deal_id"])
    url = f"https://app.pipedrive.com/api/v1/files/{record.id}/download"
    return {
        **shown,
        "active_flag": record.deleted is None,
        "deal_name": deal and deal.values.get("title"),
        "person_name": None,
        "org_name": None,
        "product_name": None,
        "lead_name": None,
        "url": url,
    }


def _user(_store: Store, record: Record, shown: Document, viewer: int) -> Document:
    there = record.deleted is None
    return {**shown, "active_flag": there, "is_deleted": not there, "is_you": record.id == viewer}


def _flagged(_store: Store, record: Record, shown: Document, _viewer: int) -> Document:
    return {**shown, "active_flag": record.deleted is None}


def _product(_store: Store, record: Record, shown: Document, _viewer: int) -> Document:
    blank = {"price": 0, "currency": "USD", "cost": 0, "direct_cost": None, "notes": ""}
    prices = [{"product_id": record.id, **blank, **price} for price in shown["prices"]]
    return {**shown, "prices": prices}


_MORE = {
    "leads": _lead,
    "notes": _note,
    "files": _file,
    "users": _user,
    "activity_types": _flagged,
    "filters": _flagged,
    "products": _product,
}
