"""Where a company is reached, however its address is written."""

import pytest

from sources.config import SourceConfig
from sources.errors import ConfigError
from sources.pipedrive.settings import PipedriveSettings, addresses
from sources.pipedrive.source import open_pipedrive

SHARED = ("https://api.pipedrive.com/v1/leads", "https://api.pipedrive.com/api/v2/deals")
OWN = ("https://acme.pipedrive.com/api/v1/leads", "https://acme.pipedrive.com/api/v2/deals")
LOCAL = ("http://127.0.0.1:8000/v1/leads", "http://127.0.0.1:8000/api/v2/deals")
BEHIND_PROXY = (
    "https://proxy.example.org/crm/v1/leads",
    "https://proxy.example.org/crm/api/v2/deals",
)


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("https://api.pipedrive.com", SHARED),
        ("https://api.pipedrive.com/", SHARED),
        ("https://api.pipedrive.com/v1", SHARED),
        ("https://api.pipedrive.com/api/v1/", SHARED),
        ("https://api.pipedrive.com/api/v2", SHARED),
        ("https://acme.pipedrive.com", OWN),
        ("https://acme.pipedrive.com/api/v1", OWN),
        ("https://acme.pipedrive.com/v1", OWN),
        (" https://Acme.Pipedrive.com/api ", tuple(url.replace("acme.p", "Acme.P") for url in OWN)),
        ("http://127.0.0.1:8000", LOCAL),
        ("http://127.0.0.1:8000/v1", LOCAL),
        ("http://127.0.0.1:8000/api/v1", tuple(u.replace("/v1/", "/api/v1/") for u in LOCAL)),
        ("https://proxy.example.org/crm", BEHIND_PROXY),
        ("https://proxy.example.org/crm/v1", BEHIND_PROXY),
    ],
)
def test_each_version_is_found_where_the_host_has_it(given: str, wanted: tuple[str, str]):
    found = addresses(given)

    assert tuple(found.base + found.path(name) for name in ("v1/leads", "v2/deals")) == wanted


def test_a_second_account_has_variables_of_its_own(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PIPEDRIVE_EMEA_API_TOKEN", "second")
    monkeypatch.setenv("PIPEDRIVE_API_TOKEN", "first")

    settings = PipedriveSettings.of("PIPEDRIVE_EMEA_")

    assert settings.api_token is not None
    assert settings.api_token.get_secret_value() == "second"
    assert "second" not in repr(settings)


@pytest.mark.parametrize("token", [None, "", "  "])
async def test_without_a_token_it_says_which_variable_is_missing(
    monkeypatch: pytest.MonkeyPatch, token: str | None
):
    if token is None:
        monkeypatch.delenv("PIPEDRIVE_API_TOKEN", raising=False)
    else:
        monkeypatch.setenv("PIPEDRIVE_API_TOKEN", token)

    with pytest.raises(ConfigError, match="PIPEDRIVE_API_TOKEN is not set.*pipedrive-api-token"):
        async with open_pipedrive(SourceConfig("pipedrive", "pipedrive"), {}, None):
            pass
