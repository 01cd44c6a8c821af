import json
from datetime import UTC, datetime
from typing import Any

import pytest
from pydantic import SecretStr

from sources.callrail.hooks import CallrailHook, open_hook, signature
from sources.config import SourceConfig
from sources.errors import ConfigError
from sources.hooks import Delivery, Event, Unintelligible, Untrusted

KEY = "3f1c9a0be7d24586a9d0c1b2e3f40516"
BODY = (
    b'{"timestamp":"2026-02-03T10:20:30.000Z","resource_id":"CAL0193aa11","duration":"61",'
    b'"tags":["New"],"note":""}'
)
SIGNATURE = "X6hrGpnPcThTPcdSKm2ak+IGlBw="


def hook(keys: str = KEY) -> CallrailHook:
    return open_hook(SourceConfig("callrail", "callrail"), {"WEBHOOK_SECRET": SecretStr(keys)})


def signed(body: bytes = BODY, given: str = SIGNATURE) -> Delivery:
    return Delivery(body, {"signature": given})


def said(event: str = "", **body: Any) -> Event:
    [found] = hook().events(Delivery(json.dumps(body).encode(), event=event))
    return found


def test_the_signature_is_a_sha1_in_base64():
    assert len(BODY) == 109

    hook().verify(signed())


@pytest.mark.parametrize(
    "delivery",
    [
        signed(BODY + b"\n"),
        signed(given=SIGNATURE.lower()),
        signed(given=""),
        Delivery(BODY),
        Delivery(BODY, {"x-callrail-signature": SIGNATURE}),
    ],
)
def test_what_is_not_signed_so_is_refused(delivery: Delivery):
    with pytest.raises(Untrusted):
        hook().verify(delivery)


def test_each_company_has_a_key_of_its_own():
    hook(f"0123456789abcdef0123456789abcdef, {KEY}").verify(signed())


def test_a_key_that_is_a_company_s_signs_for_no_other():
    keys = hook(f"COM1={KEY},COM2=0123456789abcdef0123456789abcdef")
    ours, theirs = b'{"company_resource_id":"COM1"}', b'{"company_resource_id":"COM2"}'

    keys.verify(signed(ours, signature(KEY.encode(), ours).decode()))
    with pytest.raises(Untrusted):
        keys.verify(signed(theirs, signature(KEY.encode(), theirs).decode()))


def test_a_body_that_names_no_company_may_be_any_company_s():
    hook(f"COM1={KEY}").verify(signed())


@pytest.mark.parametrize(
    ("body", "entity", "record_key"),
    [
        ({"resource_id": "CAL0193aa11", "duration": "61"}, "calls", "CAL0193aa11"),
        ({"id": 7, "tracking_phone_number": "+17705550123"}, "calls", None),
        (
            {"resource_id": "SCI1", "conversation_id": "k8mx", "content": "hi"},
            "text_messages",
            "k8mx",
        ),
        (
            {"id": 9, "resource_id": "FOR1", "form_data": {"name": "Ann"}},
            "form_submissions",
            "FOR1",
        ),
        ({"id": 9, "form_data": {"name": "Ann"}}, "form_submissions", None),
    ],
)
def test_the_body_shows_what_happened(body: dict[str, Any], entity: str, record_key: str | None):
    event = said(**body)

    assert (event.entity, event.record_key, event.action) == (entity, record_key, "changed")
    assert event.status == "pending"


def test_the_event_is_named_by_the_address():
    event = said("call-modified", resource_id="CAL1", changes=["tags"])

    assert event.type == "call-modified"


def test_the_moment_is_the_one_in_the_body():
    [event] = hook().events(Delivery(BODY))

    assert event.occurred_at == datetime(2026, 2, 3, 10, 20, 30, tzinfo=UTC)


def test_what_is_about_nothing_we_read_is_kept_and_ignored():
    event = said("convert-assist-complete", id=4, summary="…")

    assert (event.status, event.entity) == ("ignored", None)


def test_the_same_delivery_has_the_same_key_and_each_change_its_own():
    first = said("call-modified", resource_id="CAL1", note="a")

    assert said("call-modified", resource_id="CAL1", note="a").key == first.key
    assert said("call-modified", resource_id="CAL1", note="b").key != first.key
    assert said("post-call", resource_id="CAL1", note="a").key != first.key


def test_what_is_no_json_cannot_be_understood():
    with pytest.raises(Unintelligible):
        hook().events(Delivery(b"a=b&c=d"))


def test_a_company_without_its_key_is_said():
    with pytest.raises(ConfigError, match="COM1"):
        hook(f"COM1=,COM2={KEY}")
