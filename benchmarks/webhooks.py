"""`python -m benchmarks.webhooks`: events a second accepted for good, beside what a commit for each would give.

A receiver as people run it, into an embedded PostgreSQL that waits for the disk, posted to by as many clients
as are asked for, each waiting for its answer. Beside it two bare floors on the same server: a row inserted and
committed at a time, by one connection and by as many as there are clients. On one machine clients, receiver
and PostgreSQL share the cores. Nothing here passes or fails by a time.
"""

import argparse
import asyncio
import base64
import hmac
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count
from urllib.parse import urlsplit

import psycopg
from rich.console import Console
from rich.table import Table

from benchmarks.measured import emptied
from warehouse import embedded
from warehouse.connection import connect
from warehouse.upgrade import upgrade

KEY = "benchmark-key"
BODY = {
    "resource_id": "CAL0123456789abcdef",
    "duration": "61",
    "company_resource_id": "COM0123456789abcdef",
    "customer_name": "Ann Example",
    "customer_phone_number": "+17705550123",
    "tracking_phone_number": "+17705550124",
    "note": "x" * 400,
    "tags": ["New"],
}
INSERT = """
    insert into ingestion_webhook_event
        (crm_source, event_key, event_type, entity, record_key, action, payload)
    values ('floor', %s, 'post-call', 'calls', 'CAL1', 'changed', %s)
    on conflict (crm_source, event_key) do nothing
"""
numbers = count(1)
console = Console()


def main() -> None:
    """Measure, and print a line for each number of clients."""
    arguments = parsed()
    table = Table(title=f"events stored for good per second, {arguments.seconds:g} s each")
    for name in ("clients", "accepted/s", "p50 ms", "p99 ms", "one row a commit/s", "by 1 conn./s"):
        table.add_column(name, justify="right")
    with tempfile.TemporaryDirectory(prefix="crm-bench-") as home:
        os.environ["CRM_SYNC_HOME"] = home
        try:
            url = embedded.start()
            emptied(url)
            upgrade(url)
            single = floor(url, 1, arguments.seconds)
            for clients in arguments.clients:
                with receiver(url) as place:
                    found = asyncio.run(load(place, clients, arguments.seconds))
                refuse_lost(url, len(found))
                bare = floor(url, min(clients, 80), arguments.seconds)
                table.add_row(
                    str(clients),
                    f"{len(found) / arguments.seconds:,.0f}",
                    f"{statistics.median(found) * 1000:.1f}",
                    f"{statistics.quantiles(found, n=100)[98] * 1000:.1f}",
                    f"{bare:,.0f}",
                    f"{single:,.0f}",
                )
        finally:
            embedded.stop()
    console.print(table)


def parsed() -> argparse.Namespace:
    """The sizes asked for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, nargs="+", default=(1, 16, 64, 256))
    parser.add_argument("--seconds", type=float, default=5.0)
    return parser.parse_args()


@contextmanager
def receiver(url: str) -> Iterator[str]:
    """A receiver in a process of its own, while the block lasts."""
    process = subprocess.Popen(
        [sys.executable, "-m", "flows.cli", "webhooks", "serve", "--port", "0"],
        env={**os.environ, "CALLRAIL_WEBHOOK_SECRET": KEY, "WAREHOUSE_URL": url},
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        said = next(line for line in process.stdout or () if "received at" in line)
        yield said.split(" at ")[1].split(",")[0]
    finally:
        process.terminate()
        process.wait(30)


async def load(url: str, clients: int, seconds: float) -> list[float]:
    """How long each event took that was accepted."""
    place = urlsplit(url)
    # The first one opens the receiver's connection.
    await _client(place.hostname or "", place.port or 0, time.perf_counter() + 0.1)
    deadline = time.perf_counter() + seconds
    found = await asyncio.gather(
        *(_client(place.hostname or "", place.port or 0, deadline) for _ in range(clients))
    )
    return [took for one in found for took in one]


async def _client(host: str, port: int, deadline: float) -> list[float]:
    """One client's events, one after the other over one connection."""
    reader, writer = await asyncio.open_connection(host, port)
    took = []
    while (begun := time.perf_counter()) < deadline:
        writer.write(request())
        head = await reader.readuntil(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise SystemExit(f"refused: {head.decode()}")
        took.append(time.perf_counter() - begun)
    writer.close()
    return took


def request() -> bytes:
    """A signed event that no other is equal to, without a client's library in between."""
    body = json.dumps({**BODY, "id": next(numbers)}).encode()
    signature = base64.b64encode(hmac.digest(KEY.encode(), body, "sha1")).decode()
    head = (
        "POST /callrail/post-call HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        f"Signature: {signature}\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


def refuse_lost(url: str, accepted: int) -> None:
    """End the measurement where an event that was accepted is not there."""
    with connect(url) as conn:
        row = conn.execute(
            "select count(*) from ingestion_webhook_event where crm_source = 'callrail'"
        ).fetchone()
        conn.execute("truncate ingestion_webhook_event")
    if row is None or row[0] < accepted:
        raise SystemExit(f"{accepted} events were accepted, and {row and row[0]} are there")


def floor(url: str, connections: int, seconds: float) -> float:
    """Rows a second, each in a commit of its own, by so many connections at once."""
    payload = json.dumps(BODY).encode()
    deadline = time.perf_counter() + seconds

    def insert(_: int) -> int:
        done = 0
        with psycopg.connect(url, autocommit=True) as conn:
            while time.perf_counter() < deadline:
                conn.execute(INSERT, (str(next(numbers)), payload))
                done += 1
        return done

    with ThreadPoolExecutor(connections) as threads:
        total = sum(threads.map(insert, range(connections)))
    with connect(url) as conn:
        conn.execute("truncate ingestion_webhook_event")
    return total / seconds


if __name__ == "__main__":
    main()
