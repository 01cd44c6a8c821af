import pytest
from pydantic import SecretStr

from sources.config import SourceConfig
from sources.errors import ConfigError
from sources.hubspot.client import Hubspot
from sources.keeping import NotKept, Unkept
from sources.registry import connected, kind_of


@pytest.fixture
def settings(tmp_path, monkeypatch):
    path = tmp_path / "crm-sync.toml"
    path.write_text('[hubspot_emea]\nkind = "hubspot"\n')
    monkeypatch.setenv("CRM_SYNC_CONFIG", str(path))


async def test_one_call_leads_from_a_configured_name_to_a_source(settings, monkeypatch):
    monkeypatch.setenv("HUBSPOT_EMEA_API_TOKEN", "pat-invented")

    async with connected("hubspot_emea") as source:
        assert isinstance(source, Hubspot)


async def test_secrets_that_are_given_come_before_the_environment(settings, monkeypatch):
    monkeypatch.delenv("HUBSPOT_EMEA_API_TOKEN", raising=False)

    async with connected("hubspot_emea", {"API_TOKEN": SecretStr("pat-invented")}) as source:
        assert isinstance(source, Hubspot)


def test_an_unknown_name_lists_the_known_ones(settings):
    with pytest.raises(ConfigError, match=r"unknown source 'hubspt'.*hubspot.*Did you mean"):
        connected("hubspt")


def test_an_unknown_kind_lists_the_known_ones():
    with pytest.raises(ConfigError, match=r"kind 'sugar'; known kinds: .*hubspot.*salesforce"):
        kind_of(SourceConfig("sweet", "sugar"))


async def test_without_a_keeper_a_rotated_token_is_not_lost_in_silence():
    assert await Unkept().kept() is None
    with pytest.raises(NotKept, match="no keeper was given"):
        await Unkept().keep(SecretStr("new"))
