"""Values arrive as exact as they are held, whatever a driver would make of them."""

from pathlib import Path
from typing import NamedTuple

import pytest

from tasks.transform import transform
from tests.sources.database.places import Place, config_of, described, opened, records


class Case(NamedTuple):
    """A column's type, a value as SQL spells it, the kind of its field, and how the value arrives."""

    type: str
    value: str
    kind: str
    text: str | None


POSTGRESQL = [
    Case("smallint", "-32768", "integer", "-32768"),
    Case("bigint", "9223372036854775807", "integer", "9223372036854775807"),
    Case(
        "numeric(38, 10)",
        "12345678901234567890.0123456789",
        "decimal",
        "12345678901234567890.0123456789",
    ),
    Case("numeric(12, 0)", "123456789012", "integer", "123456789012"),
    Case(
        "numeric(30, 0)",
        "123456789012345678901234567890",
        "decimal",
        "123456789012345678901234567890",
    ),
    Case("numeric", "'NaN'", "decimal", "NaN"),
    Case("real", "0.1", "decimal", "0.1"),
    Case("double precision", "0.1::float8 + 0.2", "decimal", "0.30000000000000004"),
    Case("double precision", "1e300", "decimal", "1e+300"),
    Case("money", "1234.5", "decimal", "1234.50"),
    Case("boolean", "true", "boolean", "true"),
    Case("boolean", "false", "boolean", "false"),
    Case("date", "'2026-02-03'", "date", "2026-02-03"),
    Case(
        "timestamptz",
        "'2026-02-03 04:05:06.000007+02'",
        "datetime",
        "2026-02-03 02:05:06.000007+00:00",
    ),
    Case("timestamp", "'2026-02-03 04:05:06.5'", "datetime", "2026-02-03 04:05:06.5Z"),
    Case("timestamptz", "'infinity'", "datetime", "infinity"),
    Case("time", "'04:05:06.5'", "text", "04:05:06.5"),
    Case("interval", "'1 day 2 hours'", "text", "P1DT2H"),
    Case(
        "uuid",
        "'0b6f0000-0000-4000-8000-000000000001'",
        "text",
        "0b6f0000-0000-4000-8000-000000000001",
    ),
    Case("json", """'{"a": 1.10}'""", "json", '{"a": 1.10}'),
    Case("jsonb", """'{"a":  1.10}'""", "json", '{"a": 1.10}'),
    Case("text[]", """array['a', 'b"c', null]""", "json", '["a","b\\"c",null]'),
    Case("numeric[]", "array[1.10, 2]", "json", "[1.10,2]"),
    Case("bytea", r"'\x00ff'", "text", "\\x00ff"),
    Case("char(5)", "'ab'", "text", "ab   "),
    Case("text", "E'line\\nend, \"quoted\", \\t\\\\.'", "text", 'line\nend, "quoted", \t\\.'),
    Case("text", "'ÄÖ 漢字 🙂'", "text", "ÄÖ 漢字 🙂"),
    Case("inet", "'192.168.0.1'", "text", "192.168.0.1"),
    Case("int4range", "'[1,5)'", "text", "[1,5)"),
    Case("bit(3)", "B'101'", "text", "101"),
    Case("text", "null", "text", None),
]
SQLITE = [
    Case("integer", "9223372036854775807", "integer", "9223372036854775807"),
    Case("integer", "'many'", "integer", "many"),
    Case("numeric(12, 2)", "12.5", "decimal", "12.5"),
    Case("numeric(12, 2)", "9007199254740993", "decimal", "9007199254740993"),
    Case("real", "0.1 + 0.2", "decimal", "0.30000000000000004"),
    Case("boolean", "1", "boolean", "1"),
    Case("date", "'2026-02-03'", "date", "2026-02-03"),
    Case("timestamp", "'2026-02-03 04:05:06'", "datetime", "2026-02-03 04:05:06Z"),
    Case(
        "datetime", "'2026-02-03T04:05:06.123+02:00'", "datetime", "2026-02-03T04:05:06.123+02:00"
    ),
    # Seconds of an epoch, or days: nobody can tell.
    Case("datetime", "1767225600", "integer", "1767225600"),
    Case("text", "'ÄÖ 漢字 🙂'", "text", "ÄÖ 漢字 🙂"),
    Case("text", "cast(x'ff41' as text)", "text", "\\xff41"),
    Case("blob", "x'00ff'", "text", "\\x00ff"),
    Case("", "4.0", "text", "4.0"),
    Case("json", """'{"a": 1.10}'""", "json", '{"a": 1.10}'),
    Case("text", "null", "text", None),
]
MARIADB = [
    Case("tinyint(1)", "1", "boolean", "1"),
    Case("tinyint", "-128", "integer", "-128"),
    Case("bigint", "-9223372036854775808", "integer", "-9223372036854775808"),
    Case("bigint unsigned", "18446744073709551615", "decimal", "18446744073709551615"),
    Case(
        "decimal(38, 10)",
        "12345678901234567890.0123456789",
        "decimal",
        "12345678901234567890.0123456789",
    ),
    Case("float", "0.1", "decimal", "0.1"),
    Case("float", "16777216", "decimal", "16777216.0"),
    Case("double", "0.1e0 + 0.2e0", "decimal", "0.30000000000000004"),
    Case("date", "'2026-02-03'", "date", "2026-02-03"),
    Case("date", "'0000-00-00'", "date", "0000-00-00"),
    Case("datetime(6)", "'2026-02-03 04:05:06.000007'", "datetime", "2026-02-03 04:05:06.000007Z"),
    Case("datetime", "'0000-00-00 00:00:00'", "datetime", "0000-00-00 00:00:00Z"),
    Case("timestamp null", "'2026-02-03 04:05:06'", "datetime", "2026-02-03 04:05:06Z"),
    Case("time", "'-838:59:59'", "text", "-838:59:59"),
    Case("year", "2026", "integer", "2026"),
    Case("bit(1)", "b'1'", "boolean", "1"),
    Case("bit(20)", "b'1010'", "decimal", "10"),
    Case("enum('a','b')", "'b'", "text", "b"),
    Case("set('a','b')", "'a,b'", "text", "a,b"),
    Case("varbinary(4)", "x'00ff'", "text", "\\x00ff"),
    Case("blob", "x'27'", "text", "\\x27"),
    Case("json", """'{"a": 1.10}'""", "text", '{"a": 1.10}'),
    Case("varchar(20)", "'ÄÖ 漢字 🙂'", "text", "ÄÖ 漢字 🙂"),
    Case("text", "null", "text", None),
]


