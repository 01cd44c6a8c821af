"""What docs/webhooks.md shows is read as it stands."""

import re
from pathlib import Path

import pytest
from pydantic import SecretStr

from sources.config import Config
from sources.config_webhook import WebhookConfig
from sources.hooks import Delivery
from sources.listening import hook_kind, read, variable_of
from sources.registry import configured
from sources.webhook.signature import PRESETS, signature_of

PAGE = Path(__file__).parents[2] / "docs" / "webhooks.md"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE.read_text(), re.DOTALL | re.MULTILINE)


def example(number: int, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Config:
    file = folder / "crm-sync.toml"
    file.write_text(blocks("toml")[number])
    monkeypatch.setenv("CRM_SYNC_CONFIG", str(file))
    return configured()


@pytest.mark.parametrize("number", range(len(blocks("toml"))))
def test_each_example_opens_its_endpoints(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    for source in example(number, tmp_path, monkeypatch).sources.values():
        if kind := hook_kind(source):
            secrets = {
                name: SecretStr("00D000000000001EAA" if "ORGANIZATION" in name else "secret")
                for name in kind.variables
            }
            assert kind.open(source, secrets)
            named = [variable_of(source, name) for name in kind.variables]
            assert all(f"`{name}`" in PAGE.read_text() for name in named)


def test_the_example_of_a_source_that_only_pushes_takes_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    shop = example(1, tmp_path, monkeypatch).source("shop")
    body = b'{"type":"order.paid","live":true,"data":{"items":[{"id":7,"total":"1.50"}]}}'

    [event] = read(shop, body)

    assert (event.entity, event.record_key, event.action) == ("orders", "7", "record")
    assert read(shop, b'{"type":"refund"}')[0].status == "ignored"


def test_every_key_of_a_preset_is_told():
    text = PAGE.read_text()
    keys = set(WebhookConfig.__dataclass_fields__)

    assert {key for key in keys if f"`{key}`" not in text} == set()
    for name, preset in PRESETS.items():
        assert f"`{name}`" in text
        told = [value for value in (preset.header, preset.delivery_header, preset.prefix) if value]
        assert all(f"`{value}`" in text for value in told)


def test_every_preset_can_be_checked():
    from sources.config import SourceConfig

    for name in PRESETS:
        signature = signature_of(
            SourceConfig("shop", "webhook", webhook=WebhookConfig(preset=name))
        )
        assert signature.header


def test_a_body_posted_as_an_event_is_read_as_the_page_shows():
    from sources.config import SourceConfig

    [shown] = re.findall(r'"body": (\[.*\])\}', PAGE.read_text())

    [event] = read(SourceConfig("hubspot", "hubspot"), shown.encode())

    assert (event.entity, event.record_key) == ("contacts", "5")
    assert Delivery(shown.encode()).event == ""
