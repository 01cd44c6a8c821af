from datetime import UTC, datetime
from typing import Any

import pytest

from flows.keepers import keeper_of
from sources.config import EntityConfig, FieldConfig, SourceConfig, apply
from sources.entity import Entity
from sources.errors import ConfigError
from sources.page import Window
from sources.registry import KINDS, kind_of
from sources.webhook.entities import pushed_entities


def shop(fields: dict[str, FieldConfig] | None = None, **options: Any) -> SourceConfig:
    orders = EntityConfig(options=options, fields=fields or {})
    return SourceConfig("shop", "webhook", entities={"orders": orders})


def entity(fields: dict[str, FieldConfig] | None = None, **options: Any) -> Entity:
    config = shop(fields, **options)
    return apply(pushed_entities(config)[0].entity, config.entity("orders"))


def test_an_entity_is_its_key_its_stamp_and_what_is_said_of_its_fields():
    found = entity(
        {"customer.email": FieldConfig("email", "email", encrypt=True)},
        key="orderId",
        updated_at="meta.changed",
    )

    assert [(f.name, f.kind, f.path) for f in found.fields] == [
        ("orderid", "text", "orderId"),
        ("updated_at", "datetime", "meta.changed"),
        ("email", "email", "customer.email"),
    ]
    assert found.key == ("orderid",)
    assert found.changed == "updated_at"


def test_the_key_may_have_a_name_and_a_kind_of_its_own():
    found = entity({"data.id": FieldConfig("order_id", "integer")}, key="data.id")

    assert found.key == ("order_id",)
    assert found.fields[0].kind == "integer"
    assert found.fields[0].required


def test_a_key_may_have_several_parts():
    assert entity(key=["shop", "id"]).key == ("shop", "id")


def test_without_a_stamp_the_last_copy_wins():
    assert entity(key="id").changed == ""


@pytest.mark.parametrize(
    ("options", "wrong"),
    [
        ({}, "key is missing"),
        ({"key": ""}, "key = ''"),
        ({"key": 5}, "key = 5"),
        ({"key": ["id", 5]}, "key = "),
        ({"key": ["a.b", "a_b"]}, "needs a column name of its own"),
        ({"key": "№"}, "needs a column name of its own"),
        ({"key": "id", "updated_at": 5}, "updated_at = 5"),
        ({"key": "id", "records": ["a"]}, "records = "),
        ({"key": "id", "when": "order.*"}, "when = "),
        ({"key": "id", "when": {"type": 5}}, "when = "),
        ({"key": "id", "when": {"type": []}}, "when = "),
    ],
)
def test_a_wrong_option_is_said_by_its_key(options: dict[str, Any], wrong: str):
    with pytest.raises(ConfigError, match=r"^shop.orders: ") as caught:
        pushed_entities(shop(**options))

    assert wrong in str(caught.value)


def test_a_source_needs_a_table_for_each_entity():
    with pytest.raises(ConfigError, match=r"\[shop.orders\]"):
        pushed_entities(SourceConfig("shop", "webhook"))
    with pytest.raises(ConfigError, match="key belongs in the table of an entity"):
        pushed_entities(SourceConfig("shop", "webhook", options={"key": "id"}))


async def test_it_can_be_asked_for_its_entities_and_for_nothing_else():
    config = shop(key="id")
    async with kind_of(config).open(config, {}, keeper_of(config, {})) as source:
        [found] = (await source.catalogue({})).entities

        page = await source.fetch(found, "changes", Window(None, datetime.now(UTC)), None)

        assert page.records == []
        assert await source.describe(found, [found]) == found
        with pytest.raises(ConfigError, match="webhooks serve"):
            await source.account()


def test_its_secret_is_named_after_it():
    from sources.registry import variables_of

    assert KINDS["webhook"].any_entity
    assert variables_of(shop(key="id")) == {"SECRET": "WEBHOOK_SHOP_SECRET"}
