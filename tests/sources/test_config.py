import re
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from sources.config import (
    EntityConfig,
    FieldConfig,
    RateLimit,
    SourceKind,
    account_env,
    apply,
    load,
)
from sources.config_values import SYSTEM_COLUMNS
from sources.entity import Choice, Entity, Field, Rule
from sources.errors import ConfigError
from warehouse.names import RESERVED

KINDS = {
    "hubspot": {"contacts", "deals"},
    "csv": SourceKind(options=frozenset({"path", "key"}), any_entity=True),
}

DEALS = Entity(
    name="deals",
    path="deals",
    fields=(
        Field("id", "integer"),
        Field("amount", "decimal", at="properties.amount", sensitive=True),
        Field("closed_on", "date", at="properties.closedate"),
        Field("updated_at", "datetime", at="updatedAt"),
    ),
    flatten=("properties",),
    max_page_size=200,
    rules=(Rule("Deal is open", ("closed_on",), lambda: pl.col("closed_on").is_null()),),
)


@pytest.fixture
def write(tmp_path):
    def write(text: str) -> Path:
        path = tmp_path / "crm-sync.toml"
        path.write_text(text)
        return path

    return write


def refusal(path, kinds=KINDS) -> str:
    with pytest.raises(ConfigError) as caught:
        load(kinds, path, {})
    return str(caught.value)


