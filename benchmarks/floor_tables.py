"""The bare floor of tables and files: the source's fastest plain reading, Polars, COPY and a merge, nothing else.

It reads in slices of 50,000 rows and loads each before the next is read; no typing beyond text, no checks,
no history, no resume.
"""

import json
import sqlite3
import sys
import time
from collections.abc import Iterator
from io import BytesIO

import polars as pl
import psycopg

from benchmarks.made import COLUMNS, TABLE
from flows.metrics import peak_rss_mb

SLICE = 50_000


def main(kind: str, place: str, warehouse: str) -> None:
    """Bring a million rows the bare way and print seconds and peak memory as JSON."""
    started = time.perf_counter()
    with psycopg.connect(warehouse, autocommit=True) as conn:
        prepare(conn)
        for frame in SLICES[kind](place):
            load(conn, frame)
        total = conn.execute("select count(*) from floor.things").fetchone()
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "peak_mb": peak_rss_mb(), "rows": total and total[0]}))


def from_postgres(place: str) -> Iterator[pl.DataFrame]:
    """COPY, page after page by key."""
    last = 0
    with psycopg.connect(place, autocommit=True) as conn:
        while True:
            answer = BytesIO()
            page = f"select * from made.{TABLE} where id > {last} order by id limit {SLICE}"
            with conn.cursor().copy(f"copy ({page}) to stdout (format csv)") as copy:
                for piece in copy:
                    answer.write(piece)
            if not answer.tell():
                return
            frame = pl.read_csv(answer.getvalue(), has_header=False, schema=TEXT)
            yield frame
            last = int(frame["id"][-1])


def from_sqlite(place: str) -> Iterator[pl.DataFrame]:
    """One cursor, some rows at a time."""
    with sqlite3.connect(place) as conn:
        cursor = conn.execute(f"select * from {TABLE} order by id")
        while rows := cursor.fetchmany(SLICE):
            yield pl.DataFrame(rows, schema=list(COLUMNS), orient="row")


def from_csv(place: str) -> Iterator[pl.DataFrame]:
    """Polars' own stream."""
    yield from pl.scan_csv(place, schema=TEXT).collect_batches(chunk_size=SLICE)


TEXT = dict.fromkeys(COLUMNS, pl.String)
SLICES = {"postgresql": from_postgres, "sqlite": from_sqlite, "csv": from_csv}


def prepare(conn: psycopg.Connection) -> None:
    """An empty table and its stage."""
    definitions = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
    conn.execute("drop schema if exists floor cascade")
    conn.execute("create schema floor")
    conn.execute(f"create table floor.things ({definitions}, primary key (id))")
    conn.execute(f"create temporary table stage ({definitions}) on commit delete rows")


def load(conn: psycopg.Connection, frame: pl.DataFrame) -> None:
    """COPY and merge one slice."""
    values = ", ".join(f"{name} = excluded.{name}" for name in COLUMNS if name != "id")
    with conn.transaction():
        with conn.cursor().copy("copy stage from stdin (format csv)") as sink:
            sink.write(frame.write_csv(include_header=False))
        conn.execute(
            f"insert into floor.things select * from stage on conflict (id) do update set {values}"
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
