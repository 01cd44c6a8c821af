import base64
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from sources.config import EntityConfig, SourceConfig
from sources.config_webhook import WebhookConfig
from sources.errors import ConfigError
from sources.hooks import Delivery, Event, Unintelligible, Untrusted
from sources.webhook.hooks import WebhookHook, open_hook

SECRET = "it's-a-secret"
NOW = datetime(2026, 2, 3, 10, 20, 30, tzinfo=UTC)
STAMP = str(int(NOW.timestamp()))


def hook(
    secret: str = SECRET,
    webhook: WebhookConfig | None = None,
    fields: dict[str, Any] | None = None,
    **options: Any,
) -> WebhookHook:
    orders = EntityConfig(options={"key": "id", **options}, fields=fields or {})
    config = SourceConfig(
        "shop",
        "webhook",
        entities={"orders": orders},
        webhook=webhook or WebhookConfig(header="X-Signature"),
    )
    return open_hook(config, {"SECRET": SecretStr(secret)} if secret else {})


def hexed(body: bytes, algorithm: str = "sha256", secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, algorithm).hexdigest()


def based(body: bytes, secret: bytes = SECRET.encode()) -> str:
    return base64.b64encode(hmac.new(secret, body, hashlib.sha256).digest()).decode()


def delivery(body: bytes = b"{}", **headers: str) -> Delivery:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Delivery(body, named, now=NOW)


def said(body: Any, event: str = "", **options: Any) -> list[Event]:
    return list(hook(**options).events(Delivery(json.dumps(body).encode(), event=event)))


def test_github_s_published_vector_is_believed():
    github = hook("It's a Secret to Everybody", WebhookConfig(preset="github"))
    given = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"

    github.verify(delivery(b"Hello, World!", x_hub_signature_256=given))
    with pytest.raises(Untrusted):
        github.verify(delivery(b"Hello, World?", x_hub_signature_256=given))


def test_shopify_s_way_is_believed():
    shopify = hook(webhook=WebhookConfig(preset="shopify"))

    shopify.verify(delivery(b"{}", x_shopify_hmac_sha256=based(b"{}")))


def test_the_standard_s_published_vector_is_believed():
    standard = hook("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", WebhookConfig(preset="standard"))
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    now = datetime.fromtimestamp(1614265330, UTC)

    standard.verify(Delivery(b'{"test": 2432232314}', headers, now=now))
    for name, value in headers.items():
        changed = headers | {name: value + "0"}
        with pytest.raises(Untrusted):
            standard.verify(Delivery(b'{"test": 2432232314}', changed, now=now))
    later = now + timedelta(minutes=6)
    with pytest.raises(Untrusted):
        standard.verify(Delivery(b'{"test": 2432232314}', headers, now=later))


def test_one_of_several_signatures_is_enough():
    standard = hook(webhook=WebhookConfig(preset="standard"))
    message = f"m1.{STAMP}.{{}}".encode()
    both = f"v1,{based(b'old')} v1,{based(message)} v2,other"

    standard.verify(delivery(webhook_id="m1", webhook_timestamp=STAMP, webhook_signature=both))


@pytest.mark.parametrize("algorithm", ["sha1", "sha256", "sha384", "sha512"])
def test_algorithm_prefix_and_header_are_as_configured(algorithm: str):
    said = WebhookConfig(header="X-Sig", algorithm=algorithm, prefix="v0=")
    ours = hook(webhook=said)

    ours.verify(delivery(x_sig=f"v0={hexed(b'{}', algorithm)}"))
    ours.verify(delivery(x_sig=f"v0={hexed(b'{}', algorithm).upper()}"))
    for wrong in (hexed(b"{}", algorithm), f"v1={hexed(b'{}', algorithm)}", "v0=", ""):
        with pytest.raises(Untrusted):
            ours.verify(delivery(x_sig=wrong))


def test_a_stamp_that_is_signed_is_checked():
    said = WebhookConfig(header="X-Sig", stamp_header="X-Stamp", signed="v0:{timestamp}:{body}")
    ours = hook(webhook=said)
    late = str(int(NOW.timestamp()) - 301)
    milliseconds = f"{STAMP}000"

    ours.verify(delivery(x_sig=hexed(f"v0:{STAMP}:{{}}".encode()), x_stamp=STAMP))
    ours.verify(delivery(x_sig=hexed(f"v0:{milliseconds}:{{}}".encode()), x_stamp=milliseconds))
    for stamp, signed in ((late, late), ("", ""), (STAMP, late)):
        with pytest.raises(Untrusted):
            ours.verify(delivery(x_sig=hexed(f"v0:{signed}:{{}}".encode()), x_stamp=stamp))