async def check(
    place: Place, folder: Path, cases: list[Case], asked: str = "", before: tuple[str, ...] = ()
) -> None:
    columns = ", ".join(f"c{n} {case.type}" for n, case in enumerate(cases))
    values = ", ".join(case.value for case in cases)
    place.execute(f"create table things (id integer primary key, {columns})".replace("%", "%%"))
    place.execute(*before, f"insert into things values (1, {values})")

    async with opened(place.url, config_of(folder, asked)) as client:
        entity = await described(client)
        [record] = await records(client, entity)

    kinds = {field.path: field.kind for field in entity.fields}
    found = [(kinds[f"c{n}"], record[f"c{n}"]) for n in range(len(cases))]
    assert [
        (case, *one)
        for case, one in zip(cases, found, strict=True)
        if one != (case.kind, case.text)
    ] == []
    # What its column cannot hold is kept beside it, and stops nothing.
    batch = transform(entity, [record])
    assert batch.rows.height == 1


async def test_postgresql(postgresql: Place, tmp_path: Path):
    await check(postgresql, tmp_path, POSTGRESQL)


async def test_postgresql_by_a_query(postgresql: Place, tmp_path: Path):
    cases = [
        case._replace(kind="decimal") if case.type == "numeric(12, 0)" else case
        for case in POSTGRESQL
    ]

    await check(
        postgresql, tmp_path, cases, '[erp.things]\nquery = "select * from things"\nkey = "id"\n'
    )


async def test_sqlite(sqlite: Place, tmp_path: Path):
    await check(sqlite, tmp_path, SQLITE)


async def test_mariadb(mariadb_place: Place, tmp_path: Path):
    """A server that is not strict takes days that are none."""
    await check(mariadb_place, tmp_path, MARIADB, before=("set session sql_mode = ''",))


@pytest.mark.parametrize("rows", [["1", "2.5", "3"], ["'7'", "8", "x'09'"]])
async def test_a_column_of_sqlite_may_hold_anything(sqlite: Place, tmp_path: Path, rows: list[str]):
    sqlite.execute("create table things (id integer primary key, v)")
    for number, value in enumerate(rows):
        sqlite.execute(f"insert into things values ({number}, {value})")

    async with opened(sqlite.url, config_of(tmp_path)) as client:
        found = await records(client, await described(client))

    wanted = ["1", "2.5", "3"] if rows[0] == "1" else ["7", "8", "\\x09"]
    assert [one["v"] for one in found] == wanted


async def test_the_kinds_of_a_query_in_sqlite_are_those_of_its_first_rows(
    sqlite: Place, tmp_path: Path
):
    sqlite.execute(
        "create table t (id integer, amount real, name text)",
        "insert into t values (1, 2.5, 'a'), (2, 3, null)",
    )
    query = "select id, amount, id * 2 as twice, name, null as empty from t"

    async with opened(
        sqlite.url, config_of(tmp_path, f'[erp.t]\nquery = "{query}"\nkey = "id"\n')
    ) as client:
        entity = await described(client)

    assert {field.path: field.kind for field in entity.fields} == {
        "id": "integer",
        "amount": "decimal",
        "twice": "integer",
        "name": "text",
        "empty": "text",
    }
