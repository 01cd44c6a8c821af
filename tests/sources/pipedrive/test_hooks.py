import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from sources.config import SourceConfig
from sources.hooks import Delivery, Event, Unintelligible, Untrusted
from sources.pipedrive.hooks import PipedriveHook, open_hook

USER, PASSWORD = "crm-sync", "pässword, with: signs"
META: dict[str, Any] = {
    "action": "change",
    "company_id": "111",
    "correlation_id": "c-1",
    "entity": "deal",
    "entity_id": "12",
    "id": "n-1",
    "timestamp": "2026-02-03T10:20:30.123Z",
    "version": "2.0",
    "webhook_id": "1",
    "attempt": 1,
}


def hook(user: str = USER, password: str = PASSWORD) -> PipedriveHook:
    secrets = {"WEBHOOK_USER": SecretStr(user), "WEBHOOK_PASSWORD": SecretStr(password)}
    return open_hook(SourceConfig("pipedrive", "pipedrive"), secrets)


def from_sender(text: str, scheme: str = "Basic") -> Delivery:
    encoded = base64.b64encode(text.encode()).decode()
    return Delivery(b"{}", {"authorization": f"{scheme} {encoded}"})


def said(body: dict[str, Any]) -> list[Event]:
    return list(hook().events(Delivery(json.dumps(body).encode())))


def changed(data: Any = None, previous: Any = None, **meta: Any) -> list[Event]:
    return said({"meta": META | meta, "data": data, "previous": previous})


@pytest.mark.parametrize("scheme", ["Basic", "basic"])
def test_name_and_password_are_believed(scheme: str):
    hook().verify(from_sender(f"{USER}:{PASSWORD}", scheme))


@pytest.mark.parametrize(
    "delivery",
    [
        from_sender(f"{USER}:{PASSWORD} "),
        from_sender(f"{USER.upper()}:{PASSWORD}"),
        from_sender(f":{PASSWORD}"),
        from_sender(f"{USER}:"),
        from_sender(""),
        from_sender(f"{USER}:{PASSWORD}", "Bearer"),
        Delivery(b"{}", {"authorization": "Basic §§§"}),
        Delivery(b"{}", {"authorization": "Basic"}),
        Delivery(b"{}"),
    ],
)
def test_anyone_else_is_refused(delivery: Delivery):
    with pytest.raises(Untrusted):
        hook().verify(delivery)


def test_while_the_password_is_changed_both_are_believed():
    both = hook(password="new, old")

    both.verify(from_sender(f"{USER}:new"))
    both.verify(from_sender(f"{USER}:old"))


def test_without_a_password_nobody_is_believed():
    with pytest.raises(Untrusted):
        open_hook(SourceConfig("pipedrive", "pipedrive"), {}).verify(from_sender(":"))


@pytest.mark.parametrize(
    ("meta", "entity", "action"),
    [
        ({"action": "create", "entity": "person"}, "persons", "changed"),
        ({"action": "change", "entity": "organization"}, "organizations", "changed"),
        ({"action": "delete", "entity": "activity"}, "activities", "deleted"),
        ({"action": "create", "entity": "lead"}, "leads", "changed"),
        ({"action": "change", "entity": "user"}, "users", "changed"),
    ],
)
def test_the_second_version_tells_of_records(meta: dict[str, Any], entity: str, action: str):
    [event] = changed(**meta)

    assert (event.entity, event.record_key, event.action) == (entity, "12", action)
    assert event.type == f"{meta['entity']}.{meta['action']}"
    assert event.occurred_at == datetime(2026, 2, 3, 10, 20, 30, 123000, UTC)


@pytest.mark.parametrize(
    ("action", "meant"),
    [("added", "changed"), ("updated", "changed"), ("deleted", "deleted"), ("merged", "merged")],
)
def test_the_first_version_tells_of_records(action: str, meant: str):
    meta = {"v": 1, "action": action, "object": "deal", "id": 12, "timestamp": 1770114030}

    [event] = said({"v": 1, "meta": meta, "current": {"id": 12}, "previous": None, "retry": 0})

    assert (event.entity, event.record_key, event.action) == ("deals", "12", meant)
    assert event.occurred_at == datetime(2026, 2, 3, 10, 20, 30, tzinfo=UTC)


def test_a_deletion_that_names_a_survivor_is_a_merge():
    found = changed(action="delete", merged_to_id="40")

    assert [(event.record_key, event.action) for event in found] == [
        ("40", "merged"),
        ("12", "merged"),
    ]
    assert found[0].key != found[1].key


def test_what_is_attached_to_a_deal_is_about_the_deal():
    [event] = changed({"id": 3, "deal_id": 77}, entity="deal_product", entity_id="3")

    assert (event.entity, event.record_key, event.action) == ("deals", "77", "linked")


def test_what_has_no_entity_is_kept_and_ignored():
    [event] = changed(entity="board")

    assert (event.status, event.entity) == ("ignored", None)


def test_another_attempt_has_the_same_key():
    assert changed(attempt=2)[0].key == changed()[0].key
    assert changed(id="n-2")[0].key != changed()[0].key


def test_another_attempt_of_the_first_version_has_the_same_key():
    meta = {"action": "updated", "object": "deal", "id": 12, "timestamp": 1770114030}
    body = {"v": 1, "meta": meta, "current": {"id": 12, "title": "a"}, "retry": 0}
    other = body | {"current": {"id": 12, "title": "b"}}

    assert said(body | {"retry": 2})[0].key == said(body)[0].key
    assert said(other)[0].key != said(body)[0].key


@pytest.mark.parametrize("body", [b"", b"[1]", b"{}", b'{"meta": 1}'])
def test_what_is_no_event_cannot_be_understood(body: bytes):
    with pytest.raises(Unintelligible):
        hook().events(Delivery(body))