def test_while_the_secret_is_changed_both_are_believed():
    for key in ("new", "old"):
        hook("new,old").verify(delivery(x_signature=hexed(b"{}", secret=key)))


def test_without_a_secret_nothing_is_believed():
    with pytest.raises(Untrusted):
        hook("").verify(delivery(x_signature=hexed(b"{}", secret="")))


@pytest.mark.parametrize(
    ("webhook", "wrong"),
    [
        (WebhookConfig(), "header is missing"),
        (WebhookConfig(header="X", signed="{timestamp}"), "must hold {body}"),
        (WebhookConfig(header="X", signed="{timestamp}.{body}"), "need each other"),
        (WebhookConfig(header="X", stamp_header="X-Stamp"), "need each other"),
        (WebhookConfig(header="X", signed="{id}.{body}"), "delivery_header"),
    ],
)
def test_what_cannot_be_checked_is_said_by_its_key(webhook: WebhookConfig, wrong: str):
    with pytest.raises(ConfigError, match=r"^shop.webhook: .*") as caught:
        hook(webhook=webhook)

    assert wrong in str(caught.value)


def test_a_secret_of_the_standard_must_be_base64():
    with pytest.raises(ConfigError, match="whsec_"):
        hook("whsec_###", WebhookConfig(preset="standard"))


def test_the_body_is_the_record():
    [event] = said({"id": 7, "total": 12.50})

    assert (event.entity, event.record_key, event.action) == ("orders", "7", "record")
    assert json.loads(event.payload) == {"id": 7, "total": 12.50}


def test_numbers_stay_as_exact_as_they_came():
    [event] = hook().events(Delivery(b'{"id":1,"total":0.10000000000000000001}'))

    assert event.payload == b'{"id":1,"total":0.10000000000000000001}'


def test_records_may_be_a_list_inside_the_body():
    body = {"type": "order.created", "data": {"items": [{"id": 1}, {"id": 2}]}}

    first, second = said(body, records="data.items")

    assert (first.record_key, second.record_key) == ("1", "2")
    assert first.key != second.key
    assert first.type == "order.created"


def test_a_place_in_the_body_decides_which_events_have_records():
    when = {"type": "order.*", "live": "true"}

    assert said({"type": "order.paid", "live": True, "id": 1}, when=when)[0].entity == "orders"
    for other in ({"type": "refund.paid", "live": True}, {"type": "order.paid"}, {}):
        [event] = said({"id": 1, **other}, when=when)
        assert (event.status, event.entity) == ("ignored", None)


def test_the_type_may_be_told_by_a_header_or_the_address():
    typed = hook(webhook=WebhookConfig(preset="github"), when={"@type": ["push", "create"]})

    assert typed.events(delivery(b'{"id":1}', x_github_event="push"))[0].type == "push"
    assert typed.events(delivery(b'{"id":1}', x_github_event="ping"))[0].status == "ignored"
    assert said({"id": 1}, "create", when={"@type": "create"})[0].entity == "orders"


def test_the_stamp_of_the_record_is_when_it_happened():
    [event] = said({"id": 1, "changed": "2026-02-03T10:20:30Z"}, updated_at="changed")

    assert event.occurred_at == NOW


def test_a_key_of_several_parts_is_spelled_as_everywhere():
    [event] = said({"shop": "a:b", "id": 1}, key=["shop", "id"])

    assert event.record_key == r"a\:b:1"


def test_a_record_without_its_key_is_kept_for_the_drain_to_reject():
    [event] = said({"total": 1})

    assert (event.record_key, event.status) == (None, "pending")


def test_the_same_delivery_has_the_same_key_and_another_its_own():
    known = hook(webhook=WebhookConfig(preset="github"))
    first, again, other = (
        known.events(delivery(b'{"id":1}', x_github_delivery=name))[0].key for name in "aab"
    )

    assert first == again
    assert other != first


def test_without_an_id_of_the_delivery_its_body_tells_it_from_others():
    assert said({"id": 1})[0].key == said({"id": 1})[0].key
    assert said({"id": 1})[0].key != said({"id": 1, "a": 2})[0].key


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'"x"', b'{"data": {"items": 5}}'])
def test_what_is_no_record_cannot_be_understood(body: bytes):
    records = "data.items" if b"data" in body else ""

    with pytest.raises(Unintelligible):
        hook(records=records).events(Delivery(body))


def test_a_list_without_records_is_kept_and_ignored():
    [event] = said({"data": []}, records="data")

    assert event.status == "ignored"


@pytest.mark.parametrize("secret", ["whsec_", "whsec_, whsec_"])
def test_a_secret_of_the_standard_must_not_be_empty(secret: str):
    with pytest.raises(ConfigError, match="whsec_"):
        hook(secret, WebhookConfig(preset="standard"))
