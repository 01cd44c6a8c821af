"""What crm-sync.toml says of a database: taken as it is meant, or refused with all mistakes at once."""

from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from sources.database.options import ROWS_PER_RANGE, Flag, Options
from sources.errors import ConfigError
from tests.sources.database.places import config_of


def options(folder: Path, text: str, **declared: dict[str, object]) -> Options:
    return Options(config_of(folder, text), declared)


def test_nothing_need_be_said(tmp_path: Path):
    said = options(tmp_path, "").of("things")

    assert (said.table, said.query, said.key, said.columns) == ((), "", (), ())
    assert (said.updated_at, said.deleted, said.schema) == (None, None, "")
    assert (said.timezone, said.rows_per_range) == (ZoneInfo("UTC"), ROWS_PER_RANGE)


def test_what_is_said_of_the_source_holds_for_its_tables(tmp_path: Path):
    text = """
schema = "crm"
timezone = "Europe/Berlin"
query_timeout = "90s"
[erp.things]
timezone = "America/New_York"
key = ["a", "b"]
table = "thing"
deleted = { column = "active", is = false }
"""
    found = options(tmp_path, text)

    assert found.of_source.query_timeout == 90
    assert found.of("others").timezone.key == "Europe/Berlin"
    things = found.of("things")
    assert (things.schema, things.timezone.key) == ("crm", "America/New_York")
    assert (things.key, things.table) == (("a", "b"), ("thing",))
    assert things.deleted == Flag("active", value=False)


def test_a_file_overrules_what_a_kind_says_of_its_tables(tmp_path: Path):
    declared = {"table": ["customer", "customers"], "deleted": "gone_at", "timezone": "Asia/Tokyo"}

    plain = options(tmp_path, "", customers=declared).of("customers")
    said = options(
        tmp_path,
        'timezone = "Europe/Berlin"\n[erp.customers]\nquery = "select 1 as id"\nkey = "id"\n',
        customers=declared,
    ).of("customers")

    assert (plain.table, plain.deleted) == (("customer", "customers"), "gone_at")
    assert (said.table, said.query, said.timezone.key) == ((), "select 1 as id", "Europe/Berlin")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('timezone = "Berlin"', '[erp] timezone = "Berlin": must be the name of a time zone'),
        ("rows_per_range = -1", "[erp] rows_per_range = -1: must be a whole number, 0 or more"),
        ('query_timeout = "0s"', '[erp] query_timeout = "0s": must be a duration'),
        ('key = "id"', "[erp] key belongs in the table of one entity"),
        ('query = "select 1"', "[erp] query belongs in the table of one entity"),
        ("[erp.t]\nkey = []", "[erp.t] key = []: must be a name, or a list of names"),
        ("[erp.t]\nkey = 7", "[erp.t] key = 7: must be a name, or a list of names"),
        ("[erp.t]\ntable = 7", "[erp.t] table = 7: must be a name"),
        ('[erp.t]\nquery_timeout = "9s"', "[erp.t] query_timeout belongs in [erp]"),
        ('[erp.t]\nupdated_at = " x"', "must be the name of a column, or empty"),
        ("[erp.t]\ndeleted = { is = true }", "[erp.t] deleted = "),
        ('[erp.t]\ndeleted = { column = "a", is = [1] }', '{ column = "isActive", is = false }'),
        ('[erp.t]\nquery = "drop table t"\nkey = "id"', "but begins with neither SELECT nor WITH"),
        ('[erp.t]\nquery = "select 1"', "[erp.t] query needs a key"),
        (
            '[erp.t]\nquery = "select 1"\ntable = "t"\nkey = "id"',
            "[erp.t] has both a table and a query",
        ),
    ],
)
def test_a_wrong_value_names_itself_and_what_is_allowed(tmp_path: Path, text: str, told: str):
    with pytest.raises(ConfigError) as caught:
        options(tmp_path, text)

    assert told in str(caught.value)


def test_an_unknown_key_is_told_with_the_known_ones(tmp_path: Path):
    with pytest.raises(ConfigError) as caught:
        config_of(tmp_path, '[erp.t]\nkeys = "id"\n')

    assert "keys is no known key" in str(caught.value)
    assert "Did you mean 'key'?" in str(caught.value)


def test_all_mistakes_are_told_at_once(tmp_path: Path):
    with pytest.raises(ConfigError) as caught:
        options(tmp_path, 'timezone = "x"\n[erp.t]\nkey = 7\n[erp.u]\ntable = 8\n')

    assert str(caught.value).count("must be") == 3
