import asyncio
import base64
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr

from flows.webhooks.app import application
from flows.webhooks.endpoints import Listening, listening, refuse_unsealed
from flows.webhooks.writer import Writer
from sources.config import Config, EntityConfig, FieldConfig, SourceConfig
from sources.config_webhook import WebhookConfig
from sources.errors import ConfigError
from sources.privacy import Privacy
from tests.flows.webhooks import senders
from tests.flows.webhooks.senders import SECRETS
from tests.flows.webhooks.test_writer import Memory
from warehouse.arrivals import Incoming
from warehouse.connection import Connection
from warehouse.intake import Intake

BASE = "https://hooks.example.test"
SHOP = SourceConfig(
    "shop",
    "webhook",
    entities={"orders": EntityConfig(options={"key": "id"})},
    webhook=WebhookConfig(preset="github"),
)
CRMS = ("hubspot", "salesforce", "pipedrive", "callrail")
EVERYTHING = {**SECRETS, "WEBHOOK_SHOP_SECRET": senders.SHOP_SECRET}


class Kept(Memory):
    """A memory that keeps whole rows."""

    def __init__(self) -> None:
        super().__init__()
        self.rows: list[Incoming] = []

    def store(self, events: list[Incoming]) -> int:
        number = super().store(events)
        self.rows += events
        return number


def configured(*more: SourceConfig, **changes: Any) -> Config:
    sources = {name: SourceConfig(name, name) for name in CRMS}
    sources |= {source.name: source for source in (SHOP, *more)}
    return Config(sources=sources, **changes)


async def heard(
    config: Config | None = None, environ: dict[str, str] | None = None, public_url: str = ""
) -> Listening:
    values = EVERYTHING if environ is None else environ

    async def find(variable: str) -> SecretStr | None:
        return SecretStr(values[variable]) if variable in values else None

    return await listening(config or configured(), find, public_url)


@asynccontextmanager
async def receiving(
    place: Any,
    config: Config | None = None,
    environ: dict[str, str] | None = None,
    *,
    public_url: str = "",
    privacy: Privacy | None = None,
    patience: float = 2.0,
    **limits: int,
) -> AsyncIterator[httpx.AsyncClient]:
    endpoints = (await heard(config, environ, public_url)).endpoints
    writer = Writer(place, patience=patience)
    app = application(endpoints, writer, privacy or Privacy(), **limits)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as client,
    ):
        yield client


async def test_every_kind_of_source_is_received():
    async with receiving(kept := Kept()) as client:
        answers = [
            await client.post("/hubspot", **senders.hubspot(f"{BASE}/hubspot", 1, 2)),
            await client.post("/callrail/post-call", **senders.callrail(3)),
            await client.post("/pipedrive", **senders.pipedrive(4)),
            await client.post("/salesforce/long-random-word", **senders.salesforce(5)),
            await client.post("/shop", **senders.shop(6)),
        ]

    assert [answer.status_code for answer in answers] == [200] * 5
    assert [(row.crm_source, row.entity, row.record_key, row.action) for row in kept.rows] == [
        ("hubspot", "contacts", "1", "changed"),
        ("hubspot", "contacts", "2", "changed"),
        ("callrail", "calls", "CAL3", "changed"),
        ("pipedrive", "deals", "4", "changed"),
        ("salesforce", "contacts", "003000000000000005", "changed"),
        ("shop", "orders", "6", "record"),
    ]
    assert kept.rows[2].event_type == "post-call"
    assert b"<Ack>true</Ack>" in answers[3].content
    assert answers[3].headers["content-type"] == "text/xml; charset=utf-8"


async def test_a_batch_is_one_transaction():
    async with receiving(kept := Kept()) as client:
        await client.post("/hubspot", **senders.hubspot(f"{BASE}/hubspot", *range(1, 101)))

    assert [len(commit) for commit in kept.commits] == [100]


async def test_who_is_not_believed_is_told_nothing_and_leaves_nothing():
    forged = senders.callrail(1)["headers"]
    async with receiving(kept := Kept()) as client:
        answers = [
            await client.post("/hubspot", content=b"[]"),
            await client.post("/callrail/post-call", content=b"{}", headers=forged),
            await client.post("/pipedrive", content=b"{}", auth=("pipedrive-user", "no")),
            await client.post(
                "/salesforce/long-random-word", **senders.salesforce(1, "00D000000000002EAA")
            ),
            await client.post("/shop", content=b"{}"),
        ]

    assert [(answer.status_code, answer.content) for answer in answers] == [(401, b"")] * 5
    assert kept.rows == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/", 404),
        ("POST", "/nobody", 404),
        ("POST", "/salesrabbit", 404),
        ("POST", "/salesforce", 404),
        ("POST", "/salesforce/", 404),
        ("POST", "/salesforce/wrong-word", 404),
        ("POST", "/salesforce/long-random-word/a/b", 404),
        ("POST", "/callrail/a/b", 404),
        ("POST", "/callrail/a%00b", 404),
        ("POST", "/callrail/" + "a" * 61, 404),
        ("GET", "/hubspot", 405),
        ("PUT", "/hubspot", 405),
        ("POST", "/health", 404),
    ],
)
async def test_what_is_not_there_is_not_there(method: str, path: str, status: int):
    async with receiving(Kept()) as client:
        answer = await client.request(method, path, content=b"{}")

    assert (answer.status_code, answer.content) == (status, b"")


