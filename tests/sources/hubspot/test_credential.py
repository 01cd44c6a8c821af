"""Which credential is used when some, half or too many are set, and what is published for each."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
from pydantic import SecretStr

from sandbox.hubspot import TOKEN, HubspotSandbox
from sandbox.hubspot.auth import CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN
from sources.config import RateLimit, SourceConfig
from sources.errors import ConfigError
from sources.hubspot.client import Hubspot
from sources.hubspot.credential import credential_of
from sources.hubspot.oauth import OAuthApp
from sources.hubspot.settings import HubspotSettings
from sources.hubspot.source import open_hubspot
from sources.keeping import FileKeeper
from sources.limits import Rate
from sources.meter import metered

EMEA = "HUBSPOT_EMEA_"
APP = {"CLIENT_ID": CLIENT_ID, "CLIENT_SECRET": CLIENT_SECRET, "REFRESH_TOKEN": REFRESH_TOKEN}


@pytest.fixture
def env(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in (*APP, "API_TOKEN", "BASE_URL"):
        monkeypatch.delenv(f"{EMEA}{name}", raising=False)
    return monkeypatch


@pytest.fixture
def sandbox(env: pytest.MonkeyPatch) -> Iterator[HubspotSandbox]:
    sandbox = HubspotSandbox()
    with sandbox.serve() as url:
        env.setenv(f"{EMEA}BASE_URL", url)
        yield sandbox


def set_all(env: pytest.MonkeyPatch, values: dict[str, str]) -> None:
    for name, value in values.items():
        env.setenv(f"{EMEA}{name}", value)


def chosen() -> SecretStr | OAuthApp:
    return credential_of(HubspotSettings.of(EMEA), EMEA)


def declared(source: Hubspot) -> Mapping[str, tuple[Rate, ...]]:
    return source._api.http._limits.rates


def keeper(folder: Path) -> FileKeeper:
    return FileKeeper(folder / "kept.json", f"{EMEA}REFRESH_TOKEN", SecretStr(REFRESH_TOKEN))


def test_a_token_alone_is_used(env: pytest.MonkeyPatch):
    set_all(env, {"API_TOKEN": TOKEN})

    assert chosen() == SecretStr(TOKEN)


def test_an_app_is_used_where_all_of_it_is_set(env: pytest.MonkeyPatch):
    set_all(env, {name: f" {value}\n" for name, value in APP.items()})

    assert chosen() == OAuthApp(EMEA, CLIENT_ID, SecretStr(CLIENT_SECRET), SecretStr(REFRESH_TOKEN))


def test_without_any_credential_both_ways_are_told(env: pytest.MonkeyPatch):
    with pytest.raises(ConfigError) as refused:
        chosen()

    for name in ("HUBSPOT_EMEA_API_TOKEN", "hubspot-emea-api-token", "HUBSPOT_EMEA_CLIENT_ID"):
        assert name in str(refused.value)


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["CLIENT_ID", "CLIENT_SECRET"], "HUBSPOT_EMEA_REFRESH_TOKEN is not set"),
        (["CLIENT_ID", "REFRESH_TOKEN"], "HUBSPOT_EMEA_CLIENT_SECRET is not set"),
        (["CLIENT_SECRET", "REFRESH_TOKEN"], "HUBSPOT_EMEA_CLIENT_ID is not set"),
        (["REFRESH_TOKEN"], "HUBSPOT_EMEA_CLIENT_ID and HUBSPOT_EMEA_CLIENT_SECRET are not set"),
    ],
)
def test_half_an_app_names_what_it_lacks(env: pytest.MonkeyPatch, given: list[str], said: str):
    set_all(env, {name: value if name in given else "  " for name, value in APP.items()})

    with pytest.raises(ConfigError) as refused:
        chosen()

    assert str(refused.value).startswith(said)
    assert "hubspot-emea-" in str(refused.value)
    assert not [value for value in APP.values() if value in str(refused.value)]


def test_a_token_and_a_refresh_token_are_one_credential_too_many(env: pytest.MonkeyPatch):
    set_all(env, APP | {"API_TOKEN": TOKEN})

    with pytest.raises(
        ConfigError, match="HUBSPOT_EMEA_API_TOKEN and HUBSPOT_EMEA_REFRESH_TOKEN are both set"
    ):
        chosen()


def test_the_id_and_secret_of_an_app_may_stand_beside_a_token(env: pytest.MonkeyPatch):
    set_all(env, APP | {"API_TOKEN": TOKEN, "REFRESH_TOKEN": ""})

    assert chosen() == SecretStr(TOKEN)


def test_settings_show_no_secret(env: pytest.MonkeyPatch):
    set_all(env, APP | {"API_TOKEN": TOKEN})

    shown = repr(HubspotSettings.of(EMEA))

    assert not [value for value in (TOKEN, CLIENT_SECRET, REFRESH_TOKEN) if value in shown]


async def test_an_app_gets_the_limit_published_for_apps_and_no_day(
    sandbox: HubspotSandbox, env: pytest.MonkeyPatch, tmp_path: Path
):
    set_all(env, APP)
    config = SourceConfig("hubspot_emea", "hubspot")

    with metered() as meter:
        async with open_hubspot(config, {}, keeper(tmp_path)) as source:
            rates = declared(source)
            await source.account()

    assert rates["all"] == (Rate(110, 10.0),)
    assert sandbox.limits is not None
    assert sandbox.limits.used_today == 0
    assert meter.api_calls == 2


async def test_the_rate_a_user_sets_is_kept_for_apps_too(
    sandbox: HubspotSandbox, env: pytest.MonkeyPatch, tmp_path: Path
):
    set_all(env, APP)
    config = SourceConfig("hubspot_emea", "hubspot", rate_limit=RateLimit(7, 1.0))

    async with open_hubspot(config, {}, keeper(tmp_path)) as source:
        await source.account()

    assert declared(source)["all"] == (Rate(7, 1.0),)


async def test_renewals_do_not_count_against_the_limit_of_the_account(
    sandbox: HubspotSandbox, env: pytest.MonkeyPatch, tmp_path: Path
):
    set_all(env, APP)
    config = SourceConfig("hubspot_emea", "hubspot", rate_limit=RateLimit(1, 3600.0))

    async with open_hubspot(config, {}, keeper(tmp_path)) as source:
        await source.account()

    assert [status for *_, status in sandbox.requests] == [200, 200]


async def test_values_from_blocks_make_an_app_as_well(
    sandbox: HubspotSandbox, env: pytest.MonkeyPatch, tmp_path: Path
):
    env.setenv(f"{EMEA}CLIENT_ID", CLIENT_ID)
    blocks = {name: SecretStr(APP[name]) for name in ("CLIENT_SECRET", "REFRESH_TOKEN")}

    async with open_hubspot(
        SourceConfig("hubspot_emea", "hubspot"), blocks, keeper(tmp_path)
    ) as source:
        account = await source.account()

    assert account.id == "7654321"
