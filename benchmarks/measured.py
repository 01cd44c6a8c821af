"""One measured child process: wall seconds, peak memory, and what it prints as JSON."""

import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import Any

from warehouse.connection import connect


@dataclass(frozen=True)
class Measured:
    """What a child process took; `said` is the JSON object on its last line."""

    seconds: float
    peak_mb: float
    said: dict[str, Any]


def emptied(warehouse: str, *schemas: str) -> None:
    """Make a warehouse as it was before the first run."""
    with connect(warehouse) as conn:
        for schema in schemas:
            conn.execute(f'drop schema if exists "{schema}" cascade')
        books = conn.execute("select tablename from pg_tables where tablename like 'ingestion_%'")
        for (table,) in books.fetchall():
            conn.execute(f'drop table "{table}"')


def run(module: str, *arguments: str, env: dict[str, str]) -> Measured:
    """Run `python -m module` with an environment added to ours, and measure it to its end."""
    started = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        env={**os.environ, **env},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        out, err = child.communicate()
    if child.returncode:
        raise SystemExit(f"{module} ended with {child.returncode}:\n{err[-4000:]}")
    said = json.loads(out.strip().splitlines()[-1])
    return Measured(time.perf_counter() - started, said["peak_mb"], said)
