"""Nothing is ever written: what crm-sync.toml asks is one SELECT, and sessions refuse the rest."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import example, given
from hypothesis import strategies as st

from sources.database.query import NotOneSelect, as_text, one_select
from sources.errors import ConfigError, Refused, SourceError
from tests.sources.database.places import Place, config_of, described, opened, records

SELECTS = [
    "select 1",
    "SELECT 1;",
    "  with a as (select 1) select * from a ; ",
    "(select 1) union (select 2)",
    "select ';' as a, \"b;\" from t -- drop; it\n",
    "/* first; */ select 1 /* last */",
    "select $$;$$, $x$ ; $$ $x$",
    r"select E'it\'s;'",
    "select 'it''s'",
    'select a as "insert" from t',
]
OTHERS = [
    "",
    "-- nothing",
    ";",
    "; select 1",
    "insert into t values (1)",
    "update t set a = 1",
    "delete from t",
    "drop table t",
    "call p()",
    "begin",
    "select 1; drop table t",
    "select 1 ; ; select 2",
    "select 1) as q; select (1",
    "select 1) union select * from secrets where (1 = 1",
    "select (1",
    "select 'a",
    'select "a',
    "select /* 1",
    "select $$ 1",
    "selecting",
]


@pytest.mark.parametrize("query", SELECTS)
def test_one_select_is_taken(query: str):
    found = one_select(query)

    assert found in query
    assert not found.endswith(";")


@pytest.mark.parametrize("query", OTHERS)
def test_all_else_is_refused(query: str):
    with pytest.raises(NotOneSelect):
        one_select(query)


def test_backslashes_count_where_they_do():
    assert one_select(r"select 'it\'s; so'", backslashes=True) == r"select 'it\'s; so'"
    with pytest.raises(NotOneSelect):
        one_select(r"select 'it\'s; so'")


@given(text=st.text("ab:;\\%'\" \n$-", max_size=12))
@example("12:30")
@example(":x")
@example("::text")
@example("\\:x")
def test_colons_and_percent_signs_reach_the_database_as_they_are(text: str):
    query = "select '" + text.replace("'", "''") + "' as a"

    compiled = sa.text(as_text(query)).compile(dialect=sa.dialects.postgresql.psycopg.dialect())

    assert compiled.string.replace("%%", "%") == query + "\n"
    assert compiled.params == {}


async def test_a_query_is_read_as_it_is_meant(place: Place, tmp_path: Path):
    place.make(
        "t",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("at", sa.String(9)),
        rows=[{"id": n, "at": at} for n, at in enumerate(("12:30", ":x", "50%", "%s"))],
    )
    query = "select id, at, ':x %s 12:30' as said from t where at like '%:%' -- all; of them"
    said = f'[erp.things]\nquery = "{query}"\nkey = "id"\nrows_per_range = 1\n'

    async with opened(place.url, config_of(tmp_path, said)) as client:
        entity = await described(client)
        found = await records(client, entity)

    assert [one["at"] for one in found] == ["12:30", ":x"]
    assert {one["said"] for one in found} == {":x %s 12:30"}


WRITING = {
    "postgresql": [
        "with gone as (delete from t returning id) select * from gone",
        "select id, nextval('numbers') as n from t",
        "select id, lo_create(0) as n from t",
        "select id, set_config('transaction_read_only', 'off', false) as n, nextval('numbers') as m from t",
        "select id into copy from t",
        "select id from t for update",
    ],
    "sqlite": ["with a as (select 1 as id) delete from t returning id"],
    "mariadb": [
        "select id from t into outfile '/tmp/out'",
        "select id, nextval(numbers) as n from t",
        "select id from t for update",
    ],
}


@pytest.mark.parametrize(
    ("kind", "query"), [(kind, query) for kind, queries in WRITING.items() for query in queries]
)
async def test_a_query_that_writes_is_refused_and_writes_nothing(
    kind: str, query: str, request: pytest.FixtureRequest, tmp_path: Path
):
    place: Place = request.getfixturevalue("mariadb_place" if kind == "mariadb" else kind)
    place.execute("create table t (id integer primary key)", "insert into t values (1), (2)")
    if kind != "sqlite":
        place.execute("create sequence numbers")
    said = f'[erp.things]\nquery = "{query}"\nkey = "id"\n'

    async def read() -> list[Any]:
        async with opened(place.url, config_of(tmp_path, said)) as client:
            return await records(client, await described(client))

    with pytest.raises((ConfigError, Refused)):
        await read()

    with place.engine.connect() as connection:
        assert connection.exec_driver_sql("select count(*) from t").scalar() == 2
        if kind == "postgresql":
            assert connection.exec_driver_sql("select is_called from numbers").scalar() is False


async def test_a_session_refuses_to_write(place: Place, tmp_path: Path):
    place.execute("create table t (id integer primary key)")

    async with opened(place.url, config_of(tmp_path)) as client:
        with pytest.raises(SourceError) as caught:
            await client._connected.ask(
                "t", lambda connection: connection.exec_driver_sql("insert into t values (1)")
            )

    assert isinstance(caught.value, Refused)
    assert "was asked to write, and must only be read" in str(caught.value)
    with place.engine.connect() as connection:
        assert connection.exec_driver_sql("select count(*) from t").scalar() == 0


async def test_a_file_is_not_made_by_looking_for_it(tmp_path: Path):
    missing = tmp_path / "missing.db"

    with pytest.raises(ConfigError):
        async with opened(f"sqlite:///{missing}", config_of(tmp_path)) as client:
            await client.account()

    assert not missing.exists()
