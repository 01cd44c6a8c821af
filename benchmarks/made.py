"""The rows that tables and files are compared with: twelve columns of the kinds that people have."""

import sqlite3
from pathlib import Path

import psycopg

TABLE = "things"
COLUMNS = {
    "id": "bigint",
    "name": "text",
    "email": "text",
    "phone": "text",
    "city": "text",
    "zip": "text",
    "amount": "numeric(12, 2)",
    "status": "text",
    "active": "boolean",
    "born": "date",
    "note": "text",
    "updated_at": "timestamptz",
}
# What PostgreSQL makes of a number; the other sources get the same rows from there.
ROW = """
    n, 'Person ' || n, 'person' || n || '@example.test', '+1 555 ' || lpad((n % 10000000)::text, 7, '0'),
    'City ' || n % 997, lpad((n % 99999)::text, 5, '0'), (n % 1000000) / 100.0,
    (array['open', 'won', 'lost'])[1 + n % 3], n % 2 = 0, date '1950-01-01' + (n % 20000)::int,
    'what somebody wrote about person ' || n,
    timestamptz '2026-01-01 00:00:00+00' + n * interval '1 second'
"""


def make(warehouse: str, folder: Path, rows: int) -> dict[str, str]:
    """The same rows as a table of PostgreSQL, a table of SQLite and a CSV file; where each is."""
    with psycopg.connect(warehouse, autocommit=True) as conn:
        conn.execute("set timezone = 'UTC'")
        conn.execute("drop schema if exists made cascade")
        conn.execute("create schema made")
        definitions = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        conn.execute(f"create table made.{TABLE} ({definitions}, primary key (id))")
        conn.execute(
            f"insert into made.{TABLE} select {ROW} from generate_series(1, {rows}) as made (n)"
        )
        conn.execute(f"create index on made.{TABLE} (updated_at, id)")
        conn.execute(f"analyze made.{TABLE}")
        csv = folder / "things.csv"
        with (
            csv.open("wb") as file,
            conn.cursor().copy(f"copy made.{TABLE} to stdout (format csv, header)") as copy,
        ):
            for piece in copy:
                file.write(piece)
        in_sqlite(conn, folder / "things.sqlite")
    return {"postgresql": warehouse, "sqlite": str(folder / "things.sqlite"), "csv": str(csv)}


def in_sqlite(conn: psycopg.Connection, place: Path) -> None:
    """The rows as SQLite's own types hold them."""
    place.unlink(missing_ok=True)
    types = {"bigint": "integer", "boolean": "boolean", "timestamptz": "timestamp"}
    definitions = ", ".join(f"{name} {types.get(kind, kind)}" for name, kind in COLUMNS.items())
    holders = ", ".join("?" * len(COLUMNS))
    with sqlite3.connect(place) as made, conn.transaction(), conn.cursor("all") as cursor:
        made.execute(f"create table {TABLE} ({definitions}, primary key (id))")
        cursor.itersize = 50_000
        cursor.execute(f"select * from made.{TABLE} order by id")
        rows = (tuple(map(_plain, row)) for row in cursor)
        made.executemany(f"insert into {TABLE} values ({holders})", rows)
        made.execute(f"create index changed on {TABLE} (updated_at, id)")


def _plain(value: object) -> object:
    return value if isinstance(value, int | str | type(None)) else str(value)