async def test_the_secret_part_of_an_address_may_be_one_of_two():
    both = EVERYTHING | {"CALLRAIL_WEBHOOK_PATH": "new, old"}
    async with receiving(kept := Kept(), environ=both) as client:
        for word in ("new", "old"):
            answer = await client.post(f"/callrail/{word}/post-call", **senders.callrail(1))
            assert answer.status_code == 200

    assert {row.event_type for row in kept.rows} == {"post-call"}


@pytest.mark.parametrize("path", ["/hubspot", "/hubspot?tenant=7", "/hubspot?a=%3A&b=%20"])
async def test_the_signed_address_is_the_one_the_sender_knows(path: str):
    behind = configured(webhooks_public_url="https://public.example.test/crm")
    url = f"https://public.example.test/crm{path.replace('%3A', ':')}"
    async with receiving(Kept(), behind) as client:
        answer = await client.post(path, **senders.hubspot(url, 1))
        forged = await client.post(path, **senders.hubspot(f"{BASE}{path}", 1))

    assert (answer.status_code, forged.status_code) == (200, 401)


async def test_a_host_that_a_header_names_is_not_believed_over_the_configured_one():
    url = "https://evil.example.test/hubspot"
    async with receiving(Kept(), public_url=BASE) as client:
        for headers in (
            {"Host": "evil.example.test"},
            {"X-Forwarded-Host": "evil.example.test"},
            {"Forwarded": "host=evil.example.test;proto=https"},
        ):
            request = senders.hubspot(url, 1)
            request["headers"] |= headers
            assert (await client.post("/hubspot", **request)).status_code == 401


async def test_a_source_may_have_a_public_address_of_its_own():
    own = SourceConfig(
        "hubspot", "hubspot", webhook=WebhookConfig(public_url="https://x.example.test/in/1")
    )
    request = senders.hubspot("https://x.example.test/in/1/word?a=1", 1)
    secret = EVERYTHING | {"HUBSPOT_WEBHOOK_PATH": "word"}
    async with receiving(Kept(), configured(own), secret, public_url=BASE) as client:
        answer = await client.post("/hubspot/word?a=1", **request)

    assert answer.status_code == 200


async def test_what_is_believed_and_not_understood_is_kept_as_it_came():
    async with receiving(kept := Kept()) as client:
        answer = await client.post("/callrail/post-call", **senders.callrail(0, b"\xff\x00no"))

    assert answer.status_code == 200
    [row] = kept.rows
    assert (row.status, row.payload, row.entity) == ("dead", b"P\xff\x00no", None)


async def test_a_batch_without_events_is_fine():
    async with receiving(kept := Kept()) as client:
        answer = await client.post("/hubspot", **senders.hubspot(f"{BASE}/hubspot"))

    assert (answer.status_code, kept.rows) == (200, [])


async def test_payloads_are_encrypted_where_there_is_a_key():
    privacy = Privacy([Fernet.generate_key().decode()])
    async with receiving(kept := Kept(), privacy=privacy) as client:
        await client.post("/callrail/post-call", **senders.callrail(3))

    [row] = kept.rows
    assert b"CAL3" not in row.payload
    assert privacy.open(row.payload) == senders.callrail(3)["content"]


@pytest.mark.parametrize("announced", [True, False])
async def test_a_body_is_not_read_beyond_its_limit(announced: bool):
    small = SourceConfig("callrail", "callrail", webhook=WebhookConfig(max_body=1000))
    sent = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal sent
        for _ in range(100):
            sent += 100
            yield b"x" * 100

    headers = {"Content-Length": "10000"} if announced else {}
    async with receiving(kept := Kept(), configured(small)) as client:
        answer = await client.post("/callrail/a", content=body(), headers=headers)
        just = await client.post("/callrail/a", **senders.callrail(0, b"x" * 1000))

    assert answer.status_code == 413
    assert answer.headers["connection"] == "close"
    assert just.status_code == 200
    assert len(kept.rows) == 1
    if announced:
        assert sent == 0


async def test_a_body_that_never_ends_is_not_waited_for(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("flows.webhooks.app.BODY_TIMEOUT", 0.1)
    app = application((await heard()).endpoints, Writer(Kept()), Privacy())
    sent: list[dict[str, Any]] = []
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/callrail/a",
        "raw_path": b"/callrail/a",
        "query_string": b"",
        "headers": [],
        "scheme": "http",
        "server": ("hooks.example.test", 80),
    }
    begun = iter([{"type": "http.request", "body": b"x", "more_body": True}])

    async def receive() -> dict[str, Any]:
        return next(begun, None) or await asyncio.Future()

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)  # type: ignore[arg-type]

    assert sent[0]["status"] == 408