def test_without_a_file_each_crm_has_its_defaults(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    config = load(KINDS, environ={})

    assert config.path is None
    assert list(config.sources) == ["hubspot"]
    assert config.source("hubspot").entity("contacts") == EntityConfig()
    assert config.bookkeeping_schema == "public"


def test_the_documented_file_is_read(write):
    config = load(
        KINDS,
        write("""
            bookkeeping_schema = "ops"
            [hubspot]
            rate_limit = { requests = 100, seconds = 10 }
            retry_attempts = 5
            timeout = "45s"
            [hubspot.contacts]
            batch_size = 50
            object_type = "0-1"
            strict = true
            lookback = "60m"
            deletes_every = "0s"
            exclude = ["hs_analytics_*"]
            [hubspot.contacts.fields]
            "properties.favorite_color" = "favorite_color"
            "properties.lifetime_value" = { name = "lifetime_value", kind = "decimal" }
            "properties.ssn" = { name = "ssn", kind = "text", encrypt = true }
            [hubspot_emea]
            kind = "hubspot"
            [price_list]
            kind = "csv"
            path = "data/*.csv"
            [price_list.prices]
            key = "sku"
        """),
        {},
    )

    hubspot = config.source("hubspot")
    assert config.bookkeeping_schema == "ops"
    assert hubspot.rate_limit == RateLimit(100, 10.0)
    assert (hubspot.retry_attempts, hubspot.timeout) == (5, 45.0)
    assert hubspot.entity("contacts") == EntityConfig(
        batch_size=50,
        object_type="0-1",
        strict=True,
        lookback=timedelta(minutes=60),
        deletes_every=timedelta(0),
        exclude=("hs_analytics_*",),
        fields={
            "properties.favorite_color": FieldConfig("favorite_color"),
            "properties.lifetime_value": FieldConfig("lifetime_value", "decimal"),
            "properties.ssn": FieldConfig("ssn", "text", encrypt=True),
        },
    )
    assert config.source("hubspot_emea").kind == "hubspot"
    assert config.source("price_list").options == {"path": "data/*.csv"}
    assert config.source("price_list").entity("prices").options == {"key": "sku"}


def test_a_key_set_on_the_source_is_the_default_of_its_entities(write):
    config = load(
        KINDS,
        write("""
            [hubspot]
            strict = true
            deletes_every = "6h"
            fields = { "properties.a" = "a" }
            [hubspot.deals]
            strict = false
            fields = { "properties.b" = "b" }
        """),
        {},
    )

    deals = config.source("hubspot").entity("deals")
    contacts = config.source("hubspot").entity("contacts")
    assert (deals.strict, contacts.strict) == (False, True)
    assert deals.deletes_every == contacts.deletes_every == timedelta(hours=6)
    assert list(deals.fields) == ["properties.a", "properties.b"]
    assert list(contacts.fields) == ["properties.a"]


def test_the_environment_names_the_file(write):
    path = write("[hubspot]\ntimeout = 5")

    config = load(KINDS, environ={"CRM_SYNC_CONFIG": str(path)})

    assert config.path == path
    assert config.source("hubspot").timeout == 5.0


def test_a_file_that_is_named_must_exist(tmp_path):
    assert "there is no file" in refusal(tmp_path / "other.toml")


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ('"60m"', timedelta(minutes=60)),
        ('"1h"', timedelta(hours=1)),
        ('"0s"', timedelta(0)),
        ('"7d"', timedelta(days=7)),
        ('"90s"', timedelta(seconds=90)),
        ("90", timedelta(seconds=90)),
        ("1.5", timedelta(seconds=1.5)),
    ],
)
def test_durations_are_written_as_people_do(write, text, span):
    config = load(KINDS, write(f"[hubspot]\nlookback = {text}"), {})

    assert config.source("hubspot").defaults.lookback == span


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("batch_size = 0", "batch_size = 0: must be a whole number, 1 or more"),
        ("batch_size = true", "batch_size = true: must be a whole number"),
        ('batch_size = "100"', 'batch_size = "100": must be a whole number'),
        ("batchsize = 100", "batchsize is no known key"),
        ("batchsize = 100", "Did you mean 'batch_size'?"),
        ('delta_sync = "yes"', 'delta_sync = "yes": must be true or false'),
        ('lookback = "1 week"', "must be a duration such as"),
        ("lookback = -1", "must be a duration such as"),
        ("lookback = nan", "must be a duration such as"),
        ("lookback = 1e300", "must be a duration such as"),
        ('properties = "al"', "one of custom, all, declared. Did you mean 'all'?"),
        ("max_removed = 3", "max_removed = 3: must be a number from 0 to 1"),
        ('exclude = "hs_*"', "must be a list of texts"),
        ("timeout = 3", "timeout belongs in [hubspot]"),
        ('fields = { a = "Bad Name" }', "must be a column name in snake_case"),
        ('fields = { a = "created_at" }', "is a column every table has of its own"),
        ('fields = { a = "ctid" }', "is a column every table has of its own"),
        (f'fields = {{ a = "{"x" * 64}" }}', "at most 63"),
        ('fields = { a = "same", b = "same" }', '"a" and "b" are both named \'same\''),
        ('fields = { a = { name = "a", kind = "integr" } }', "Did you mean 'integer'?"),
        ('fields = { a = { name = "a", encript = true } }', "Did you mean 'encrypt'?"),
        ('fields = { properties.a = "a" }', "must be in quotes"),
        ("fields = { a = 3 }", "must be a column name, or a table"),
        ("fields = 3", 'must be a table of "path" = "column_name"'),
    ],
)
def test_a_mistake_names_file_table_key_value_and_what_is_allowed(write, line, said):
    path = write(f"[hubspot.deals]\n{line}")

    message = refusal(path)

    assert message.startswith(f"{path}: [hubspot.deals] ")
    assert said in message


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[hubspt]", "[hubspt] is no known source, so it needs a kind: one of csv, hubspot"),
        ("[hubspt]", "Did you mean 'hubspot'?"),
        ('[emea]\nkind = "hubspt"', '[emea] kind = "hubspt": must be one of csv, hubspot'),
        ("[hubspot.contcts]", "known: contacts, deals"),
        ("[hubspot.contcts]", "Did you mean 'contacts'?"),
        ("[hubspot]\ncontacts = true", "write a table [hubspot.contacts]"),
        ("[hubspot]\nmask_values = true", "belongs at the top of the file"),
        ('[hubspot]\npath = "x"', "path is no known key"),
        ('[hubspot]\nobject_type = "0-1"', "belongs in the table of one entity"),
        ("[hubspot]\nrate_limit = 3", "must be a table with requests, seconds"),
        ("[hubspot]\nrate_limit = { requests = 3 }", "rate_limit.seconds is missing"),
        ("[hubspot]\nretry_attempts = -1", "a whole number, from 0 to 20"),
        ("[hubspot]\ntimeout = 0", "above 0"),
        ("[hubspot]\ndata_sensitivity = []", "at least one of non_sensitive"),
        ('[pg_data]\nkind = "hubspot"', "PostgreSQL's own"),
        ('["Hub Spot"]\nkind = "hubspot"', "must be a source name in snake_case"),
        ("mask_value = true", "mask_value is no known key"),
        ('bookkeeping_schema = "pg_catalog"', "must be the name of a schema"),
        (
            '[emea]\nkind = "hubspot"\n[hubspot_emea]\nkind = "hubspot"',
            "[emea] and [hubspot_emea] would both read HUBSPOT_EMEA_",
        ),
    ],
)
def test_a_wrong_table_or_source_key_is_told(write, text, said):
    assert said in refusal(write(text))


def test_all_mistakes_are_told_at_once(write):
    message = refusal(write("[hubspot]\ntimeout = 0\n[hubspot.deals]\nstrict = 1\nbatchsize = 1"))

    assert "has 3 mistakes:" in message
    assert len(message.splitlines()) == 4


def test_a_syntax_error_gives_file_and_line(write):
    path = write("[hubspot]\ntimeout = 3 seconds")

    message = refusal(path)

    assert str(path) in message
    assert "line 2" in message


def test_a_secret_in_the_wrong_place_is_not_repeated(write):
    message = refusal(
        write("""
            warehouse_block = 3
            bookkeeping_schema = "postgresql://me:hunter2secret@db/x/information_schema_and_more_text_here"
            [hubspot]
            api_token = "pat-na1-0a1b2c3d"
            timeout = "postgresql://me:hunter2@db"
        """)
    )

    assert "api_token is no known key" in message
    assert "pat-na1" not in message
    assert "hunter2" not in message


