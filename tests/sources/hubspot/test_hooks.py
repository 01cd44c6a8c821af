import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from sources.config import EntityConfig, SourceConfig
from sources.hooks import Delivery, Event, Unintelligible, Untrusted
from sources.hubspot.hooks import HubspotHook, open_hook, version_3

SECRET = "shhh-client-secret"
URI = "https://hooks.example.test/hubspot?tenant=7"
BODY = b'[{"eventId":101,"objectId":55,"propertyName":"email"}]'
STAMP = "1770113000123"
SENT = datetime.fromtimestamp(1770113000, UTC)
V3 = "fHDRzI6gINSPtEUgYUnywKu3enEWMA+KCgBJGfWrP3c="
V1 = "c5fedc4662d39ec6c91813e2f34e32cadc6136914554101452b892b7362b048b"
V2 = "187a7b16050fe4b6dfdb82e58452ab5016f8200e6f60936372981c3398d840ba"


def hook(*secrets: str, **entities: EntityConfig) -> HubspotHook:
    text = ",".join(secrets or (SECRET,))
    config = SourceConfig("hubspot", "hubspot", entities=entities)
    return open_hook(config, {"WEBHOOK_SECRET": SecretStr(text)})


def signed(signature: str = V3, stamp: str = STAMP, **changes: Any) -> Delivery:
    headers = {"x-hubspot-signature-v3": signature, "x-hubspot-request-timestamp": stamp}
    given = {"body": BODY, "headers": headers, "uri": URI, "now": SENT}
    return Delivery(**(given | changes))


def older(signature: str, version: str, **changes: Any) -> Delivery:
    headers = {"x-hubspot-signature": signature, "x-hubspot-signature-version": version}
    return signed(headers=headers, **changes)


def said(**event: Any) -> list[Event]:
    return list(hook().events(Delivery(json.dumps([event]).encode())))


@pytest.mark.parametrize("delivery", [signed(), older(V1, "v1"), older(V2, "v2"), older(V1, "V1")])
def test_every_version_of_the_signature_is_believed(delivery: Delivery):
    hook().verify(delivery)


@pytest.mark.parametrize(
    "delivery",
    [
        signed(body=BODY + b" "),
        signed(uri=URI + "8"),
        signed(uri=URI.replace("https", "http")),
        signed(uri=URI.replace("hooks.", "evil.")),
        signed(method="PUT"),
        signed(stamp="1770113000124"),
        signed(V3.lower()),
        signed(V1),
        signed(""),
        signed("ÿ"),
        signed(headers={}),
        older(V1, "v1", body=BODY + b" "),
        older(V2, "v2", uri=URI + "8"),
        older(V2, "v2", method="PUT"),
        older(V2, "v1"),
        older(V1, "v2"),
        older("", "v1"),
    ],
)
def test_whatever_was_tampered_with_is_refused(delivery: Delivery):
    with pytest.raises(Untrusted):
        hook().verify(delivery)


def test_another_secret_does_not_fit():
    with pytest.raises(Untrusted):
        hook("another").verify(signed())


def test_without_a_secret_nothing_is_believed():
    with pytest.raises(Untrusted):
        open_hook(SourceConfig("hubspot", "hubspot"), {}).verify(signed())


def test_while_the_secret_is_changed_both_are_believed():
    hook("the-new-one", SECRET).verify(signed())
    hook(SECRET, "the-new-one").verify(signed())


def test_an_older_signature_does_not_excuse_the_newest():
    both = {
        "x-hubspot-signature-v3": V3[::-1],
        "x-hubspot-request-timestamp": STAMP,
        "x-hubspot-signature": V1,
        "x-hubspot-signature-version": "v1",
    }

    with pytest.raises(Untrusted):
        hook().verify(signed(headers=both))


@pytest.mark.parametrize(
    "off", [timedelta(minutes=5, seconds=1), timedelta(minutes=-5, seconds=-1)]
)
def test_a_stamp_of_another_time_is_refused(off: timedelta):
    with pytest.raises(Untrusted, match="5 minutes"):
        hook().verify(signed(now=SENT + off))


@pytest.mark.parametrize("off", [timedelta(minutes=4, seconds=59), timedelta(minutes=-4)])
def test_a_stamp_of_these_minutes_is_fresh(off: timedelta):
    hook().verify(signed(now=SENT + off))


@pytest.mark.parametrize("stamp", ["", "soon", "1e12", "-1", "9" * 17, "9" * 5000, "١٧٧٠"])
def test_a_stamp_that_is_none_is_refused(stamp: str):
    with pytest.raises(Untrusted):
        hook().verify(signed(stamp=stamp))


def test_some_escapes_of_the_address_are_signed_as_what_they_stand_for():
    plain = "https://h.test/a:b/c?d=:/?@!$'()*,;&e=%20%25%2B"
    escaped = "https://h.test/a%3Ab%2Fc?d=%3a%2f%3f%40%21%24%27%28%29%2a%2c%3b&e=%20%25%2B"
    signature = version_3(SECRET.encode(), signed(uri=plain), STAMP).decode()

    hook().verify(signed(signature, uri=escaped))


def test_bytes_that_are_no_text_are_signed_as_they_are():
    body = b'["\xff\x00"]'
    signature = version_3(SECRET.encode(), signed(body=body), STAMP).decode()

    hook().verify(signed(signature, body=body))


