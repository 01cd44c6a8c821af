from pathlib import Path

import pytest

from sources.config import Config, SourceKind, load
from sources.config_webhook import WebhookConfig
from sources.errors import ConfigError

KINDS = {
    "hubspot": SourceKind(frozenset({"contacts"})),
    "webhook": SourceKind(options=frozenset({"key", "when"}), any_entity=True),
}


def read(text: str, folder: Path) -> Config:
    file = folder / "crm-sync.toml"
    file.write_text(text)
    return load(KINDS, file, {})


def test_a_source_says_how_its_webhooks_arrive(tmp_path: Path):
    config = read(
        """
        webhooks_public_url = "https://hooks.example.test/"
        [hubspot]
        webhook = { public_url = "https://other.example.test/in/", max_body = 2000000 }
        [shop]
        kind = "webhook"
        [shop.webhook]
        header = "X-Sig"
        stamp_header = "X-Stamp"
        signed = "{timestamp}.{body}"
        [shop.orders]
        key = "id"
        when = { "type" = "order.*" }
        """,
        tmp_path,
    )

    assert config.webhooks_public_url == "https://hooks.example.test"
    assert config.source("hubspot").webhook == WebhookConfig(
        public_url="https://other.example.test/in", max_body=2_000_000
    )
    assert config.source("shop").webhook.signed == "{timestamp}.{body}"
    assert list(config.source("shop").entities) == ["orders"]


def test_without_a_word_everything_is_as_the_sender_has_it(tmp_path: Path):
    config = read("[hubspot]", tmp_path)

    assert config.webhooks_public_url is None
    assert config.source("hubspot").webhook == WebhookConfig()


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ('webhook = "github"', "must be a table with public_url, max_body, preset"),
        ('webhook = { secret = "s" }', "webhook.secret is no known key"),
        ('webhook = { preset = "git" }', "must be one of github, shopify, standard"),
        ('webhook = { algorithm = "md5" }', "must be one of sha1, sha256"),
        ('webhook = { encoding = "hexa" }', "Did you mean 'hex'?"),
        ("webhook = { max_body = 10 }", "from 1000 to 50000000"),
        ("webhook = { header = 5 }", "must be text"),
        ('webhook = { public_url = "hooks.example.test" }', "must be an address"),
        ('webhook = { public_url = "https://h.test/?a=1" }', "without a query"),
        ('webhook = { public_url = "https://[h.test" }', "must be an address"),
    ],
)
def test_what_is_wrong_is_said(tmp_path: Path, line: str, wrong: str):
    with pytest.raises(ConfigError) as caught:
        read(f"[hubspot]\n{line}", tmp_path)

    assert wrong in str(caught.value)
    assert "[hubspot]" in str(caught.value)


def test_the_public_address_belongs_at_the_top(tmp_path: Path):
    with pytest.raises(ConfigError, match="above the first"):
        read('[hubspot]\nwebhooks_public_url = "https://h.test"', tmp_path)
    with pytest.raises(ConfigError, match="must be an address"):
        read('webhooks_public_url = "ftp://h.test"', tmp_path)