def test_a_custom_object_gives_its_object_type(write):
    kinds = {"hubspot": SourceKind(frozenset({"contacts"}), custom_objects=True)}

    config = load(kinds, write('[hubspot.cars]\nobject_type = "2-123"'), {})

    assert config.source("hubspot").entity("cars").object_type == "2-123"
    assert "needs an object_type" in refusal(write("[hubspot.cars]"), kinds)


def test_an_unknown_source_is_told_the_known_ones():
    with pytest.raises(ConfigError, match=r"hubspt.*known: hubspot.*Did you mean"):
        load({"hubspot": {"contacts"}}, environ={}).source("hubspt")


@pytest.mark.parametrize(
    ("url", "masked"),
    [
        ("https://api.prefect.cloud/api/accounts/1/workspaces/2", True),
        ("http://localhost:4200/api", False),
        ("https://api.prefect.cloud.example.org/api", False),
        ("", False),
    ],
)
def test_values_are_masked_on_prefect_cloud(tmp_path, monkeypatch, url, masked):
    monkeypatch.chdir(tmp_path)

    assert load(KINDS, environ={"PREFECT_API_URL": url}).mask_values is masked


def test_the_file_decides_about_masking(write):
    cloud = {"PREFECT_API_URL": "https://api.prefect.cloud/api"}

    assert load(KINDS, write("mask_values = false"), cloud).mask_values is False
    assert load(KINDS, write("mask_values = true"), {}).mask_values is True


@pytest.mark.parametrize(
    ("name", "prefix"),
    [
        ("hubspot", "HUBSPOT_"),
        ("hubspot_emea", "HUBSPOT_EMEA_"),
        ("emea", "HUBSPOT_EMEA_"),
        ("hubspots", "HUBSPOT_HUBSPOTS_"),
    ],
)
def test_each_account_has_variables_of_its_own(name, prefix):
    assert account_env(name, "hubspot") == prefix


def test_nothing_configured_changes_nothing():
    assert apply(DEALS, EntityConfig()) == DEALS


def test_the_configuration_changes_the_entity():
    config = EntityConfig(
        batch_size=200, object_type="0-3", lookback=timedelta(0), properties="all", include=("a*",)
    )

    deals = apply(DEALS, config)

    assert (deals.page_size, deals.object_type, deals.lookback) == (200, "0-3", timedelta(0))
    assert deals.choice == Choice("all", ("a*",), (), 400)


def test_a_batch_above_the_maximum_is_refused():
    with pytest.raises(ConfigError, match="deals: batch_size = 201 .* maximum of 200"):
        apply(DEALS, EntityConfig(batch_size=201))


def test_what_is_left_unsaid_of_a_field_stays_as_declared():
    config = EntityConfig(
        fields={
            "properties.amount": FieldConfig("value"),
            "properties.new": FieldConfig("new", encrypt=True),
        }
    )

    deals = apply(DEALS, config)

    assert deals.fields[-2:] == (
        Field("value", "decimal", at="properties.amount", sensitive=True),
        Field("new", at="properties.new", encrypt=True),
    )
    assert "amount" not in deals.columns


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("id", FieldConfig("number")),
        ("id", FieldConfig("id", encrypt=True)),
        ("id", FieldConfig("id", "text")),
        ("properties.other", FieldConfig("id")),
        ("updatedAt", FieldConfig("changed")),
        ("properties.closedate", FieldConfig("closing")),
        ("properties.closedate", FieldConfig("closed_on", "text")),
        ("properties.closedate", FieldConfig("closed_on", encrypt=True)),
    ],
)
def test_what_a_sync_or_a_rule_relies_on_stays(path, said):
    with pytest.raises(ConfigError, match="relies on column|business rule needs"):
        apply(DEALS, EntityConfig(fields={path: said}))


def test_the_flags_of_a_needed_field_may_change():
    config = EntityConfig(fields={"properties.closedate": FieldConfig("closed_on", required=True)})

    assert replace(DEALS.fields[2], required=True) in apply(DEALS, config).fields


def test_warehouse_and_configuration_reserve_the_same_columns():
    assert SYSTEM_COLUMNS == RESERVED


def test_the_import_brings_no_data_frames():
    code = (
        "import sys, sources.config; print({'polars', 'pandera', 'prefect'} & sys.modules.keys())"
    )

    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert loaded.stdout.strip() == "set()"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[health]\nfailure_rat = 0.1", "failure_rat is no known key"),
        ("[health]\nduration = 0.5", "must be a number, 1 or more"),
        ("[retention]\nhistory = '2d'", "must be 40d or more"),
        ("[retention]\npages = '1h'", "must be 6h or more"),
        ("health = 3", "must be a table with failure_rate"),
        ("[hubspot]\nstale_after = 'soon'", "a duration such as"),
    ],
)
def test_what_is_wrong_about_watching_and_keeping_is_told(tmp_path, text, said):
    file = tmp_path / "crm-sync.toml"
    file.write_text(text)

    with pytest.raises(ConfigError, match=re.escape(said)):
        load({"hubspot": {"contacts"}}, file)