@pytest.mark.parametrize(
    ("kind", "action"),
    [
        ("contact.creation", "changed"),
        ("contact.propertyChange", "changed"),
        ("contact.deletion", "deleted"),
        ("contact.restore", "restored"),
        ("contact.privacyDeletion", "privacy_deleted"),
    ],
)
def test_an_event_is_about_its_record(kind: str, action: str):
    [event] = said(subscriptionType=kind, objectId=55, eventId=1, occurredAt=1770113000123)

    assert (event.entity, event.record_key, event.action) == ("contacts", "55", action)
    assert event.type == kind
    assert event.status == "pending"
    assert event.occurred_at == datetime(2026, 2, 3, 10, 3, 20, 123000, UTC)


@pytest.mark.parametrize(
    ("type_id", "entity"),
    [("0-1", "contacts"), ("0-3", "deals"), ("0-421", "appointments"), ("2-77", "2-77")],
)
def test_an_event_of_any_object_says_which_type_it_is(type_id: str, entity: str):
    [event] = said(subscriptionType="object.creation", objectTypeId=type_id, objectId=5, eventId=1)

    assert (event.entity, event.record_key) == (entity, "5")


def test_an_object_that_the_configuration_names_goes_by_that_name():
    named = hook(cars=EntityConfig(object_type="2-77"))
    body = b'[{"subscriptionType":"object.creation","objectTypeId":"2-77","objectId":5}]'

    [event] = named.events(Delivery(body))

    assert event.entity == "cars"


def test_a_merge_is_about_everyone_in_it():
    merge = {"primaryObjectId": 1, "mergedObjectIds": [2, 3], "objectId": 1, "newObjectId": 1}

    found = said(subscriptionType="contact.merge", eventId=9, **merge)

    assert [event.record_key for event in found] == ["1", "2", "3"]
    assert {event.action for event in found} == {"merged"}
    assert len({event.key for event in found}) == 3


def test_a_merge_into_a_new_record_has_the_primary_one_among_the_merged():
    merge = {"primaryObjectId": 1, "mergedObjectIds": [2], "newObjectId": 7}

    found = said(subscriptionType="object.merge", objectTypeId="0-2", eventId=9, **merge)

    assert [(event.entity, event.record_key) for event in found] == [
        ("companies", "7"),
        ("companies", "1"),
        ("companies", "2"),
    ]


def test_a_link_is_about_both_ends():
    link = {"fromObjectId": 5, "toObjectId": 6, "associationType": "CONTACT_TO_LINE_ITEM"}

    found = said(subscriptionType="contact.associationChange", eventId=9, **link)

    assert [(event.entity, event.record_key, event.action) for event in found] == [
        ("contacts", "5", "linked"),
        ("line_items", "6", "linked"),
    ]


def test_the_ends_of_a_link_may_be_named_by_their_types():
    link = {"fromObjectId": 5, "toObjectId": 6, "fromObjectTypeId": "0-3", "toObjectTypeId": "2-77"}

    found = said(subscriptionType="object.associationChange", eventId=9, **link)

    assert [(event.entity, event.record_key) for event in found] == [("deals", "5"), ("2-77", "6")]


def test_a_link_to_what_nobody_knows_is_about_the_other_end():
    link = {"fromObjectId": 5, "toObjectId": 6, "associationType": "CONTACT_TO_SPACESHIP"}

    found = said(subscriptionType="contact.associationChange", eventId=9, **link)

    assert [(event.entity, event.record_key) for event in found] == [("contacts", "5")]


@pytest.mark.parametrize(
    "event",
    [
        {"subscriptionType": "conversation.newMessage", "objectId": 1, "eventId": 1},
        {"subscriptionType": "contact.propertyChange", "eventId": 1},
        {"subscriptionType": "contact.somethingNew", "objectId": 1, "eventId": 1},
        {"objectId": 1, "eventId": 1},
        {},
    ],
)
def test_what_is_about_no_record_is_kept_and_ignored(event: dict[str, Any]):
    [found] = said(**event)

    assert found.status == "ignored"
    assert found.entity is None
    assert found.reason


def test_a_second_delivery_of_an_event_has_the_same_key():
    event = {"subscriptionType": "contact.creation", "objectId": 5, "eventId": 1, "portalId": 3}

    first, again = said(**event, attemptNumber=0), said(**event, attemptNumber=3)

    assert first[0].key == again[0].key


@pytest.mark.parametrize(
    "name", ["portalId", "subscriptionId", "objectId", "occurredAt", "propertyName", "eventId"]
)
def test_events_that_differ_in_what_they_are_have_keys_of_their_own(name: str):
    event = dict.fromkeys(
        ("portalId", "subscriptionId", "objectId", "occurredAt", "propertyName", "eventId"), 1
    )

    other = said(subscriptionType="contact.creation", **(event | {name: 2}))

    assert other[0].key != said(subscriptionType="contact.creation", **event)[0].key


def test_events_without_an_id_are_told_apart_by_what_they_say():
    assert said(note="a")[0].key != said(note="b")[0].key


def test_a_batch_keeps_its_order():
    body = json.dumps(
        [{"subscriptionType": "deal.creation", "objectId": n, "eventId": n} for n in range(1, 101)]
    )

    found = hook().events(Delivery(body.encode()))

    assert [event.record_key for event in found] == [str(n) for n in range(1, 101)]


@pytest.mark.parametrize("body", [b"", b"no", b"[1]", b'"text"', b"[null]", b"\xff"])
def test_what_is_no_event_cannot_be_understood(body: bytes):
    with pytest.raises(Unintelligible):
        hook().events(Delivery(body))


def test_a_property_of_any_length_and_shape_fits_into_a_key():
    long = said(subscriptionType="contact.propertyChange", objectId=5, propertyName="p" * 10_000)[0]
    other = said(subscriptionType="contact.propertyChange", objectId=5, propertyName="p" * 9_999)[0]

    assert len(long.key) < 400
    assert long.key != other.key
