"""Sessions: assertions that verify, refusals that name the variable, one session for all who wait."""

import asyncio
import base64
import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from pydantic import SecretStr

from sandbox.salesforce import private_key
from sources.errors import BadAnswer, ConfigError, Unauthorized
from sources.http import Http
from sources.salesforce.credential import App, Session, credential_of
from sources.salesforce.oauth import GRANTS, Sessions, audience, signed
from sources.salesforce.settings import SalesforceSettings

NOW = datetime(2026, 11, 20, 9, tzinfo=UTC)
LOGIN = "https://acme.my.salesforce.com"
APP = App("SALESFORCE_", "3MVG9key", SecretStr("5A4ED80SECRET"), LOGIN)
SIGNING = App("SALESFORCE_", "3MVG9key", SecretStr(private_key()), LOGIN, "sync@acme.example")
GRANT = {
    "access_token": "00D5e0000000001!AQ.new",
    "instance_url": "https://acme.my.salesforce.com/",
    "id": "https://login.salesforce.com/id/00D5e0000000001EAA/0055e0000000001AAA",
    "issued_at": "1767225600123",
    "token_type": "Bearer",
}


def sessions(app: App, *answers: tuple[int, Any]) -> tuple[Sessions, list[httpx.Request]]:
    asked: list[httpx.Request] = []
    left = list(answers)

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        status, body = left.pop(0) if len(left) > 1 else left[0]
        return httpx.Response(status, json=body)

    http = Http(
        app.login_url, policy=GRANTS, transport=httpx.MockTransport(answer), retry_attempts=0
    )
    return Sessions(http, app, now=lambda: NOW), asked


def form(request: httpx.Request) -> dict[str, str]:
    return dict(httpx.QueryParams(request.content.decode()))


async def test_client_credentials_go_in_the_body_and_the_answer_tells_org_and_address():
    made, asked = sessions(APP, (200, GRANT))

    token = await made.auth().token()

    assert token.get_secret_value() == GRANT["access_token"]
    assert (made.instance_url, made.org_id) == (LOGIN, "00D5e0000000001EAA")
    assert str(asked[0].url) == f"{LOGIN}/services/oauth2/token"
    assert form(asked[0]) == {
        "grant_type": "client_credentials",
        "client_id": "3MVG9key",
        "client_secret": "5A4ED80SECRET",
    }


async def test_an_assertion_names_app_user_and_audience_and_verifies():
    made, asked = sessions(SIGNING, (200, GRANT))

    await made.open()

    head, _, signature = form(asked[0])["assertion"].rpartition(".")
    header, claims = (json.loads(base64.urlsafe_b64decode(p + "==")) for p in head.split("."))
    key: Any = load_pem_private_key(private_key().encode(), None)
    key.public_key().verify(
        base64.urlsafe_b64decode(signature + "=="), head.encode(), PKCS1v15(), SHA256()
    )
    assert header == {"alg": "RS256"}
    assert claims == {
        "iss": "3MVG9key",
        "sub": "sync@acme.example",
        "aud": "https://login.salesforce.com",
        "exp": int(NOW.timestamp()) + 180,
    }


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("https://login.salesforce.com", "login"),
        ("https://acme.my.salesforce.com", "login"),
        ("https://test.salesforce.com", "test"),
        ("https://acme--dev.sandbox.my.salesforce.com", "test"),
    ],
)
def test_the_audience_is_the_kind_of_org(host: str, expected: str):
    assert audience(host) == f"https://{expected}.salesforce.com"


def test_a_key_that_cannot_sign_is_named_and_not_shown():
    with pytest.raises(ConfigError, match="SALESFORCE_PRIVATE_KEY is not an RSA") as caught:
        signed({}, SecretStr("hunter2-hunter2"), "SALESFORCE_PRIVATE_KEY")

    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    ("error", "description", "said"),
    [
        ("invalid_client_id", "client identifier invalid", "SALESFORCE_CLIENT_ID"),
        ("invalid_client", "invalid client credentials", "SALESFORCE_CLIENT_SECRET"),
        ("invalid_grant", "request not supported on this domain", "SALESFORCE_LOGIN_URL"),
        ("invalid_grant", "no client credentials user enabled", "run as"),
        ("invalid_grant", "user hasn't approved this consumer", "SALESFORCE_USERNAME"),
        ("invalid_grant", "audience is invalid", "production or sandbox"),
        ("invalid_grant", "something new", "check SALESFORCE_CLIENT_ID"),
    ],
)
async def test_a_refusal_names_the_variable_to_mend(error: str, description: str, said: str):
    made, _ = sessions(APP, (400, {"error": error, "error_description": description}))

    with pytest.raises(Unauthorized, match=said):
        await made.open()


async def test_a_refusal_that_quotes_a_secret_is_cut_to_its_code():
    quoting = {"error": "invalid_grant", "error_description": "bad secret 5A4ED80SECRET=="}
    made, _ = sessions(APP, (400, quoting))

    with pytest.raises(Unauthorized) as caught:
        await made.open()

    assert "5A4ED80SECRET" not in str(caught.value)
    assert "invalid_grant" in str(caught.value)


async def test_an_answer_without_address_is_no_session():
    made, _ = sessions(APP, (200, {"access_token": "x"}))

    with pytest.raises(BadAnswer):
        await made.open()


async def test_all_who_wait_share_one_new_session():
    made, asked = sessions(APP, (200, GRANT), (200, GRANT | {"access_token": "00D!second"}))
    auth = made.auth()
    first = await auth.token()

    await asyncio.gather(*(auth.renew(first) for _ in range(10)))

    assert len(asked) == 2
    assert (await auth.token()).get_secret_value() == "00D!second"


def credential(**given: str) -> Session | App:
    prefix = "SALESFORCE_TEST_"
    return credential_of(SalesforceSettings.of(prefix, **given), prefix)


def test_each_way_in():
    token = credential(access_token="t", instance_url="https://a.example")
    app = credential(client_id="c", client_secret="s", instance_url="https://a.example")
    elsewhere = credential(client_id="c", client_secret="s", login_url="https://l.example")
    key = credential(client_id="c", username="u", private_key="-----BEGIN\\nX")

    assert token == Session(SecretStr("t"), "https://a.example")
    assert isinstance(app, App)
    assert isinstance(elsewhere, App)
    assert isinstance(key, App)
    assert (app.login_url, elsewhere.login_url) == ("https://a.example", "https://l.example")
    assert key.login_url == "https://login.salesforce.com"
    assert key.secret.get_secret_value() == "-----BEGIN\nX"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "SALESFORCE_TEST_CLIENT_ID is not set"),
        ({"client_id": "c"}, "SALESFORCE_TEST_CLIENT_SECRET and SALESFORCE_TEST_LOGIN_URL are not"),
        ({"client_id": "c", "client_secret": "s"}, "SALESFORCE_TEST_LOGIN_URL is not set"),
        ({"access_token": "t"}, "SALESFORCE_TEST_INSTANCE_URL is not set"),
        ({"client_id": "c", "username": "u"}, "SALESFORCE_TEST_PRIVATE_KEY is not set"),
        (
            {"access_token": "t", "client_secret": "s"},
            "SALESFORCE_TEST_ACCESS_TOKEN and SALESFORCE_TEST_CLIENT_SECRET are set",
        ),
    ],
)
def test_half_a_way_in_names_what_lacks(given: dict[str, str], said: str):
    with pytest.raises(ConfigError, match=said):
        credential(**given)
