"""Secrets from blocks: found, missing, and wrong."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import pytest
from prefect.blocks.system import Secret
from prefect.client.orchestration import get_client
from prefect.events.worker import EventsWorker
from prefect.settings import PREFECT_API_URL, temporary_settings
from prefect_sqlalchemy import ConnectionComponents, SqlAlchemyConnector
from sqlalchemy import make_url

from flows.keepers import keeper_of
from flows.secrets import secret_in, secrets_of, warehouse_url
from sandbox.hubspot import HubspotSandbox
from sandbox.hubspot.auth import CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN
from sources.config import Config, SourceConfig
from sources.errors import ConfigError
from sources.keeping import NotKept, secret_block
from sources.registry import kind_of
from tests.deploy.servers import Prefect
from warehouse import embedded
from warehouse.connection import parameters

HUBSPOT = SourceConfig("hubspot_emea", "hubspot")
PASSWORD = "a b+c/d@e:f?g&h=i%20#j"

Answer = TypeVar("Answer")
Ask = Callable[[Awaitable[Answer]], Answer]


APP = {"CLIENT_ID": CLIENT_ID, "CLIENT_SECRET": CLIENT_SECRET, "REFRESH_TOKEN": REFRESH_TOKEN}


@pytest.fixture
def ask(prefect: Prefect, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ask]:
    """Run something against the server, from an environment in which nothing is set."""
    monkeypatch.delenv("WAREHOUSE_URL", raising=False)
    for name in ("API_TOKEN", "BASE_URL", *APP):
        monkeypatch.delenv(f"HUBSPOT_EMEA_{name}", raising=False)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with temporary_settings({PREFECT_API_URL: prefect.api}):
        yield lambda work: asyncio.run(_awaited(work))
        # While the server is there to take them: who waits for them later would wait for ever.
        EventsWorker.drain_all()


async def _awaited(work: Awaitable[Answer]) -> Answer:
    return await work


def connector(**parts) -> SqlAlchemyConnector:
    given = {"driver": "postgresql+psycopg", "host": "db.example.org", "database": "crm"} | parts
    return SqlAlchemyConnector(connection_info=ConnectionComponents(**given))


async def save(block, name: str) -> None:
    await block.save(name, overwrite=True)


async def spoil(kind: type, name: str, data: dict) -> None:
    """Give a saved block contents that do not fit its type, as an older version might have left them."""
    async with get_client() as client:
        document = await client.read_block_document_by_name(name, kind.get_block_type_slug())
        answer = await client._client.patch(
            f"/block_documents/{document.id}", json={"data": data, "merge_existing_data": False}
        )
        answer.raise_for_status()


def test_a_value_comes_from_the_block_that_is_called_like_its_variable(ask: Ask):
    ask(save(Secret(value="pat-eu1-from-a-block"), "hubspot-emea-api-token"))

    found = ask(secrets_of(HUBSPOT))

    assert {name: value.get_secret_value() for name, value in found.items()} == {
        "API_TOKEN": "pat-eu1-from-a-block"
    }
    assert "from-a-block" not in repr(found)


def test_the_environment_comes_before_the_block(ask: Ask, monkeypatch: pytest.MonkeyPatch):
    ask(save(Secret(value="pat-eu1-from-a-block"), "hubspot-emea-api-token"))
    monkeypatch.setenv("HUBSPOT_EMEA_API_TOKEN", "pat-eu1-from-the-environment")

    assert ask(secrets_of(HUBSPOT)) == {}


def test_sources_may_share_a_block_unless_one_has_its_own(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    ask(save(Secret(value="shared"), "github-token"))
    ask(save(Secret(value="own"), "github-csv-firms-token"))

    def found(name: str) -> dict[str, str]:
        secrets = ask(secrets_of(SourceConfig(name, "github_csv")))
        return {short: value.get_secret_value() for short, value in secrets.items()}

    assert (found("firms"), found("prices")) == ({"TOKEN": "own"}, {"TOKEN": "shared"})
    monkeypatch.setenv("GITHUB_TOKEN", "from the environment")
    assert (found("firms"), found("prices")) == ({"TOKEN": "own"}, {})


def test_the_address_of_a_database_may_be_in_a_block_for_databases(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("DATABASE_ERP_URL", raising=False)
    erp = SourceConfig("erp", "database")
    ask(save(connector(driver="mysql", username="crm", password=PASSWORD), "database-erp-url"))

    found = ask(secrets_of(erp))

    url = make_url(found["URL"].get_secret_value())
    assert (url.drivername, url.host, url.database) == ("mysql", "db.example.org", "crm")
    assert (url.username, url.password) == ("crm", PASSWORD)
    assert PASSWORD not in repr(found)
    ask(save(Secret(value="sqlite:////erp.db"), "database-erp-url"))
    assert ask(secrets_of(erp))["URL"].get_secret_value() == "sqlite:////erp.db"


def test_a_block_that_does_not_exist_is_no_mistake(ask: Ask):
    assert ask(secrets_of(SourceConfig("hubspot_apac", "hubspot"))) == {}


@pytest.mark.parametrize("value", [{"token": "pat-eu1-hidden"}, 12, "  "])
def test_a_secret_that_is_no_text_is_refused_by_name_and_not_quoted(ask: Ask, value: object):
    ask(save(Secret(value=value), "hubspot-emea-api-token"))

    with pytest.raises(ConfigError, match="'hubspot-emea-api-token' must hold a text") as caught:
        ask(secrets_of(HUBSPOT))

    assert "pat-eu1" not in str(caught.value)


@pytest.fixture
def app(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubspotSandbox]:
    """An account reached by an app whose values are all in blocks, and which rotates its refresh token."""
    sandbox = HubspotSandbox(limits=None)
    sandbox.tokens.rotate_refresh_tokens = True
    for name, value in APP.items():
        ask(save(Secret(value=value), secret_block(f"HUBSPOT_APP_{name}")))
    with sandbox.serve() as url:
        monkeypatch.setenv("HUBSPOT_APP_BASE_URL", url)
        yield sandbox


async def identified() -> str:
    """What a process of its own does first: it finds its secrets and asks whom they belong to."""
    source = SourceConfig("hubspot_app", "hubspot")
    secrets = await secrets_of(source)
    async with kind_of(source).open(source, secrets, keeper_of(source, secrets)) as client:
        return (await client.account()).id


def test_a_rotated_refresh_token_is_written_back_to_its_block(app: HubspotSandbox, ask: Ask):
    assert [ask(identified()) for _ in range(2)] == ["7654321", "7654321"]

    kept = ask(secret_in("hubspot-app-refresh-token"))
    assert kept is not None
    assert {kept.get_secret_value()} == set(app.tokens._refresh)
    assert [status for _, path, _, status in app.requests if "/oauth/" in path] == [200, 200]


def test_a_block_that_cannot_be_written_fails_before_the_token_is_used(
    app: HubspotSandbox, ask: Ask, monkeypatch: pytest.MonkeyPatch
):
    async def refuse(*_: object, **__: object) -> None:
        raise RuntimeError("the server quotes na1-whatever-it-refuses")

    monkeypatch.setattr(Secret, "asave", refuse)

    with pytest.raises(NotKept, match="'hubspot-app-refresh-token' \\(RuntimeError\\)") as caught:
        ask(identified())

    assert "na1-" not in str(caught.value)
    assert [path for _, path, *_ in app.requests] == ["/oauth/v3/token"]


def test_a_credential_that_is_whole_in_the_environment_is_not_mixed_with_blocks(
    app: HubspotSandbox, ask: Ask, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("HUBSPOT_APP_API_TOKEN", "pat-na1-from-the-environment")

    assert ask(secrets_of(SourceConfig("hubspot_app", "hubspot"))) == {}


def test_the_warehouse_block_keeps_every_character_of_its_parts(ask: Ask):
    options = {"sslmode": "require", "options": "-c work_mem=64MB"}
    block = connector(username="crm sync", password=PASSWORD, port=6543, query=options)
    ask(save(block, "warehouse-odd"))

    url = ask(warehouse_url(Config(warehouse_block="warehouse-odd")))

    assert parameters(url) == options | {
        "host": "db.example.org",
        "port": "6543",
        "user": "crm sync",
        "password": PASSWORD,
        "dbname": "crm",
    }


def test_the_warehouse_block_may_hold_a_url_and_arguments_of_the_driver(ask: Ask):
    block = SqlAlchemyConnector(
        connection_info="postgresql+psycopg://me:p%40ss@db.example.org/crm",
        connect_args={"sslmode": "verify-full"},
    )
    ask(save(block, "warehouse-text"))

    url = ask(warehouse_url(Config(warehouse_block="warehouse-text")))

    assert parameters(url) == {
        "host": "db.example.org",
        "user": "me",
        "password": "p@ss",
        "dbname": "crm",
        "sslmode": "verify-full",
    }


def test_a_block_of_another_database_is_refused(ask: Ask):
    ask(save(connector(driver="mysql+pymysql", password="hidden"), "warehouse-other"))

    with pytest.raises(ConfigError, match="'warehouse-other' leads to mysql") as caught:
        ask(warehouse_url(Config(warehouse_block="warehouse-other")))

    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    "contents",
    [
        {"connection_info": {"database": "crm", "password": "hidden"}},
        {"connection_info": {"driver": "postgresql+asyncpg", "password": "hidden"}},
    ],
    ids=["no driver", "an asynchronous driver"],
)
def test_a_spoilt_block_fails_and_never_leads_to_the_embedded_server(
    ask: Ask, contents: dict, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(embedded, "start", lambda: pytest.fail("the embedded server was started"))
    ask(save(connector(), "warehouse-spoilt"))
    ask(spoil(SqlAlchemyConnector, "warehouse-spoilt", contents))

    with pytest.raises(
        ConfigError, match="'warehouse-spoilt' exists, but cannot be used"
    ) as caught:
        ask(warehouse_url(Config(warehouse_block="warehouse-spoilt")))

    assert "hidden" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_block_that_the_configuration_names_must_exist(ask: Ask):
    with pytest.raises(ConfigError, match="warehouse_block = 'nowhere'"):
        ask(warehouse_url(Config(warehouse_block="nowhere")))


def test_without_block_and_variable_the_embedded_server_is_used_and_said_aloud(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
):
    monkeypatch.setattr(embedded, "start", lambda: "postgresql:///embedded")
    monkeypatch.setattr("flows.secrets.WAREHOUSE_BLOCK", "no-such-warehouse")

    with caplog.at_level(logging.WARNING, logger="crm_sync"):
        url = ask(warehouse_url(Config()))

    assert url == "postgresql:///embedded"
    assert "WAREHOUSE_URL is not set: using the embedded PostgreSQL" in caplog.text


def test_a_server_that_does_not_answer_is_not_taken_for_a_missing_block(ask: Ask):
    unreachable = {PREFECT_API_URL: "http://127.0.0.1:9/api"}

    with temporary_settings(unreachable), pytest.raises(Exception, match="(?i)connect|reach"):
        ask(warehouse_url(Config()))
