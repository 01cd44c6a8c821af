"""What a table tells of itself: key, stamp, deletion and columns, and what the file says instead."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from sources.config import apply
from sources.database.client import Database
from sources.entity import Entity
from sources.errors import ConfigError
from sources.page import Window
from tests.sources.database.places import (
    EVERYTHING,
    FAR,
    Place,
    config_of,
    described,
    opened,
    records,
)

ID = {"primary_key": True}


async def looked_at(place: Place, folder: Path, text: str = "", name: str = "") -> Entity:
    """An entity, described, as the file wants it."""
    config = config_of(folder, text)
    async with opened(place.url, config) as client:
        catalogue = await client.catalogue({})
        [entity] = [e for e in catalogue.entities if not name or e.name == name]
        return await client.describe(apply(entity, config.entity(entity.name)))


def places(entity: Entity) -> dict[str, tuple[str, str]]:
    return {field.path: (field.name, field.kind) for field in entity.fields}


async def test_a_primary_key_is_the_key(place: Place, tmp_path: Path):
    place.make("things", sa.Column("b", sa.String(9), **ID), sa.Column("a", sa.Integer, **ID))

    entity = await looked_at(place, tmp_path)

    assert entity.key == ("b", "a")
    assert all(field.required and not field.discovered for field in entity.fields)
    assert (entity.found, entity.path, entity.page_size) == (True, "things", 50_000)


async def test_a_unique_index_without_nulls_will_do(place: Place, tmp_path: Path):
    place.make(
        "things",
        sa.Column("some", sa.String(9), unique=True),
        sa.Column("a", sa.Integer, nullable=False),
        sa.Column("b", sa.Integer, nullable=False),
        sa.UniqueConstraint("a", "b"),
    )

    assert (await looked_at(place, tmp_path)).key == ("a", "b")


async def test_a_unique_index_of_some_rows_will_not(postgresql: Place, tmp_path: Path):
    postgresql.execute(
        "create table things (a int not null, b int not null)",
        "create unique index on things (a) where b > 0",
        "create unique index on things ((a + b))",
    )

    async with opened(postgresql.url, config_of(tmp_path)) as client:
        catalogue = await client.catalogue({})

    assert list(catalogue.entities) == []
    assert 'key = "…"; it has a, b' in catalogue.left_out["things"]


async def test_a_table_without_a_key_fails_by_itself_and_says_what_to_do(
    place: Place, tmp_path: Path
):
    place.make("logs", sa.Column("at", sa.DateTime), sa.Column("what", sa.String(9)))
    place.make("things", sa.Column("id", sa.Integer, **ID))
    text = "[erp.logs]\n[erp.things]\n"

    async with opened(place.url, config_of(tmp_path, text)) as client:
        [logs, things] = (await client.catalogue({})).entities
        assert (await client.describe(things)).key == ("id",)
        with pytest.raises(ConfigError) as caught:
            await client.describe(logs)

    assert str(caught.value) == (
        "erp.logs: table logs has neither a primary key nor a unique index without NULLs: say which"
        ' columns tell its rows apart, key = "…"; it has at, what'
    )


@pytest.mark.parametrize(
    ("name", "columns", "changed"),
    [
        ("customers", ("created_at", "updated_at"), "updated_at"),
        ("user_activities", ("created_at", "updated_at"), "created_at"),
        ("call_logs", ("updated_at",), "updated_at"),
        ("things", ("updatedAt",), "updatedAt"),
        ("things", ("created_at",), ""),
        ("customers", (), ""),
    ],
)
async def test_the_stamp_is_what_such_tables_call_it(
    place: Place, tmp_path: Path, name: str, columns: tuple[str, ...], changed: str
):
    place.make(
        name, sa.Column("id", sa.Integer, **ID), *(sa.Column(c, sa.DateTime) for c in columns)
    )

    entity = await looked_at(place, tmp_path)

    found = next((f for f in entity.fields if f.name == entity.changed), None)
    assert (found.path if found else "") == changed
    assert (entity.whole, entity.vanishes) == (not changed, True)
    assert {"updatedAt": "updated_at"}.get(changed, changed) == entity.changed


async def test_a_stamp_of_another_name_is_what_others_call_updated_at(place: Place, tmp_path: Path):
    place.make(
        "things",
        sa.Column("id", sa.Integer, **ID),
        sa.Column("modified", sa.DateTime),
        sa.Column("created_at", sa.DateTime),
    )

    entity = await looked_at(place, tmp_path, 'updated_at = "modified"\n')

    assert entity.changed == "updated_at"
    assert places(entity) == {
        "id": ("id", "integer"),
        "modified": ("updated_at", "datetime"),
        "created_at": ("created_at", "datetime"),
    }


async def test_a_stamp_beside_an_updated_at_keeps_its_name(place: Place, tmp_path: Path):
    place.make(
        "things",
        sa.Column("id", sa.Integer, **ID),
        sa.Column("lastSeen", sa.DateTime),
        sa.Column("updated_at", sa.DateTime),
    )

    entity = await looked_at(place, tmp_path, '[erp.things]\nupdated_at = "lastSeen"\n')

    assert entity.changed == "last_seen"
    assert places(entity)["updated_at"] == ("updated_at", "datetime")


async def test_no_stamp_is_taken_where_none_is_wanted(place: Place, tmp_path: Path):
    place.make("things", sa.Column("id", sa.Integer, **ID), sa.Column("updated_at", sa.DateTime))

    entity = await looked_at(place, tmp_path, 'updated_at = ""\n')

    assert (entity.changed, entity.whole) == ("", True)


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ('updated_at = "moved"', 'table things has no column moved (updated_at = "…" names one)'),
        ('updated_at = "id"', "which tells no moment: name another column"),
        ('key = "nr"', 'table things has no column nr (key = "…" names one); it has id, name'),
        ('columns = ["nam"]', 'no column nam (columns = "…" names one)'),
        ('deleted = "gone"', 'no column gone (deleted = "…" names one)'),
        ('deleted = { column = "gone", is = true }', "no column gone"),
        ('table = "thing"', "there is no table thing; there are: things, views"),
        ('table = ["thing", "other.thing"]', "there is no table thing or other.thing"),
        ('query = "select id, id from things"\nkey = "id"', "query"),
    ],
)
async def test_what_is_not_there_is_told_with_what_is(
    place: Place, tmp_path: Path, said: str, told: str
):
    place.make("things", sa.Column("id", sa.Integer, **ID), sa.Column("name", sa.String(9)))
    place.make("views", sa.Column("id", sa.Integer, **ID))

    with pytest.raises(ConfigError) as caught:
        await looked_at(place, tmp_path, f"[erp.things]\n{said}\n")

    assert told in str(caught.value)
    assert str(caught.value).startswith("erp.things")


async def test_what_is_said_of_all_tables_is_for_those_that_have_such_a_column(
    place: Place, tmp_path: Path
):
    place.make(
        "one",
        sa.Column("id", sa.Integer, **ID),
        sa.Column("modified", sa.DateTime),
        sa.Column("gone", sa.Boolean),
    )
    place.make("two", sa.Column("id", sa.Integer, **ID), sa.Column("updated_at", sa.DateTime))
    said = 'updated_at = "modified"\ndeleted = { column = "gone", is = true }\n'

    one = await looked_at(place, tmp_path, said, "one")
    two = await looked_at(place, tmp_path, said, "two")

    assert places(one)["modified"] == ("updated_at", "datetime")
    assert (one.deleted, two.deleted) == ("_deleted_at", "")
    assert places(two)["updated_at"] == ("updated_at", "datetime")
    assert two.whole is False


async def test_a_stamp_may_be_a_text(place: Place, tmp_path: Path):
    place.make("things", sa.Column("id", sa.Integer, **ID), sa.Column("at", sa.String(40)))
    place.execute(
        "insert into things values (1, '2026-02-03 04:05:06.384'), (2, '2026-02-01 00:00:00'),"
        " (3, 'long ago'), (4, ''), (5, null), (6, '2026-02-03 04:05:07')"
    )
    window = Window(datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC), FAR)
    config = config_of(tmp_path, '[erp.things]\nupdated_at = "at"\nbatch_size = 1\n')

    async with opened(place.url, config) as client:
        [entity] = (await client.catalogue({})).entities
        entity = await client.describe(apply(entity, config.entity("things")))
        whole = await records(client, entity)
        delta = await records(client, entity, window)
        counted = await client.fetch(entity, "count", window, None)

    assert [one["id"] for one in whole] == ["1", "2", "3", "4", "5", "6"]
    # What cannot be read as a moment is in SQLite read once more: it may be one.
    assert [one["id"] for one in delta if one["id"] != "3"] == ["1", "6"]
    assert delta[0]["at"] == "2026-02-03 04:05:06.384Z"
    assert counted.total == 2


async def test_epochs_are_no_moments(sqlite: Place, tmp_path: Path):
    sqlite.execute(
        "create table things (id integer primary key, updated_at timestamp)",
        "insert into things values (1, 1767225600)",
    )

    entity = await looked_at(sqlite, tmp_path)

    assert (entity.changed, places(entity)["updated_at"]) == ("", ("updated_at", "integer"))
    with pytest.raises(ConfigError, match="tells no moment"):
        await looked_at(sqlite, tmp_path, '[erp.things]\nupdated_at = "updated_at"\n')


async def test_fields_are_chosen_by_name_and_pattern(place: Place, tmp_path: Path):
    names = ("a", "b1", "b2", "c", "d")
    place.make(
        "things",
        sa.Column("id", sa.Integer, **ID),
        *(sa.Column(name, sa.Integer) for name in names),
    )

    async def found(said: str) -> tuple[set[str], tuple[str, ...]]:
        entity = await looked_at(place, tmp_path, f"[erp.things]\n{said}\n")
        return set(places(entity)) - {"id"}, entity.asked

    assert await found("") == ({"a", "b1", "b2", "c", "d"}, ())
    assert await found('exclude = ["b*"]') == ({"a", "c", "d"}, ())
    assert await found('properties = "declared"\ninclude = ["b*"]') == ({"b1", "b2"}, ())
    assert await found('columns = ["c", "a"]') == ({"c", "a"}, ())
    assert await found("column_budget = 2") == ({"a", "b1"}, ("b2", "c", "d"))
    assert await found('[erp.things.fields]\n"c" = { name = "see", kind = "text" }\n') == (
        {"a", "b1", "b2", "c", "d"},
        (),
    )


async def test_columns_beyond_the_budget_are_read_all_the_same(place: Place, tmp_path: Path):
    place.make(
        "things",
        sa.Column("id", sa.Integer, **ID),
        sa.Column("name", sa.String(9)),
        rows=[{"id": 1, "name": "Ana"}],
    )
    config = config_of(tmp_path, "[erp.things]\ncolumn_budget = 0\n")

    async with opened(place.url, config) as client:
        [entity] = (await client.catalogue({})).entities
        entity = await client.describe(apply(entity, config.entity("things")))
        found = await records(client, entity)

    assert found == [{"id": "1", "name": "Ana"}]


async def test_keys_and_stamps_may_be_renamed(place: Place, tmp_path: Path):
    place.make("things", sa.Column("Nr", sa.Integer, **ID), sa.Column("changed", sa.DateTime))
    said = '[erp.things]\nupdated_at = "changed"\n[erp.things.fields]\n"Nr" = "number"\n"changed" = "changed_on"\n'

    entity = await looked_at(place, tmp_path, said)

    assert (entity.key, entity.changed) == (("number",), "changed_on")


async def test_names_of_any_style_are_columns_of_ours(place: Place, tmp_path: Path):
    place.make(
        "things",
        sa.Column("Order No.", sa.Integer, **ID),
        sa.Column("a.b", sa.Integer),
        sa.Column("100%", sa.Integer),
        sa.Column("select", sa.Integer),
        sa.Column('it\'s "q"', sa.Integer),
        rows=[{"Order No.": 1, "a.b": 2, "100%": 3, "select": 4, 'it\'s "q"': 5}],
    )

    async with opened(place.url, config_of(tmp_path)) as client:
        entity = await described(client)
        found = await records(client, entity)
        again = await client.fetch(entity, "by_id", EVERYTHING, None, keys=["1"])

    assert entity.key == ("order_no",)
    assert found == [{"Order No.": "1", "a.b": "2", "100%": "3", "select": "4", 'it\'s "q"': "5"}]
    assert list(again.records) == found


async def test_a_view_is_read_when_its_key_is_said(place: Place, tmp_path: Path):
    place.make("things", sa.Column("id", sa.Integer, **ID), rows=[{"id": 1}, {"id": 2}])
    place.execute("create view seen as select id, id * 2 as twice from things")

    async with opened(place.url, config_of(tmp_path, '[erp.seen]\nkey = "id"\n')) as client:
        found = await records(client, await described(client))

    assert [one["twice"] for one in found] == ["2", "4"]


@pytest.mark.parametrize("written", ["visits", "VISITS", "Visits"])
async def test_a_table_is_found_in_any_case(written: str, place: Place, tmp_path: Path):
    place.make(written, sa.Column("id", sa.Integer, **ID), rows=[{"id": 1}])

    async with opened(place.url, config_of(tmp_path, '[erp.visits]\ntable = "vISITs"\n')) as client:
        entity = await described(client)
        found = await records(client, entity)

    assert (entity.path, entity.key, found) == (written, ("id",), [{"id": "1"}])


async def test_a_table_of_another_schema_is_named_with_it(postgresql: Place, tmp_path: Path):
    postgresql.execute(
        "create schema crm",
        'create table crm."Customer" (id int primary key)',
        "create table t (id int)",
    )

    async def names(said: str) -> list[str]:
        async with opened(postgresql.url, config_of(tmp_path, said)) as client:
            catalogue = await client.catalogue({})
            return [str((await client.describe(e)).path) for e in catalogue.entities]

    assert await names('schema = "crm"\n') == ["Customer"]
    assert await names('[erp.customers]\ntable = "crm.customer"\n') == ["crm.Customer"]


async def deleted_of(place: Place, folder: Path, said: str) -> dict[str, Any]:
    config = config_of(folder, said)
    async with opened(place.url, config) as client:
        entity = await described(client)
        return {
            one["id"]: one.get(entity.deleted) and one[entity.deleted][:19].replace("T", " ")
            for one in await records(client, entity)
        }


async def test_a_moment_of_deletion_is_taken_from_its_column(place: Place, tmp_path: Path):
    place.make("things", sa.Column("id", sa.Integer, **ID), sa.Column("deleted_at", sa.DateTime))
    place.execute("insert into things values (1, null), (2, '2026-02-03 04:05:06')")

    assert await deleted_of(place, tmp_path, "") == {"1": None, "2": "2026-02-03 04:05:06"}
    assert (await looked_at(place, tmp_path, 'deleted = ""\n')).deleted == ""


@pytest.mark.parametrize(
    ("column", "kept", "gone", "told"),
    [
        (sa.Boolean, "true", "false", "false"),
        (sa.Integer, "1", "0", "false"),
        (sa.Integer, "1", "2", "2"),
        (sa.String(9), "'Y'", "'n'", "false"),
        (sa.String(9), "'here'", "'gone'", '"gone"'),
    ],
)
async def test_a_flag_tells_deletion_as_of_the_last_change(
    place: Place, tmp_path: Path, column: Any, kept: str, gone: str, told: str
):
    place.make(
        "things",
        sa.Column("id", sa.Integer, **ID),
        sa.Column("active", column),
        sa.Column("updated_at", sa.DateTime),
    )
    place.execute(
        f"insert into things values (1, {kept}, '2026-02-03 04:05:06'),"
        f" (2, {gone}, '2026-02-03 04:05:06'), (3, {gone}, null), (4, null, null)"
    )
    said = f'[erp.things]\ndeleted = {{ column = "active", is = {told} }}\n'

    found = await deleted_of(place, tmp_path, said)

    assert found == {"1": None, "2": "2026-02-03 04:05:06", "3": "2999-01-01 00:00:00", "4": None}


async def test_found_tables_are_all_of_the_schema(place: Place, tmp_path: Path):
    for name in ("one", "Two", "three"):
        place.make(name, sa.Column("id", sa.Integer, **ID))
    place.execute("create view seen as select id from one")

    async with opened(place.url, config_of(tmp_path)) as client:
        catalogue = await client.catalogue({})

    assert sorted(e.path for e in catalogue.entities) == ["Two", "one", "three"]
    assert all(entity.found for entity in catalogue.entities)


async def test_declared_entities_meet_the_table_as_it_is(place: Place, tmp_path: Path, monkeypatch):
    from pydantic import SecretStr

    from sources.database.shapes import table
    from sources.database.source import opener_of
    from sources.entity import Field

    place.make(
        "customer",
        sa.Column("CUSTOMER_ID", sa.String(10), **ID),
        sa.Column("last_update", sa.DateTime),
        sa.Column("Extra", sa.Integer),
        rows=[{"CUSTOMER_ID": "Qx7", "last_update": None, "Extra": 7}],
    )
    customers = table(
        name="customers",
        path="customers",
        key=("id",),
        fields=(
            Field("id", at="customer_id", required=True),
            Field("email", "email", at="email"),
            Field("updated_at", "datetime", at="lastUpdate"),
        ),
    )
    opener = opener_of(
        "URL", {"customers": customers}, {"customers": {"table": ["customers", "customer"]}}
    )

    async with opener(config_of(tmp_path), {"URL": SecretStr(place.url)}, None) as client:
        assert isinstance(client, Database)
        entity = await described(client)
        found = await records(client, entity)

    assert (entity.key, entity.changed, entity.path) == (("id",), "updated_at", "customer")
    assert found == [{"customer_id": "Qx7", "lastUpdate": None, "Extra": "7"}]