async def test_there_is_room_for_so_much_at_once():
    kept = Kept()
    kept.may.clear()
    async with receiving(kept, most_in_hand=150) as client:
        first = asyncio.create_task(client.post("/callrail/a", **senders.callrail(0, b"x" * 100)))
        await asyncio.sleep(0.05)

        second = await client.post("/callrail/a", **senders.callrail(0, b"y" * 100))

        assert second.status_code == 503
        assert second.headers["retry-after"]
        kept.may.set()
        assert (await first).status_code == 200
        third = await client.post("/callrail/a", **senders.callrail(0, b"y" * 100))
        assert third.status_code == 200


async def test_a_full_queue_is_told_as_busy():
    kept = Kept()
    kept.may.clear()
    endpoints = (await heard()).endpoints
    app = application(endpoints, Writer(kept, most_waiting=1, patience=5), Privacy())
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=BASE) as client,
    ):
        waiting = []
        for number in range(2):
            request = client.post("/callrail/a", **senders.callrail(number))
            waiting.append(asyncio.create_task(request))
            await asyncio.sleep(0.05)

        busy = await client.post("/callrail/a", **senders.callrail(2))
        health = await client.get("/health")

        assert (busy.status_code, health.status_code) == (503, 503)
        assert busy.headers["retry-after"]
        kept.may.set()
        assert [(await one).status_code for one in waiting] == [200, 200]
    assert len(kept.rows) == 2


async def test_health_is_whether_events_can_be_stored(pg18_url: str):
    async with receiving(Intake(pg18_url, "public")) as client:
        good = await client.get("/health")
    nowhere = Intake("postgresql://nobody@127.0.0.1:9/none", "public")
    async with receiving(nowhere, patience=0.5) as client:
        bad = await client.get("/health")
        event = await client.post("/callrail/a", **senders.callrail(1))

    assert (good.status_code, good.text) == (200, "ok\n")
    assert (bad.status_code, event.status_code) == (503, 503)
    assert event.headers["retry-after"]


async def test_a_replay_changes_nothing(warehouse: Connection, warehouse_url: str):
    request = senders.hubspot(f"{BASE}/hubspot", 1, 2)
    async with receiving(Intake(warehouse_url, "public")) as client:
        for _ in range(3):
            assert (await client.post("/hubspot", **request)).status_code == 200

    query = "select record_key, status from ingestion_webhook_event order by id"
    assert warehouse.execute(query).fetchall() == [("1", "pending"), ("2", "pending")]


async def test_neither_secrets_nor_bodies_are_logged(caplog: pytest.LogCaptureFixture):
    secret = base64.b64encode(b"pipedrive-user:wrong").decode()
    headers = {"Authorization": f"Basic {secret}"}
    with caplog.at_level(logging.DEBUG):
        async with receiving(Kept()) as client:
            await client.post("/pipedrive?key=hush", content=b'{"a":"hush"}', headers=headers)
            await client.post("/salesforce/hush", content=b"hush")

    ours = [one.getMessage() for one in caplog.records if one.name == "crm_sync"]
    assert ours == [
        "refused a webhook for pipedrive: name or password is wrong",
        "refused a webhook for salesforce: its address lacks the secret part",
    ]


async def test_what_is_encrypted_in_its_table_is_not_kept_in_clear_here():
    email = FieldConfig("email", encrypt=True)
    contacts = EntityConfig(fields={"properties.email": email})
    config = configured(SourceConfig("hubspot", "hubspot", entities={"contacts": contacts}))
    found = await heard(config)

    with pytest.raises(ConfigError, match=r"hubspot.contacts.email must be encrypted"):
        refuse_unsealed(config, found, Privacy())
    refuse_unsealed(config, found, Privacy([Fernet.generate_key().decode()]))
    only_others = {name: value for name, value in SECRETS.items() if "HUBSPOT" not in name}
    refuse_unsealed(config, await heard(config, only_others), Privacy())


async def test_a_source_without_its_secret_has_no_endpoint():
    some = {name: value for name, value in SECRETS.items() if not name.endswith("PASSWORD")}

    found = await heard(environ=some)

    assert sorted(found.endpoints) == ["callrail", "hubspot", "salesforce"]
    assert "pipedrive: no endpoint, for PIPEDRIVE_WEBHOOK_PASSWORD is not set" in found.said
    assert "shop: no endpoint, for WEBHOOK_SHOP_SECRET is not set" in found.said
    assert not any(value in line for line in found.said for value in EVERYTHING.values())


async def test_what_is_not_signed_is_advised_to_have_a_secret_address():
    named = {"SALESFORCE_WEBHOOK_ORGANIZATION_ID": senders.ORGANIZATION}

    found = await heard(environ=named)

    assert "SALESFORCE_WEBHOOK_PATH" in found.said[1]


async def test_without_any_secret_there_is_nothing_to_serve():
    with pytest.raises(ConfigError, match="HUBSPOT_WEBHOOK_SECRET"):
        await heard(environ={})
