"""The bare floor: httpx, orjson, Polars, COPY and a merge, nothing else.

It reads every page one after the other, as the API demands, and loads slices of 5,000 records between
them; no typing beyond text, no checks, no history, no resume.
"""

import json
import os
import sys
import time

import httpx
import orjson
import polars as pl
import psycopg

from flows.metrics import peak_rss_mb

SLICE = 5000


def main() -> None:
    """Sync contacts the bare way and print seconds and peak memory as JSON."""
    started = time.perf_counter()
    url, token, warehouse = sys.argv[1], os.environ["HUBSPOT_API_TOKEN"], sys.argv[2]
    with (
        httpx.Client(base_url=url, headers={"Authorization": f"Bearer {token}"}) as client,
        psycopg.connect(warehouse, autocommit=True) as conn,
    ):
        answer = orjson.loads(client.get("/crm/v3/properties/contacts").content)
        names = [found["name"] for found in answer["results"]]
        columns = ["id", *(name for name in names if name != "hs_object_id")]
        prepare(conn, columns)
        records: list[dict] = []
        after = None
        while True:
            params = {"limit": "100", "properties": ",".join(names)} | (
                {"after": after} if after else {}
            )
            page = orjson.loads(client.get("/crm/v3/objects/contacts", params=params).content)
            records += [{"id": r["id"], **r["properties"]} for r in page["results"]]
            after = page.get("paging", {}).get("next", {}).get("after")
            if len(records) >= SLICE or not after:
                load(conn, columns, records)
                records = []
            if not after:
                break
        total = conn.execute("select count(*) from floor.contacts").fetchone()
    seconds = time.perf_counter() - started
    print(json.dumps({"seconds": seconds, "peak_mb": peak_rss_mb(), "rows": total and total[0]}))


def prepare(conn: psycopg.Connection, columns: list[str]) -> None:
    """An empty table and its stage, all text but the key."""
    definitions = ", ".join(f'"{name}" {"bigint" if name == "id" else "text"}' for name in columns)
    conn.execute("drop schema if exists floor cascade")
    conn.execute("create schema floor")
    conn.execute(f"create table floor.contacts ({definitions}, primary key (id))")
    conn.execute(f"create temporary table stage ({definitions}) on commit delete rows")


def load(conn: psycopg.Connection, columns: list[str], records: list[dict]) -> None:
    """COPY and merge one slice."""
    frame = pl.from_dicts(records, schema=dict.fromkeys(columns, pl.String))
    names = ", ".join(f'"{name}"' for name in columns)
    values = ", ".join(f'"{name}" = excluded."{name}"' for name in columns if name != "id")
    with conn.transaction():
        with conn.cursor().copy(f"copy stage ({names}) from stdin (format csv)") as sink:
            sink.write(frame.write_csv(include_header=False))
        conn.execute(
            f"insert into floor.contacts select * from stage on conflict (id) do update set {values}"
        )


if __name__ == "__main__":
    main()
